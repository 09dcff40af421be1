"""Time calls and commands: minimum, median and maximum of several runs."""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Timing:
    """The seconds that the runs of one benchmark took."""

    name: str
    seconds: tuple[float, ...]

    @property
    def median(self) -> float:
        """The middle of the runs, in seconds."""
        return statistics.median(self.seconds)

    def to_dict(self) -> dict[str, object]:
        """Return the figures for JSON, in seconds."""
        return {"name": self.name, "min": min(self.seconds), "median": self.median, "max": max(self.seconds)}


def time_runs(name: str, run: Callable[[], object], runs: int) -> Timing:
    """Run once to warm up, then `runs` times.

    Args:
        name: what the table calls it.
        run: what is timed; an exception ends the benchmark.
        runs: how often, at least one.
    """
    run()
    seconds = []
    for _ in range(runs):
        started = time.perf_counter()
        run()
        seconds.append(time.perf_counter() - started)
    return Timing(name, tuple(seconds))
