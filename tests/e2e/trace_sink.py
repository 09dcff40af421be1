"""A stand-in for Jaeger and for a vendor: it keeps the spans that arrive by OTLP, over gRPC and over HTTP."""

import threading
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler

import grpc
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans

from tests.e2e.loopback import Served

SERVICE = "opentelemetry.proto.collector.trace.v1.TraceService"
LARGEST = 64 << 20
Stored = dict[bytes, list[bytes]]
"""Of each trace the ids of its spans, in the order of their arrival."""


class Storage:
    """The receiver over gRPC on a free port, until it is closed."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._resources: list[ResourceSpans] = []
        export = grpc.unary_unary_rpc_method_handler(
            self._take, ExportTraceServiceRequest.FromString, ExportTraceServiceResponse.SerializeToString
        )
        self._server = grpc.server(ThreadPoolExecutor(4), options=[("grpc.max_receive_message_length", LARGEST)])
        self._server.add_generic_rpc_handlers([grpc.method_handlers_generic_handler(SERVICE, {"Export": export})])
        self.address = f"127.0.0.1:{self._server.add_insecure_port('127.0.0.1:0')}"
        self._server.start()

    def _take(self, request: ExportTraceServiceRequest, _: grpc.ServicerContext) -> ExportTraceServiceResponse:
        with self._lock:
            self._resources.extend(request.resource_spans)
        return ExportTraceServiceResponse()

    def resources(self) -> list[ResourceSpans]:
        """Return all that has arrived."""
        with self._lock:
            return list(self._resources)

    def traces(self) -> Stored:
        """Return the spans of each trace."""
        found: Stored = defaultdict(list)
        for resource in self.resources():
            for scope in resource.scope_spans:
                for span in scope.spans:
                    found[span.trace_id].append(span.span_id)
        return found

    def count(self) -> int:
        """Return the number of spans."""
        return sum(len(scope.spans) for resource in self.resources() for scope in resource.scope_spans)

    def close(self) -> None:
        """Stop serving."""
        self._server.stop(None).wait()


class Vendor(Served):
    """A receiver over HTTP, and the header that came with each request."""

    def __init__(self, header: str) -> None:
        self.keys: set[str | None] = set()
        vendor = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                self.rfile.read(int(self.headers["Content-Length"]))
                vendor.keys.add(self.headers[header])
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:
                """Log nothing: the test reports the requests."""

        super().__init__(Handler)
