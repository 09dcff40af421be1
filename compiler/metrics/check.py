"""The catalog's rules on metrics and alerts: names as Prometheus asks for them, and a guard against little traffic."""

from collections.abc import Iterator

from compiler.catalog.catalog import Watched
from compiler.catalog.places import finding
from compiler.conventions import SHARED_WORKLOAD

NEED_TRAFFIC = frozenset({"ratio", "seconds"})
"""Units of values that mean nothing on little traffic: one failure of two requests is a half."""


def metric_findings(watched: Watched) -> Iterator[str]:
    """Yield a line for each metric whose name hides its type or unit, and each alert that one request can fire."""
    if watched.name != SHARED_WORKLOAD:  # the platform's own parts are others' programs, with others' names
        yield from _names(watched)
    for n, alert in enumerate(watched.alerts):
        if alert.unit in NEED_TRAFFIC and alert.traffic is None:
            message = f"expected traffic, the least on which a value in {alert.unit} means something"
            yield finding(watched, "alerts", ("alerts", n), f"{message}, found none")


def _names(watched: Watched) -> Iterator[str]:
    """Yield names that break Prometheus' conventions (prometheus.io/docs/practices/naming)."""
    for n, metric in enumerate(watched.metrics.prometheus):
        path = ("prometheus", n, "name")
        if (metric.type == "counter") != metric.name.endswith("_total"):
            ending = "a name that ends with _total" if metric.type == "counter" else "a name without _total"
            yield finding(watched, "metrics", path, f"expected {ending} for a {metric.type}, found '{metric.name}'")
        # A document's own name for a distribution ends without a unit, and its note says so.
        known = metric.name.endswith("_distribution") and metric.note
        if metric.type == "histogram" and not metric.name.endswith(f"_{metric.unit}") and not known:
            message = f"expected a histogram's name to end with its unit, _{metric.unit}, found '{metric.name}'"
            yield finding(watched, "metrics", path, message)
        if "quantile" in metric.labels:
            message = "expected no label quantile, which cannot be aggregated: declare a histogram"
            yield finding(watched, "metrics", ("prometheus", n, "labels", "quantile"), message)
