"""The page of a stack: one file that works without a network."""

from collections.abc import Sequence

from compiler.catalog.catalog import Catalog
from compiler.site import assets, running, series, watching
from compiler.site.drawing import drawings
from compiler.site.graph import Layer, Part, parts
from compiler.site.html import Html, Node, count, join, table, tag
from compiler.site.recorded import Recorded
from compiler.target import Target


def stack_page(stack: str, recorded: Recorded, layers: Sequence[Layer], catalog: Catalog, target: Target) -> str:
    """Return the page of a stack; equal inputs give equal bytes.

    Args:
        stack: its name.
        recorded: what the engine recorded of it and its base.
        layers: every layer of the program, in the order of deployment.
        catalog: what is watched.
        target: the environment.
    """
    grouped = parts(recorded.resources, layers)
    present = {part.layer for part in grouped}
    sections: list[tuple[str, str, Node]] = [
        ("architecture", "Architecture", _architecture(grouped)),
        *(_watched(catalog, target, present)),
        ("deployed", "What is deployed", running.deployed(grouped, layers)),
        ("policies", "Policies", running.policies(recorded)),
        ("cost", "Cost", running.cost(recorded.cost)),
        ("files", "Files", running.files(recorded.files)),
    ]
    head = tag(
        "header",
        tag("h1", stack),
        tag("p", f"The observability platform in {target.environment}, {target.region}."),
        _facts(recorded, grouped),
    )
    body = [tag("section", tag("h2", title), content, id=name) for name, title, content in sections]
    menu = tag("nav", [tag("a", title, href=f"#{name}") for name, title, _ in sections], aria_label="Sections")
    return document(f"{stack}: observability", join(head, menu, tag("main", body)), assets.STACK_SCRIPT)


def document(title: str, body: Html, script: str = "") -> str:
    """Return a whole page; its content security policy forbids every request.

    Args:
        title: the page's title.
        body: what it shows.
        script: its JavaScript.
    """
    allowed = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:"
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=allowed),
        tag("meta", name_="viewport", content="width=device-width, initial-scale=1"),
        tag("title", title),
        tag("link", rel="icon", href="data:,"),
        tag("style", Html(assets.STYLE)),
    )
    scripts = [tag("script", Html(script))] if script else []
    return f"<!doctype html>\n{tag('html', head, tag('body', body, scripts), lang='en')}\n"


def _facts(recorded: Recorded, grouped: Sequence[Part]) -> Html:
    resources = sum(len(part.resources) for part in grouped)
    mandatory = sum(each.verdict == "mandatory" for each in recorded.findings)
    facts = [count(len(grouped), "part"), count(resources, "resource"), count(mandatory, "mandatory finding")]
    if recorded.cost:
        facts.append(f"{recorded.cost.monthly:,.2f} {recorded.cost.currency} a month")
    return tag("p", [tag("span", fact, class_="chip") for fact in facts])


def _architecture(grouped: Sequence[Part]) -> Node:
    legend = [
        tag("span", tag("i", "", class_=f"dot {kind}"), text)
        for kind, text in (("aws", "AWS"), ("kubernetes", "Kubernetes"), ("mixed", "both"))
    ]
    words = (
        "Deployed from top to bottom. A line leads from what is needed to what needs it; what is needed only by way "
    )
    words += "of something else has none. Choose a part to see what is in it."
    return [tag("p", words), tag("p", legend, class_="legend"), Html(assets.TIP), drawings(grouped)]


def _watched(catalog: Catalog, target: Target, present: set[str]) -> list[tuple[str, str, Node]]:
    """Return the sections on what is watched, as far as the stack has the layer that deploys it."""
    found: list[tuple[str, str, Node]] = []
    alarms = watching.alarms(catalog, target)
    if "metrics" in present:
        rows = watching.alerts(catalog, target)
        find = tag("input", type="search", id="filter", placeholder="Find: a name, severity, priority, service ...")
        shown = tag("output", count(len(rows), "alert"), for_="filter")
        content = [tag("p", find, shown), table(watching.ALERT_HEADS, rows, class_="alerts")]
        found.append(("alerts", "Alerts", content))
        if quiet := watching.silent(catalog, target):
            words = (
                "Silence of these services calls nobody until their first data, or until `live` of the stack's file "
            )
            words += "names them or their workload. CloudWatch's alarms take their silence for health until then."
            found.append(("live", "Not declared live", [tag("p", words), table(watching.SILENT_HEADS, quiet)]))
        found.append(("objectives", "Objectives", tag("div", watching.objectives(catalog, target), class_="cards")))
        recorded = series.recordings(catalog)
        if recorded:
            found.append(("recordings", "Recorded series", table(series.SERIES_HEADS, recorded)))
        found.append(("grafana", "Grafana dashboards", tag("div", watching.grafana(catalog, target))))
    if "cloud" in present:
        found.append(("alarms", "CloudWatch alarms", table(watching.ALARM_HEADS, alarms, class_="alerts")))
        boards = tag("div", watching.cloudwatch_boards(catalog, target))
        found.append(("cloudwatch", "CloudWatch dashboards", boards))
    return found
