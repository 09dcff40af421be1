"""Record a finished request: the RED metrics that the catalog names, and one line."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from instrumentation.contract import Contract, MetricSpec
from instrumentation.registry import Metrics

_KNOWN = frozenset({"endpoint", "method", "status", "status_code"})
"""Labels whose values every request has; a metric with others is the service's own to count."""
FAILED = 500
"""Statuses from here on are the service's fault (RFC 9110, section 15.6)."""


@dataclass(frozen=True)
class Request:
    """A finished request.

    Attributes:
        method: of HTTP.
        endpoint: the declared route, or `other`.
        status: of the answer; 500 where there was none.
        seconds: until the last byte was handed over.
    """

    method: str
    endpoint: str
    status: int
    seconds: float

    @property
    def failed(self) -> bool:
        """Whether the service failed it."""
        return self.status >= FAILED


class Red:
    """Counts requests, errors and durations where the workload's `red` says in which metrics."""

    def __init__(self, contract: Contract, service: str, metrics: Metrics) -> None:
        names = contract.red.get(contract.services.get(service, ""), {})
        self._metrics = metrics
        self._requests = self._countable(names.get("requests"))
        self._errors = self._countable(names.get("errors"))
        self._latency = self._countable(names.get("latency"))

    def count(self, request: Request) -> None:
        """Count a request."""
        if self._requests:
            self._metrics.counter(self._requests.name).labels(**_values(self._requests, request)).inc()
        if self._errors and request.failed:
            self._metrics.counter(self._errors.name).labels(**_values(self._errors, request)).inc()
        if self._latency:
            self._metrics.histogram(self._latency.name).labels(**_values(self._latency, request)).observe(
                request.seconds
            )

    def _countable(self, name: str | None) -> MetricSpec | None:
        """Return a RED metric whose labels every request has; None where errors are part of the requests' counter."""
        spec = self._metrics.declared(name) if name else None
        return spec if spec and _KNOWN.issuperset(spec.labels) else None


def _values(spec: MetricSpec, request: Request) -> dict[str, str]:
    status = str(request.status)
    values = {"endpoint": request.endpoint, "method": request.method, "status": status, "status_code": status}
    return {name: values[name] for name in spec.labels}


def line(request: Request) -> Mapping[str, Any]:
    """Return the fields of a request's line, under all the names that the workloads have for them."""
    milliseconds = round(request.seconds * 1_000, 3)
    return {
        "method": request.method,
        "endpoint": request.endpoint,
        "status_code": request.status,
        "latency_ms": milliseconds,
        "response_time_ms": milliseconds,
        "metrics.latency_ms": milliseconds,
        "context.latency_ms": milliseconds,
    }
