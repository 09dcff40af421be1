"""One dependency's check: with a timeout, at most one call at a time, its result shared by concurrent callers."""

import asyncio
import inspect
import threading
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass

Call = Callable[[], object] | Callable[[], Awaitable[object]]


@dataclass(frozen=True)
class Result:
    """The result of a check.

    Attributes:
        ok: whether the dependency answered in time, and not with False.
        milliseconds: how long it took, or was waited for.
        error: the exception's type, or `timeout`; never its text, which may hold an address or a password.
    """

    ok: bool
    milliseconds: float
    error: str | None = None


class Check:
    """A dependency's check.

    Attributes:
        name: of the dependency.
        timeout: seconds after which it has failed.
        required: whether the service is not ready without it.
    """

    def __init__(self, name: str, call: Call, timeout: float, *, fresh: float, required: bool) -> None:
        self.name = name
        self.timeout = timeout
        self.required = required
        self._call = call
        self._fresh = fresh
        self._flight: asyncio.Future[object] | None = None
        self._began = 0.0
        self._last: Result | None = None
        self._ended = 0.0

    async def result(self) -> Result:
        """Return the check's result, within the timeout; the last result while it is fresh.

        A call that has not ended stays the only one: later callers wait for it, and get `timeout` once it has run for
        too long.
        """
        flight = self._flight
        if flight is not None and flight.done():
            # A caller between a call's end and its waiters would start another.
            self._keep(flight)
        if self._last is not None and time.monotonic() - self._ended < self._fresh:
            return self._last
        if flight is None or flight.done():
            self._began = time.monotonic()
            flight = self._flight = self._start()
            flight.add_done_callback(self._keep)
        began = self._began
        remaining = began + self.timeout - time.monotonic()
        if remaining > 0:
            await asyncio.wait({flight}, timeout=remaining)
        if self._last is None or self._ended < began:
            self._last, self._ended = self._read(flight, began), time.monotonic()
        return self._last

    def _keep(self, flight: "asyncio.Future[object]") -> None:
        """Store the result of a call, unless it is older than the stored one or was read already."""
        if flight is self._flight and self._ended < self._began:
            self._last, self._ended = self._read(flight, self._began), time.monotonic()

    def _start(self) -> "asyncio.Future[object]":
        """Start the call: a coroutine on the loop, any other on a thread of its own, where it may block."""
        if inspect.iscoroutinefunction(self._call):
            return asyncio.ensure_future(self._call())
        return _on_thread(self._call, f"health-{self.name}")

    def _read(self, flight: "asyncio.Future[object]", began: float) -> Result:
        took = round((time.monotonic() - began) * 1_000, 3)
        if not flight.done():
            if isinstance(flight, asyncio.Task):
                flight.cancel()
            return Result(ok=False, milliseconds=took, error="timeout")
        if flight.cancelled():
            return Result(ok=False, milliseconds=took, error="cancelled")
        error = flight.exception()
        if error is not None:
            return Result(ok=False, milliseconds=took, error=type(error).__name__)
        refused = flight.result() is False
        return Result(ok=not refused, milliseconds=took, error="refused" if refused else None)


def _on_thread(call: Callable[[], object], name: str) -> "asyncio.Future[object]":
    """Call on a daemon thread: one that hangs must not keep the process from ending."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[object] = loop.create_future()

    def settle(found: object, error: Exception | None) -> None:
        if future.cancelled():
            return
        if error is not None:
            future.set_exception(error)
        else:
            future.set_result(found)

    def run() -> None:
        found, error = None, None
        try:
            found = call()
        except Exception as raised:
            error = raised
        # The loop may have ended meanwhile.
        with suppress(RuntimeError):
            loop.call_soon_threadsafe(settle, found, error)

    threading.Thread(target=run, name=name, daemon=True).start()
    return future
