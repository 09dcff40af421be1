"""Prometheus metrics from the contract: an undeclared one is an error, or harmless and reported once."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from math import isfinite
from typing import Protocol, Self, cast

import prometheus_client as prometheus

from instrumentation.contract import MetricSpec
from instrumentation.errors import Complaints

OTHER = "other"
"""What stands in production for a label's value that the catalog does not have: sums stay right."""
_MOST_SERIES = 2_000
"""Of one metric in one process; more means that a label is made of data, such as ids."""
ExemplarOf = Callable[[MetricSpec, float], dict[str, str] | None]
"""Returns the ids of the trace that a value belongs to; None where that trace will not be kept."""


class _Child(Protocol):
    """A series of prometheus_client, of any kind."""

    def inc(self, amount: float = 1, exemplar: dict[str, str] | None = None) -> None: ...
    def set(self, value: float) -> None: ...
    def observe(self, amount: float, exemplar: dict[str, str] | None = None) -> None: ...


class Family:
    """A declared metric with its series.

    Attributes:
        spec: as the catalog declares it.
        exemplar: of a value.
    """

    def __init__(
        self, spec: MetricSpec, registry: prometheus.CollectorRegistry, exemplar: ExemplarOf, complaints: Complaints
    ) -> None:
        self.spec = spec
        self.exemplar = exemplar
        self._names = tuple(spec.labels)
        self._complaints = complaints
        self._children = dict[tuple[object, ...], _Child]()
        self._metric = _make(spec, registry)

    def plain(self) -> _Child | None:
        """Return the only series of a metric without labels."""
        if not self._names:
            return cast(_Child, self._metric)
        self.wrong(f"expected labels {list(self._names)}, found none")
        return None

    def child(self, values: Mapping[str, object]) -> _Child | None:
        """Return the series with these values; None, after a report, where the labels are not the metric's."""
        if len(values) != len(self._names) or any(name not in values for name in self._names):
            self.wrong(f"expected labels {list(self._names)}, found {sorted(values)}")
            return None
        if not self._names:
            return self.plain()
        key = tuple(values[name] for name in self._names)
        found = self._children.get(key)
        if found is None:
            found = cast(_Child, self._metric.labels(*map(self._value, self._names, key)))
            if len(self._children) < _MOST_SERIES:
                self._children[key] = found
        return found

    def _value(self, name: str, value: object) -> str:
        known = self.spec.labels[name]
        if known and value != OTHER and str(value) not in known:
            self.wrong(f"{name}: expected one of {list(known)}, found '{value}'")
            return OTHER
        if not known and len(self._children) >= _MOST_SERIES:
            self.wrong(f"{name}: expected at most {_MOST_SERIES} series: a label is made of data")
            return OTHER
        return str(value)

    def wrong(self, message: str) -> None:
        """Report a mistake of the service's code about this metric."""
        name = self.spec.name
        self._complaints.report(
            f"metric:{name}:{message}", f"metric: {name}: {message}: see the workload's metrics.yaml"
        )


class Series:
    """A metric, or one of its series. An undeclared one does nothing, and so is safe to use."""

    def __init__(self, family: Family | None = None, child: _Child | None = None) -> None:
        self._family = family
        self._child = child

    def labels(self, **values: object) -> Self:
        """Return the series with these values of all the metric's labels."""
        family = self._family
        if family is None:
            return self
        child = family.child(values)
        return type(self)(family, child) if child is not None else type(self)()

    def _series(self) -> _Child | None:
        if self._child is None and self._family is not None:
            self._child = self._family.plain()
        return self._child

    def _takes(self, value: float) -> bool:
        """Return whether a value is a number; a NaN or an infinity is reported and left out."""
        if isfinite(value):
            return True
        if self._family:
            self._family.wrong(f"expected a number, found {value}")
        return False

    def _exemplar(self, value: float) -> dict[str, str] | None:
        return self._family.exemplar(self._family.spec, value) if self._family else None

    @contextmanager
    def _timed(self, observe: Callable[[float], None]) -> Iterator[None]:
        started = time.perf_counter()
        try:
            yield
        finally:
            observe(time.perf_counter() - started)


class Counter(Series):
    """A value that only grows."""

    def inc(self, amount: float = 1) -> None:
        """Add one, or that amount."""
        series = self._series()
        if series is not None and self._takes(amount):
            series.inc(amount, self._exemplar(amount))


class Gauge(Series):
    """A value that goes up and down."""

    def set(self, value: float) -> None:
        """Set the value, in the metric's unit."""
        series = self._series()
        if series is not None and self._takes(value):
            series.set(value)


class Histogram(Series):
    """The distribution of values; a value of a trace that will be kept has that trace's id as exemplar."""

    def observe(self, value: float) -> None:
        """Observe one value, in the metric's unit."""
        series = self._series()
        if series is not None and self._takes(value):
            series.observe(value, self._exemplar(value))

    @contextmanager
    def time(self) -> Iterator[None]:
        """Observe the duration of the block, in seconds."""
        with self._timed(self.observe):
            yield


class Summary(Series):
    """The number of values and their sum."""

    def observe(self, value: float) -> None:
        """Observe one value, in the metric's unit."""
        series = self._series()
        if series is not None and self._takes(value):
            series.observe(value)

    @contextmanager
    def time(self) -> Iterator[None]:
        """Observe the duration of the block, in seconds."""
        with self._timed(self.observe):
            yield


def _make(
    spec: MetricSpec, registry: prometheus.CollectorRegistry
) -> prometheus.Counter | prometheus.Gauge | prometheus.Histogram | prometheus.Summary:
    labels = tuple(spec.labels)
    if spec.type == "counter":
        return prometheus.Counter(spec.name, spec.help, labels, registry=registry)
    if spec.type == "gauge":
        return prometheus.Gauge(spec.name, spec.help, labels, registry=registry)
    if spec.type == "histogram":
        return prometheus.Histogram(spec.name, spec.help, labels, registry=registry, buckets=spec.buckets)
    return prometheus.Summary(spec.name, spec.help, labels, registry=registry)
