"""What `make example` starts and prints."""

import gzip
from collections.abc import Iterator

import httpx
import pytest
import run
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Status
from personalization.settings import ASKS, SERVICES
from traffic.receiver import Receiver, tree

TRACE = bytes(range(16))


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as receiver:
        yield receiver


def _export(*spans: tuple[str, int, int]) -> bytes:
    """Return spans by name, id and parent's id; the second half of them failed."""
    request = ExportTraceServiceRequest()
    resource = request.resource_spans.add()
    resource.resource.attributes.add(key="service.name").value.string_value = "edge"
    scope = resource.scope_spans.add()
    for number, (name, own, parent) in enumerate(spans):
        span = scope.spans.add(name=name, trace_id=TRACE, span_id=own.to_bytes(8))
        span.parent_span_id = parent.to_bytes(8) if parent else b""
        span.start_time_unix_nano, span.end_time_unix_nano = 10**9 + number, 10**9 + number + 2_500_000
        span.attributes.add(key="hit").value.bool_value = True
        span.status.code = Status.STATUS_CODE_ERROR if number >= len(spans) / 2 else Status.STATUS_CODE_OK
    return request.SerializeToString()


@pytest.mark.parametrize("encoding", ["", "gzip"])
def test_spans_are_kept_and_shown_below_their_parents(receiver: Receiver, encoding: str) -> None:
    content = _export(("root", 1, 0), ("step", 2, 1), ("deep", 3, 2), ("orphan", 4, 9))
    packed = gzip.compress(content) if encoding else content
    headers = {"content-encoding": encoding} if encoding else {}
    answer = httpx.post(f"{receiver.endpoint}/v1/traces", content=packed, headers=headers, trust_env=False)
    assert answer.status_code == 200
    spans = receiver.trace(TRACE.hex())
    assert [(span.name, span.service, span.failed) for span in spans][2] == ("deep", "edge", True)
    assert spans[0].attributes == {"hit": True}
    assert spans[0].seconds == pytest.approx(0.0025)
    assert [line.split("edge")[0].rstrip() for line in tree(spans)] == ["root", "  step", "    deep", "orphan"]


def test_what_is_no_export_is_refused(receiver: Receiver) -> None:
    assert httpx.post(f"{receiver.endpoint}/v1/traces", content=b"\xff\xff", trust_env=False).status_code == 400


def test_every_service_is_told_whom_it_asks_and_has_a_port_of_its_own() -> None:
    services = run.commands(run.choose(9000))
    assert [port for port, _ in services.values()] == [*range(9000, 9007)]
    for name in SERVICES:
        port, command = services[name]
        assert f"--port={port}" in command
        peers = {part for part in command if part.startswith("--peer=")}
        assert peers == {f"--peer={peer}=http://127.0.0.1:{services[peer][0]}" for peer in ASKS.get(name, ())}


def test_free_ports_are_different_ones() -> None:
    assert len(set(run.choose(0))) == 7
