"""A small receiver of OTLP over HTTP that keeps spans in memory, for use without a collector."""

import gzip
import threading
import zlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span as Proto
from opentelemetry.proto.trace.v1.trace_pb2 import Status

Value = str | bool | int | float | None
_UNPACK: dict[str, Callable[[bytes], bytes]] = {"gzip": gzip.decompress, "deflate": zlib.decompress}
_PATH = "/v1/traces"


@dataclass(frozen=True)
class Received:
    """A received span: ids in hex, times in seconds; `parent_id` is empty for a trace's first."""

    name: str
    service: str
    trace_id: str
    span_id: str
    parent_id: str
    start: float
    seconds: float
    failed: bool
    attributes: dict[str, Value]


class Receiver:
    """Listens on a free loopback port until closed.

    Attributes:
        endpoint: what `OTEL_EXPORTER_OTLP_ENDPOINT` is set to.
    """

    def __init__(self) -> None:
        self._traces: dict[str, list[Received]] = defaultdict(list)
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self._thread.start()
        self.endpoint = f"http://127.0.0.1:{self._server.server_address[1]}"

    def trace(self, trace_id: str) -> list[Received]:
        """Return the received spans of a trace, the earliest first."""
        with self._lock:
            return sorted(self._traces.get(trace_id, ()), key=lambda span: span.start)

    def keep(self, packed: bytes, encoding: str) -> None:
        """Store one export.

        Raises:
            ValueError: it is not one.
        """
        try:
            read = ExportTraceServiceRequest.FromString(_UNPACK.get(encoding, bytes)(packed))
        except Exception as error:
            raise ValueError(f"expected an export of spans, found {type(error).__name__}") from error
        with self._lock:
            for span in _spans(read):
                self._traces[span.trace_id].append(span)

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()


def tree(spans: list[Received]) -> Iterator[str]:
    """Yield a line for each span, indented below its parent; one without a known parent is at the margin."""
    known = {span.span_id for span in spans}
    for span in spans:
        if span.parent_id not in known:
            yield from _branch(span, spans, 0)


def _branch(span: Received, spans: list[Received], depth: int) -> Iterator[str]:
    failed = "  failed" if span.failed else ""
    yield f"{'  ' * depth + span.name:<40}{span.service:<28}{1000 * span.seconds:8.1f} ms{failed}"
    for each in spans:
        if each.parent_id == span.span_id:
            yield from _branch(each, spans, depth + 1)


def _handler(receiver: Receiver) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        """Answers exports."""

        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            content = self.rfile.read(int(self.headers.get("content-length", 0)))
            try:
                receiver.keep(content, self.headers.get("content-encoding", ""))
                status = 200 if self.path == _PATH else 404
            except ValueError:
                status = 400
            self.send_response(status)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Log nothing of each request."""

    return Handler


def _spans(read: ExportTraceServiceRequest) -> Iterator[Received]:
    for of_resource in read.resource_spans:
        service = str(_values(of_resource.resource.attributes).get("service.name", ""))
        for of_scope in of_resource.scope_spans:
            for span in of_scope.spans:
                yield _span(span, service)


def _span(span: Proto, service: str) -> Received:
    return Received(
        name=span.name,
        service=service,
        trace_id=span.trace_id.hex(),
        span_id=span.span_id.hex(),
        parent_id=span.parent_span_id.hex(),
        start=span.start_time_unix_nano / 1e9,
        seconds=(span.end_time_unix_nano - span.start_time_unix_nano) / 1e9,
        failed=span.status.code == Status.STATUS_CODE_ERROR,
        attributes=_values(span.attributes),
    )


def _values(attributes: Iterable[KeyValue]) -> dict[str, Value]:
    return {each.key: _value(each.value) for each in attributes}


def _value(value: AnyValue) -> Value:
    kind = value.WhichOneof("value")
    found: Value = getattr(value, kind) if kind in ("string_value", "bool_value", "int_value", "double_value") else None
    return found
