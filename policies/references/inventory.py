"""List what exists in a stack's cluster: pods with their labels and ports, services, accounts, Secrets and the like."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from policies.references.facts import ChartList, OperatorList
from policies.support.pods import template
from policies.support.values import UNKNOWN, at

RELEASE: Final = "kubernetes:helm.sh/v3:Release"
Labels = Mapping[str, object]


@dataclass(frozen=True)
class Rendered:
    """One object of the stack as it is registered; `kind` is its Kubernetes kind, `type` Pulumi's."""

    urn: str
    type: str
    properties: Mapping[str, object]

    @property
    def kind(self) -> str:
        """The last part of the type: `Service`."""
        return self.type.rpartition(":")[2]

    @property
    def namespace(self) -> object:
        """Its namespace, "" where it has none; UNKNOWN before it is known."""
        return at(self.properties, "metadata.namespace")[0][1] or ""

    @property
    def name(self) -> object:
        """Its name in the cluster; a release has no metadata."""
        return at(self.properties, "metadata.name")[0][1] or self.properties.get("name", "")

    @property
    def labels(self) -> Labels:
        """Its own labels."""
        return _mapping(at(self.properties, "metadata.labels")[0][1])


@dataclass(frozen=True)
class Pods:
    """The pods that one object makes: their labels, and their containers' ports by name and number."""

    namespace: object
    labels: Labels
    ports: frozenset[object]


@dataclass(frozen=True)
class Service:
    """A service: its selector, and its ports as (name, number, target)."""

    namespace: object
    name: object
    labels: Labels
    selector: Labels
    ports: tuple[tuple[object, object, object], ...]

    def has(self, port: object) -> bool:
        """Return whether one of its ports has this name or number."""
        return port is UNKNOWN or any(port in each[:2] for each in self.ports)


@dataclass
class Inventory:
    """The objects that exist. `named` has the keys of each Secret and ConfigMap; None where they are not known."""

    pods: list[Pods] = field(default_factory=list)
    services: list[Service] = field(default_factory=list)
    named: dict[tuple[str, object, object], frozenset[str] | None] = field(default_factory=dict)
    labelled: dict[str, list[tuple[object, Labels]]] = field(default_factory=lambda: defaultdict(list))

    def has(self, kind: str, namespace: object, name: object) -> bool:
        """Return whether there is an object of that kind and name."""
        return UNKNOWN in (namespace, name) or (kind, namespace, name) in self.named

    def selected(self, namespace: object, selector: object) -> list[Pods]:
        """Return the pods of a namespace that a selector matches; of all namespaces where it is None."""
        return [each for each in self.pods if namespace in (None, each.namespace) and matches(selector, each.labels)]


def matches(selector: object, labels: Labels) -> bool:
    """Return whether a label selector, or a plain mapping of labels, matches; unknown values match."""
    if not isinstance(selector, dict):
        return True
    if not selector.keys() <= {"matchLabels", "matchExpressions"}:
        selector = {"matchLabels": selector}
    wanted = _mapping(selector.get("matchLabels"))
    return all(value is UNKNOWN or labels.get(key) in (value, UNKNOWN) for key, value in wanted.items()) and all(
        _holds(each, labels) for each in selector.get("matchExpressions") or [] if isinstance(each, dict)
    )


def _holds(expression: Mapping[str, Any], labels: Labels) -> bool:
    found, values = labels.get(expression.get("key", "")), expression.get("values") or []
    if UNKNOWN in (found, values) or (isinstance(values, list) and UNKNOWN in values):
        return True
    return {
        "In": found in values,
        "NotIn": found not in values,
        "Exists": found is not None,
        "DoesNotExist": found is None,
    }.get(str(expression.get("operator")), True)


def take(
    rendered: Sequence[Rendered], charts: Mapping[str, ChartList], operators: Mapping[str, OperatorList]
) -> Inventory:
    """Take the inventory of a stack: its own objects, those of its charts, and those that its operators make."""
    found = Inventory()
    for each in rendered:
        _own(found, each)
    for release in (each.properties for each in rendered if each.type == RELEASE):
        chart = charts.get(str(release.get("name")))
        if chart:
            _listed(found, chart.objects, chart.namespace, release.get("namespace"))
    spaces = {f"{each.kind}/{each.name}": each.namespace for each in rendered}
    for operator in operators.values():
        for listed in operator.objects:
            if listed["owner"] in spaces:
                _listed(found, [listed], operator.namespace, spaces[listed["owner"]])
    return found


def _own(found: Inventory, each: Rendered) -> None:
    found.named[each.kind, each.namespace, each.name] = _keys(each)
    found.labelled[each.kind].append((each.namespace, each.labels))
    if each.kind == "Service":
        ports = [port for _, port in at(each.properties, "spec.ports[]") if isinstance(port, dict)]
        selector = _mapping(at(each.properties, "spec.selector")[0][1])
        found.services.append(_service(each.namespace, each.name, each.labels, selector, ports))
    if each.kind == "KafkaUser":
        # Source: strimzi 1.2.0, user-operator/…/KafkaUserModel.java:60-65: the Secret has the user's name.
        found.named["Secret", each.namespace, each.name] = frozenset({"password", "sasl.jaas.config"})
    place = template(each.type, each.properties)
    if place and isinstance(place[1], dict):
        labels = _mapping(at(each.properties, f"{place[0].removesuffix('spec')}metadata.labels")[0][1])
        found.pods.append(Pods(each.namespace, labels, frozenset(_ports(place[1].get("containers")))))


def _listed(found: Inventory, objects: Iterable[Mapping[str, Any]], listed_in: str, namespace: object) -> None:
    for each in objects:
        space = namespace if each.get("namespace", listed_in) == listed_in else each["namespace"]
        kind, name = str(each["kind"]), each["name"]
        found.named[kind, space, name] = frozenset(each["keys"]) if "keys" in each else None
        labels = _moved(each.get("labels", {}), listed_in, space)
        found.labelled[kind].append((space, labels))
        if kind == "Service":
            selector = _moved(each.get("selector", {}), listed_in, space)
            found.services.append(_service(space, name, labels, selector, each["ports"]))
        for pod_labels, containers in _pods(each):
            ports = frozenset(_ports(containers))
            found.pods.append(Pods(space, _moved(pod_labels, listed_in, space), ports))


def _pods(listed: Mapping[str, Any]) -> Iterator[tuple[Mapping[str, Any], object]]:
    """Yield labels and containers of a listed object's pods, in the three forms that lists have."""
    for pod in listed.get("pods", []):
        yield pod["labels"], pod["containers"]
    if "podLabels" in listed:
        yield listed["podLabels"], listed.get("containers") or listed.get("pod", {}).get("containers")


def _moved(labels: Mapping[str, Any], listed_in: str, namespace: object) -> Labels:
    """Return labels with the release's namespace in place of the list's, as in `observability.traces-agent`."""
    head = f"{listed_in}."
    return {
        key: f"{namespace}.{value.removeprefix(head)}" if isinstance(value, str) and value.startswith(head) else value
        for key, value in labels.items()
    }


def _ports(containers: object) -> Iterator[object]:
    for _, port in at({"containers": containers}, "containers[].ports[]"):
        if isinstance(port, dict):
            yield from (value for value in (port.get("name"), port.get("containerPort")) if value is not None)
        elif port is UNKNOWN:
            yield UNKNOWN


def _service(
    namespace: object, name: object, labels: Labels, selector: Labels, ports: Sequence[Mapping[str, Any]]
) -> Service:
    listed = ((each.get("name"), each.get("port"), each.get("targetPort", each.get("port"))) for each in ports)
    return Service(namespace, name, labels, selector, (*listed,))


def _keys(each: Rendered) -> frozenset[str] | None:
    """Return the keys of a Secret or ConfigMap; None where they are not known, or for other kinds."""
    held = [each.properties.get(key) for key in ("data", "stringData", "binaryData")]
    if each.kind not in {"Secret", "ConfigMap"} or any(part is UNKNOWN for part in held):
        return None
    return frozenset(key for part in held if isinstance(part, dict) for key in part)


def _mapping(value: object) -> Labels:
    return value if isinstance(value, dict) else {}
