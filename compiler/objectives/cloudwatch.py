"""The fast burn of an objective whose events CloudWatch counts, as alarms on metric math.

A burn is fast when both a long and a short window say so. An alarm on metric math has one period, so that each window
is an alarm of its own without actions, and a composite notifies when both of a pair are in alarm. CloudWatch looks back
a day at most: slower burns and the budget are Prometheus' (`events.py`).
"""

from collections.abc import Iterator
from dataclasses import dataclass

from compiler import conventions as names
from compiler.catalog.catalog import Watched
from compiler.cloud.cloudwatch import MATH, AlarmSpec, CompositeSpec, LineSpec, described, metric_line
from compiler.metrics.yace import EVENTS_STATISTIC
from compiler.model.alerts import BurnRates, BurnWindow, CloudWatchEvents, Slo
from compiler.model.base import seconds
from compiler.objectives.events import burn_rate
from compiler.target import Target
from compiler.text import number
from compiler.texts.placeholders import allowed, objective_title


@dataclass(frozen=True)
class _BurnAlarm:
    """The fields of a burn-rate composite alarm that its description repeats, as `cloudwatch.Described`."""

    severity: str
    service: str
    summary: str
    description: str
    runbook: str
    dashboard: str


def burn_alarms(watched: Watched, burn_rates: BurnRates, target: Target) -> list[AlarmSpec]:
    """Return an alarm for each window of each pair; they have no topics."""
    return [
        _window_alarm(watched, slo, events, window, span, target)
        for slo, events in _objectives(watched)
        for window in burn_rates.page
        for span in (window.long, window.short)
    ]


def burn_composites(watched: Watched, burn_rates: BurnRates, target: Target) -> list[CompositeSpec]:
    """Return an alarm for each objective: in alarm while both windows of a pair are."""
    return [_composite(watched, slo, events, burn_rates, target) for slo, events in _objectives(watched)]


def _objectives(watched: Watched) -> Iterator[tuple[Slo, CloudWatchEvents]]:
    for slo in watched.slos:
        if slo.cloudwatch is not None:
            yield slo, slo.cloudwatch


def _window_alarm(
    watched: Watched, slo: Slo, events: CloudWatchEvents, window: BurnWindow, span: str, target: Target
) -> AlarmSpec:
    total, bad = watched.cloudwatch_metric(events.total), watched.cloudwatch_metric(events.bad)
    period = seconds(span)
    least = number(slo.at_least * period)
    rate = burn_rate(slo, window)
    ratio = f"IF(total >= {least}, bad / total)"
    return AlarmSpec(
        name=_window_name(slo, span, target),
        namespace=bad.namespace,
        metric_name=names.resolve(bad.name, target),
        dimensions={},
        statistic=MATH,
        comparison_operator="GreaterThanThreshold",
        threshold=round(rate * allowed(slo), 10),
        period=period,
        evaluation_periods=1,
        treat_missing_data="notBreaching",
        topics=(),
        description=f"{objective_title(watched, slo)}: the budget burns more than {number(rate)} times too fast, "
        f"as seen in {span}.\n"
        f"Tells nobody: {_name(slo, target)} does, when the other window agrees.",
        model=None,
        lines=(
            metric_line("total", total, EVENTS_STATISTIC, target),
            metric_line("bad", bad, EVENTS_STATISTIC, target),
            LineSpec("ratio", returns=True, expression=ratio),
        ),
    )


def _name(slo: Slo, target: Target) -> str:
    return names.in_environment(f"{slo.name}-burn-fast", target.environment)


def _window_name(slo: Slo, span: str, target: Target) -> str:
    return names.in_environment(f"{slo.name}-burn-{span}", target.environment)


def _composite(
    watched: Watched, slo: Slo, events: CloudWatchEvents, burn_rates: BurnRates, target: Target
) -> CompositeSpec:
    pairs = [[_window_name(slo, span, target) for span in (each.long, each.short)] for each in burn_rates.page]
    both = [" AND ".join(f'ALARM("{child}")' for child in pair) for pair in pairs]
    rates = " or ".join(f"{number(burn_rate(slo, each))} times in {each.long}" for each in burn_rates.page)
    alarm = _BurnAlarm(
        slo.severities.page,
        slo.service,
        f"The error budget of '{objective_title(watched, slo)}' burns fast",
        f"It burns more than {rates} as fast as {number(slo.objective)} % in {slo.window} allows.",
        slo.runbook,
        events.dashboard,
    )
    priority = watched.severity(alarm.severity).priority
    return CompositeSpec(
        name=_name(slo, target),
        rule=" OR ".join(f"({pair})" for pair in both),
        children=tuple(child for pair in pairs for child in pair),
        topics=tuple(names.topic(topic) for topic in (priority, *events.topics)),
        description=described(watched, alarm, target),
    )
