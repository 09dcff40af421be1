"""The part of a runbook's page that comes from the catalog: conditions, who is notified, related alerts."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from compiler import conventions as names
from compiler.catalog.catalog import Catalog, Watched
from compiler.model.alerts import Alert, BurnWindow, Slo, ThresholdSlo
from compiler.model.base import seconds
from compiler.model.cloud import Alarm, Composite
from compiler.model.platform import Inhibition
from compiler.objectives.events import BURN_FAST, BURN_SLOW, SILENT, burn_rate
from compiler.objectives.threshold import MISSED, limit_in_words
from compiler.objectives.threshold import SILENT as NO_VALUE
from compiler.site.html import Html, Node, count, join, link, table, tag
from compiler.site.watching import limits_in_words, readable
from compiler.text import number
from compiler.texts.amounts import amount, in_words, span
from compiler.texts.pages import channel_in_words
from compiler.texts.placeholders import (
    alarm_facts,
    alarm_unit,
    alert_facts,
    allowed,
    fill,
    goals,
    objective_title,
)

_BY_CLOUDWATCH = (
    "CloudWatch's alarms do not pass Alertmanager: the notifier reads the topic of the priority and notifies at once. "
    "The topics' own subscribers hear by e-mail, also when the notifier fails: the setting alarmEmail of the "
    "priority's, the owner of the others."
)


@dataclass(frozen=True)
class Condition:
    """One condition that leads to a page: its name, severity (a budget has none), condition and duration."""

    name: str
    severity: str | None
    fires: Node
    lasts: str
    notes: tuple[Node, ...] = ()
    topics: tuple[str, ...] = ()
    dashboard: str | None = None
    by_cloudwatch: bool = False


def conditions(catalog: Catalog, watched: Watched, page: str) -> list[Condition]:
    """Return every condition that leads to a page of a workload."""
    found = [each for alert in watched.alerts if alert.runbook == page for each in _alert(catalog, watched, alert)]
    for slo in (slo for slo in watched.slos if slo.runbook == page):
        found += _objective(catalog, watched, slo)
    for value in (slo for slo in watched.thresholds if slo.runbook == page):
        found += _threshold(watched, value)
    found += [_alarm(watched, alarm) for alarm in watched.alarms.alarms if alarm.runbook == page]
    found += [_composite(composite) for composite in watched.alarms.composites if composite.runbook == page]
    return found + _budget(watched, page)


def _alert(catalog: Catalog, watched: Watched, alert: Alert) -> Iterator[Condition]:
    board = next((each.title for each in watched.dashboards.grafana if each.name == alert.dashboard), alert.dashboard)
    for severity, threshold in alert.thresholds.items():
        summary = readable(fill(alert.summary, alert_facts(watched, alert, severity), templates=True))
        fires = [summary, ": ", tag("b", limits_in_words(threshold, alert.unit))]
        notes = tuple(_alert_notes(catalog, watched, alert, threshold.keep)) if severity == _last(alert) else ()
        yield Condition(alert.name, severity, fires, in_words(threshold.for_), notes, dashboard=board)


def _last(alert: Alert) -> str:
    return list(alert.thresholds)[-1]


def _alert_notes(catalog: Catalog, watched: Watched, alert: Alert, keep: str | None) -> Iterator[Node]:
    name = tag("code", alert.name)
    yield [name, " compares ", tag("code", " ".join(alert.value.split())), _aims(watched, alert)]
    if alert.aliases:
        yield [name, " is also called ", ", ".join(f"“{alias}”" for alias in alert.aliases), "."]
    if alert.traffic:
        least = number(alert.traffic.at_least)
        yield [name, " stays quiet while ", tag("code", alert.traffic.value), f" is below {least}."]
    if alert.absence:
        chosen = ", ".join(f'{label}="{value}"' for label, value in alert.absence.where.items())
        series = f"{alert.absence.metric}{{{chosen}}}" if chosen else alert.absence.metric
        each = f", for each known {' and '.join(alert.absence.each)}" if alert.absence.each else ""
        yield [name, " also fires when ", tag("code", series), f" is gone{each}, once its service is live."]
    if keep:
        yield [name, f" stays on for {in_words(keep)} after it is over."]
    ordered = [severity for severity in watched.workload.severities if severity in alert.thresholds]
    for n, severity in enumerate(ordered[:-1], 1):
        yield [f"While its severity {severity} fires, {' and '.join(ordered[n:])} of the same thing is held back."]
    for rule in catalog.routing.inhibitions:
        yield from _held(watched, alert, rule)


def _aims(watched: Watched, alert: Alert) -> str:
    targets = [
        f"{'at least' if side == 'below' else 'at most'} {amount(value, alert.unit)}"
        for goal in goals(watched, alert)
        for side, value in goal.bound.sides().items()
    ]
    return f"; the target is {' and '.join(targets)}." if targets else "."


def _held(watched: Watched, alert: Alert, rule: Inhibition) -> Iterator[Node]:
    """Yield what an inhibition means for an alert: it is inhibited, or inhibits another."""
    source, held = rule.source.get("alertname"), rule.target.get("alertname")
    alike, pages = tag("code", alert.name), _pages(watched)
    if held == alert.name and source in pages:
        yield [alike, " is held back while ", _link(pages, source), f" fires: {rule.reason}."]
    if source == alert.name and held in pages:
        yield ["While ", alike, " fires, ", _link(pages, held), f" is held back: {rule.reason}."]


def _pages(watched: Watched) -> dict[str, str]:
    """Return the page of each alert that the workload has, by the alert's name."""
    pages = {each.name: each.runbook for each in watched.alerts}
    for slo in watched.slos:
        pages |= {f"{names.alert_prefix(slo.name)}{kind}": slo.runbook for kind in ("BurnFast", "BurnSlow", "NoData")}
    return pages


def _link(pages: dict[str, str], name: str) -> Html:
    return link(f"../{pages[name]}/index.html", name)


def _objective(catalog: Catalog, watched: Watched, slo: Slo) -> Iterator[Condition]:
    name, rates = names.alert_prefix(slo.name), catalog.burn_rates
    board = next((each.title for each in watched.dashboards.grafana if each.name == slo.dashboard), slo.dashboard)
    fast = [_burn(slo, window) for window in rates.page]
    if slo.cloudwatch:
        topics = slo.cloudwatch.topics
        yield Condition(
            f"{slo.name}-burn-fast",
            slo.severities.page,
            fast,
            "at once",
            (),
            topics,
            slo.cloudwatch.dashboard,
            by_cloudwatch=True,
        )
    else:
        yield Condition(f"{name}BurnFast", slo.severities.page, fast, in_words(BURN_FAST), dashboard=board)
    slow = [_burn(slo, window) for window in rates.ticket]
    yield Condition(
        f"{name}BurnSlow",
        slo.severities.ticket,
        slow,
        in_words(BURN_SLOW),
        tuple(_promise(watched, slo)),
        dashboard=board,
    )
    silent = "no event is counted, neither good nor bad, and there had been some or no target answers"
    yield Condition(f"{name}NoData", slo.severities.absence, silent, in_words(SILENT), dashboard=board)


def _burn(slo: Slo, window: BurnWindow) -> Html:
    rate = burn_rate(slo, window)
    lasts = span(round(seconds(slo.window) / rate / 3_600) * 3_600)
    share = amount(rate * allowed(slo), "ratio")
    sentence = f"the budget burns {number(rate)} times too fast (more than {share} bad) in the last {window.long} and "
    return tag("div", f"{sentence}{window.short}: at that rate it lasts {lasts}")


def _promise(watched: Watched, slo: Slo) -> Iterator[Node]:
    kept = f"The objective: {objective_title(watched, slo)}, {number(slo.objective)} % in {in_words(slo.window)}"
    others = [f"{value} {number(percent)} %" for value, percent in (slo.each.objectives if slo.each else {}).items()]
    named = f" ({slo.each.label}: {', '.join(others)})" if slo.each else ""
    yield f"{kept}{named}; the budget is the other {amount(allowed(slo), 'ratio')}."
    enough = f", unless {number(slo.or_bad)} failed within it" if slo.or_bad else ""
    yield f"Burn alerts stay quiet while the long window has less than {number(slo.at_least)} events a second{enough}."


def _threshold(watched: Watched, slo: ThresholdSlo) -> Iterator[Condition]:
    name = names.alert_prefix(slo.name)
    side = next(iter(slo.bound.sides()))
    board = next((each.title for each in watched.dashboards.grafana if each.name == slo.dashboard), slo.dashboard)
    if slo.severities.missed:
        fires = (
            f"{objective_title(watched, slo)}: over {in_words(slo.window)} it is {side} {limit_in_words(watched, slo)}"
        )
        yield Condition(f"{name}Missed", slo.severities.missed, fires, in_words(MISSED), dashboard=board)
    silent = f"{objective_title(watched, slo)}: there is no value of the last {in_words(slo.period)}"
    yield Condition(f"{name}NoData", slo.severities.absence, silent, in_words(NO_VALUE), dashboard=board)


def _alarm(watched: Watched, alarm: Alarm) -> Condition:
    metric = watched.cloudwatch_metric(alarm.metric)
    math = "; ".join(line.expression for line in alarm.metrics if line.expression)
    measured = f"{metric.namespace} {metric.name}: {alarm.statistic or math}"
    fires = [fill(alarm.description, alarm_facts(watched, alarm)), tag("small", measured), " "]
    limit = [*fires, tag("b", limits_in_words(alarm.bound, alarm_unit(watched, alarm)))]
    lasts = f"{count(alarm.evaluation_periods, 'period')} of {in_words(alarm.period)}"
    where = f" in {', '.join(alarm.environments)}" if alarm.environments else ""
    note = [tag("code", alarm.name), f": silence is {alarm.missing_data}{where}."]
    return Condition(
        alarm.name, alarm.severity, limit, lasts, (note,), alarm.topics, alarm.dashboard, by_cloudwatch=True
    )


def _composite(alarm: Composite) -> Condition:
    children = [
        [" or " if alarm.when == "any" and n else " and " if n else "", tag("code", name)]
        for n, name in enumerate(alarm.alarms)
    ]
    fires = [alarm.description, " In alarm while ", children, " is." if alarm.when == "any" else " are."]
    return Condition(
        alarm.name, alarm.severity, fires, "at once", (), alarm.topics, alarm.dashboard, by_cloudwatch=True
    )


def _budget(watched: Watched, page: str) -> list[Condition]:
    budget = watched.workload.budget
    if budget is None or budget.runbook != page:
        return []
    spent = [f"{number(each.above_percent)} % ({each.of.lower()})" for each in budget.notifications]
    fires = f"this month's cost of the project is above {' or '.join(spent)} of {budget.monthly_usd} USD"
    receivers = sorted({email for each in budget.notifications for email in each.emails})
    return [Condition(budget.name, None, fires, "at once", (f"AWS Budgets writes to {', '.join(receivers)}.",))]


def facts(catalog: Catalog, watched: Watched, page: str, grafanas: Mapping[str, str] | None = None) -> Html:
    """Return what the catalog says for a page: conditions, who is notified, dashboards.

    Args:
        catalog: for routes and channels.
        watched: the page's workload.
        page: its name.
        grafanas: the address of each stack's Grafana, by the stack's name, where dashboards are linked to.
    """
    found = conditions(catalog, watched, page)
    rows = [[tag("b", each.name), each.severity or "", each.fires, each.lasts] for each in found]
    boards = list(dict.fromkeys(each.dashboard for each in found if each.dashboard))
    shown: list[Node] = [[", " if n else "", _board(watched, title, grafanas or {})] for n, title in enumerate(boards)]
    notes = [tag("li", note) for each in found for note in each.notes]
    return join(
        tag("h2", "When it fires", id="conditions"),
        table(("Alert", "Severity", "Fires when", "For"), rows),
        tag("ul", notes) if notes else "",
        tag("h2", "Who is notified", id="notified"),
        table(("Severity", "Priority", "Answer", "Notified", "Again after"), _notified(catalog, watched, found)),
        tag("p", _BY_CLOUDWATCH) if any(each.by_cloudwatch for each in found) else "",
        tag("p", f"The owner is the team {watched.workload.owner.team}, {watched.workload.owner.email}."),
        tag("p", "Dashboard: ", shown, ". The link in the notification opens it.") if boards else "",
    )


def _board(watched: Watched, title: str, grafanas: Mapping[str, str]) -> Node:
    """Return a dashboard's title with a link for each stack's Grafana; CloudWatch's dashboards are in none."""
    name = next((each.name for each in watched.dashboards.grafana if each.title == title), None)
    if name is None or not grafanas:
        return title
    links: list[Node] = [
        link(names.dashboard_url(address, watched.name, name), stack) for stack, address in grafanas.items()
    ]
    return [title, " (", [[", " if n else "", each] for n, each in enumerate(links)], ")"]


def _notified(catalog: Catalog, watched: Watched, found: list[Condition]) -> Iterator[list[Node]]:
    seen = set[tuple[str, tuple[str, ...]]]()
    for each in found:
        if each.severity is None:
            continue
        severity = watched.severity(each.severity)
        route = catalog.routing.route(watched.name, severity.priority, each.name)
        if (each.severity, (*route.channels, *each.topics)) in seen:
            continue
        seen.add((each.severity, (*route.channels, *each.topics)))
        receivers = ", ".join(channel_in_words(catalog.routing.channels[name]) for name in route.channels)
        topics = f"; topics {', '.join(each.topics)}" if each.topics else ""
        yield [each.severity, severity.priority, severity.response, receivers + topics, in_words(route.repeat_interval)]
