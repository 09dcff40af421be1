"""A workload's contract, written by the compiler: what its services may emit."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from instrumentation.errors import ContractError

VERSION = 1
"""Of the file's form; the compiler writes the same."""


@dataclass(frozen=True)
class MetricSpec:
    """A metric as the catalog declares it.

    Attributes:
        name: of the metric.
        type: counter, gauge, histogram or summary.
        unit: of a value: seconds, bytes, ratio, requests.
        help: what it says.
        labels: each with the values that are known; none means any value.
        buckets: of a histogram: upper bounds, in the metric's unit.
    """

    name: str
    type: str
    unit: str
    help: str
    labels: Mapping[str, tuple[str, ...]]
    buckets: tuple[float, ...] = ()


@dataclass(frozen=True)
class SpanSpec:
    """A span as the catalog declares it.

    Attributes:
        name: of the span.
        service: whose it is.
        attributes: what each such span must have when it ends.
        kind: server, client, internal, producer or consumer.
        parent: the span above it, or None for a trace's first.
        route: method and path of the requests that leave it, where middleware makes it.
    """

    name: str
    service: str
    attributes: frozenset[str] = frozenset()
    kind: str = "internal"
    parent: str | None = None
    route: str | None = None


@dataclass(frozen=True)
class SamplingRule:
    """The share of some traces that is kept.

    Attributes:
        name: of the rule.
        keep: percent of the traces that it fits.
        decided: at the head, by the service that begins the trace, or at the tail, by the gateways.
        when: what it fits: `error`, `longer_than` in seconds, `services`, `only_services`, `spans`; nothing: any.
    """

    name: str
    keep: float
    decided: str
    when: Mapping[str, Any]


@dataclass(frozen=True)
class Contract:
    """What the services of a workload may emit.

    Attributes:
        workload: whose contract it is.
        services: what a service may call itself, each with the workload's service that it is.
        metrics: by name.
        logs: the rules on a line, as the log job has them.
        spans: by name.
        naming: the pattern that other spans' names must have; None where only declared ones are right.
        salt: of the hash that decides which share of traces is kept.
        sampling: the rules, in order.
        withheld: attributes that no span may carry, beside what no log line may hold.
        dependencies: what readiness names; none means any.
        red: the metrics of requests, errors and latency, by the workload's service.
    """

    workload: str
    services: Mapping[str, str]
    metrics: Mapping[str, MetricSpec]
    logs: Mapping[str, Any]
    spans: Mapping[str, SpanSpec] = field(default_factory=dict)
    naming: str | None = None
    salt: str = ""
    sampling: tuple[SamplingRule, ...] = ()
    withheld: frozenset[str] = frozenset()
    dependencies: tuple[str, ...] = ()
    red: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


def read_contract(path: Path, workload: str) -> Contract:
    """Read a workload's contract.

    Raises:
        ContractError: when it is not there, of another form, or another workload's.
    """
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        found = _contract(data) if data["version"] == VERSION else None
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        problem = f"{path}: expected a contract as `make render` writes it, found {type(error).__name__}: {error}"
        raise ContractError(problem) from None
    if found is None:
        raise ContractError(f"{path}: version: expected {VERSION}, found {data['version']}: render it again")
    if found.workload != workload:
        raise ContractError(f"{path}: workload: expected '{workload}', found '{found.workload}'")
    return found


def stream_of(contract: Contract, service: str, name: str | None) -> Mapping[str, Any]:
    """Return the rules of the stream that a service's lines belong to: its namesake, else its first.

    Raises:
        ContractError: when no stream of the workload has lines of that service.
    """
    end = f"-{name}" if name else ""
    for stream in contract.logs["streams"]:
        if service in stream["services"] and stream["name"].endswith(end):
            return cast(Mapping[str, Any], stream)
    known = {stream["name"]: stream["services"] for stream in contract.logs["streams"]}
    found = f"'{service}'" + (f" in '{name}'" if name else "")
    raise ContractError(f"start: service: expected one that a stream of logs.yaml has, {known}, found {found}")


def _contract(data: Mapping[str, Any]) -> Contract:
    traces = data["traces"]
    return Contract(
        workload=data["workload"],
        services=data["services"],
        metrics={name: _metric(name, one) for name, one in data["metrics"].items()},
        logs=data["logs"],
        spans={one["name"]: _span(one) for one in traces["spans"]},
        naming=traces["naming"],
        salt=traces["salt"],
        sampling=tuple(_rule(one) for one in traces["sampling"]),
        withheld=frozenset(traces["withheld"]),
        dependencies=tuple(data["health"]["dependencies"]),
        red=data["red"],
    )


def _metric(name: str, one: Mapping[str, Any]) -> MetricSpec:
    labels = {label: tuple(values) for label, values in one["labels"].items()}
    return MetricSpec(name, one["type"], one["unit"], one["help"], labels, tuple(one.get("buckets", ())))


def _span(one: Mapping[str, Any]) -> SpanSpec:
    attributes = frozenset(one["attributes"])
    return SpanSpec(one["name"], one["service"], attributes, one["kind"], one.get("parent"), one.get("route"))


def _rule(one: Mapping[str, Any]) -> SamplingRule:
    return SamplingRule(one["name"], float(one["keep"]), one["decided"], one["when"])
