"""Spans as they arrive at a collector: their resource, their attributes, and which are sent at all."""

from collections.abc import Iterator

import pytest
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status
from opentelemetry.trace import NonRecordingSpan, SpanContext, TraceFlags, set_span_in_context
from opentelemetry.util.types import AttributeValue

from instrumentation import ContractError
from instrumentation.sampling import kept
from tests.instrumentation.conftest import Watched, Watching
from tests.instrumentation.otlp import Receiver, attributes, receiver


@pytest.fixture
def otlp() -> Iterator[Receiver]:
    with receiver() as server:
        yield server


def sent(watched: Watched, otlp: Receiver) -> list[Span]:
    assert watched.watch.flush()
    return otlp.spans


def test_a_span_says_whose_it_is(watching: Watching, otlp: Receiver) -> None:
    watched = watching(endpoint=otlp.address)
    with watched.watch.span("recommendation_pipeline"), watched.watch.span("geospatial_query") as span:
        span.set_attribute("candidates_found", 12)
    inner, outer = sent(watched, otlp)
    assert (inner.name, outer.name) == ("geospatial_query", "recommendation_pipeline")
    assert inner.parent_span_id == outer.span_id
    assert inner.trace_id == outer.trace_id
    assert (inner.kind, outer.kind) == (Span.SPAN_KIND_CLIENT, Span.SPAN_KIND_SERVER)
    assert attributes(inner) == {"candidates_found": 12}
    text = attributes(otlp.resources[0])
    assert {name: text[name] for name in text if not name.startswith("telemetry.")} == {
        "service.name": "recommendation-service",
        "service.namespace": "recommendation-service",
        "service.instance.id": "pod-1",
        "deployment.environment.name": "prod",
    }


def test_what_fails_is_marked_and_told_without_its_secrets(watching: Watching, otlp: Receiver) -> None:
    watched = watching(endpoint=otlp.address)
    with pytest.raises(RuntimeError), watched.watch.span("ml_inference", inference_time_ms=1.5):
        raise RuntimeError("token=abcdefghijkl of a@example.com")
    (span,) = sent(watched, otlp)
    assert span.status.code == Status.STATUS_CODE_ERROR
    (event,) = span.events
    recorded = attributes(event)
    assert recorded["exception.type"] == "RuntimeError"
    assert recorded["exception.message"] == "[removed] of [email]"
    assert "abcdefghijkl" not in str(span)


def test_forbidden_attributes_never_leave_the_process(watching: Watching, otlp: Receiver) -> None:
    watched = watching(endpoint=otlp.address)
    text: dict[str, AttributeValue] = {"user_id": 12345, "location.lat": 37.7749, "location.lng": -122.4194}
    text |= {"http.cookie": "s3cr3t", "note": "a@b.example.com"}
    with watched.watch.tracer.start_as_current_span("GET /x", attributes=text) as span:
        span.add_event("seen", {"user_id": "12345", "password": "hunter2", "ids": ["a@b.example.com"]})
    (span_sent,) = sent(watched, otlp)
    assert attributes(span_sent) == {"user_id_hash": "hmac:57fa081892da03e62bd36b7f838482be", "note": "[email]"}
    assert set(attributes(span_sent.events[0])) == {"user_id_hash", "ids"}
    for secret in ("12345", "37.77", "122.4", "s3cr3t", "hunter2", "@b.example"):
        assert secret not in str(span_sent), secret


def test_without_a_key_ids_are_dropped_from_spans(watching: Watching, otlp: Receiver) -> None:
    watched = watching("recsys-saas", "backend-api", endpoint=otlp.address, id_key_file=None)
    with watched.watch.span("get_recommendations", tenant_id="t", user_id="u-1"):
        pass
    (span,) = sent(watched, otlp)
    assert attributes(span) == {"tenant_id": "t"}


def test_names_and_attributes_are_the_catalogs(watching: Watching, otlp: Receiver) -> None:
    strict = watching(environment="development", endpoint=otlp.address).watch
    with pytest.raises(ContractError, match="span: rank_places: expected a name"):
        strict.span("rank_places")
    lacking = pytest.raises(ContractError, match=r"span: geospatial_query: .* missing \['candidates_found'\]")
    with lacking, strict.span("geospatial_query"):
        pass
    with strict.span("GET /places", kind="server"):
        pass
    watched = watching(endpoint=otlp.address)
    for _ in range(3):
        with watched.watch.span("rank_places"), watched.watch.span("geospatial_query"):
            pass
    assert [line["event"] for line in watched.lines] == ["contract_broken"] * 2
    assert len([span for span in sent(watched, otlp) if span.name == "rank_places"]) == 3


def test_all_traces_are_recorded_where_the_tail_decides(watching: Watching, otlp: Receiver) -> None:
    watched = watching(endpoint=otlp.address)
    for _ in range(100):
        with watched.watch.span("feature_enrichment", features_loaded=1):
            pass
    assert len(sent(watched, otlp)) == 100


def test_a_share_at_the_head_is_of_the_same_traces_as_anywhere(watching: Watching, otlp: Receiver) -> None:
    watched = watching(endpoint=otlp.address, head_percent=20.0)
    begun = set()
    for _ in range(400):
        with watched.watch.span("feature_enrichment", features_loaded=1) as span:
            begun.add(span.get_span_context().trace_id)
    expected = {one for one in begun if kept(one, 20, "observability")}
    assert {int.from_bytes(span.trace_id) for span in sent(watched, otlp)} == expected
    assert 40 < len(expected) < 130


@pytest.mark.parametrize("sampled", [True, False])
def test_what_another_service_decided_holds_here(watching: Watching, otlp: Receiver, *, sampled: bool) -> None:
    watched = watching(endpoint=otlp.address, head_percent=0.0 if sampled else 100.0)
    above = SpanContext(1, 2, is_remote=True, trace_flags=TraceFlags(int(sampled)))
    with watched.watch.tracer.start_as_current_span("GET /x", set_span_in_context(NonRecordingSpan(above))):
        pass
    assert len(sent(watched, otlp)) == int(sampled)


def test_a_collector_that_is_gone_is_no_reason_to_fail(watching: Watching) -> None:
    with receiver() as gone:
        address = gone.address
    watched = watching(endpoint=address)
    with watched.watch.span("recommendation_pipeline"):
        pass
    watched.watch.close()
