"""Middleware for ASGI: a trace, a span, a line and metrics for each request; the pages of health and metrics."""

import asyncio
import json
import re
import time
import uuid
from collections.abc import Awaitable, Callable, MutableMapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from opentelemetry import context as otel_context
from opentelemetry import trace
from opentelemetry.trace import Span, Status, StatusCode
from structlog.contextvars import bind_contextvars, reset_contextvars

from instrumentation.contract import SpanSpec
from instrumentation.health import PAGES
from instrumentation.routes import Routes, endpoint
from instrumentation.served import FAILED, Red, Request, line
from instrumentation.tracing import w3c

if TYPE_CHECKING:
    from instrumentation.watch import Watch

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]
METRICS = "/metrics"
_REQUEST_ID = re.compile(r"[A-Za-z0-9._:-]{1,64}")
"""What another service may call a request: nothing that could be taken for more than a name."""
_LEFT = 499
"""The status for a client that did not wait for its answer, as nginx has it: nobody's failure."""
_PROPAGATOR = w3c()


@dataclass
class _Answer:
    """The state of a request so far."""

    status: int = 0


class Middleware:
    """Wraps an ASGI application: FastAPI, Starlette or any other.

    Args:
        app: what is wrapped.
        watch: of the service.
        event: of the line that each request leaves; None leaves none, for services that write their own.
    """

    def __init__(self, app: App, watch: "Watch", event: str | None) -> None:
        self._app = app
        self._watch = watch
        self._event = event
        self._routes = Routes(watch.contract, watch.service)
        self._red = Red(watch.contract, watch.service, watch.metrics)
        self._fields = tuple(name for name in line(Request("", "", 0, 0.0)) if watch.record.knows(name))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request; other ASGI scopes go to the application as they are."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
        elif scope["path"] == METRICS or scope["path"] in PAGES:
            await self._page(scope, send)
        else:
            await self._request(scope, receive, send)

    async def _page(self, scope: Scope, send: Send) -> None:
        if scope["path"] == METRICS:
            content, kind = self._watch.metrics.page(_headers(scope).get("accept", ""))
            await _answer(send, 200, kind, content)
            return
        status, page = await PAGES[scope["path"]](self._watch.health)
        await _answer(send, status, "application/json", json.dumps(page).encode())

    async def _request(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = _headers(scope)
        span_spec = self._routes.find(scope["method"], scope["path"])
        answer, started = _Answer(), time.perf_counter()

        async def sent(message: Message) -> None:
            if message["type"] == "http.response.start":
                answer.status = message["status"]
            await send(message)

        attached = otel_context.attach(_PROPAGATOR.extract(headers))
        bound = bind_contextvars(request_id=_request_id(headers))
        try:
            with self._span(scope["method"], span_spec) as span:
                try:
                    await self._app(scope, receive, sent)
                except asyncio.CancelledError:
                    answer.status = answer.status or _LEFT
                    raise
                finally:
                    self._over(scope, span_spec, answer.status or FAILED, time.perf_counter() - started, span)
        finally:
            reset_contextvars(**bound)
            otel_context.detach(attached)

    def _span(self, method: str, spec: SpanSpec | None) -> AbstractContextManager[Span]:
        if spec is not None:
            return self._watch.span(spec.name, **{"http.request.method": method})
        if self._routes.unnamed and method.isalpha():
            return self._watch.span(method, kind="server", **{"http.request.method": method})
        return nullcontext(trace.get_current_span())

    def _over(self, scope: Scope, spec: SpanSpec | None, status: int, seconds: float, span: Span) -> None:
        known = self._watch.endpoints
        request = Request(scope["method"], endpoint(spec, scope["path"], known), status, seconds)
        span.set_attribute("http.response.status_code", status)
        if request.failed:
            span.set_status(Status(StatusCode.ERROR))
        self._watch.traffic.add(seconds * 1_000, failed=request.failed)
        self._red.count(request)
        if self._event is not None:
            fields = line(request)
            emit = self._watch.log.error if request.failed else self._watch.log.info
            emit(self._event, **{name: fields[name] for name in self._fields})


def _headers(scope: Scope) -> dict[str, str]:
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}


def _request_id(headers: dict[str, str]) -> str:
    found = headers.get("x-request-id", "")
    return found if _REQUEST_ID.fullmatch(found) else uuid.uuid4().hex


async def _answer(send: Send, status: int, kind: str, content: bytes) -> None:
    headers = [(b"content-type", kind.encode()), (b"content-length", str(len(content)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": content})
