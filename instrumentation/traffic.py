"""An instance's last minutes, for the deep health page: error rate and response time."""

import time
from collections import deque
from dataclasses import dataclass

_WINDOW = 300
"""Seconds: as long as the alerts' windows look back."""


@dataclass
class _Second:
    second: int
    requests: int = 0
    failed: int = 0
    milliseconds: float = 0.0


class Traffic:
    """Counts an instance's requests by the second."""

    def __init__(self) -> None:
        self._seconds: deque[_Second] = deque()

    def add(self, milliseconds: float, *, failed: bool) -> None:
        """Count a request."""
        now = int(time.monotonic())
        if not self._seconds or self._seconds[-1].second != now:
            self._seconds.append(_Second(now))
            self._forget(now)
        last = self._seconds[-1]
        last.requests += 1
        last.failed += failed
        last.milliseconds += milliseconds

    def error_rate(self) -> float | None:
        """Return the share of failed requests in percent; None where there was none."""
        requests = self._requests()
        return round(100 * sum(one.failed for one in self._seconds) / requests, 3) if requests else None

    def average_response_time(self) -> float | None:
        """Return the mean time of an answer in milliseconds; None where there was none."""
        requests = self._requests()
        return round(sum(one.milliseconds for one in self._seconds) / requests, 3) if requests else None

    def _requests(self) -> int:
        self._forget(int(time.monotonic()))
        return sum(one.requests for one in self._seconds)

    def _forget(self, now: int) -> None:
        while self._seconds and self._seconds[0].second <= now - _WINDOW:
            self._seconds.popleft()
