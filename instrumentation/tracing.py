"""OpenTelemetry's SDK for each service: W3C trace context, OTLP over HTTP in batches, sampling by trace id."""

from collections.abc import Sequence

from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.propagators.textmap import TextMapPropagator
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.id_generator import IdGenerator
from opentelemetry.sdk.trace.sampling import Decision, ParentBased, Sampler, SamplingResult
from opentelemetry.trace import Link, SpanKind, TraceState
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from opentelemetry.util.types import Attributes
from typing_extensions import override

from instrumentation.attributes import Cleaner
from instrumentation.sampling import Share

_PATH = "/v1/traces"
"""Where an OTLP receiver takes spans over HTTP (OTLP specification, OTLP/HTTP request)."""

_SECONDS = 5.0
"""For a batch, attempts included: a pod that ends must not wait longer for an agent that is gone."""


class ShareSampler(Sampler):
    """Samples a share of the traces that begin here, by their ids, so that all services sample the same ones.

    The share is all of them wherever a gateway keeps errors and slow requests (`sampling.head_percent`): what is
    dropped here, no gateway ever sees. A trace that began elsewhere follows what was decided there (`ParentBased`), so
    that it is whole or not there.
    """

    def __init__(self, share: Share) -> None:
        self._share = share

    @override
    def should_sample(
        self,
        parent_context: Context | None,
        trace_id: int,
        name: str,
        kind: SpanKind | None = None,
        attributes: Attributes = None,
        links: Sequence[Link] | None = None,
        trace_state: TraceState | None = None,
    ) -> SamplingResult:
        """Decide whether a trace that begins here is recorded."""
        decision = Decision.RECORD_AND_SAMPLE if self._share.keeps(trace_id) else Decision.DROP
        return SamplingResult(decision, attributes, trace_state)

    @override
    def get_description(self) -> str:
        """Return the sampler's description."""
        return f"ShareSampler{{{self._share.percent}%}}"


class CleaningExporter(SpanExporter):
    """Exports spans without forbidden attributes, also those of libraries' instrumentation."""

    def __init__(self, inner: SpanExporter, cleaner: Cleaner) -> None:
        self._inner = inner
        self._cleaner = cleaner

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Export the spans; called by the batch's own thread."""
        return self._inner.export([self._cleaner.span(span) for span in spans])

    def shutdown(self) -> None:
        """Close the connection."""
        self._inner.shutdown()

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        """Flush the exporter within the timeout."""
        return self._inner.force_flush(timeout_millis)


def otlp(endpoint: str) -> SpanExporter:
    """Return an exporter for an agent's OTLP over HTTP, such as `http://agent:4318`."""
    base = endpoint.rstrip("/")
    return OTLPSpanExporter(endpoint=base if base.endswith(_PATH) else base + _PATH, timeout=_SECONDS)


def make_provider(
    resource: Resource, share: Share, exporter: SpanExporter | None, ids: IdGenerator | None = None
) -> TracerProvider:
    """Return the tracer provider; without an exporter spans go nowhere, but logs still have their ids."""
    provider = TracerProvider(sampler=ParentBased(ShareSampler(share)), resource=resource, id_generator=ids)
    if exporter is not None:
        provider.add_span_processor(BatchSpanProcessor(exporter))
    return provider


def w3c() -> TextMapPropagator:
    """Return the propagator of the W3C headers `traceparent` and `tracestate`."""
    return TraceContextTextMapPropagator()
