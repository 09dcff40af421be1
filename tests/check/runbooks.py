"""Findings on runbooks' pages: what people write stands in its order, and names what there is."""

import re
from collections.abc import Iterator
from pathlib import Path

from compiler.catalog.catalog import Catalog, Watched
from compiler.site.conditions import conditions
from compiler.site.runbooks import HINT

SECTIONS = ["Symptoms", "Diagnosis", "Resolution", "Escalation"]
_SECTION = re.compile(r"^## (.+)$", re.MULTILINE)
_STEP = re.compile(r"^\d+\. ", re.MULTILINE)
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_SHOWN = re.compile(r"(?<!\*)\*([^*]+)\*(?!\*)")


def runbook_findings(catalog: Catalog, folder: Path) -> Iterator[str]:
    """Yield a line for each mistake of a page.

    Args:
        catalog: with the text of every page.
        folder: where the pages are, for links between files.
    """
    watched = {each.name: each for each in catalog}
    for name, source in sorted(catalog.runbooks.items()):
        workload, _, page = name.partition("/")
        place = f"docs/runbooks/{name}.md"
        if workload not in watched or page not in named(watched[workload]):
            yield f"{place}:1: expected an entry of the catalog that names this page, found none: remove the page"
            continue
        alerts = {each.name for each in conditions(catalog, watched[workload], page)}
        found = (
            *_head(source, alerts),
            *_sections(source),
            *_steps(source, prometheus=any(alert.runbook == page for alert in watched[workload].alerts)),
            *_links(source, folder / workload),
            *_dashboard(source, watched[workload]),
        )
        yield from (f"{place}:{line}: {message}" for line, message in found)


def named(watched: Watched) -> set[str]:
    """Return the pages that the entries of a workload name."""
    rules = {each.runbook for each in watched.alerts} | {each.runbook for each in watched.slos}
    alarms = {each.runbook for each in watched.alarms.alarms} | {each.runbook for each in watched.alarms.composites}
    budget = {watched.workload.budget.runbook} if watched.workload.budget else set()
    return rules | {each.runbook for each in watched.thresholds} | alarms | budget


def _line(source: str, position: int) -> int:
    return source.count("\n", 0, position) + 1


def _head(source: str, alerts: set[str]) -> Iterator[tuple[int, str]]:
    """The title, an empty line, and where the published page is; the title says what is wrong, not what fires."""
    title, blank, hint, *_ = [*source.splitlines(), "", "", ""]
    if not title.startswith("# "):
        yield 1, f"expected a title such as '# Recommendations are late', found '{title}'"
    if blank or hint != HINT:
        yield 3, f"expected the line '{HINT}' below the title, found '{hint}'"
    for name in sorted(alerts):
        if re.search(rf"\b{re.escape(name)}\b", title):
            yield 1, f"expected a title that says what is wrong, found the name '{name}'"


def _sections(source: str) -> Iterator[tuple[int, str]]:
    found = [(match[1], match.end(), _line(source, match.start())) for match in _SECTION.finditer(source)]
    titles = [title for title, _, _ in found]
    if titles != SECTIONS:
        line = next((line for n, (title, _, line) in enumerate(found) if SECTIONS[n : n + 1] != [title]), 1)
        yield line, f"expected the sections {', '.join(SECTIONS)}, found {', '.join(titles) or 'none'}"
        return
    for title, end, line in found:
        if not _SECTION.split(source[end:])[0].strip():
            yield line, f"{title}: expected a text, found none: write what people know"


def _steps(source: str, *, prometheus: bool) -> Iterator[tuple[int, str]]:
    """Each step of the diagnosis has a command; the page of an alert in Prometheus has a query."""
    begins, ends = source.find("\n## Diagnosis\n"), source.find("\n## Resolution\n")
    if not 0 <= begins < ends:
        return
    starts = [match.start() for match in _STEP.finditer(source, begins, ends)]
    if not starts:
        yield _line(source, begins + 1), "Diagnosis: expected numbered steps, found none"
    for start, end in zip(starts, [*starts[1:], ends], strict=True):
        if "```" not in source[start:end]:
            yield _line(source, start), "Diagnosis: expected a command in each step, found none: add a block of code"
    if prometheus and not re.search(r"^ *```promql$", source, re.MULTILINE):
        yield _line(source, begins + 1), "expected a block `promql` on the page of an alert, found none"


def _links(source: str, folder: Path) -> Iterator[tuple[int, str]]:
    for match in _LINK.finditer(source):
        if not (folder / match[1].partition("#")[0]).is_file():
            yield _line(source, match.start()), f"expected a link to a page that there is, found '{match[1]}'"


def _dashboard(source: str, watched: Watched) -> Iterator[tuple[int, str]]:
    """What a page says is on its dashboard, in italics, begins the title of a board, a row or a panel."""
    head = source.partition("\n## Symptoms\n")[0]
    begins = head.find("On its dashboard:")
    if begins < 0:
        return
    boards = watched.dashboards
    known = {board.title for board in boards.grafana}
    known |= {name for board in boards.grafana for row in board.rows for name in (row.title, *_titles(row.panels))}
    known |= {
        name for board in boards.cloudwatch for part in board.sections for name in (part.title, *_titles(part.widgets))
    }
    for match in _SHOWN.finditer(head, begins):
        said = " ".join(match[1].split())
        if not any(title.startswith(said) for title in known):
            yield _line(head, match.start()), f"expected what a dashboard of {watched.name} shows, found '{said}'"


def _titles(shown: tuple[object, ...]) -> list[str]:
    return [str(getattr(each, "title", "")) for each in shown]
