"""Alerts, alarms and objectives, as documents ask for them, each with the test that proves it."""

from collections.abc import Iterator

from compiler.model.alerts import Slo, ThresholdSlo
from compiler.model.cloud import Alarm, Composite
from tests.coverage.findings import Finding, Held, compare, first, same
from tests.coverage.model import AlarmRow, AlertRow, Seed, SloRow
from tests.coverage.proofs import missing


def alerts(seed: Seed, held: Held) -> Iterator[Finding]:
    """Yield whether each alert is there with its figures and its behaviour cases."""
    for row in seed.alerts:
        cases = f"tests/rules/{seed.workload}/{row.name}.yaml"
        gap = first(_alert(row, held), same("proof", cases, row.proof), missing(row.proof))
        name = f"{row.title or row.name} ({row.severity})"
        yield Finding("alerts", name, "held" if row.held is None else "corrected", gap, _figures(row, held))


def _alert(row: AlertRow, held: Held) -> str | None:
    alert = next((each for each in held.watched.alerts if each.name == row.name), None)
    if alert is None:
        return f"no alert is called {row.name}"
    if row.title and row.title not in (alert.name, *alert.aliases):
        return f"{row.name} lacks the alias '{row.title}'"
    threshold = alert.thresholds.get(row.severity)
    if threshold is None:
        return f"{row.name}: expected a severity {row.severity}, found {sorted(alert.thresholds)}"
    window = row.window is None or f"[{row.window}]" in alert.value
    sides = compare({(side, 0) for side, _ in row.expected()}, {(side, 0) for side, _ in threshold.limits()})
    return first(sides, None if window else f"window: expected [{row.window}], found {alert.value}")


def _figures(row: AlertRow, held: Held) -> str | None:
    """Return what an alert's limit and duration are, where they are not the document's."""
    for alert in held.watched.alerts:
        if alert.name == row.name and row.severity in alert.thresholds:
            threshold = alert.thresholds[row.severity]
            return first(compare(row.expected(), threshold.limits()), same("for", row.for_, threshold.for_))
    return None


def alarms(seed: Seed, held: Held) -> Iterator[Finding]:
    """Yield whether each CloudWatch alarm and composite is there with its figures."""
    for row in seed.alarms:
        gap = first(_alarm(row, held), missing(row.proof))
        limits = next((each.bound.limits() for each in held.watched.alarms.alarms if each.name == row.name), None)
        departure = compare(row.expected(), limits) if limits else None
        yield Finding("alarms", row.title or row.name, "held" if row.held is None else "corrected", gap, departure)


def _alarm(row: AlarmRow, held: Held) -> str | None:
    declared: tuple[Alarm | Composite, ...] = (*held.watched.alarms.alarms, *held.watched.alarms.composites)
    alarm = next((each for each in declared if each.name == row.name), None)
    if alarm is None:
        return f"no alarm is called {row.name}"
    if not isinstance(alarm, Alarm):
        return same("severity", row.severity, alarm.severity)
    metric = held.watched.cloudwatch_metric(alarm.metric)
    return first(
        same("severity", row.severity, alarm.severity),
        same("metric", row.metric, f"{metric.namespace}/{metric.name}"),
        same("statistic", row.statistic, alarm.statistic),
        same("period", row.period, alarm.period),
        same("evaluation_periods", row.evaluation_periods, alarm.evaluation_periods),
        None if row.topic in (None, *alarm.topics) else f"topic: expected {row.topic}, found {list(alarm.topics)}",
    )


def slos(seed: Seed, held: Held) -> Iterator[Finding]:
    """Yield whether each objective is there with its figure and its window."""
    for row in seed.slos:
        declared: tuple[Slo | ThresholdSlo, ...] = (*held.watched.slos, *held.watched.thresholds)
        slo = next((each for each in declared if each.name == row.name), None)
        gap = _slo(row, slo) if slo else f"no objective is called {row.name}"
        yield Finding("objectives", row.name, "held" if row.held is None else "corrected", gap)


def _slo(row: SloRow, slo: Slo | ThresholdSlo) -> str | None:
    window = same("window", row.window, slo.window)
    if isinstance(slo, ThresholdSlo):
        return first(window, compare(row.expected(), slo.bound.limits()))
    each = slo.each.objectives if slo.each else None
    return first(window, same("objective", row.objective, slo.objective), same("each", row.each, each))
