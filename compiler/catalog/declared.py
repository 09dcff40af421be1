"""The series that a workload declares, each with the label matchers that no other workload's series fit."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from compiler.conventions import added_labels, series
from compiler.model.metrics import Metric
from compiler.model.recordings import Recording
from compiler.model.workload import ScrapeTarget, Workload

Matchers = Mapping[str, str]
"""What follows each label: `="shop"`."""


@dataclass(frozen=True)
class Series:
    """A series of a workload.

    Attributes:
        labels: that it has.
        matchers: that only it fits.
        tells_of: the label by which it tells of others than its workload, where it does: another workload that reads
            it means its own. A machine's series has a namespace too, that of the exporter's pod, and tells of none.
        interval: how far apart its samples are: as often its producer is scraped, or its rule is evaluated.
        type: whether it only rises, as the sums and counts of a distribution do.
        buckets: of a histogram's series, where they are declared.
        values: of its labels, those that are known; none where any may be.
    """

    labels: frozenset[str]
    matchers: Matchers
    interval: str
    tells_of: Literal["workload", "namespace"] | None = None
    type: Literal["counter", "gauge"] = "gauge"
    values: Mapping[str, Sequence[str]] = field(default_factory=dict)
    buckets: Sequence[float] = ()


def declared(
    workload: Workload, metrics: Sequence[Metric], recordings: Iterable[Recording]
) -> Mapping[str, Mapping[str, Series]]:
    """Return the series that a workload declares, by name and service; one that is recorded belongs to no service."""
    found: dict[str, dict[str, Series]] = {}
    names = [metric.name for metric in metrics]
    repeated = {name for name in names if names.count(name) > 1} if len(names) > len(set(names)) else set()
    for metric in metrics:
        matchers = _whose(workload, metric, repeated)
        interval = workload.interval(metric.producer)
        for name, labels in series(metric, added_labels(workload, metric.producer)).items():
            whose = _tells_of(metric, labels, matchers)
            found.setdefault(name, {})[metric.service] = Series(
                labels,
                matchers,
                interval,
                whose,
                "gauge" if metric.type == "gauge" and not metric.rises else "counter",
                metric.labels,
                _buckets(metric) if name.endswith("_bucket") else (),
            )
    for each in recordings:
        labels = frozenset({*each.labels, "workload"})
        own = Series(labels, {"workload": f'="{workload.name}"'}, each.interval)
        found[each.name] = {"": Series(labels, {}, each.interval, "workload") if "workload" in each.labels else own}
    return found


def _buckets(metric: Metric) -> Sequence[float]:
    return metric.buckets or (metric.statsd.buckets if metric.statsd else ())


def _tells_of(metric: Metric, labels: frozenset[str], matchers: Matchers) -> Literal["workload", "namespace"] | None:
    if "workload" in labels:
        return None if "workload" in matchers else "workload"
    return "namespace" if "namespace" in metric.labels else None


def _whose(workload: Workload, metric: Metric, repeated: set[str]) -> Matchers:
    """Return the matchers of a metric's series.

    A series that tells of other workloads has a `workload` of its own, and what a chart's monitor scrapes has none:
    these are known by their job, which our monitors name after the producer.
    """
    producer = workload.producers.get(metric.producer)
    if isinstance(producer, ScrapeTarget) and producer.scraped_by:
        return {label: f'="{value}"' for label, value in producer.known_by.items()}
    if "workload" in metric.labels:
        return {"job": f'="{metric.producer}"'}
    service = {"service": f'="{metric.service}"'} if metric.name in repeated and "service" not in metric.labels else {}
    return {"workload": f'="{workload.name}"', **service}
