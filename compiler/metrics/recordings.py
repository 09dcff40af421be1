"""Rule groups of the series that a workload records: one group for each interval, the fastest first.

A baseline is made of short windows: a value of an hour is recorded often, its average over a week seldom, and read from
an earlier day, so that the present does not hide itself.
"""

from collections.abc import Mapping

from compiler.catalog.catalog import Watched
from compiler.metrics.rules import Group, Rule
from compiler.model.base import seconds
from compiler.model.recordings import Recording


def recording_groups(watched: Watched) -> list[Group]:
    """Return a group for each interval; rules keep their order, in which Prometheus evaluates them."""
    return [
        Group(f"{watched.name}-recordings-{interval}", interval, tuple(_rule(watched, each) for each in chosen))
        for interval, chosen in _by_interval(watched.recordings).items()
    ]


def _rule(watched: Watched, recording: Recording) -> Rule:
    """Return a recording's rule; its series say whose they are, unless they tell of several workloads."""
    labels = {} if "workload" in recording.labels else {"workload": watched.name}
    return Rule(recording.value, recording.name, labels=labels)


def _by_interval(recordings: tuple[Recording, ...]) -> Mapping[str, list[Recording]]:
    intervals = sorted({each.interval for each in recordings}, key=seconds)
    return {interval: [each for each in recordings if each.interval == interval] for interval in intervals}
