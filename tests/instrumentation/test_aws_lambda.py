"""A function on AWS Lambda: X-Ray's trace goes on, one line a request, and nothing is left when it is frozen."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from opentelemetry.proto.trace.v1.trace_pb2 import Status
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator

from instrumentation.aws_lambda import Handler
from instrumentation.xray import XRayIds, parse
from tests.instrumentation.conftest import Watched, Watching
from tests.instrumentation.otlp import Receiver, attributes, receiver

HEADER = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled={}"


@dataclass
class Context:
    """What Lambda hands a handler."""

    aws_request_id: str
    left: int = 3_000

    def get_remaining_time_in_millis(self) -> int:
        return self.left


@pytest.fixture
def otlp() -> Iterator[Receiver]:
    with receiver() as server:
        yield server


@pytest.fixture
def predictor(watching: Watching, otlp: Receiver, monkeypatch: pytest.MonkeyPatch) -> Watched:
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", "predict-prod")
    return watching("engagement-prediction", "engagement-predictor", endpoint=otlp.address)


def function(watched: Watched) -> Handler:
    @watched.watch.handler("predict_engagement", event="prediction_served")
    def handler(event: dict[str, Any], _context: object) -> float:
        watch = watched.watch
        watch.bind(customer_id=event["customer_id"], model_version="v1.0")
        with watch.span("load_model"):
            pass
        with watch.span("inference"):
            prediction = float(event["score"])
        watch.bind(prediction=prediction)
        return prediction

    return handler


def test_a_request_is_three_spans_and_one_line(
    predictor: Watched, otlp: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("_X_AMZN_TRACE_ID", HEADER.format(1))
    assert function(predictor)({"customer_id": "c-1", "score": 0.73}, Context("r-1")) == 0.73
    spans = {span.name: span for span in otlp.spans}
    assert set(spans) == {"predict_engagement", "load_model", "inference"}
    request = spans["predict_engagement"]
    assert request.trace_id.hex() == "5759e988bd862e3fe1be46a994272793"
    assert request.parent_span_id.hex() == "53995c3f42cd8ad8"
    assert {spans[name].parent_span_id for name in ("load_model", "inference")} == {request.span_id}
    assert attributes(request) == {"faas.coldstart": True, "faas.invocation_id": "r-1"}
    (line,) = predictor.lines
    assert (line["event"], line["category"], line["function"]) == ("prediction_served", "business", "predict-prod")
    assert (line["prediction"], line["model_version"], line["request_id"]) == (0.73, "v1.0", "r-1")
    assert line["customer_id_hash"].startswith("hmac:")
    assert line["trace_id"] == request.trace_id.hex()
    assert "c-1" not in predictor.out.getvalue()


def test_only_the_first_is_cold_and_none_sees_anothers_fields(
    predictor: Watched, otlp: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("_X_AMZN_TRACE_ID", HEADER.format(1))
    handler = function(predictor)
    handler({"customer_id": "c-1", "score": 1}, Context("r-1"))
    with pytest.raises(KeyError):
        handler({}, Context("r-2"))
    requests = [span for span in otlp.spans if span.name == "predict_engagement"]
    assert [attributes(span)["faas.coldstart"] for span in requests] == [True, False]
    assert requests[1].status.code == Status.STATUS_CODE_ERROR
    failed = predictor.lines[1]
    assert (failed["level"], failed["request_id"], failed["error"]["type"]) == ("ERROR", "r-2", "KeyError")
    assert "prediction" not in failed
    assert "customer_id_hash" not in failed


def test_what_xray_does_not_keep_is_not_sent(
    predictor: Watched, otlp: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("_X_AMZN_TRACE_ID", HEADER.format(0))
    function(predictor)({"customer_id": "c-1", "score": 1}, Context("r-1"))
    assert otlp.spans == []
    assert predictor.line["trace_id"] == "5759e988bd862e3fe1be46a994272793"


def test_without_time_left_nothing_is_waited_for(predictor: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[float] = []
    monkeypatch.setattr(predictor.watch, "flush", waited.append)
    function(predictor)({"customer_id": "c-1", "score": 1}, Context("r-1", left=150))
    function(predictor)({"customer_id": "c-1", "score": 1}, Context("r-1", left=1_200))
    function(predictor)({"customer_id": "c-1", "score": 1}, None)
    assert waited == [0.0, 1.0, 2.0]


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Root=1-5759e988-bd862e3fe1be46a994272793",
        "Root=1-x-y;Parent=53995c3f42cd8ad8",
        "Self=1",
        HEADER.replace("5", "!"),
    ],
)
def test_a_header_that_says_nothing_begins_a_trace(header: str) -> None:
    assert parse(header) is None


def test_ids_begin_with_the_time() -> None:
    before = int(time.time())
    ids = {XRayIds().generate_trace_id() for _ in range(100)}
    assert len(ids) == 100
    assert all(before <= one >> 96 <= time.time() for one in ids)


@pytest.mark.parametrize(
    ("workload", "service", "timed"),
    [("engagement-prediction", "engagement-training", True), ("recsys-saas", "billing", False)],
)
def test_workloads_of_xray_have_its_ids(watching: Watching, workload: str, service: str, *, timed: bool) -> None:
    provider = watching(workload, service).watch._provider
    assert isinstance(provider.id_generator, XRayIds if timed else RandomIdGenerator)
