"""A source of spans with a ledger of its own: encodes them by hand, and sends each service's in requests of its own.

A trace's spans so reach the platform by different agents, in different requests, as they do where services run apart.
"""

import random
import struct
import threading
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from compiler.traces.sampling import kept
from tests.e2e.trace_shapes import Shape

BATCH = 250
"""Traces whose spans a request has, of one service."""
PATIENCE = 60.0
"""Seconds for which a refused request is sent again and again."""
PAUSE = 0.1
Key = tuple[str, str, str, str, str]
"""Workload, service, name, kind, status: the labels of a span's metrics."""


@dataclass(frozen=True)
class Trace:
    """One trace in the ledger: its id, its shape, the ids of its spans, and when they were sent (monotonic seconds)."""

    id: bytes
    shape: Shape
    spans: tuple[bytes, ...]
    at: float

    @property
    def expected(self) -> bool:
        """Whether it is to be kept."""
        return self.shape.whole or kept(self.id.hex(), self.shape.share)


def state(trace: Trace, stored: Mapping[bytes, Sequence[bytes]]) -> str:
    """Return whether all spans of a trace are stored, none, or some; one that is there twice counts as some."""
    found = stored.get(trace.id, ())
    return "none" if not found else "whole" if sorted(found) == sorted(trace.spans) else "part"


def spans_of(request: bytes) -> int:
    """Return the number of spans in an encoded request."""
    resources = ExportTraceServiceRequest.FromString(request).resource_spans
    return sum(len(scope.spans) for resource in resources for scope in resource.scope_spans)


class Source:
    """Makes traces from a seed, and writes down each."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self.ledger: dict[bytes, Trace] = {}
        self.counted: Counter[Key] = Counter()

    @property
    def spans(self) -> int:
        """How many it has made."""
        return self.counted.total()

    def requests(self, wanted: Sequence[tuple[Shape, int]], batch: int = BATCH) -> Iterator[bytes]:
        """Yield encoded requests with so many traces of each shape, mixed, a service's spans in each request."""
        order = [shape for shape, count in wanted for _ in range(count)]
        self._random.shuffle(order)
        for first in range(0, len(order), batch):
            yield from self.batch(order[first : first + batch])

    def batch(self, order: Iterable[Shape]) -> Iterator[bytes]:
        """Yield the requests of some traces: one for each service of each workload."""
        spans: dict[tuple[str, str], list[bytes]] = {}
        resources: dict[tuple[str, str], bytes] = {}
        now = time.time_ns()
        for shape in order:
            trace = self._trace(shape)
            for n, step in enumerate(shape.steps):
                key = (shape.workload, step.service)
                resources.setdefault(key, shape.resource(step.service))
                spans.setdefault(key, []).append(_span(trace, n, now))
        for key, made in spans.items():
            yield _request(resources[key], made)

    def _trace(self, shape: Shape) -> Trace:
        ids = self._random.randbytes(16 + 8 * len(shape.steps))
        trace = Trace(ids[:16], shape, tuple(ids[n : n + 8] for n in range(16, len(ids), 8)), time.monotonic())
        self.ledger[trace.id] = trace
        for step in shape.steps:
            status = "STATUS_CODE_ERROR" if step.failed else "STATUS_CODE_UNSET"
            self.counted[shape.workload, step.service, step.name, f"SPAN_KIND_{step.kind.upper()}", status] += 1
        return trace


def _span(trace: Trace, n: int, now: int) -> bytes:
    """Encode one span as protobuf: fields may come in any order, so the varying ones follow the constant ones.

    Source: opentelemetry-proto, trace/v1/trace.proto: trace_id 1, span_id 2, parent_span_id 4, start 7, end 8.
    """
    shape = trace.shape
    parent, whole = shape.steps[n].parent, int(shape.milliseconds * 1e6)
    start = now + (whole * n) // (2 * len(shape.steps))
    end = now + whole if parent is None else start + whole // 4
    above = b"" if parent is None else b"\x22\x08" + trace.spans[parent]
    ids = b"\x0a\x10" + trace.id + b"\x12\x08" + trace.spans[n] + above
    return shape.constants[n] + ids + struct.pack("<cQcQ", b"\x39", start, b"\x41", end)


def _request(resource: bytes, spans: Iterable[bytes]) -> bytes:
    scope = b"".join(_field(2, span) for span in spans)
    return _field(1, _field(1, resource) + _field(2, scope))


def _field(number: int, content: bytes) -> bytes:
    return bytes([number << 3 | 2]) + _varint(len(content)) + content


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])


class Sender:
    """Posts requests to agents in turn; one that is refused is sent again until it is taken."""

    def __init__(self, addresses: Sequence[str], threads: int = 4) -> None:
        self._addresses = addresses
        self._threads = threads
        self._local = threading.local()
        self._open: list[HTTPConnection] = []
        self.refused: Counter[str] = Counter()

    def send(self, requests: Iterable[bytes]) -> None:
        """Send all, several at once.

        Raises:
            TimeoutError: when one was refused for too long.
        """
        try:
            with ThreadPoolExecutor(self._threads) as pool:
                list(pool.map(self._post, enumerate(requests)))
        finally:
            for connection in self._open:
                connection.close()
            self._open.clear()

    def _post(self, numbered: tuple[int, bytes]) -> None:
        number, content = numbered
        address = self._addresses[number % len(self._addresses)]
        deadline = time.monotonic() + PATIENCE
        while (text := self._once(address, content)) != "200":
            self.refused[text] += 1
            if time.monotonic() > deadline:
                raise TimeoutError(f"{address}: {text} for {PATIENCE:.0f} s")
            time.sleep(PAUSE)

    def _once(self, address: str, content: bytes) -> str:
        held: dict[str, HTTPConnection] = self._local.__dict__.setdefault("held", {})
        if address not in held:
            held[address] = HTTPConnection(address, timeout=PATIENCE)
            self._open.append(held[address])
        try:
            held[address].request("POST", "/v1/traces", content, {"Content-Type": "application/x-protobuf"})
            answer = held[address].getresponse()
            answer.read()
            return str(answer.status)
        except (OSError, HTTPException) as error:
            held.pop(address).close()
            return type(error).__name__
