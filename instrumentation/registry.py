"""All metrics of a process: created at first use, exposed on the page that Prometheus scrapes."""

from collections.abc import Iterator, Mapping
from threading import Lock
from typing import TypeVar

import prometheus_client as prometheus
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from instrumentation.contract import MetricSpec
from instrumentation.errors import Complaints
from instrumentation.metrics import Counter, ExemplarOf, Family, Gauge, Histogram, Series, Summary

SeriesT = TypeVar("SeriesT", bound=Series)


class Metrics:
    """The declared metrics of a workload, in one process."""

    def __init__(self, specs: Mapping[str, MetricSpec], exemplar: ExemplarOf, complaints: Complaints) -> None:
        self._specs = specs
        self._exemplar = exemplar
        self._complaints = complaints
        self._registry = prometheus.CollectorRegistry()
        self._families = dict[str, Family]()
        self._lock = Lock()

    def declared(self, name: str) -> MetricSpec | None:
        """Return a metric's declaration; None where the catalog has none of that name."""
        return self._specs.get(name)

    def counter(self, name: str) -> Counter:
        """Return a declared counter; see `metrics.yaml` of the workload."""
        return self._series(name, "counter", Counter)

    def gauge(self, name: str) -> Gauge:
        """Return a declared gauge."""
        return self._series(name, "gauge", Gauge)

    def histogram(self, name: str) -> Histogram:
        """Return a declared histogram, with the catalog's buckets."""
        return self._series(name, "histogram", Histogram)

    def summary(self, name: str) -> Summary:
        """Return a declared summary: a sum and a count."""
        return self._series(name, "summary", Summary)

    def page(self, accept: str) -> tuple[bytes, str]:
        """Return the scraped page and its content type: OpenMetrics with exemplars, for clients that accept it."""
        encode, content_type = choose_encoder(accept)
        return encode(_Page(self._registry)), content_type

    def _series(self, name: str, kind: str, series_type: type[SeriesT]) -> SeriesT:
        spec = self._specs.get(name)
        if spec is None or spec.type != kind:
            found = f"found a {spec.type}" if spec else "found none of that name"
            message = f"metric: {name}: expected a {kind} of the workload's metrics.yaml, {found}"
            self._complaints.report(f"metric:{name}:{kind}", message)
            return series_type()
        with self._lock:
            family = self._families.get(name)
            if family is None:
                family = self._families[name] = Family(spec, self._registry, self._exemplar, self._complaints)
        return series_type(family)


class _Page(Collector):
    """The scraped collector: without `_created` samples, which would be one more series for each."""

    def __init__(self, registry: prometheus.CollectorRegistry) -> None:
        self._registry = registry

    def collect(self) -> Iterator[Metric]:
        for metric in self._registry.collect():
            metric.samples = [sample for sample in metric.samples if not sample.name.endswith("_created")]
            yield metric
