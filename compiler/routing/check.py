"""The catalog's rules on routing: every priority has a receiver, and every name that is used exists."""

from collections.abc import Iterator

from compiler.catalog.catalog import Catalog
from compiler.cloud.check import PRIORITIES
from compiler.model.platform import Digest, Route, Routing, Slack

_PLACE = "catalog/routing.yaml"


def routing_findings(catalog: Catalog) -> Iterator[str]:
    """Yield a line for every rule that the routing breaks."""
    routing = catalog.routing
    for priority in PRIORITIES:
        if priority not in routing.priorities:
            yield f"{_PLACE}: priorities: expected {priority}, found none: its alerts would reach nobody"
    channels = ", ".join(sorted(routing.channels))
    used = [(path, channel) for path, route in _routes(routing) for channel in route.channels]
    for path, channel in [*used, ("fallback", routing.fallback)]:
        if channel not in routing.channels:
            yield f"{_PLACE}: {path}: unknown channel '{channel}': expected one of {channels}"
    yield from _digests(routing)
    yield from _workloads(routing, {watched.name for watched in catalog})


def _routes(routing: Routing) -> Iterator[tuple[str, Route]]:
    for priority, route in routing.priorities.items():
        yield f"priorities.{priority}", route
    for name, route in routing.alerts.items():
        yield f"alerts.{name}", route
    for workload, own in routing.workloads.items():
        for priority, route in own.items():
            yield f"workloads.{workload}.{priority}", route


def _digests(routing: Routing) -> Iterator[str]:
    known = sorted(name for name, channel in routing.channels.items() if isinstance(channel, Slack))
    for name, channel in routing.channels.items():
        if isinstance(channel, Digest) and channel.through not in known:
            place = f"{_PLACE}: channels.{name}.through"
            yield f"{place}: unknown Slack channel '{channel.through}': expected one of {', '.join(known) or 'none'}"


def _workloads(routing: Routing, known: set[str]) -> Iterator[str]:
    named = {f"workloads.{name}": name for name in routing.workloads}
    named |= {f"maintenance.{name}.workload": each.workload for name, each in routing.maintenance.items()}
    for path, name in named.items():
        if name not in known:
            yield f"{_PLACE}: {path}: unknown workload '{name}': expected one of {', '.join(sorted(known))}"
