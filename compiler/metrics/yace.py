"""CloudWatch metrics in Prometheus: the configuration of yet-another-cloudwatch-exporter (YACE), and its series' names.

Only what an objective or a success criterion needs is exported, since each request is paid for. The names are those
that YACE 0.67 builds (`promutil.BuildMetricName`): the namespace, then the metric without the words it shares with it,
then the statistic.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from compiler import conventions as names
from compiler.catalog.catalog import Catalog, Watched
from compiler.model.base import seconds
from compiler.model.metrics import CloudWatchMetric
from compiler.target import Target

EVENTS_PERIOD = 300
"""Seconds; a sum of events covers so much, and YACE asks as often: the sums tile time."""
EVENTS_STATISTIC = "Sum"
PRODUCER = "yace"
_SEPARATORS = frozenset(" ,\t/\\.-:=@<>()“")
_ACCOUNT = "{account}"


@dataclass(frozen=True)
class Export:
    """A statistic of a CloudWatch metric over the last `period` seconds; no data counts as no events."""

    metric: CloudWatchMetric
    statistic: str
    period: int
    counts_events: bool


def exports(watched: Watched) -> list[Export]:
    """Return what a workload's objectives need from CloudWatch, each once."""
    needed: list[Export] = []
    for slo in watched.slos:
        for name in (slo.cloudwatch.total, slo.cloudwatch.bad) if slo.cloudwatch else ():
            metric = watched.cloudwatch_metric(name)
            needed.append(Export(metric, EVENTS_STATISTIC, EVENTS_PERIOD, counts_events=True))
    for threshold in watched.thresholds:
        for name in threshold.metrics:
            metric = watched.cloudwatch_metric(name)
            needed.append(Export(metric, threshold.statistic, seconds(threshold.period), counts_events=False))
    once: list[Export] = []
    for export in needed:
        if export not in once:
            once.append(export)
    return once


def exportable(metric: CloudWatchMetric) -> bool:
    """Return whether a metric can be identified in Prometheus: all its dimensions are known to the compiler."""
    values = metric.dimensions.values()
    return bool(values) and not metric.many and not any(_ACCOUNT in value for value in values)


def _criteria(catalog: Catalog, target: Target) -> list[Export]:
    """Return what the platform's success criteria need, where the stack has the layers."""
    platform = {watched.name: watched for watched in catalog}.get(names.SHARED_WORKLOAD)
    found = [each.cloudwatch for each in catalog.criteria.criteria if each.layer in (None, *target.layers)]
    return [
        Export(platform.cloudwatch_metric(each.metric), each.statistic, seconds(each.period), counts_events=False)
        for each in found
        if each and platform
    ]


def selector(metric: CloudWatchMetric, statistic: str, target: Target) -> str:
    """Return the selector of one metric's series in an environment; a dimension that is the account is left out."""
    dimensions = sorted((name, value) for name, value in metric.dimensions.items() if value != _ACCOUNT)
    ours = f'workload="{names.SHARED_WORKLOAD}"'
    matched = (f'dimension_{_label(name)}="{names.resolve(value, target)}"' for name, value in dimensions)
    matchers = ", ".join([ours, *matched])
    return f"{series_name(metric.namespace, names.resolve(metric.name, target), statistic)}{{{matchers}}}"


def series_name(namespace: str, metric: str, statistic: str) -> str:
    """Return the name under which YACE exposes a statistic of a metric.

    `AWS/ApiGateway`, `5XXError`, `Sum` is `aws_apigateway_5_xxerror_sum`.
    """
    space = _snake(namespace.lower().removeprefix("/"))
    name, skipped = _snake(metric), 0
    for word in space.split("_"):
        if name[skipped:].startswith(word):
            skipped = len(word)
    prefix = "" if space.startswith("aws") else "aws_"
    return f"{prefix}{space}_{name[skipped:].removeprefix('_')}_{_snake(statistic)}"


def _snake(text: str) -> str:
    """Return a name in snake case: an underscore before each capital that follows a small letter or a digit."""
    written, before = [], ""
    for character in text:
        if character in _SEPARATORS:
            written.append("_")
        elif character == "%":
            written.append("_percent")
        else:
            begins = character.isupper() and (before.islower() or before.isdigit())
            written.append(f"_{character.lower()}" if begins else character.lower())
        before = character
    return "".join(written)


def _label(dimension: str) -> str:
    return "".join("_" if character in _SEPARATORS else character for character in dimension)


def configuration(catalog: Catalog, target: Target) -> dict[str, object] | None:
    """Return YACE's configuration, or None where nothing needs CloudWatch.

    A job asks for one set of dimensions in one namespace: YACE then lists the metrics that have exactly those.
    """
    jobs = [_job(*job, target) for job in _jobs(catalog, target)]
    return {"apiVersion": "v1alpha1", "sts-region": target.region, "customNamespace": jobs} if jobs else None


def _jobs(catalog: Catalog, target: Target) -> Iterator[tuple[str, tuple[str, ...], str, list[Export]]]:
    grouped: dict[tuple[str, tuple[str, ...], str], list[Export]] = {}
    needed = [export for watched in catalog for export in exports(watched)]
    for export in [*needed, *_criteria(catalog, target)]:
        region = export.metric.region or target.region
        key = (export.metric.namespace, tuple(sorted(export.metric.dimensions)), region)
        known = grouped.setdefault(key, [])
        if _named(export, target) not in [_named(each, target) for each in known]:
            known.append(export)
    for (namespace, dimensions, region), found in sorted(grouped.items()):
        yield namespace, dimensions, region, found


def _named(export: Export, target: Target) -> tuple[str, str, int]:
    return names.resolve(export.metric.name, target), export.statistic, export.period


def _job(
    namespace: str, dimensions: tuple[str, ...], region: str, found: list[Export], target: Target
) -> dict[str, object]:
    return {
        "name": "-".join([_snake(namespace).replace("_", "-"), *map(str.lower, dimensions), region]),
        "namespace": namespace,
        "regions": [region],
        "dimensionNameRequirements": list(dimensions),
        # A day's statistic is updated at each request, not at midnight only.
        "roundingPeriod": EVENTS_PERIOD,
        "metrics": [_metric(export, target) for export in found],
    }


def _metric(export: Export, target: Target) -> dict[str, object]:
    return {
        "name": names.resolve(export.metric.name, target),
        "statistics": [export.statistic],
        "period": export.period,
        "length": export.period,
        # Sums of the last minutes are not complete yet.
        "delay": EVENTS_PERIOD if export.counts_events else 0,
        "nilToZero": export.counts_events,
    }
