"""Alerts on things that happen once: the window they are looked for in, and the PromQL that counts them.

`increase()` of a counter does not see its birth: a counter that begins with its first event has no sample before. What
it is born with counts, unless its target is new as well: a new target's counter, one that comes back with its target,
and what Prometheus finds when it is back itself begin with what they were worth already.
"""

from collections.abc import Iterator
from dataclasses import replace

from compiler.catalog import promql
from compiler.catalog.catalog import Catalog, Watched
from compiler.catalog.places import Path, finding
from compiler.conventions import SHARED_WORKLOAD, UP
from compiler.model.alerts import Alert, Happened
from compiler.model.base import seconds
from compiler.model.metrics import Metric
from compiler.model.platform import Digest, Routing
from compiler.model.workload import ScrapeTarget

BURSTS = "10m"
"""How rarely a counter counts at the slowest, where its metric does not say: what comes in bursts is one incident."""
_STEP = "30s"
"""How far before a counter's first sample its target must have answered, for it to count."""
_WINDOW, _LEAST = 2.5, 2


def resolved(catalog: Catalog) -> Catalog:
    """Return the catalog with the value of every alert on what happened."""
    return replace(catalog, workloads=tuple(_resolved(watched, catalog) for watched in catalog))


def _resolved(watched: Watched, catalog: Catalog) -> Watched:
    if not any(alert.happened for alert in watched.alerts):
        return watched
    return replace(watched, alerts=tuple(_with_value(alert, watched, catalog) for alert in watched.alerts))


def _with_value(alert: Alert, watched: Watched, catalog: Catalog) -> Alert:
    happened = alert.happened
    if not happened:
        return alert
    window = within(happened, watched, catalog)
    parts = (
        part
        for n, counter in enumerate(happened.counters)
        for part in _parts(counter.strip(), window, n, _answered(counter, *_found(counter, watched, catalog)))
    )
    by = f" by ({', '.join(happened.by)})" if happened.by else ""
    return alert.model_copy(update={"value": f"sum{by} (\n  {f'{chr(10)}  or '.join(parts)}\n)"})


def within(happened: Happened, watched: Watched, catalog: Catalog) -> str:
    """Return the window: the one that is written, or two and a half times the slowest cadence of the counters."""
    if happened.within:
        return happened.within
    total = int(_WINDOW * cadence(happened, watched, catalog))
    return f"{total}s" if total % 60 else f"{total // 60}m"


def cadence(happened: Happened, watched: Watched, catalog: Catalog) -> int:
    """Return after how many seconds, at the slowest, the counters count again what goes on."""
    return max(_cadence(counter, watched, catalog) for counter in happened.counters)


def _cadence(counter: str, watched: Watched, catalog: Catalog) -> int:
    metric = _found(counter, watched, catalog)[1]
    declared = metric.counts_every if metric else None
    if declared == "group_interval":
        return slowest_group(catalog.routing)
    return seconds(declared or BURSTS)


def _found(counter: str, watched: Watched, catalog: Catalog) -> tuple[Watched, Metric | None]:
    """Return the metric of a counter and the workload that declares it: the one that reads it, or the platform."""
    try:
        name = promql.name_of(counter) or ""
    except promql.PromQLError:
        name = ""  # reported by the check of counters
    shared = (each for each in catalog if each.name == SHARED_WORKLOAD)
    return next(((each, found) for each in (watched, *shared) if (found := each.metric(name))), (watched, None))


def slowest_group(routing: Routing) -> int:
    """Return the longest group interval, in seconds, of a route that sends something at once."""
    own = (route for routes in routing.workloads.values() for route in routes.values())
    routes = (*routing.priorities.values(), *routing.alerts.values(), *own)
    kinds = {name: isinstance(channel, Digest) for name, channel in routing.channels.items()}
    sending = [route for route in routes if not all(kinds.get(name, False) for name in route.channels)]
    return max(seconds(route.group_interval) for route in sending or routes)


def _parts(counter: str, window: str, n: int, answered: str) -> Iterator[str]:
    """Yield the increase of a counter and what it was born with; a label keeps the parts of one sum apart."""
    increase = f"increase({counter}[{window}])"
    yield _apart(increase, f"{n}") if n else increase
    born = f"{counter} unless {counter} offset {_STEP} and on (job, instance) ({answered})"
    # A counter that was there when the window began, and came back, is a restart, which increase() knows.
    counted = f"sum_over_time(({born})[{window}:{_STEP}]) unless {counter} offset {window}"
    yield _apart(counted, f"{n} born")


def _answered(counter: str, owner: Watched, metric: Metric | None) -> str:
    """Return the targets that answered a moment ago: their `up` says so, or another series of the same name."""
    producer = owner.workload.producers.get(metric.producer) if metric else None
    up = f'{UP}{{workload="{owner.name}"}}'
    if isinstance(producer, ScrapeTarget) and not producer.monitored:
        # What a chart's monitor or that of the StatsD exporter scrapes has no workload.
        job = producer.known_by.get("job")
        up = f'{UP}{{workload="", job="{job}"}}' if job else f'{UP}{{workload=""}}'
    name = metric.name if metric else counter
    return f"{up} offset {_STEP} == 1 or {name} offset {_STEP}"


def _apart(part: str, name: str) -> str:
    return f'label_replace({part}, "counted", "{name}", "", "")'


def happened_findings(watched: Watched, catalog: Catalog) -> Iterator[str]:
    """Yield counters that are no selector, and windows that hold no more than two counts of the slowest producer."""
    for n, alert in enumerate(watched.alerts):
        if alert.happened:
            yield from _counters(watched, n, alert, alert.happened)
            yield from _window(watched, n, alert, catalog)


def _counters(watched: Watched, n: int, alert: Alert, happened: Happened) -> Iterator[str]:
    for m, counter in enumerate(happened.counters):
        if not promql.is_selector(counter):
            message = f"{alert.name}: expected the selector of a counter, found '{counter}'"
            yield finding(watched, "alerts", ("alerts", n, "happened", "counters", m), message)


def _window(watched: Watched, n: int, alert: Alert, catalog: Catalog) -> Iterator[str]:
    happened = alert.happened
    if not happened or not happened.within:
        return
    at: Path = ("alerts", n, "happened", "within")
    slowest = cadence(happened, watched, catalog)
    if seconds(happened.within) <= _LEAST * slowest:
        counts = f"since its slowest producer counts once in {slowest}s"
        message = f"expected more than {_LEAST * slowest}s, {counts}, found {happened.within}: leave it out"
        yield finding(watched, "alerts", at, f"{alert.name}: {message}")
