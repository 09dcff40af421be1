"""Metrics and their limits, as documents ask for them."""

from collections.abc import Iterator

from compiler.model.metrics import Goal
from tests.coverage.findings import Finding, Held, compare, first, same
from tests.coverage.model import LatencyRow, Seed, ThresholdRow


def metrics(seed: Seed, held: Held) -> Iterator[Finding]:
    """Yield whether each metric is declared."""
    for name in seed.metrics:
        yield Finding("metrics", name, gap=None if held.metric(name) else "no catalog entry declares it")
    declared = {(metric.namespace, metric.name) for metric in held.watched.metrics.cloudwatch}
    for row in seed.cloudwatch:
        missing = [name for name in row.names if (row.namespace, name) not in declared]
        yield Finding("metrics", row.what, gap=f"no CloudWatch metric {row.namespace} {missing}" if missing else None)


def latencies(seed: Seed, held: Held) -> Iterator[Finding]:
    """Yield whether each percentile of each component has its target."""
    for row in seed.latencies:
        for percentile in ("p50", "p95", "p99"):
            yield Finding("latency targets", f"{row.component}, {percentile}", gap=_latency(row, percentile, held))


def _latency(row: LatencyRow, percentile: str, held: Held) -> str | None:
    metric = next((each for each in held.watched.metrics.cloudwatch if each.id == row.metric), None)
    if metric is None:
        return f"no CloudWatch metric has the id {row.metric}"
    found = {limit for goal in metric.targets if goal.of.startswith(percentile) for limit in goal.bound.limits()}
    return first(same("unit", "milliseconds", metric.unit), compare({(">", getattr(row, percentile))}, found))


def thresholds(seed: Seed, held: Held) -> Iterator[Finding]:
    """Yield whether each limit of a table is a target, or the limit of an alert or alarm."""
    for row in seed.thresholds:
        name = f"{row.metric}, {row.of}, {row.held_by}"
        kind, _, owner = row.held_by.partition(":")
        gap = {"target": _target, "alert": _alert, "alarm": _alarm}[kind](row, owner, held)
        departure = None if gap or kind == "target" else compare(row.expected(), _limits(kind, owner, held))
        yield Finding("thresholds", name, "held" if row.held is None else "corrected", gap, departure)


def _limits(kind: str, owner: str, held: Held) -> set[tuple[str, float]]:
    """Return every limit of an alert or of an alarm."""
    if kind == "alarm":
        return {limit for each in held.watched.alarms.alarms if each.name == owner for limit in each.bound.limits()}
    found = [each for alert in held.watched.alerts if alert.name == owner for each in alert.thresholds.values()]
    return {limit for threshold in found for limit in threshold.limits()}


def _goals(metric: str, held: Held) -> tuple[Goal, ...] | None:
    declared = held.metric(metric) or next((m for m in held.watched.metrics.cloudwatch if m.id == metric), None)
    return None if declared is None else declared.targets


def _target(row: ThresholdRow, _: str, held: Held) -> str | None:
    goals = _goals(row.metric, held)
    if goals is None:
        return "the metric is not declared"
    return compare(row.expected(), {limit for goal in goals if goal.of == row.of for limit in goal.bound.limits()})


def _alert(row: ThresholdRow, owner: str, held: Held) -> str | None:
    alert = next((each for each in held.watched.alerts if each.name == owner), None)
    if alert is None:
        return f"no alert is called {owner}"
    if (row.read_as or row.metric) not in held.read_by(alert.value):
        return f"{owner} does not read {row.read_as or row.metric}"
    return same("unit", row.unit, alert.unit)


def _alarm(row: ThresholdRow, owner: str, held: Held) -> str | None:
    alarm = next((each for each in held.watched.alarms.alarms if each.name == owner), None)
    if alarm is None:
        return f"no alarm is called {owner}"
    read = {alarm.metric, *(line.metric for line in alarm.metrics)}
    if row.metric not in read:
        return f"{owner} does not read {row.metric}"
    unit = alarm.unit or held.watched.cloudwatch_metric(alarm.metric).unit
    return same("unit", row.unit, unit)
