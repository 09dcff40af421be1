"""The part of a stack's page on what is watched: alerts, alarms, objectives, dashboards."""

import re
from collections.abc import Iterable, Iterator

from compiler import conventions
from compiler.artefacts import rule_groups
from compiler.catalog.catalog import Catalog, Watched
from compiler.cloud import cloudwatch
from compiler.dashboards.steps import colors
from compiler.metrics import liveness
from compiler.metrics.rules import Rule
from compiler.model.alerts import Alert, BurnWindow, Slo, ThresholdSlo
from compiler.model.base import Bound, seconds
from compiler.model.cloud import Alarm, Composite
from compiler.model.dashboards import Panel, Widget
from compiler.objectives.events import burn_rate
from compiler.objectives.threshold import limit_in_words
from compiler.site.html import Html, Node, count, details, join, link, table, tag
from compiler.target import Target
from compiler.text import number
from compiler.texts.amounts import amount
from compiler.texts.pages import channel_in_words
from compiler.texts.placeholders import alarm_facts, alarm_unit, fill, objective_title

_DAY, _HOUR, _MINUTE = 86_400, 3_600, 60
_PLACEHOLDER = re.compile(r"\{\{[^}]*?\$(?:labels\.)?(\w+)[^}]*\}\}")


def alerts(catalog: Catalog, target: Target) -> list[list[Node]]:
    """Return a row for each Prometheus alert: the most urgent first."""
    rows = [
        (rule.labels["priority"], watched.name, index, _alert_row(catalog, watched, rule))
        for watched in catalog
        for index, rule in enumerate(
            rule for group in rule_groups(watched, catalog, target) for rule in group.rules if rule.alert
        )
    ]
    return [row for *_, row in sorted(rows, key=lambda each: each[:3])]


ALERT_HEADS = ("Priority", "Alert", "Fires when", "For", "Notified", "Open")


def _alert_row(catalog: Catalog, watched: Watched, rule: Rule) -> list[Node]:
    labels, notes = rule.labels, rule.annotations
    declared = next((alert for alert in watched.alerts if alert.name == rule.alert), None)
    condition = _condition(declared, rule) if declared else _burning(catalog, watched, rule)
    opened = details("rule", tag("p", readable(notes["description"])), tag("pre", rule.expr))
    return [
        _priority(labels["priority"], labels["severity"]),
        join(tag("b", str(rule.alert)), tag("small", f"{watched.name} / {labels['service']}")),
        join(condition, opened),
        rule.for_ or "at once",
        notified(catalog, watched, labels["severity"], str(rule.alert)),
        join(link(notes["runbook_url"], "runbook"), " ", link(notes["dashboard_url"], "dashboard")),
    ]


def _condition(alert: Alert, rule: Rule) -> Node:
    limits = limits_in_words(alert.thresholds[rule.labels["severity"]], alert.unit)
    return [readable(rule.annotations["summary"]), tag("small", limits)]


def _burning(catalog: Catalog, watched: Watched, rule: Rule) -> Node:
    """Return an objective's alert: its summary, and the burn rates of its kind."""
    kinds = {"BurnFast": catalog.burn_rates.page, "BurnSlow": catalog.burn_rates.ticket}
    windows = next((each for kind, each in kinds.items() if str(rule.alert).endswith(kind)), ())
    slo = next((each for each in watched.slos if each.name == rule.labels.get("slo")), None)
    rates = (f"burn rate {number(burn_rate(slo, each))} in {each.long} and {each.short}" for each in windows if slo)
    return [readable(rule.annotations["summary"]), tag("small", " or ".join(rates))]


def limits_in_words(bound: Bound, unit: str) -> Node:
    """Return a bound in words; a range has both of its sides."""
    sides = [[side, " ", tag("b", amount(value, unit))] for side, value in bound.sides().items()]
    return [[" or " if index else "", side] for index, side in enumerate(sides)]


def readable(text: str) -> str:
    """Return the text of an alert; what Prometheus fills in is shown as <name>."""
    return _PLACEHOLDER.sub(r"<\1>", text)


def _priority(priority: str, severity: str) -> Html:
    return join(tag("span", priority, class_=f"chip {priority.lower()}"), tag("small", severity))


def notified(catalog: Catalog, watched: Watched, severity: str, alert: str) -> str:
    """Return who is notified of an alert of a workload, by the priority of its severity."""
    routing = catalog.routing
    route = routing.route(watched.name, watched.severity(severity).priority, alert)
    return ", ".join(channel_in_words(catalog.routing.channels[name]) for name in route.channels)


SILENT_HEADS = ("Workload", "Service", "Declared by")


def silent(catalog: Catalog, target: Target) -> list[list[Node]]:
    """Return a row for each service whose silence calls nobody before its first data, and what declares it live."""
    return [
        [watched.workload.title, watched.workload.services[service].title, tag("code", f"{watched.name}/{service}")]
        for watched in catalog
        for service in liveness.silent(watched, target)
    ]


def alarms(catalog: Catalog, target: Target) -> list[list[Node]]:
    """Return a row for each CloudWatch alarm, on metrics or on other alarms: the most urgent first."""
    rows = [
        (
            watched.severity(alarm.severity).priority,
            watched.name,
            alarm.name,
            _alarm_row(watched, alarm, firing, target),
        )
        for watched in catalog
        for alarm, firing in _alarms(watched, target)
    ]
    return [row for *_, row in sorted(rows, key=lambda each: each[:3])]


ALARM_HEADS = ("Priority", "Alarm", "Fires when", "For", "Topics", "Open")
Firing = tuple[Node, str, str]
"""When an alarm fires, after how long, and the topics that it notifies."""


def _alarms(watched: Watched, target: Target) -> Iterator[tuple[Alarm | Composite, Firing]]:
    for alarm, spec in zip(watched.alarms.alarms, cloudwatch.alarms(watched, target), strict=True):
        periods = f"{count(alarm.evaluation_periods, 'period')} of {alarm.period}; silence: {spec.treat_missing_data}"
        yield alarm, (_on_metrics(watched, alarm, spec), periods, ", ".join(spec.topics))
    for composite, composed in zip(watched.alarms.composites, cloudwatch.composites(watched, target), strict=True):
        fires = tag("small", f"{composite.when} of {', '.join(composite.alarms)}")
        yield composite, ([fires, details("rule", tag("pre", composed.rule))], "at once", ", ".join(composed.topics))


def _on_metrics(watched: Watched, alarm: Alarm, spec: cloudwatch.AlarmSpec) -> Node:
    limits = limits_in_words(alarm.bound, alarm_unit(watched, alarm))
    where = [f"{name}: {value}" for name, value in spec.dimensions.items()]
    where += [f"{line.id} = {line.expression or f'{line.statistic} of {line.metric_name}'}" for line in spec.lines]
    limit = tag("small", f"{spec.statistic} of {spec.metric_name} ", limits)
    return [limit, details("metric", tag("pre", "\n".join([spec.namespace, *where])))]


def _alarm_row(watched: Watched, alarm: Alarm | Composite, firing: Firing, target: Target) -> list[Node]:
    fires, periods, topics = firing
    runbook = conventions.runbook_url(target, watched.name, alarm.runbook)
    board = conventions.cloudwatch_url(target, alarm.dashboard)
    facts = alarm_facts(watched, alarm) if isinstance(alarm, Alarm) else {}
    return [
        _priority(watched.severity(alarm.severity).priority, alarm.severity),
        join(
            tag("b", conventions.in_environment(alarm.name, target.environment)),
            tag("small", f"{watched.name} / {alarm.service}"),
        ),
        join(tag("span", fill(alarm.summary, facts), title=fill(alarm.description, facts)), fires),
        periods,
        topics,
        join(link(runbook, "runbook"), " ", link(board, "dashboard")),
    ]


def objectives(catalog: Catalog, target: Target) -> Iterator[Html]:
    """Yield a card for each objective: its budget, and its burn-rate alerts."""
    for watched in catalog:
        for slo in watched.slos:
            burns = (
                (severity, window)
                for severity, windows in (
                    (slo.severities.page, catalog.burn_rates.page),
                    (slo.severities.ticket, catalog.burn_rates.ticket),
                )
                for window in windows
            )
            links = link(conventions.runbook_url(target, watched.name, slo.runbook), "runbook")
            yield tag(
                "article",
                tag("h3", objective_title(watched, slo), tag("small", f"{watched.name} / {slo.service}")),
                *(_promise(slo, value, percent) for value, percent in _promises(slo)),
                tag("p", links),
                table(
                    ("Severity", "Burn rate", "Budget spent", "Seen in", "Budget gone after"),
                    (_burn_row(watched, slo, severity, window) for severity, window in burns),
                    class_="burns",
                ),
                details("events", tag("pre", _events(slo))),
                class_="card",
            )
        for threshold in watched.thresholds:
            yield _threshold_card(watched, threshold, target)


def _promises(slo: Slo) -> list[tuple[str, float]]:
    """Return the objective of each value of a label and of all others, each with its target."""
    if slo.each is None:
        return [("", slo.objective)]
    named = [(f"{slo.each.label} {value}: ", percent) for value, percent in slo.each.objectives.items()]
    return [*named, (f"any other {slo.each.label}: ", slo.objective)]


def _promise(slo: Slo, label: str, percent: float) -> Html:
    allowed = round(100 - percent, 10)
    budget = (
        f"The budget: {number(allowed)} % of events, or {_span(seconds(slo.window) * allowed / 100)} of total failure."
    )
    return tag(
        "p", label, tag("b", f"{number(percent)} %", class_="big"), f" of events good, in {slo.window}. {budget}"
    )


def _threshold_card(watched: Watched, slo: ThresholdSlo, target: Target) -> Html:
    kept = "at least" if slo.bound.below is not None else "at most"
    links = link(conventions.runbook_url(target, watched.name, slo.runbook), "runbook")
    return tag(
        "article",
        tag("h3", objective_title(watched, slo), tag("small", f"{watched.name} / {slo.service}")),
        tag("p", tag("b", f"{kept} {limit_in_words(watched, slo)}", class_="big"), f" over {slo.window}"),
        tag("p", f"{slo.statistic} of the last {slo.period}, from CloudWatch: {', '.join(slo.metrics)}. ", links),
        class_="card",
    )


def _events(slo: Slo) -> str:
    if slo.events is None:
        return f"CloudWatch: {slo.cloudwatch.total}, {slo.cloudwatch.bad}" if slo.cloudwatch else ""
    kind, counted = ("bad", slo.events.bad) if slo.events.bad else ("good", slo.events.good)
    return f"total: {slo.events.total}\n{kind}: {counted}"


def _burn_row(watched: Watched, slo: Slo, severity: str, window: BurnWindow) -> list[Node]:
    rate = burn_rate(slo, window)
    return [
        _priority(watched.severity(severity).priority, severity),
        number(rate),
        f"{number(window.budget_percent)} %",
        f"{window.long} and {window.short}",
        _span(seconds(slo.window) / rate),
    ]


def _span(total: float) -> str:
    """Return seconds in the two largest units."""
    left, amounts = round(total), []
    for size, unit in ((_DAY, "d"), (_HOUR, "h"), (_MINUTE, "min"), (1, "s")):
        count, left = divmod(left, size)
        amounts += [f"{count} {unit}"] if count else []
    return " ".join(amounts[:2]) or "no time"


def grafana(catalog: Catalog, target: Target) -> Iterator[Html]:
    """Yield each Grafana dashboard, its panels where they are on the screen."""
    for watched in catalog:
        for board in watched.dashboards.grafana:
            address = conventions.grafana_url(target, watched.name, board.name)
            rows = ((row.title, (_panel(watched, panel) for panel in row.panels)) for row in board.rows)
            yield _board(watched, board.title, address, board.description, rows)


def _panel(watched: Watched, panel: Panel) -> Html:
    _, steps = colors(watched, panel)
    limits = ", ".join(f"{color} from {number(value)}" for value, color in steps)
    text = f"{panel.type}, {panel.unit}{'; ' + limits if limits else ''}"
    return _tile(panel.title, text, "\n".join(query.expr for query in panel.queries), panel.width)


def cloudwatch_boards(catalog: Catalog, target: Target) -> Iterator[Html]:
    """Yield each CloudWatch dashboard, its widgets where they are on the screen."""
    for watched in catalog:
        for board in watched.dashboards.cloudwatch:
            address = conventions.cloudwatch_url(target, board.name)
            rows = (
                (part.title, (_widget(watched, widget, target) for widget in part.widgets)) for part in board.sections
            )
            yield _board(
                watched, board.title, address, conventions.in_environment(board.name, target.environment), rows
            )


def _widget(watched: Watched, widget: Widget, target: Target) -> Html:
    lines = []
    for line in widget.metrics:
        metric = watched.cloudwatch_metric(line.metric) if line.metric else None
        shown = f"{line.statistic} of {metric.namespace} {metric.name}" if metric else str(line.expression)
        lines.append(f"{line.label}: {conventions.resolve(shown, target)}")
    return _tile(widget.title, f"{widget.view}, each {widget.period}", "\n".join(lines), widget.width)


def _tile(title: str, text: str, queries: str, width: int) -> Html:
    opened = details([title, tag("small", text)], tag("pre", queries))
    return tag("div", opened, class_="tile", style=f"--span:{width}")


def _board(watched: Watched, title: str, address: str, text: str, rows: Iterable[tuple[str, Iterable[Html]]]) -> Html:
    """Return a dashboard as a plan of its panels, in the twenty-four columns that both kinds have."""
    plan = [[tag("h4", name), tag("div", list(tiles), class_="plan")] for name, tiles in rows]
    head = tag("h3", link(address, title), tag("small", watched.name))
    return tag("article", head, tag("p", text), plan, class_="card board")
