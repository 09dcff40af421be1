"""Calls to another service by HTTP: with the W3C trace context of the caller's span, and with a timeout."""

import asyncio
import contextvars
from collections.abc import Mapping
from typing import Any

import httpx
from opentelemetry import trace
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from starlette.types import ASGIApp

TRACE_HEADER = "x-trace-id"
"""The trace's id in an answer, in hex: the caller can look it up, and load.py keeps it in its ledger."""
_PROPAGATOR = TraceContextTextMapPropagator()


class PeerError(Exception):
    """Another service failed, or did not answer in time; says which."""


class Peer:
    """Another service.

    `timeout` is in seconds, for the whole of an answer. `transport` replaces the network: see `InProcess`.
    """

    def __init__(
        self, name: str, address: str, *, timeout: float = 5.0, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        self.name = name
        self._timeout = timeout
        # No proxies of the environment: the services are neighbours.
        self._client = httpx.AsyncClient(base_url=address, transport=transport, timeout=timeout, trust_env=False)

    async def ask(self, path: str, content: Mapping[str, Any], headers: Mapping[str, str]) -> dict[str, Any]:
        """Post JSON and return the JSON answer.

        Raises:
            PeerError: no answer in time, or one that is not 200.
        """
        carried = dict(headers)
        _PROPAGATOR.inject(carried)
        try:
            async with asyncio.timeout(self._timeout):
                answer = await self._client.post(path, json=content, headers=carried)
        except TimeoutError as error:
            raise PeerError(f"{self.name}: no answer in {self._timeout:g} s") from error
        except httpx.HTTPError as error:
            raise PeerError(f"{self.name}: {type(error).__name__}") from error
        if answer.status_code != httpx.codes.OK:
            raise PeerError(f"{self.name}: expected status 200, found {answer.status_code}")
        return dict(answer.json())

    async def close(self) -> None:
        """Close its connections."""
        await self._client.aclose()


class InProcess(httpx.AsyncBaseTransport):
    """A transport to an ASGI application in this process, as if by network: only the request's bytes are passed."""

    def __init__(self, app: ASGIApp) -> None:
        self._inner = httpx.ASGITransport(app)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Call the application in a context of its own: the caller's span must come by the header alone."""
        task = asyncio.create_task(self._inner.handle_async_request(request), context=contextvars.Context())
        return await task


def trace_headers() -> dict[str, str]:
    """Return the trace context of the current span as headers; none outside of a span."""
    context = trace.get_current_span().get_span_context()
    return {TRACE_HEADER: f"{context.trace_id:032x}"} if context.is_valid else {}
