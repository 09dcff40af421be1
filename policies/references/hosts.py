"""Check that host names within the cluster are those of services, and have the port that is named."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from policies.references.inventory import RELEASE, Rendered
from policies.references.stack import Dangling, Stack, port_text
from policies.support.values import leaves, shown

_NAME: Final = r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?"
_PORT: Final = r"(?::(?P<port>\d{1,5}))?"
_END: Final = r"(?![\w-]|\.\w)"
_FULL: Final = re.compile(
    rf"(?<![\w.-])(?:{_NAME}\.)?(?P<name>{_NAME})\.(?P<space>{_NAME})\.svc(?:\.cluster\.local)?{_END}{_PORT}"
)
_SHORT: Final = re.compile(rf"://(?P<name>{_NAME})(?:\.(?P<space>{_NAME}))?{_END}{_PORT}")
LOCAL: Final = frozenset({"localhost"})


@dataclass(frozen=True)
class Host:
    """A host name in a text: a service's name, its namespace ("" for the object's own) and a port."""

    text: str
    name: str
    namespace: str
    port: int | None


def hosts(text: str, namespaces: frozenset[str]) -> Iterator[Host]:
    """Yield the names of services in a text.

    Args:
        text: any text: an address, a command, a configuration file.
        namespaces: those of the stack, in which a service may be called `service.namespace`.
    """
    patterns = [_FULL, _SHORT]
    if namespaces:
        spaces = "|".join(map(re.escape, sorted(namespaces)))
        patterns.append(re.compile(rf"(?<![\w.:/@-])(?P<name>{_NAME})\.(?P<space>{spaces}){_END}{_PORT}"))
    for pattern in patterns:
        for each in pattern.finditer(text):
            space = each["space"] or ""
            if pattern is _SHORT and not _is_in_cluster(each, namespaces):
                continue
            yield Host(each[0].removeprefix("://"), each["name"], space, int(each["port"]) if each["port"] else None)


def _is_in_cluster(found: re.Match[str], namespaces: frozenset[str]) -> bool:
    """Return whether the host of an address is in the cluster.

    A name alone, without a port, is outside: `https://wiki/` is a page of the user's own network, and the name in
    `s3a://archive/` a bucket's, known only once that is made.
    """
    if found["space"]:
        return found["space"] in namespaces
    return found["name"] not in LOCAL and found["port"] is not None


def check(stack: Stack) -> Iterator[Dangling]:
    """Report every host name that is no service's, and every port that its service does not have."""
    for rendered in stack.rendered:
        for path, value in leaves(_written(rendered)):
            if isinstance(value, str):
                for host in hosts(value, stack.namespaces):
                    message = _wrong(stack, rendered, host)
                    if message:
                        yield Dangling(rendered, shown(path), message)


def _written(rendered: Rendered) -> dict[str, object]:
    """Return the program's inputs: after an update an engine also shows a release's output and objects' status."""
    if rendered.type == RELEASE:
        return {"values": rendered.properties.get("values")}
    return {key: value for key, value in rendered.properties.items() if key not in {"metadata", "status"}}


def _wrong(stack: Stack, rendered: Rendered, host: Host) -> str | None:
    space = host.namespace or rendered.namespace
    services = [each for each in stack.found.services if (each.namespace, each.name) == (space, host.name)]
    if not services:
        return f"{host.text}: expected a service {host.name} in namespace {space}, found none"
    if host.port is not None and not any(each.has(host.port) for each in services):
        ports = ", ".join(port_text(port) for _, port, _ in services[0].ports)
        return f"{host.text}: expected a port of service {host.name} ({ports}), found {host.port}"
    return None
