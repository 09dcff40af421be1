"""AWS Lambda: a handler's span, one line, and everything sent before the function is frozen.

Under the AWS Distro for OpenTelemetry's layer the collector is an extension of the function: set
`OTEL_EXPORTER_OTLP_ENDPOINT` to `http://localhost:4318`.
"""

import os
import time
from collections.abc import Callable
from functools import update_wrapper
from typing import TYPE_CHECKING, Any

from opentelemetry import context as otel_context
from opentelemetry.context import Context
from opentelemetry.trace import NonRecordingSpan, Span, Status, StatusCode, set_span_in_context
from opentelemetry.util.types import AttributeValue
from structlog.contextvars import bind_contextvars, clear_contextvars

from instrumentation.xray import HEADER, parse

if TYPE_CHECKING:
    from instrumentation.watch import Watch

LambdaHandler = Callable[[Any, Any], Any]
_FLUSH = 2.0
"""Seconds at most for spans that are not sent yet: the collector is in the same machine."""
_SPARE = 0.2
"""Seconds of a function's time that sending leaves alone: what is over them is killed, and loses everything."""


class Handler:
    """A function's handler, watched.

    Args:
        watch: of the function.
        handler: what is watched.
        span: of a request; the steps in it are the handler's own, by `watch.span`.
        event: of the one line that a request leaves; `watch.bind` puts fields on it.
    """

    def __init__(self, watch: "Watch", handler: LambdaHandler, span: str, event: str) -> None:
        update_wrapper(self, handler)
        self._watch = watch
        self._handler = handler
        self._span = span
        self._event = event
        self._cold = True

    def __call__(self, event: object, context: object) -> object:
        """Serve a request, then flush: between two requests a function does not run."""
        request_id = getattr(context, "aws_request_id", None)
        attached = otel_context.attach(_above())
        clear_contextvars()
        bind_contextvars(request_id=request_id)
        try:
            with self._watch.span(self._span, None, **self._attributes(request_id)) as span:
                return self._call(event, context, span)
        finally:
            clear_contextvars()
            otel_context.detach(attached)
            self._watch.flush(_time_left(context))

    def _attributes(self, request_id: str | None) -> dict[str, AttributeValue]:
        """Return the attributes of a function's span. Source: OpenTelemetry semantic conventions, FaaS."""
        cold, self._cold = self._cold, False
        return {"faas.coldstart": cold} | ({"faas.invocation_id": request_id} if request_id else {})

    def _call(self, event: object, context: object, span: Span) -> object:
        """Call the handler and write its line within the span, whose ids the line carries."""
        started = time.perf_counter()
        try:
            answer = self._handler(event, context)
        except Exception as error:
            span.set_status(Status(StatusCode.ERROR))
            self._watch.log.exception(self._event, **self._fields(started))
            self._watch.report(error)
            raise
        self._watch.log.info(self._event, **self._fields(started))
        return answer

    def _fields(self, started: float) -> dict[str, object]:
        name = os.environ.get("AWS_LAMBDA_FUNCTION_NAME")
        fields = {"function": name, "latency_ms": round((time.perf_counter() - started) * 1_000, 3)}
        return {name: value for name, value in fields.items() if self._watch.record.knows(name)}


def _above() -> Context:
    """Return the context of the segment that Lambda began; an empty one where X-Ray is off."""
    above = parse(os.environ.get(HEADER, ""))
    return set_span_in_context(NonRecordingSpan(above), Context()) if above else Context()


def _time_left(context: object) -> float:
    left = getattr(context, "get_remaining_time_in_millis", None)
    return max(0.0, min(_FLUSH, left() / 1_000 - _SPARE)) if left else _FLUSH
