"""A receiver of OTLP over HTTP that keeps what arrives; run as a module, it prints its address and waits."""

import gzip
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from opentelemetry.proto.trace.v1.trace_pb2 import Span


class Receiver(ThreadingHTTPServer):
    """Answers on loopback, on a port of its own."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.requests: list[ExportTraceServiceRequest] = []

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    @property
    def spans(self) -> list[Span]:
        resources = [one for request in self.requests for one in request.resource_spans]
        return [span for one in resources for scope in one.scope_spans for span in scope.spans]

    @property
    def resources(self) -> list[Resource]:
        return [one.resource for request in self.requests for one in request.resource_spans]


class Handler(BaseHTTPRequestHandler):
    """Takes what is posted to /v1/traces."""

    protocol_version = "HTTP/1.1"
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        if self.path != "/v1/traces":
            self.send_error(404)
            return
        plain = gzip.decompress(body) if self.headers.get("content-encoding") == "gzip" else body
        self.server.requests.append(ExportTraceServiceRequest.FromString(plain))
        answer = ExportTraceServiceResponse().SerializeToString()
        self.send_response(200)
        self.send_header("content-type", "application/x-protobuf")
        self.send_header("content-length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_: object) -> None:
        """Log nothing."""


@contextmanager
def receiver() -> Iterator[Receiver]:
    """Run a receiver on a thread."""
    server = Receiver()
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def attributes(owner: Span | Resource | Span.Event) -> dict[str, object]:
    """Return the attributes of a span, an event or a resource, as Python's values."""
    return {one.key: getattr(one.value, one.value.WhichOneof("value") or "string_value") for one in owner.attributes}


if __name__ == "__main__":
    serving = Receiver()
    sys.stdout.write(serving.address + "\n")
    sys.stdout.flush()
    serving.serve_forever()
