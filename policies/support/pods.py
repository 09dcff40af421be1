"""The pods of a Kubernetes object: its own containers, or an operator's template of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from policies.support.operated import OPERATED, Made, OperatedPod
from policies.support.values import UNKNOWN, at

_TEMPLATE: Final = "spec.template.spec"
# The place of the pod's specification in each kind that makes pods; lists of such objects are not registered by anyone.
_PODS: Final[Mapping[str, str]] = {
    "kubernetes:core/v1:Pod": "spec",
    "kubernetes:core/v1:ReplicationController": _TEMPLATE,
    "kubernetes:apps/v1:DaemonSet": _TEMPLATE,
    "kubernetes:apps/v1:Deployment": _TEMPLATE,
    "kubernetes:apps/v1:ReplicaSet": _TEMPLATE,
    "kubernetes:apps/v1:StatefulSet": _TEMPLATE,
    "kubernetes:batch/v1:CronJob": "spec.jobTemplate.spec.template.spec",
    "kubernetes:batch/v1:Job": _TEMPLATE,
}
_ENDING: Final = frozenset({"kubernetes:batch/v1:CronJob", "kubernetes:batch/v1:Job"})
_CONTEXT: Final = "securityContext"


@dataclass(frozen=True)
class Container:
    """One container: its place, its settings (UNKNOWN while they are not known), and what it is for.

    Attributes:
        ends: it is meant to end: of a job, or one that prepares a pod.
        made: what its operator adds, for a container that an operator makes.
        overlay: a change to another container that an operator makes; what is not said here is the operator's.
    """

    where: str
    settings: object
    ends: bool = False
    made: Made | None = None
    overlay: bool = False


@dataclass(frozen=True)
class Pod:
    """The pods of one template: the place and content of their security context, and their containers."""

    where: str
    security: object
    containers: Sequence[Container]


def template(kind: str, properties: object) -> tuple[str, object] | None:
    """Find the pod's specification in an object that makes pods itself, and its place; None for all other kinds."""
    return at(properties, _PODS[kind])[0] if kind in _PODS else None


def pods(kind: str, properties: object) -> Iterator[Pod]:
    """Yield every pod template of an object; none for objects that make no pods."""
    own = template(kind, properties)
    if own is not None:
        where, pod = own
        ends = kind in _ENDING or at(pod, "restartPolicy")[0][1] in ("Never", "OnFailure")
        found = [Container(where, UNKNOWN)] if pod is UNKNOWN else [*_own(where, pod, ends=ends)]
        yield Pod(f"{where}.{_CONTEXT}", at(pod, _CONTEXT)[0][1], found)
    for operated in OPERATED.get(kind, ()):
        made = [each for each in operated.made if each.when is None or at(properties, each.when)[0][1] is not None]
        if made:
            yield _operated(properties, operated, made)


def containers(kind: str, properties: object) -> Iterator[Container]:
    """Yield every container of an object's pods; those of an operator even if the object does not mention them."""
    for pod in pods(kind, properties):
        yield from pod.containers


def _own(where: str, pod: object, *, ends: bool) -> Iterator[Container]:
    for place, settings in (*_listed(where, pod, "containers"), *_listed(where, pod, "initContainers")):
        init = place.startswith(f"{where}.initContainers")
        yield Container(place, settings, ends=(ends or init) and not _is_sidecar(settings))


def _operated(properties: object, operated: OperatedPod, made: Sequence[Made]) -> Pod:
    where = operated.places[-1]
    pod: object = None
    for place in operated.places:
        pod = _merged(pod, at(properties, place)[0][1])
    names = {each.name: each for each in made}
    found = []
    for each in made:
        if each.at is not None:
            found.append(Container(each.at, at(properties, each.at)[0][1], made=each))
        elif pod is UNKNOWN:
            found.append(Container(where, UNKNOWN, made=each))
        elif each.name not in {_name(settings) for _, settings in at(pod, "containers[]")}:
            found.append(Container(f"{where}.containers[{each.name}]", {}, made=each))
    listed = [*_listed(where, pod, operated.others), *_listed(where, pod, "initContainers")] if operated.others else []
    for place, settings in listed:
        own = names.get(_name(settings))
        if own is not None and own.at is None:
            found.append(Container(place, settings, made=own))
            continue
        # Without an image it is an overlay of one that the operator makes.
        overlay = own is not None or "image" not in _mapping(settings)
        ends = place.startswith(f"{where}.initContainers") and not _is_sidecar(settings)
        found.append(Container(place, settings, ends=ends, overlay=overlay))
    return Pod(f"{where}.{operated.security}", at(pod, operated.security)[0][1], found)


def _merged(base: object, change: object) -> object:
    """Merge objects by their keys and lists by their places, as Flink's operator does; one place needs no merging."""
    if base is UNKNOWN or change is UNKNOWN:
        return UNKNOWN
    if isinstance(base, dict) and isinstance(change, dict):
        return {**base, **{key: _merged(base.get(key), value) for key, value in change.items()}}
    if isinstance(base, list) and isinstance(change, list):
        longer = max(len(base), len(change))
        pairs = zip([*base, *[None] * (longer - len(base))], [*change, *[None] * (longer - len(change))], strict=True)
        return [_merged(one, other) for one, other in pairs]
    return base if change is None else change


def _listed(where: str, pod: object, key: str) -> Iterator[tuple[str, object]]:
    for place, settings in at(pod, f"{key}[]"):
        if settings is not None:
            name = _name(settings)
            yield (f"{where}.{key}[{name}]" if name else f"{where}.{place}"), settings


def _is_sidecar(settings: object) -> bool:
    """Return whether an init container is a sidecar: always restarted, it runs as long as the pod."""
    return _mapping(settings).get("restartPolicy") == "Always"


def _mapping(settings: object) -> dict[str, object]:
    return settings if isinstance(settings, dict) else {}


def _name(settings: object) -> str:
    name = _mapping(settings).get("name")
    return name if isinstance(name, str) else ""
