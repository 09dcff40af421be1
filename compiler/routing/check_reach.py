"""The catalog's rules on who is reached and how often: a call for what is most urgent, and repeats that are sent."""

from collections.abc import Iterator

from compiler.catalog.catalog import Catalog
from compiler.model.base import Priority, seconds
from compiler.model.platform import PagerDuty

_PLACE = "catalog/routing.yaml"
_URGENT: Priority = "P0"


def reach_findings(catalog: Catalog, always_on: str) -> Iterator[str]:
    """Yield a line for each route that repeats before it may send again, and each that calls nobody for a P0.

    Args:
        catalog: what is judged.
        always_on: the alert that reports that alerting works: nobody is called by it.
    """
    routing = catalog.routing
    for path, route in routing.routes():
        if seconds(route.repeat_interval) < seconds(route.group_interval):
            message = f"expected at least the group_interval of {route.group_interval}, found {route.repeat_interval}"
            yield f"{_PLACE}: {path}.repeat_interval: {message}: Alertmanager looks once in a group_interval"
    phones = sorted(name for name, channel in routing.channels.items() if isinstance(channel, PagerDuty))
    urgent = {path: route for path, route in routing.routes() if path.endswith(f".{_URGENT}")}
    urgent |= {f"alerts.{name}": routing.alerts[name] for name in _most_urgent(catalog) if name != always_on}
    for path, found in urgent.items():
        if not {*found.channels} & {*phones}:
            channels = f"expected one that calls a phone, {' or '.join(phones) or 'of kind pagerduty'}"
            yield f"{_PLACE}: {path}.channels: {channels}, found {', '.join(found.channels)}: nobody would wake up"


def _most_urgent(catalog: Catalog) -> list[str]:
    """Return the alerts with a route of their own that some severity makes most urgent."""
    found = set[str]()
    for watched in catalog:
        known = watched.workload.severities
        for alert in watched.alerts:
            if any(name in known and known[name].priority == _URGENT for name in alert.thresholds):
                found.add(alert.name)
    return sorted(found & set(catalog.routing.alerts))
