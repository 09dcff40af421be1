"""X-Ray's form of a trace: its header, and ids that begin with the time."""

import re
import time

from opentelemetry.sdk.trace.id_generator import IdGenerator, RandomIdGenerator
from opentelemetry.trace import SpanContext, TraceFlags

HEADER = "_X_AMZN_TRACE_ID"
"""The variable in which AWS Lambda gives the header to a function, anew with each request."""
_ROOT = re.compile(r"1-([0-9a-f]{8})-([0-9a-f]{24})")
_PARENT = re.compile(r"[0-9a-f]{16}")
_RANDOM_BITS = 96


class XRayIds(IdGenerator):
    """Ids whose first 32 bits are the second in which a trace began.

    Source: AWS X-Ray developer guide, "Tracing header". X-Ray takes others as well, and finds traces by time here.
    """

    def __init__(self) -> None:
        self._random = RandomIdGenerator()

    def generate_span_id(self) -> int:
        """Return 64 random bits."""
        return self._random.generate_span_id()

    def generate_trace_id(self) -> int:
        """Return a trace id: the current second and 96 random bits."""
        return int(time.time()) << _RANDOM_BITS | self._random.generate_trace_id() & ((1 << _RANDOM_BITS) - 1)


def parse(header: str) -> SpanContext | None:
    """Parse `Root=1-...;Parent=...;Sampled=1`; None where it has no usable context."""
    parts = dict(part.strip().partition("=")[::2] for part in header.split(";"))
    root, parent = _ROOT.fullmatch(parts.get("Root", "")), _PARENT.fullmatch(parts.get("Parent", ""))
    if root is None or parent is None:
        return None
    flags = TraceFlags(TraceFlags.SAMPLED if parts.get("Sampled") == "1" else TraceFlags.DEFAULT)
    trace_id, span_id = int(root.group(1) + root.group(2), 16), int(parent.group(), 16)
    context = SpanContext(trace_id, span_id, is_remote=True, trace_flags=flags)
    return context if context.is_valid else None
