"""Hostile variants of behaviour cases: what happens on a bad day besides, and the alert must fire all the same.

Each is made of the alert's own `fires` cases. Which apply follows from the series that a case has and the rules that
the alert needs, never from a list of alerts; where one does not apply, it says why.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from compiler.catalog.catalog import Watched
from compiler.catalog.scope import selectors
from compiler.conventions import SCRAPE_SERIES
from compiler.metrics.rules import ALERTS_INTERVAL
from compiler.model.base import duration, seconds
from compiler.model.metrics import Metric
from compiler.model.workload import SCRAPE_INTERVAL
from tests.rules import rendered
from tests.rules.cases import Case
from tests.rules.scraped import declarer

LOST = 4
"""Every fourth scrape fails."""
_BLOCK = re.compile(r"(_|stale|NaN|-?[\d.]+(?:e[+-]?\d+)?)(?:([+-][\d.]+(?:e[+-]?\d+)?))?(?:x(\d+))?")
_IDLE = {"pod": "idle", "instance": "10.0.0.2:8080"}
Sample = float | str | None
"""A value; `stale`, the end of a series; None, no sample."""


@dataclass(frozen=True)
class Seen:
    """What a variant is made of.

    Attributes:
        read: the workloads whose series the alert may read, its own first.
        rules: the alert's rule, and the rules that record what it reads.
        case: one of the alert's cases that expect it to fire.
    """

    read: Sequence[Watched]
    rules: Sequence[rendered.Rule]
    case: Case


@dataclass(frozen=True)
class Variant:
    """A hostile variant: it makes a case of a case, or returns why there is none."""

    name: str
    make: Callable[[Seen], Case | str]


def samples(values: str) -> Iterator[Sample]:
    """Yield the samples of a series in promtool's notation: `0+3x30` has 31 of them, `_x5` has 5."""
    for block in values.split():
        found = _BLOCK.fullmatch(block)
        assert found, f"expected promtool's notation, found '{block}'"
        first, step, repeated = found[1], float(found[2] or 0), int(found[3] or 0)
        if first == "_":
            yield from [None] * max(1, repeated)
        elif first == "stale":
            yield "stale"
        else:
            yield from (float(first) + n * step for n in range(repeated + 1))


def written(found: Sequence[Sample]) -> str:
    """Return samples in promtool's notation."""
    return " ".join("_" if each is None else each if isinstance(each, str) else f"{each:.15g}" for each in found)


def lost(seen: Seen) -> Case | str:
    """Return the case with every fourth scrape lost, at the real interval of each producer.

    A failed scrape is as an empty one to Prometheus: it ends every series of its target with a stale marker until the
    next (scrape/scrape.go, scrapeAndReport, of release 3.5), and writes 0 to `up`.
    """
    intervals = {series: _interval(seen, series) for series in seen.case.series}
    if not any(intervals.values()):
        return "it reads nothing that is scraped"
    base = min(seconds(each) for each in [*intervals.values(), SCRAPE_INTERVAL] if each)
    old = seconds(seen.case.interval)
    changed = {}
    for series, values in seen.case.series.items():
        every = seconds(intervals[series] or ALERTS_INTERVAL)
        found = [*_at_interval([*samples(values)], old, every, counts=_counts(seen, series))]
        if intervals[series]:
            gone: Sample = 0.0 if series.partition("{")[0] in SCRAPE_SERIES else "stale"
            found = [gone if n % LOST == LOST - 1 and each is not None else each for n, each in enumerate(found)]
        changed[series] = written(_spread(found, every // base))
    return seen.case.model_copy(
        update={"series": changed, "interval": duration(base), "evaluate": ALERTS_INTERVAL},
    )


def one_is_nan(seen: Seen) -> Case | str:
    """Return the case with one more pod beside each that has a gauge, which is idle: its gauges are NaN.

    Other labels are those of the first pod, so that both are of one group.
    """
    read = {name for rule in seen.rules for name, _ in selectors(str(rule["expr"]))}
    added, gauges = {}, 0
    for series, values in seen.case.series.items():
        ((name, labels),) = selectors(series)
        found = declarer(seen.read, name)
        if name in read and found:
            gauge = found[1].type == "gauge" and not found[1].rises
            gauges += gauge
            inside = ", ".join(f'{key}="{value}"' for key, value in {**labels, **_IDLE}.items())
            # It has been asked nothing: what it counts stands still.
            added[f"{name}{{{inside}}}"] = written([float("nan") if gauge else 0.0 for _ in samples(values)])
    if not gauges:
        return "it reads no gauge"
    return seen.case.model_copy(update={"series": {**added, **seen.case.series}})


def _at_interval(found: Sequence[Sample], old: int, new: int, *, counts: bool) -> Iterator[Sample]:
    """Yield what is scraped at another interval: a counter moves evenly in between, a gauge in steps."""
    following = [after for _, after in pairwise([*found, found[-1]])]
    for at in range(0, (len(found) - 1) * old + 1, new):
        before, rest = divmod(at, old)
        value, then = found[before], following[before]
        if counts and isinstance(value, float) and isinstance(then, float) and then > value:
            yield value + (then - value) * rest / old
        else:
            yield value


def _spread(found: Sequence[Sample], times: int) -> list[Sample]:
    """Return samples so many steps apart."""
    return [each for value in found for each in (value, *[None] * (times - 1))]


def _metric(seen: Seen, series: str) -> tuple[Watched, Metric] | None:
    ((name, _),) = selectors(series)
    return declarer(seen.read, name)


def _interval(seen: Seen, series: str) -> str | None:
    """Return how often a series of a case is scraped; None where a rule records it."""
    if found := _metric(seen, series):
        return found[0].workload.interval(found[1].producer)
    return None if ":" in series.partition("{")[0] else SCRAPE_INTERVAL


def _counts(seen: Seen, series: str) -> bool:
    found = _metric(seen, series)
    return found is not None and found[1].type != "gauge"


VARIANTS = (Variant("every fourth scrape lost", lost), Variant("one gauge is NaN", one_is_nan))
