"""Labels that selectors narrow a metric by, and what is recorded where no series has them any more.

A selector on a label that a new version renamed matches nothing, which reads as no error at all. So a share is unknown
while its events have no such label, and `MetricLabelMissing` of the platform's alerts names metric and label.
"""

import re
from collections.abc import Iterator

from compiler import conventions as names
from compiler.catalog import promql
from compiler.catalog.catalog import Watched
from compiler.metrics.rules import Group, Rule
from compiler.model.metrics import Metric

_RATE = "5m"
_PART = re.compile("_(bucket|sum|count)$")


def label_group(watched: Watched) -> Group:
    """Return the group that records each metric with events whose series lack a label that a rule reads."""
    found = dict.fromkeys(_read(watched))
    return Group(f"{watched.name}-labels", names.EVERY, tuple(_rule(watched, *each) for each in found))


def _rule(watched: Watched, series: str, label: str, service: str) -> Rule:
    # What Prometheus does not scrape often enough for a rate has no events to lose.
    expr = f'group(rate({series}[{_RATE}]) > 0) unless on () group({series}{{{label}!=""}})'
    labels = {"workload": watched.name, "service": service, "metric": series, "label": label}
    return Rule(expr, names.LABEL_MISSING, labels=labels)


def _read(watched: Watched) -> Iterator[tuple[str, str, str]]:
    """Yield each label that an alert, an objective or a service's errors narrow a counter by, with its series."""
    expressions = [(alert.value, alert.service) for alert in watched.alerts]
    expressions += [(alert.traffic.value, alert.service) for alert in watched.alerts if alert.traffic]
    for slo in watched.slos:
        for counted in (slo.events.total, slo.events.bad, slo.events.good) if slo.events else ():
            by = f"sum by ({slo.each.label}) ({counted})" if slo.each else counted
            expressions += [(by or "", slo.service)] if counted else []
    for service, declared in watched.workload.services.items():
        expressions += [(declared.red.errors, service)] if declared.red else []
    for expression, service in expressions:
        for series, metric, labels in narrowed(watched, expression, service):
            yield from ((series, label, metric.service) for label in labels)


def narrowed(watched: Watched, expression: str, service: str) -> Iterator[tuple[str, Metric, list[str]]]:
    """Yield the series of each counter that an expression selects, with the declared labels that it matches."""
    for selector in promql.selectors(promql.parse(expression)):
        series = str(selector.name)
        metric = watched.metric(series, service) or watched.metric(_PART.sub("", series), service)
        if metric and metric.type != "gauge":
            matched = {each.name for each in selector.matchers.matchers}
            yield series, metric, sorted(matched & {*metric.labels})


def unlabelled(watched: Watched, selector: str, service: str) -> str:
    """Return the condition that a counter has series, none with the labels that its selector matches.

    Returns:
        Nothing where the selector matches none of the metric's own labels.
    """
    for series, _, labels in narrowed(watched, selector, service):
        if labels:
            present = ", ".join(f'{label}!=""' for label in labels)
            return f"(group({series}) unless on () group({series}{{{present}}}))"
    return ""
