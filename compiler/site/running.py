"""The part of a stack's page on what is deployed: parts by layer, policy findings, cost, files."""

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal

from compiler.site.graph import Layer, Part
from compiler.site.html import Html, Node, count, details, join, link, table, tag
from compiler.site.recorded import VERDICTS, Cost, CostLine, Finding, Recorded, Resource

MODES = {
    "applied": "applied to the sandbox's AWS",
    "recorded": "checked against AWS's service model, not called",
    "checked": "checked by its schema",
    "unchecked": "no schema to check it by",
    "opaque": "a chart, whose objects no rule can see",
    "read": "another stack, read",
}
"""The label of each mode of a recorded resource."""


def deployed(parts: Sequence[Part], layers: Sequence[Layer]) -> Iterator[Html]:
    """Yield each layer with its parts; each part opens to its resources and to what it needs."""
    names = {part.key: part for part in parts}
    summaries = {layer.name: layer.summary for layer in layers}
    for name in dict.fromkeys(part.layer for part in parts):
        own = [part for part in parts if part.layer == name]
        yield tag("h3", name, tag("small", summaries.get(name, "")))
        yield tag("div", [_part(part, names) for part in own], class_="parts")


def _part(part: Part, names: dict[str, Part]) -> Html:
    needs = [names[key] for key in sorted(part.needs)]
    links = [[", " if index else "", link(f"#{one.key}", f"{one.kind} {one.name}")] for index, one in enumerate(needs)]
    head = [tag("b", part.kind), f" {part.name} ", tag("small", f"{len(part.resources)}")]
    rows = ([each.kind, tag("code", each.name), MODES.get(each.mode, each.mode)] for each in part.resources)
    below = tag("p", "needs ", links) if links else tag("p", "needs nothing else of this stack")
    return details(head, below, table(("Type", "Name", "In a preview"), rows), id=part.key)


def policies(recorded: Recorded) -> Iterator[Node]:
    """Yield the policies' violations, what could not be evaluated, and what they cannot see."""
    real = [each for each in recorded.resources if each.mode in MODES and each.mode != "read"]
    counts = {verdict: sum(each.verdict == verdict for each in recorded.findings) for verdict in VERDICTS}
    yield tag("p", [tag("span", f"{number} {verdict}", class_="chip") for verdict, number in counts.items()])
    judged = [each for each in recorded.findings if each.verdict != "not run"]
    if judged:
        yield _findings(judged)
    else:
        yield tag("p", f"No findings; judged: {count(len(real), 'resource')}.")
    if len(judged) < len(recorded.findings):
        late = [each for each in recorded.findings if each.verdict == "not run"]
        yield details(f"{len(late)} could not be judged before values are known", _findings(late))
    yield from _blind("What no rule can see", "opaque", real)
    yield from _blind("What is judged, and has no schema here", "unchecked", real)


def _findings(found: Iterable[Finding]) -> Html:
    """Return the violations as a table; those with the same text share a row."""
    rows: dict[tuple[int, str, str], list[str]] = {}
    for each in found:
        key = (VERDICTS.index(each.verdict), each.policy, each.message)
        rows.setdefault(key, []).append(each.urn.rpartition("::")[2] or "the stack")
    cells = ((VERDICTS[key[0]], tag("code", key[1]), ", ".join(sorted(rows[key])), key[2]) for key in sorted(rows))
    return table(("Verdict", "Policy", "Resources", "What it says"), cells)


def _blind(title: str, mode: str, real: Iterable[Resource]) -> Iterator[Node]:
    found = sorted((each for each in real if each.mode == mode), key=lambda each: each.urn)
    if found:
        items = [tag("li", f"{each.kind} ", tag("code", each.name)) for each in found]
        yield details(f"{title}: {len(found)}", tag("p", MODES[mode]), tag("ul", items))


def cost(report: Cost | None) -> Iterator[Node]:
    """Yield the monthly estimate: by workload, then by resource, then what is charged by use."""
    if report is None:
        yield tag("p", "The project estimates no cost.")
        return
    by_use = [line for line in report.lines if line.monthly_usd is None]
    note = f" {report.currency} a month at list prices of {report.as_of}; {count(len(by_use), 'resource')} by use."
    yield tag("p", tag("b", f"{report.monthly:,.2f}", class_="big"), note)
    highest = max(report.by_workload.values(), default=Decimal(0)) or Decimal(1)
    for name, amount in sorted(report.by_workload.items(), key=lambda item: (-item[1], item[0])):
        bar = tag("span", "", class_="fill", style=f"width:{amount / highest * 100:.1f}%")
        yield tag(
            "div", tag("span", name), tag("span", bar, class_="meter"), tag("b", f"{amount:,.2f}"), class_="share"
        )
    priced = sorted(
        (line for line in report.lines if line.monthly_usd is not None),
        key=lambda line: (-(line.monthly_usd or 0), line.type, line.name),
    )
    yield details(f"by resource: {len(priced)} with a price", _lines(priced))
    yield details(f"by use: {len(by_use)} without a flat price", _lines(by_use))


def _lines(lines: Iterable[CostLine]) -> Html:
    rows = (
        [
            "by use" if line.monthly_usd is None else f"{line.monthly_usd:,.2f}",
            join(line.type.rpartition(":")[2], " ", tag("code", line.name)),
            line.workload,
            line.basis,
        ]
        for line in lines
    )
    return table(("USD a month", "Resource", "Workload", "How it is known"), rows)


def files(names: Iterable[str]) -> Iterator[Html]:
    """Yield the files beside the page, by folder."""
    folders: dict[str, list[str]] = {}
    for name in sorted(names):
        folders.setdefault(name.rpartition("/")[0], []).append(name)
    for folder, held in sorted(folders.items()):
        items = [tag("li", link(f"../{name}", name.rpartition("/")[2])) for name in held]
        yield details([tag("code", f"{folder}/" if folder else "./"), f" {len(held)}"], tag("ul", items))
