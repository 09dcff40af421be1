"""The series of a workload's metrics, and how they move while it is well or while something is wrong.

What a metric is worth while all is well follows from its targets in the catalog; where that is not enough, from
`health.yaml`.
"""

import re
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import product
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, Field

from compiler.catalog.catalog import Watched
from compiler.conventions import PROBE_SERIES, resolve
from compiler.metrics import yace
from compiler.model.metrics import Metric
from compiler.target import Target
from tests.workloads import project_catalog

ANY_VALUE: Mapping[str, tuple[str, ...]] = {
    "pop": ("sfo", "nyc", "fra"),
    "region": ("eu-west-1", "us-east-1"),
    "namespace": ("production",),
    "statefulset": ("alertmanager-platform",),
    "persistentvolumeclaim": ("prometheus-platform-db-prometheus-platform-0", "data-0-platform-kafka-0"),
    "type": ("write",),
    "status": ("200", "500"),
    "status_code": ("200", "500"),
}
"""Values of labels whose values the catalog leaves open; one made-up value for any other."""
SPAN_VALUE: Mapping[str, tuple[str, ...]] = {"status_code": ("STATUS_CODE_UNSET", "STATUS_CODE_ERROR")}
"""Values of labels that mean something else where spans have them."""
_OF_A_SPAN = ("workload", "service_name", "span_name")
HEALTH: Mapping[str, float | str] = yaml.safe_load((Path(__file__).parent / "health.yaml").read_text(encoding="utf-8"))
DOLLARS = 1e-9
"""What one event costs: a language model that stays within its daily budget, however many events are counted."""
LATENCY = 0.04
"""Seconds; the mean of a healthy workload, unless health.yaml has another."""
BUCKETS = (0.005, 0.01, 0.015, 0.025, 0.03, 0.05, 0.075, 0.1, 0.15, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Seconds; the default buckets of Prometheus clients, and the workloads' limits."""
_BAD_NAME = re.compile(r"_(errors?|failed|failures|refused|rejected|dropped|nonconforming|dead_letters)(_|$)|Rejected")
_BAD_VALUES = frozenset({"error", "failed", "STATUS_CODE_ERROR"})
Labels = tuple[tuple[str, str], ...]


class Faults(BaseModel):
    """How the workload is doing; the defaults are health.

    Attributes:
        services: where all the rest is so; none of them is everywhere.
        error_ratio: share of requests that fail, 0 to 1.
        latency_seconds: the mean latency; single requests lie evenly between half and one and a half of it.
        cache_hit_ratio: share of requests answered from the cache, 0 to 1.
        rate: events a second of each counter, over all its label values.
        stopped: values of any label whose counters stand still, such as a processor.
        vanished: metrics, or values of any label, whose series are no longer exposed.
        down: producers whose page does not answer.
        values: gauges by name, or by `name/value` of any label or `name/producer`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    services: tuple[str, ...] = ()
    error_ratio: float = Field(default=0.0, ge=0, le=1)
    latency_seconds: float | None = Field(default=None, gt=0)
    cache_hit_ratio: float = Field(default=0.9, ge=0, le=1)
    rate: float = Field(default=100.0, ge=0)
    stopped: tuple[str, ...] = ()
    vanished: tuple[str, ...] = ()
    down: tuple[str, ...] = ()
    values: dict[str, float] = {}


WELL = Faults()


@dataclass
class Series:
    """One combination of label values of one metric, and what it has counted so far."""

    metric: Metric
    labels: Labels
    combinations: int
    count: float = 0.0
    total: float = 0.0
    buckets: list[float] = field(default_factory=lambda: [0.0] * len(BUCKETS))

    @cached_property
    def names(self) -> frozenset[str]:
        """By what faults name this series: its metric and the values of its labels."""
        return frozenset({self.metric.name, *(value for _, value in self.labels)})

    @cached_property
    def _keys(self) -> tuple[str, ...]:
        """By what a value is given for this series, what is said of a part of its metric first."""
        name = self.metric.name
        return (*(f"{name}/{each}" for each in (*sorted(self.names), self.metric.producer)), name)

    @cached_property
    def _healthy(self) -> float | str | None:
        return next((HEALTH[key] for key in self._keys if key in HEALTH), None)

    @cached_property
    def counts(self) -> bool:
        """Whether it counts, as its type or health.yaml says."""
        return self.metric.type != "gauge" or self._healthy == "grows"

    def _felt(self, faults: Faults) -> Faults:
        return faults if not faults.services or self.metric.service in faults.services else WELL

    def advance(self, faults: Faults, elapsed: float) -> None:
        """Count what happened in the elapsed seconds."""
        felt = self._felt(faults)
        if not self.counts or self.names & set(felt.stopped):
            return
        events = felt.rate * elapsed * self._share(felt)
        self.count += events
        if self.metric.type in ("histogram", "summary"):
            # Only durations follow the latency: a histogram of scores stays within its metric's targets.
            mean = self._latency(felt) if self.metric.unit == "seconds" else self._gauge(felt)
            self.total += events * mean
            low, high = mean * 0.5, mean * 1.5
            for n, bound in enumerate(BUCKETS):
                self.buckets[n] += events * min(1.0, max(0.0, (bound - low) / (high - low)))

    def _latency(self, faults: Faults) -> float:
        return faults.latency_seconds or float(self._healthy or LATENCY)

    def _share(self, faults: Faults) -> float:
        """Return the series' share of its metric's events: good and bad, hits and misses are not evenly spread."""
        share = (DOLLARS if self.metric.unit == "dollars" else 1.0) / self.combinations
        for name, value in self.labels:
            if name in ("status_code", "status"):
                bad = value.startswith("5") or value in _BAD_VALUES
                share *= 2 * (faults.error_ratio if bad else 1 - faults.error_ratio)
            elif name == "cache":
                share *= 2 * (faults.cache_hit_ratio if value == "hit" else 1 - faults.cache_hit_ratio)
        return share * faults.error_ratio if _BAD_NAME.search(self.metric.name) else share

    def expose(self, faults: Faults) -> Iterator[str]:
        """Yield the series' lines in the text format of Prometheus."""
        felt = self._felt(faults)
        if self.names & set(felt.vanished):
            return
        if self.metric.type in ("histogram", "summary"):
            for line, value in zip(self._lines, (self.total, self.count, self.count, *self.buckets), strict=False):
                yield f"{line} {value:.9g}"
        else:
            yield f"{self._lines[0]} {self.count if self.counts else self._gauge(felt):.17g}"

    @cached_property
    def _lines(self) -> list[str]:
        name = self.metric.name
        if self.metric.type not in ("histogram", "summary"):
            return [_series(name, self.labels)]
        sums = [_series(f"{name}_sum", self.labels), _series(f"{name}_count", self.labels)]
        bounds = ("+Inf", *map(str, BUCKETS)) if self.metric.type == "histogram" else ()
        return sums + [_series(f"{name}_bucket", (*self.labels, ("le", bound))) for bound in bounds]

    def _gauge(self, faults: Faults) -> float:
        """Return what a fault says, or what is healthy: by health.yaml, within the metric's targets, else one."""
        name, metric = self.metric.name, self.metric
        for key in self._keys:
            if key in faults.values:
                return faults.values[key]
        if "cache_hit" in name:
            return faults.cache_hit_ratio * (100 if metric.unit == "percent" else 1)
        if metric.unit == "events-of-cloudwatch":
            return faults.rate * yace.EVENTS_PERIOD * (faults.error_ratio if "error" in name else 1)
        if isinstance(self._healthy, str):
            return time.time() + float(self._healthy.removeprefix("now") or 0)
        return self._healthy if self._healthy is not None else _within_targets(metric)


def _within_targets(metric: Metric) -> float:
    above = min((g.bound.above for g in metric.targets if g.bound.above is not None), default=None)
    below = max((g.bound.below for g in metric.targets if g.bound.below is not None), default=None)
    if above is not None:
        return (above + (below or 0.0)) / 2
    return 1.0 if below is None else max(1.0, below * 1.5)


def _series(name: str, labels: Labels) -> str:
    inside = ",".join(f'{key}="{text}"' for key, text in labels)
    return f"{name}{{{inside}}}"


def series_of(metric: Metric) -> list[Series]:
    """Return every combination of a metric's label values, known or made up; of spans, those that the catalog has."""
    if {"workload", "service_name"} <= set(metric.labels):
        return _of_spans(metric)
    combinations = list(product(*_choices(metric, ANY_VALUE)))
    return [Series(metric, labels, len(combinations)) for labels in combinations]


def _choices(metric: Metric, values: Mapping[str, tuple[str, ...]]) -> list[list[tuple[str, str]]]:
    values = {name: known or values.get(name, ("simulated",)) for name, known in metric.labels.items()}
    return [[(name, value) for value in choices] for name, choices in values.items()]


def _of_spans(metric: Metric) -> list[Series]:
    """Return the critical spans as series, counted as often as requests, so that no path seems to lack any."""
    spans = {
        tuple((name, value) for name, value in named.items() if name in metric.labels)
        for named in (
            {"workload": watched.name, "service_name": span.service, "span_name": span.name}
            for watched in project_catalog()
            for span in watched.traces.spans
        )
    }
    rest = [choices for choices in _choices(metric, {**ANY_VALUE, **SPAN_VALUE}) if choices[0][0] not in _OF_A_SPAN]
    return [Series(metric, (*span, *labels), 1) for span in sorted(spans) for labels in product(*rest)]


def metrics_of(watched: Watched, target: Target | None = None) -> Iterable[Metric]:
    """Yield what a workload exposes: declared metrics, what probes find, and what YACE has of its CloudWatch metrics.

    Args:
        watched: the workload.
        target: the environment that CloudWatch's dimensions name; without one they are left out.
    """
    yield from watched.metrics.prometheus
    for name, probe in watched.workload.probed.items():
        for series in sorted(PROBE_SERIES - {"probe_ssl_earliest_cert_expiry"}):
            yield _metric(series, "flag", probe.service, name, {})
    if target:
        yield from _of_cloudwatch(watched, target)


def _of_cloudwatch(watched: Watched, target: Target) -> Iterator[Metric]:
    for export in yace.exports(watched):
        metric = export.metric
        name = yace.series_name(metric.namespace, resolve(metric.name, target), export.statistic)
        labels = {f"dimension_{key}": (resolve(value, target),) for key, value in metric.dimensions.items()}
        unit = "events-of-cloudwatch" if export.counts_events else metric.unit
        yield _metric(name, unit, metric.service, yace.PRODUCER, labels)


def _metric(name: str, unit: str, service: str, producer: str, labels: Mapping[str, tuple[str, ...]]) -> Metric:
    # Unchecked, since YACE's labels have capitals, which the catalog's own may not.
    return Metric.model_construct(
        name=name, type="gauge", unit=unit, help=name, service=service, producer=producer, labels=dict(labels)
    )
