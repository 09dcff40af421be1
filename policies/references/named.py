"""Check that named objects exist: accounts, roles, Secrets, ConfigMaps, their keys, and other resources."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from policies.references.inventory import Rendered, matches
from policies.references.stack import Dangling, Stack
from policies.support.values import UNKNOWN, at, shown

_KEYED: Final = {"secretKeyRef": "Secret", "configMapKeyRef": "ConfigMap"}
_WHOLE: Final = {"secretRef": "Secret", "configMapRef": "ConfigMap", "configMap": "ConfigMap"}
_NAMES: Final = {
    "secretName": "Secret",
    "configSecret": "Secret",
    "claimName": "PersistentVolumeClaim",
    "serviceAccountName": "ServiceAccount",
    "serviceAccount": "ServiceAccount",
}
_LISTS: Final = {"secrets": "Secret", "configMaps": "ConfigMap"}
"""Prometheus and Alertmanager list what they mount by name."""
_STRIMZI: Final = "strimzi.io/cluster"
_ASSOCIATION: Final = "PodIdentityAssociation"


def check(stack: Stack) -> Iterator[Dangling]:
    """Report every named object that does not exist."""
    for each in stack.rendered:
        if each.kind == _ASSOCIATION:
            space, account = (at(each.properties, key)[0][1] for key in ("namespace", "serviceAccount"))
            yield from _missing(stack, each, "serviceAccount", ("ServiceAccount", space, account))
        elif each.type.startswith("kubernetes:") and each.namespace is not UNKNOWN:
            yield from _within(stack, each, each.properties.get("spec"), ("spec",))
            yield from _binding(stack, each)
            yield from _of_resource(stack, each)


def _within(stack: Stack, each: Rendered, value: object, path: tuple[str, ...]) -> Iterator[Dangling]:
    """Walk through a specification and check every field that names an object."""
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield from _within(stack, each, item, (*path, str(index)))
    if not isinstance(value, dict):
        return
    for key, item in value.items():
        place = (*path, key)
        yield from _field(stack, each, value, key, place)
        yield from _within(stack, each, item, place)


def _field(
    stack: Stack, each: Rendered, holder: dict[str, object], key: str, path: tuple[str, ...]
) -> Iterator[Dangling]:
    value, space, place = holder[key], each.namespace, shown(path)
    if isinstance(value, str) and key in _NAMES:
        yield from _missing(stack, each, place, (_NAMES[key], space, value), _items(holder))
    elif isinstance(value, dict) and "name" in value and not value.get("optional"):
        if key in _KEYED:
            yield from _missing(stack, each, place, (_KEYED[key], space, value["name"]), [value.get("key")])
        elif key in _WHOLE:
            yield from _missing(stack, each, place, (_WHOLE[key], space, value["name"]), _items(value))
    elif isinstance(value, list) and key in _LISTS and path[:-1] == ("spec",):
        for index, name in enumerate(value):
            yield from _missing(stack, each, f"{place}[{index}]", (_LISTS[key], space, name))


def _items(holder: dict[str, object]) -> list[object]:
    return [key for _, key in at(holder, "items[].key") if key is not None]


def _missing(
    stack: Stack, each: Rendered, place: str, wanted: tuple[str, object, object], keys: list[object] | None = None
) -> Iterator[Dangling]:
    kind, space, name = wanted
    if not stack.found.has(kind, space, name):
        yield Dangling(each, place, f"expected a {kind} {name} in namespace {space}, found none")
        return
    known = stack.found.named.get(wanted)
    for key in keys or []:
        if known is not None and key is not UNKNOWN and key not in known:
            yield Dangling(each, place, f"expected a key of {kind} {name} ({', '.join(sorted(known))}), found {key}")


def _binding(stack: Stack, each: Rendered) -> Iterator[Dangling]:
    if each.kind not in {"RoleBinding", "ClusterRoleBinding"}:
        return
    role = at(each.properties, "roleRef")[0][1]
    if isinstance(role, dict):
        space = each.namespace if role.get("kind") == "Role" else ""
        yield from _missing(stack, each, "roleRef.name", (str(role.get("kind")), space, role.get("name")))
    for where, subject in at(each.properties, "subjects[]"):
        if isinstance(subject, dict) and subject.get("kind") == "ServiceAccount":
            wanted = ("ServiceAccount", subject.get("namespace", each.namespace), subject.get("name"))
            yield from _missing(stack, each, f"{where}.name", wanted)


def _of_resource(stack: Stack, each: Rendered) -> Iterator[Dangling]:
    """Yield missing resources that an object belongs to by a label or a selector of the operator's own."""
    cluster = each.labels.get(_STRIMZI)
    if isinstance(cluster, str) and each.kind.startswith("Kafka"):
        yield from _missing(stack, each, f'metadata.labels["{_STRIMZI}"]', ("Kafka", each.namespace, cluster))
    selector = at(each.properties, "spec.instanceSelector")[0][1]
    if isinstance(selector, dict):
        instances = stack.found.labelled["Grafana"]
        if not any(space == each.namespace and matches(selector, labels) for space, labels in instances):
            yield Dangling(each, "spec.instanceSelector", "expected a Grafana with these labels, found none")
