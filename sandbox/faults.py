"""Injected faults (`SANDBOX_FAULTS`), and the retries of the providers' clients against a throttling server."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from time import sleep
from typing import Final, TypeVar
from zlib import crc32

from compiler.errors import UserError

VARIABLE: Final = "SANDBOX_FAULTS"
KINDS: Final = ("throttle", "fail", "lost")
"""A call that is refused for its rate; one that fails and does nothing; one that is done, and its answer lost."""
Answer = TypeVar("Answer")


class ThrottledError(UserError):
    """A server refused a call because there were too many."""


@dataclass(frozen=True)
class Patience:
    """How often a client retries a throttled call, and how long it waits.

    Attributes:
        attempts: calls in all.
        longest: seconds between two calls at most.
        doubling: whether the wait is a random part of one second, two, four and so on; else it is always the longest.
    """

    attempts: int
    longest: float
    doubling: bool = True

    def wait(self, attempt: int) -> float:
        """Return the seconds to wait after that many calls."""
        return (
            min(self.longest, secrets.SystemRandom().random() * 2 ** (attempt - 1)) if self.doubling else self.longest
        )


AWS: Final = Patience(attempts=25, longest=20.0)
"""The AWS provider's `max_retries` is 25 (terraform-provider-aws docs/index.html.markdown); the SDK's standard mode
waits a random part of 2^n seconds and 20 at most (aws-sdk-go-v2 aws/retry/standard.go). It also tries what failed by a
fault of the server or the network; the sandbox does not: its journal knows what such a call may have left."""
KUBERNETES: Final = Patience(attempts=11, longest=1.0, doubling=False)
"""client-go tries ten times more (rest/request.go, `maxRetries`) and waits as the server says: a second, or more while
it is busy for long (apiserver pkg/server/filters/maxinflight.go, `retryAfter`)."""


class Faults:
    """Injects faults into calls with given odds, counts throttled calls and retries them.

    Args:
        odds: how likely a call is to meet each kind of fault, 0 to 1.
        seed: of the random numbers; a run with the same calls meets the same faults.
    """

    def __init__(self, odds: Mapping[str, float] | None = None, seed: int | None = None) -> None:
        self._odds = dict(odds or {})
        self._seed = secrets.randbelow(10**6) if seed is None else seed
        self._calls = 0
        self.throttled = 0

    def call(self, what: str, request: Callable[[], Answer], patience: Patience) -> Answer:
        """Make a call, and retry it while it is throttled.

        Raises:
            UserError: a fault that was asked for, or a call that was throttled each time.
        """
        for attempt in range(1, patience.attempts):
            try:
                return self._once(what, request)
            except ThrottledError:
                self.throttled += 1
                sleep(patience.wait(attempt))
        try:
            return self._once(what, request)
        except ThrottledError as error:
            raise UserError(f"{error}; throttled {patience.attempts} times: wait and run again") from error

    def _once(self, what: str, request: Callable[[], Answer]) -> Answer:
        self._calls += 1
        hit, left = "", crc32(f"{self._seed}/{self._calls}".encode()) / 2**32
        for kind, odds in self._odds.items():
            hit = hit or (kind if left < odds else "")
            left -= odds
        if hit == "throttle":
            raise ThrottledError(f"{what}: rate exceeded ({VARIABLE})")
        if hit == "fail":
            raise UserError(f"{what}: the server failed ({VARIABLE}); run again")
        answer = request()
        if hit == "lost":
            raise UserError(f"{what}: the answer was lost ({VARIABLE}); run again")
        return answer


def from_text(text: str) -> Faults:
    """Parse `throttle=0.2,fail=0.05,lost=0.05,seed=7`; empty text injects nothing.

    Raises:
        UserError: a part that is no such fault with its odds.
    """
    odds: dict[str, float] = {}
    seed = None
    for part in filter(None, text.split(",")):
        name, _, value = part.strip().partition("=")
        try:
            if name == "seed":
                seed = int(value)
                continue
            odds[name] = float(value)
        except ValueError:
            name = ""
        if name not in KINDS or not 0 <= odds[name] <= 1:
            expected = ", ".join(f"{kind}=<0 to 1>" for kind in KINDS)
            raise UserError(f"{VARIABLE}: expected {expected} or seed=<number>, separated by commas, found {part!r}")
    if sum(odds.values()) > 1:
        raise UserError(f"{VARIABLE}: expected odds of 1 at most in all, found {sum(odds.values()):g}")
    return Faults(odds, seed)
