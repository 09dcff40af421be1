"""Shapes of traces: for each sampling rule of the catalog one for which it holds, and no other if possible."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

from compiler.catalog.catalog import Catalog, Watched
from compiler.model.traces import SamplingRule
from compiler.model.traces import Span as Declared
from compiler.traces.conformance import sampled
from compiler.traces.sampling import ALL, Facts, decide

FAST_MS, OVER_MS = 5.0, 40.0
"""How long a trace lasts, under the limit of every rule; and by how much one is over it that has to be."""


@dataclass(frozen=True)
class Step:
    """One span of a shape: what is the same in all traces of it.

    Attributes:
        service: as its resource has it.
        name: the span's.
        parent: the place in the shape of the span above it; None for the root.
        kind: of the catalog's five.
        failed: whether its status says so.
        attributes: of the span.
    """

    service: str
    name: str
    parent: int | None
    kind: str = "internal"
    failed: bool = False
    attributes: tuple[str, ...] = ()

    def constant(self) -> bytes:
        """Return the part of the encoded span that has neither ids nor times."""
        status = Status(code=Status.STATUS_CODE_ERROR, message="it failed") if self.failed else None
        kind = Span.SpanKind.Value(f"SPAN_KIND_{self.kind.upper()}")
        values = [KeyValue(key=name, value=_value(n)) for n, name in enumerate(self.attributes)]
        return Span(name=self.name, kind=kind, attributes=values, status=status).SerializeToString()


@dataclass(frozen=True)
class Shape:
    """A kind of trace.

    Attributes:
        workload: whose.
        rule: the sampling rule that it was made for.
        share: percent of such traces that are kept.
        milliseconds: how long it lasts.
        steps: its spans, parents first.
    """

    workload: str
    rule: str
    share: float
    milliseconds: float
    steps: tuple[Step, ...]

    @property
    def whole(self) -> bool:
        """Whether every such trace is kept."""
        return self.share >= ALL

    @cached_property
    def constants(self) -> list[bytes]:
        """Of each span the part that is the same in all traces."""
        return [step.constant() for step in self.steps]

    def resource(self, service: str) -> bytes:
        """Return the encoded resource of one of its services."""
        named = {"service.namespace": self.workload, "service.name": service}
        return Resource(
            attributes=[KeyValue(key=key, value=AnyValue(string_value=text)) for key, text in named.items()]
        ).SerializeToString()


def _value(n: int) -> AnyValue:
    kinds = (
        AnyValue(string_value="a-value"),
        AnyValue(int_value=40 + n),
        AnyValue(double_value=0.123456789012345),
        AnyValue(bool_value=True),
    )
    return kinds[n % len(kinds)]


def shapes(catalog: Catalog) -> list[Shape]:
    """Return one shape for every rule that gateways decide."""
    return [_shape(watched, rule) for watched in sampled(catalog) for rule in watched.traces.sampling]


def _shape(watched: Watched, rule: SamplingRule) -> Shape:
    steps = tuple(_steps(watched, rule))
    milliseconds = rule.when.milliseconds + OVER_MS if rule.when.milliseconds else FAST_MS
    facts = Facts(
        frozenset(step.service for step in steps),
        frozenset(step.name for step in steps),
        any(step.failed for step in steps),
        milliseconds,
    )
    share = decide(watched.traces.sampling, facts)
    return Shape(watched.name, rule.name, share, milliseconds, steps)


def _steps(watched: Watched, rule: SamplingRule) -> Iterator[Step]:
    declared = [span for span in watched.traces.spans if _belongs(watched, rule, span)]
    places = {span.name: n for n, span in enumerate(declared)}
    for n, span in enumerate(declared):
        parent = places.get(span.parent or "", 0) if n else None
        failed = bool(rule.when.error) and n == len(declared) - 1
        yield Step(span.service, span.name, parent, span.kind, failed, span.attributes)
    there = {span.service for span in declared}
    for service in rule.when.services:
        if service not in there:
            yield Step(service, f"{service.replace('-', '_')}_run", 0 if declared else None)


def _belongs(watched: Watched, rule: SamplingRule, span: Declared) -> bool:
    """Return whether a span may be in the shape: services that have all their traces kept are in those shapes only."""
    if rule.when.only_services:
        return span.service in rule.when.only_services
    apart = {service for other in watched.traces.sampling for service in other.when.services}
    return span.service not in apart or span.service in rule.when.services
