"""A dependency's check under faults: within its timeout, and at most one call at a time."""

import asyncio
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from instrumentation.checks import Check

PATIENT = 30.0
"""Seconds for what answers at once: a busy machine may let it wait."""
TIMEOUT = 0.2
"""Seconds; what is bounded by it may take twice as long on a busy machine, never ten times."""


class Dependency:
    """A dependency that answers when it is let, and counts how often it is called at once."""

    def __init__(self) -> None:
        self.calls = 0
        self.most = 0
        self._now = 0
        self._lock = threading.Lock()
        self.go = threading.Event()

    def blocking(self) -> None:
        self._enter()
        self.go.wait(30)
        self._leave()

    async def waiting(self) -> None:
        self._enter()
        try:
            while not self.go.is_set():
                await asyncio.sleep(0.005)
        finally:
            self._leave()

    async def stubborn(self) -> None:
        """Ignore cancellation."""
        self._enter()
        while not self.go.is_set():
            try:
                await asyncio.sleep(0.005)
            except asyncio.CancelledError:
                continue
        self._leave()

    def _enter(self) -> None:
        with self._lock:
            self.calls += 1
            self._now += 1
            self.most = max(self.most, self._now)

    def _leave(self) -> None:
        with self._lock:
            self._now -= 1


def check(call: Callable[[], Any], *, fresh: float = 0.0, timeout: float = PATIENT) -> Check:
    return Check("database", call, timeout, fresh=fresh, required=True)


async def many(one: Check, probes: int = 20) -> list[str | None]:
    return [result.error for result in await asyncio.gather(*(one.result() for _ in range(probes)))]


@pytest.mark.parametrize("kind", ["blocking", "waiting", "stubborn"])
def test_probes_at_once_share_one_call_and_all_end_in_time(kind: str) -> None:
    dependency = Dependency()

    async def run() -> None:
        one = check(getattr(dependency, kind), timeout=TIMEOUT)
        began = time.monotonic()
        for _ in range(3):
            assert await many(one) == ["timeout"] * 20
        assert time.monotonic() - began < 10 * TIMEOUT
        dependency.go.set()
        while (await one.result()).error == "timeout":
            await asyncio.sleep(0.01)
        assert (await one.result()).ok

    asyncio.run(run())
    assert dependency.most == 1


def test_a_hung_call_is_not_repeated() -> None:
    dependency = Dependency()

    async def run() -> None:
        one = check(dependency.blocking, timeout=TIMEOUT)
        for _ in range(5):
            assert (await one.result()).error == "timeout"

    asyncio.run(run())
    assert dependency.calls == 1
    dependency.go.set()


def test_a_prober_that_gives_up_does_not_stop_the_call_for_others() -> None:
    dependency = Dependency()

    async def run() -> None:
        one = check(dependency.waiting)
        first = asyncio.create_task(one.result())
        second = asyncio.create_task(one.result())
        while not dependency.calls:
            await asyncio.sleep(0)
        first.cancel()
        dependency.go.set()
        assert (await second).ok

    asyncio.run(run())
    assert dependency.calls == 1


def test_who_comes_in_the_moment_that_a_call_ends_begins_no_other() -> None:
    calls = 0

    async def play() -> list[str | None]:
        release = asyncio.Event()

        async def call() -> None:
            nonlocal calls
            calls += 1
            await release.wait()

        one = check(call, fresh=60.0)
        askers = [asyncio.create_task(one.result())]
        await asyncio.sleep(0)
        release.set()
        # One for each turn of the loop that lies between the call's end and the first asker's waking up.
        for _ in range(8):
            askers.append(asyncio.create_task(one.result()))
            await asyncio.sleep(0)
        return [(await asker).error for asker in askers]

    assert asyncio.run(play()) == [None] * 9
    assert calls == 1


def test_a_result_stands_while_it_is_fresh() -> None:
    calls: list[int] = []

    async def run() -> None:
        one = check(lambda: calls.append(1), fresh=60)
        assert await many(one) == [None] * 20
        await one.result()

    asyncio.run(run())
    assert len(calls) == 1


def test_a_failure_says_its_kind_and_not_its_text() -> None:
    def refused() -> None:
        raise ConnectionRefusedError("postgresql://svc:hunter2@db")

    async def cancelled() -> None:
        raise asyncio.CancelledError

    async def run() -> None:
        assert (await check(refused).result()).error == "ConnectionRefusedError"
        assert (await check(lambda: False).result()).error == "refused"
        assert (await check(cancelled).result()).error == "cancelled"
        assert (await check(lambda: 0).result()).ok

    asyncio.run(run())
