"""Send a plan's requests at a rate and record each result."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import httpx
from plumbing.wire import TRACE_HEADER

from .ledger import Entry, Ledger
from .plan import Step

Progress = Callable[["Played"], None]


@dataclass
class Played:
    """The counts so far.

    Attributes:
        planned: how many there will be.
        sent: how many ended.
        kinds: how many by kind.
        unexpected: how many had another status than expected, or no trace id.
        seconds: since the first.
    """

    planned: int
    sent: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    unexpected: int = 0
    seconds: float = 0.0


@dataclass(frozen=True)
class Pace:
    """The pace: requests a second (None: as fast as answers come), concurrency, timeout in seconds."""

    rate: float | None = None
    at_once: int = 32
    timeout: float = 10.0


class Player:
    """Plays traffic against one address."""

    def __init__(self, client: httpx.AsyncClient, workload: str, ledger: Ledger, pace: Pace) -> None:
        self._client = client
        self._workload = workload
        self._ledger = ledger
        self._pace = pace

    async def play(self, steps: Sequence[Step], progress: Progress) -> Played:
        """Send all steps; return when the last has ended."""
        played, started = Played(len(steps)), time.monotonic()
        turns = asyncio.Semaphore(self._pace.at_once)

        async def one(step: Step) -> None:
            try:
                entry = await self._send(step)
            finally:
                turns.release()
            self._ledger.add(entry)
            played.sent += 1
            played.kinds[entry.kind] += 1
            played.unexpected += not entry.as_expected
            played.seconds = time.monotonic() - started
            progress(played)

        async with asyncio.TaskGroup() as group:
            for number, step in enumerate(steps):
                # Limited by the requests still open, the rate sinks: the ledger's times show it.
                await turns.acquire()
                if self._pace.rate:
                    await asyncio.sleep(started + number / self._pace.rate - time.monotonic())
                group.create_task(one(step))
        return played

    async def _send(self, step: Step) -> Entry:
        kind, sent, started = step.kind, time.time(), time.monotonic()
        status, trace_id = 0, ""
        try:
            async with asyncio.timeout(self._pace.timeout):
                answer = await self._client.post(kind.path, json=kind.content(step.number), headers=dict(kind.headers))
            status, trace_id = answer.status_code, answer.headers.get(TRACE_HEADER, "")
        except (httpx.HTTPError, TimeoutError):
            # No answer counts as status 0, which the ledger shows as unexpected.
            status = 0
        seconds = round(time.monotonic() - started, 6)
        return Entry(
            trace_id, self._workload, kind.name, kind.spans, status, kind.status, kind.slow, seconds, round(sent, 6)
        )
