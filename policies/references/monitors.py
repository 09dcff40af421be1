"""Check that monitors find services with the port that they scrape, and that a Prometheus takes the monitors."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from policies.references.inventory import Rendered, Service, matches
from policies.references.stack import Dangling, Stack, port_text
from policies.support.values import UNKNOWN, at

SELECTORS: Final = {
    "ServiceMonitor": "serviceMonitorSelector",
    "PodMonitor": "podMonitorSelector",
    "Probe": "probeSelector",
    "PrometheusRule": "ruleSelector",
}


def check(stack: Stack) -> Iterator[Dangling]:
    """Report every monitor without a service, a port or a Prometheus, and every missing Alertmanager."""
    servers = [each for each in stack.rendered if each.kind == "Prometheus"]
    for each in stack.rendered:
        if each.kind in SELECTORS and not any(_takes(server, each) for server in servers):
            place = "metadata.labels"
            yield Dangling(each, place, f"expected a Prometheus whose {SELECTORS[each.kind]} takes it, found none")
        if each.kind == "ServiceMonitor":
            yield from _service_monitor(stack, each)
        if each.kind == "Prometheus":
            yield from _alertmanagers(stack, each)


def _takes(server: Rendered, monitor: Rendered) -> bool:
    selector = at(server.properties, f"spec.{SELECTORS[monitor.kind]}")[0][1]
    # Left out, it selects nothing (prometheus-operator, Documentation/api-reference: CommonPrometheusFields).
    return selector is not None and matches(selector, monitor.labels)


def _service_monitor(stack: Stack, monitor: Rendered) -> Iterator[Dangling]:
    selector = at(monitor.properties, "spec.selector")[0][1]
    spaces = _namespaces(monitor)
    services = [
        each
        for each in stack.found.services
        if (spaces is None or each.namespace in spaces) and matches(selector, each.labels)
    ]
    if not services:
        where = "any namespace" if spaces is None else ", ".join(map(str, spaces))
        yield Dangling(monitor, "spec.selector", f"expected a service with these labels in {where}, found none")
        return
    for where, endpoint in at(monitor.properties, "spec.endpoints[]"):
        port = at(endpoint, "port")[0][1]
        if port not in (None, UNKNOWN) and not any(_named(each, port) for each in services):
            listed = "; ".join(f"{each.name}: {', '.join(str(name) for name, _, _ in each.ports)}" for each in services)
            yield Dangling(monitor, f"{where}.port", f"expected the name of a port ({listed}), found {port}")


def _named(service: Service, port: object) -> bool:
    """Return whether the service has a port of that name: the operator finds endpoints by name, never by number."""
    return any(name == port for name, _, _ in service.ports)


def _namespaces(monitor: Rendered) -> list[object] | None:
    chosen = at(monitor.properties, "spec.namespaceSelector")[0][1]
    if isinstance(chosen, dict) and chosen.get("any"):
        return None
    named = chosen.get("matchNames") if isinstance(chosen, dict) else None
    return list(named) if named else [monitor.namespace]


def _alertmanagers(stack: Stack, server: Rendered) -> Iterator[Dangling]:
    for where, each in at(server.properties, "spec.alerting.alertmanagers[]"):
        if not isinstance(each, dict):
            continue
        space, name, port = each.get("namespace", server.namespace), each.get("name"), each.get("port")
        services = [found for found in stack.found.services if (found.namespace, found.name) == (space, name)]
        if not services and UNKNOWN not in (space, name):
            yield Dangling(server, f"{where}.name", f"expected a service {name} in {space}, found none")
        elif services and not any(found.has(port) for found in services):
            yield Dangling(server, f"{where}.port", f"expected a port of service {name}, found {port_text(port)}")
