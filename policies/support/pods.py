"""Where the pods of a Kubernetes object are described: its own containers, or an operator's template of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

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


@dataclass(frozen=True)
class Operated:
    """A custom resource whose operator makes the pods and fills in what is not said: image and probes.

    Attributes:
        pod: the place of the pod's specification; its containers change those of the operator, by name.
        main: the place of the main container's own settings; None when it is the container that `named` names.
        named: the main container's name.
        security: what the resource calls the pod's security context.
        others: what it calls containers besides the main one.
        versioned: the operator makes the image's name of `version`; else the resource has to name the image.
        probed: the part of its main container's settings without which the operator makes no probes.
    """

    pod: str
    main: str | None
    named: str
    security: str = "securityContext"
    others: str = "containers"
    versioned: bool = True
    probed: str | None = None


OPERATED: Final[Mapping[str, Operated]] = {
    "kubernetes:monitoring.coreos.com/v1:Prometheus": Operated("spec", "spec", "prometheus"),
    "kubernetes:monitoring.coreos.com/v1:Alertmanager": Operated("spec", "spec", "alertmanager"),
    "kubernetes:grafana.integreatly.org/v1beta1:Grafana": Operated(
        "spec.deployment.spec.template.spec", None, "grafana"
    ),
    # Source: opentelemetry-operator, internal/manifests/collector/container.go and internal/components/extensions.
    "kubernetes:opentelemetry.io/v1beta1:OpenTelemetryCollector": Operated(
        *("spec", "spec", "otc-container"),
        security="podSecurityContext",
        others="additionalContainers",
        versioned=False,
        probed="config.extensions.health_check",
    ),
}


@dataclass(frozen=True)
class Container:
    """One container: its place, its settings (UNKNOWN while they are not known), and what it is for.

    Attributes:
        ends: it is meant to end: of a job, or one that prepares a pod.
        operated: the main one of an operator's pods, which chooses image and probes where nothing is said.
        overlay: a change to a container that an operator makes; what is not said here is the operator's.
    """

    where: str
    settings: object
    ends: bool = False
    operated: bool = False
    overlay: bool = False


def pod_of(kind: str, properties: object) -> tuple[str, object] | None:
    """The place of the pod's specification and what stands there; None for objects that make no pods."""
    place = OPERATED[kind].pod if kind in OPERATED else _PODS.get(kind)
    return at(properties, place)[0] if place else None


def containers(kind: str, properties: object) -> Iterator[Container]:
    """Every container of an object's pods; an operator's main container is there even if nothing is said of it."""
    found = pod_of(kind, properties)
    if found is None:
        return
    where, pod = found
    operated = OPERATED.get(kind)
    if pod is UNKNOWN:
        yield Container(where, UNKNOWN, operated=operated is not None)
        return
    if operated and operated.main:
        yield Container(operated.main, at(properties, operated.main)[0][1], operated=True)
    elif operated and operated.named not in {_name(each) for _, each in at(pod, "containers[]")}:
        yield Container(f"{where}.containers[{operated.named}]", {}, operated=True)
    ends = kind in _ENDING or at(pod, "restartPolicy")[0][1] in ("Never", "OnFailure")
    yield from _listed(where, pod, operated.others if operated else "containers", operated, ends=ends)
    yield from _listed(where, pod, "initContainers", operated, ends=True)


def _listed(where: str, pod: object, key: str, operated: Operated | None, *, ends: bool) -> Iterator[Container]:
    for place, settings in at(pod, f"{key}[]"):
        if settings is None:
            continue
        name = _name(settings)
        shown = f"{where}.{key}[{name}]" if name else f"{where}.{place}"
        if operated and name == operated.named and not operated.main:
            yield Container(shown, settings, operated=True)
            continue
        # Without an image it is none of ours: it changes one that the operator makes.
        overlay = operated is not None and (name == operated.named or "image" not in _mapping(settings))
        # An init container that is always restarted is a sidecar: it runs as long as the pod.
        sidecar = _mapping(settings).get("restartPolicy") == "Always"
        yield Container(shown, settings, ends=ends and not sidecar, overlay=overlay)


def _mapping(settings: object) -> dict[str, object]:
    return settings if isinstance(settings, dict) else {}


def _name(settings: object) -> str:
    name = _mapping(settings).get("name")
    return name if isinstance(name, str) else ""
