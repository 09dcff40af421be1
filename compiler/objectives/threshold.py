"""Rules of a threshold objective: the value, whether it is good, its good share of the window, and two alerts.

The values are CloudWatch's, by way of the exporter (`metrics/yace.py`). A value that is measured once a day has no
events to burn: what counts is its average over the objective's window.
"""

from collections.abc import Iterator

from compiler import conventions as names
from compiler.catalog.catalog import Watched
from compiler.metrics import yace
from compiler.metrics.rules import Group, Rule, alert_labels, link_annotations
from compiler.model.alerts import ThresholdSlo
from compiler.model.base import seconds
from compiler.objectives.events import series_labels, series_selector
from compiler.target import Target
from compiler.text import number
from compiler.texts.amounts import amount, in_words
from compiler.texts.placeholders import objective_title, value_unit

SILENT = "30m"
"""How long there is no value before an objective's absence alert fires."""
MISSED = "10m"
"""How long an objective must be missed before its alert fires."""
_KEPT = {"<": "at least", ">": "at most"}


def threshold_groups(watched: Watched, target: Target) -> list[Group]:
    """Return one group for each of a workload's objectives on a value."""
    groups = []
    for slo in watched.thresholds:
        rules = (*_recorded(watched, slo, target), *_alerts(watched, slo, target))
        groups.append(Group(f"{watched.name}-slo-{slo.name}", names.EVERY_BUDGET, rules))
    return groups


def _recorded(watched: Watched, slo: ThresholdSlo, target: Target) -> Iterator[Rule]:
    labels = series_labels(watched, slo)
    selector, limit = series_selector(watched, slo), number(slo.bound.value)
    worst, good = ("min", ">=") if slo.bound.below is not None else ("max", "<=")
    values = [yace.selector(watched.cloudwatch_metric(each), slo.statistic, target) for each in slo.metrics]
    # YACE exposes NaN where CloudWatch has no value: it is left out as wherever gauges are aggregated.
    yield Rule(f"{worst}({' or '.join(values)})", names.SLO_VALUE, labels=labels)
    yield Rule(f"{names.SLO_VALUE}{selector} {good} bool {limit}", names.SLO_MET, labels=labels)
    yield Rule(f"avg_over_time({names.SLO_MET}{selector}[{slo.window}])", names.SLO_ATTAINED, labels=labels)
    yield Rule(_average(slo, selector), names.SLO_AVERAGE, labels=labels)


def _average(slo: ThresholdSlo, selector: str) -> str:
    """Return the average over the window; where the period is the window, CloudWatch has averaged already."""
    whole = seconds(slo.period) == seconds(slo.window)
    series = f"{names.SLO_VALUE}{selector}"
    return series if whole else f"avg_over_time({series}[{slo.window}])"


def limit_in_words(watched: Watched, slo: ThresholdSlo) -> str:
    """Return the limit with its unit; a score such as R² is written as it is, not in percent."""
    return amount(slo.bound.value, value_unit(watched, slo))


def _alerts(watched: Watched, slo: ThresholdSlo, target: Target) -> Iterator[Rule]:
    links = link_annotations(watched, target, slo.runbook, slo.dashboard)
    selector, name = series_selector(watched, slo), names.alert_prefix(slo.name)
    if slo.severities.missed:
        text = {
            "summary": f"The objective '{objective_title(watched, slo)}' is missed",
            "description": f"Over {slo.window} it is {{{{ $value | humanize }}}}; it is to be "
            f"{_KEPT[slo.bound.operator]} {limit_in_words(watched, slo)}.",
        }
        expr = f"{names.SLO_AVERAGE}{selector} {slo.bound.operator} {number(slo.bound.value)}"
        labels = {**alert_labels(watched, slo.service, slo.severities.missed), "slo": slo.name}
        yield Rule(expr, alert=f"{name}Missed", for_=MISSED, labels=labels, annotations={**text, **links})
    if watched.expected_in(target.environment):
        text = {
            "summary": f"Nothing is known of '{objective_title(watched, slo)}'",
            "description": f"CloudWatch, or its exporter, has had no value of the last {slo.period} "
            f"for {in_words(SILENT)}.",
        }
        labels = {**alert_labels(watched, slo.service, slo.severities.absence), "slo": slo.name}
        expr = f"absent({names.SLO_VALUE}{selector}){names.once_live(watched.name, slo.service, target)}"
        yield Rule(expr, alert=f"{name}NoData", for_=SILENT, labels=labels, annotations={**text, **links})
