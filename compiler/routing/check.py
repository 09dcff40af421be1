"""The catalog's rules on routing: every priority has a receiver, and every name that is used exists."""

from collections.abc import Iterator

from compiler.catalog.catalog import Catalog, Watched
from compiler.catalog.places import finding
from compiler.catalog.promql import PromQLError
from compiler.cloud.check import PRIORITIES
from compiler.conventions import BURN_NOW, alert_prefix
from compiler.model.base import seconds
from compiler.model.platform import Digest, Routing, Slack
from compiler.nearest import meant, unknown
from compiler.objectives.events import burn_rate
from compiler.routing.chart import chart_alerts
from compiler.routing.held import told
from compiler.routing.inhibitions import never_equal, pairs
from compiler.texts.placeholders import allowed

_PLACE = "catalog/routing.yaml"
WATCHDOG = "Watchdog"
"""The alert that always fires: what stops hearing of it takes the platform for dead."""
_FIRST_WAIT = 10
"""Seconds in which alerts of the most urgent priority are gathered for one message."""
_OFTEN = 300
"""Seconds after which the dead man's switch hears of the Watchdog again, at most."""


_MEMORY = seconds(BURN_NOW) + 60
"""Seconds for which a burn that pages goes on after its end: the window in which it must burn, and a margin."""


def routing_findings(catalog: Catalog) -> Iterator[str]:
    """Yield a line for every rule that the routing breaks."""
    routing = catalog.routing
    for priority in PRIORITIES:
        if priority not in routing.priorities:
            yield f"{_PLACE}: priorities: expected {priority}, found none: its alerts would reach nobody"
    used = [(path, channel) for path, route in routing.routes() for channel in route.channels]
    for path, channel in [*used, ("fallback", routing.fallback)]:
        if channel not in routing.channels:
            yield f"{_PLACE}: {path}: {unknown('channel', channel, routing.channels)}"
    yield from _waits(routing)
    yield from _always_on(routing, {name for watched in catalog for name in _alert_names(watched)})
    yield from _digests(routing)
    yield from _workloads(routing, {watched.name for watched in catalog})
    yield from (strangers := [*_named(catalog)])
    yield from _idle(catalog, "\n".join(strangers))
    yield from _forgetful(catalog)


def _waits(routing: Routing) -> Iterator[str]:
    """Yield priorities that wait longer than a less urgent one, and a most urgent one that waits too long."""
    routes = sorted(routing.priorities.items())
    waits = [seconds(route.group_wait) for _, route in routes]
    for n, (priority, route) in enumerate(routes):
        place = f"{_PLACE}: priorities.{priority}.group_wait"
        if priority == PRIORITIES[0] and waits[n] > _FIRST_WAIT:
            yield f"{place}: expected at most {_FIRST_WAIT}s, since a person is called, found {route.group_wait}"
        elif n and waits[n] < waits[n - 1]:
            yield f"{place}: expected at least {waits[n - 1]}s, as the priority above waits, found {route.group_wait}"


def _always_on(routing: Routing, alerts: set[str]) -> Iterator[str]:
    """Yield what would keep the dead man's switch from hearing of the Watchdog alone, and often."""
    if WATCHDOG not in alerts:
        return
    own = routing.alerts.get(WATCHDOG)
    if own is None:
        yield f"{_PLACE}: alerts: expected a route of {WATCHDOG}, found none: the dead man's switch would hear nothing"
        return
    if seconds(own.repeat_interval) > _OFTEN:
        place = f"{_PLACE}: alerts.{WATCHDOG}.repeat_interval"
        yield f"{place}: expected at most {_OFTEN}s, found {own.repeat_interval}"
    for path, route in routing.routes():
        for channel in sorted({*route.channels} & {*own.channels}) if path != f"alerts.{WATCHDOG}" else ():
            message = f"expected a channel of its own for {WATCHDOG}, found '{channel}' in both"
            yield f"{_PLACE}: {path}.channels: {message}: the dead man's switch takes what it hears for a sign of life"


def _digests(routing: Routing) -> Iterator[str]:
    known = sorted(name for name, channel in routing.channels.items() if isinstance(channel, Slack))
    for name, channel in routing.channels.items():
        if isinstance(channel, Digest) and channel.through not in known:
            yield f"{_PLACE}: channels.{name}.through: {unknown('Slack channel', channel.through, known)}"


def _workloads(routing: Routing, known: set[str]) -> Iterator[str]:
    named = {f"workloads.{name}": name for name in routing.workloads}
    named |= {f"maintenance.{name}.workload": each.workload for name, each in routing.maintenance.items()}
    for path, name in named.items():
        if name not in known:
            yield f"{_PLACE}: {path}: {unknown('workload', name, known)}"


def _named(catalog: Catalog) -> Iterator[str]:
    """Of a route of an alert's own, and of each side of an inhibition: a name that nothing has holds nothing back."""
    routing, alerts = catalog.routing, {name for watched in catalog for name in _alert_names(watched)}
    severities = {name for watched in catalog for name in watched.workload.severities} | set(routing.foreign_severities)
    named = [(f"alerts.{name}", "alert", name, alerts) for name in routing.alerts]
    alerts = alerts | {*chart_alerts()}
    for n, inhibition in enumerate(routing.inhibitions):
        for side, matchers in (("source", inhibition.source), ("target", inhibition.target)):
            for label, kind, known in (("alertname", "alert", alerts), ("severity", "severity", severities)):
                if label in matchers:
                    named.append((f"inhibitions.{n}.{side}.{label}", kind, matchers[label], known))
    for path, kind, name, known in named:
        if name not in known:
            message = f"unknown {kind} '{name}': expected one that a workload of the catalog has"
            yield f"{_PLACE}: {path}: {message}{meant(name, known)}"


def _idle(catalog: Catalog, strangers: str) -> Iterator[str]:
    """Yield inhibitions that can never hold anything back, though every name in them exists."""
    try:
        alerts = told(catalog)
    except PromQLError:
        return  # a finding of its own
    for n, inhibition in enumerate(catalog.routing.inhibitions):
        place, about = f"{_PLACE}: inhibitions.{n}", pairs(inhibition, alerts)
        if f"{place}." in strangers:
            continue
        if not about:
            expected = "expected an alert that a workload of the source's has too"
            yield f"{place}.target: {expected}, found none: it would hold nothing back"
        for label in inhibition.equal:
            if about and all(never_equal(label, *pair) for pair in about):
                message = f"expected labels of both alerts, found '{label}', which is never equal: leave it out"
                yield f"{place}.equal: {message}"


def _forgetful(catalog: Catalog) -> Iterator[str]:
    """Yield alerts that hold back a burn and end before it: it would call for an outage that is over."""
    held = [(each.source.get("alertname"), each.target.get("alertname")) for each in catalog.routing.inhibitions]
    for watched in catalog:
        limits = {
            f"{alert_prefix(slo.name)}BurnFast": min(burn_rate(slo, each) for each in catalog.burn_rates.page)
            * allowed(slo)
            for slo in watched.slos
        }
        for n, alert in enumerate(watched.alerts):
            lowest = min(
                (limits[target] for source, target in held if source == alert.name and target in limits), default=None
            )
            for severity, threshold in alert.thresholds.items() if lowest is not None else ():
                sooner = alert.unit != "ratio" or threshold.above is None or threshold.above > (lowest or 0)
                if sooner and (threshold.keep is None or seconds(threshold.keep) < _MEMORY):
                    message = f"expected at least {_MEMORY}s, since it holds back a burn that ends so much later"
                    path = ("alerts", n, "thresholds", severity, "keep")
                    yield finding(watched, "alerts", path, f"{message}, found {threshold.keep or 'none'}")


def _alert_names(watched: Watched) -> Iterator[str]:
    yield from (alert.name for alert in watched.alerts)
    for slo in watched.slos:
        yield from (f"{alert_prefix(slo.name)}{end}" for end in ("BurnFast", "BurnSlow", "NoData"))
    for value in watched.thresholds:
        yield from (f"{alert_prefix(value.name)}{end}" for end in ("Missed", "NoData"))
