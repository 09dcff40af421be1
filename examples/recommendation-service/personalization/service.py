"""What the six services have in common: JSON by POST, injected faults, errors as status 500."""

import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from json import JSONDecodeError
from typing import Any

from opentelemetry import trace
from plumbing.faults import FaultError, Faults
from plumbing.faults import read as read_faults
from plumbing.wire import Peer, PeerError, trace_headers
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route
from starlette.types import ASGIApp

import instrumentation

from .settings import Settings

Answer = dict[str, Any]


@dataclass(frozen=True)
class Parts:
    """The parts of a service: its own watch, the services it calls, its settings."""

    watch: instrumentation.Watch
    peers: Mapping[str, Peer]
    settings: Settings


@dataclass(frozen=True)
class Call:
    """One request: its content, whether caches may answer it, and the faults that it asks for."""

    content: Mapping[str, Any]
    fresh: bool
    faults: Faults


Handler = Callable[[Call], Awaitable[Answer]]
FAILURES = (FaultError, PeerError)
"""What a service does not get over: it answers 500."""


class RefusedError(Exception):
    """The request lacks something: what was expected, and where."""


def text(call: Call, name: str, default: str | None = None) -> str:
    """Return a text of the request's content.

    Raises:
        RefusedError: it is not there and has no default, or is no text.
    """
    found = call.content.get(name, default)
    if not isinstance(found, str) or not found:
        raise RefusedError(f"{name}: expected a text that is not empty")
    return found


def application(parts: Parts, path: str, handler: Handler, **attributes: str | int | float | bool) -> ASGIApp:
    """Return a service with its one route, watched.

    Args:
        parts: what it is made with.
        path: of its route, as the catalog's `traces.yaml` has it.
        handler: what answers.
        attributes: of the request's span until the handler knows better: a span that fails has them as well.
    """

    async def answer(request: Request) -> JSONResponse:
        try:
            set_attributes(**attributes)
            answered = await handler(await _call(request, parts.settings))
            return JSONResponse(answered, headers=trace_headers())
        except (RefusedError, JSONDecodeError, UnicodeDecodeError) as error:
            return JSONResponse({"error": str(error)}, 400, trace_headers())
        except FAILURES:
            parts.watch.log.exception("request_failed")
            return JSONResponse({"error": "failed"}, 500, trace_headers())

    # Edge and API write richer lines of their own; the others' would add nothing.
    return parts.watch.asgi(Starlette(routes=[Route(path, answer, methods=["POST"])]), event=None)


async def _call(request: Request, settings: Settings) -> Call:
    content = await request.json()
    if not isinstance(content, dict):
        raise RefusedError("expected a JSON object")
    faults = read_faults(request.headers, allowed=settings.faults, seconds=settings.fault_seconds)
    return Call(content, request.headers.get("cache-control") == "no-cache", faults)


def set_attributes(**attributes: str | int | float | bool) -> None:
    """Set attributes of the current span: in a handler, of the span of the request itself."""
    trace.get_current_span().set_attributes(attributes)


class Stopwatch:
    """The time since its creation."""

    def __init__(self) -> None:
        self._started = time.perf_counter()

    @property
    def seconds(self) -> float:
        """Seconds until now."""
        return time.perf_counter() - self._started

    @property
    def milliseconds(self) -> float:
        """Milliseconds until now, to the microsecond."""
        return round(1000 * self.seconds, 3)
