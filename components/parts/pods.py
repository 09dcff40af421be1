"""What every pod of the platform has in common."""

from collections.abc import Mapping

import pulumi
import pulumi_kubernetes as k8s

NOBODY = 65_534
"""The user without rights that images of the Prometheus project run as."""
ZONE = "topology.kubernetes.io/zone"
_TOPOLOGY = (ZONE, "kubernetes.io/hostname")


def after(opts: pulumi.ResourceOptions, *makers: pulumi.Resource) -> pulumi.ResourceOptions:
    """Return the options of a service, which depends on what makes its pods.

    The provider waits until a service has ready pods, and a resource that waits holds one of the few places that the
    engine has; source: pulumi-kubernetes, provider/pkg/await/service.go.
    """
    return pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=list(makers)))


def pod_security(group: int = NOBODY, user: int = NOBODY) -> Mapping[str, object]:
    """Return the security context of a pod: no root, the runtime's system-call filter, volumes owned by `group`."""
    return {
        "runAsNonRoot": True,
        "runAsUser": user,
        "runAsGroup": group,
        "fsGroup": group,
        "seccompProfile": {"type": "RuntimeDefault"},
    }


def confined(*, read_only: bool = True) -> dict[str, object]:
    """Return the security context of a container without rights; `read_only` makes its own file system read-only."""
    closed: dict[str, object] = {"readOnlyRootFilesystem": True} if read_only else {}
    return {"allowPrivilegeEscalation": False, **closed, "capabilities": {"drop": ["ALL"]}}


def mebibytes(count: int) -> str:
    """Return an amount of memory as Kubernetes normalizes it, 4Gi for 4,096 MiB: else a refresh reports drift.

    Seen of the OpenTelemetry operator's webhook (0.158); of its own kinds the API server does the same.
    """
    return f"{count}Mi" if count % 1024 else f"{count // 1024}Gi"


def resources(cpu: str, memory: str) -> Mapping[str, object]:
    """Return requests and limits; memory is limited to its request, CPU is not, since throttling delays evaluation."""
    return {"requests": {"cpu": cpu, "memory": memory}, "limits": {"memory": memory}}


def spread(labels: Mapping[str, pulumi.Input[str]], *, zones_required: bool = False) -> list[Mapping[str, object]]:
    """Return constraints that spread replicas over zones, and over nodes, where there are several.

    Args:
        labels: of the pods that are spread.
        zones_required: a pod waits rather than join another in its zone. A volume keeps its pod in the zone where it
            first ran, for ever; but machines without a label of a zone take no such pod at all.
    """
    return [
        {
            "maxSkew": 1,
            "topologyKey": key,
            "whenUnsatisfiable": "DoNotSchedule" if zones_required and key == ZONE else "ScheduleAnyway",
            "labelSelector": {"matchLabels": dict(labels)},
        }
        for key in _TOPOLOGY
    ]


def spread_constraints(labels: Mapping[str, str]) -> list[k8s.core.v1.TopologySpreadConstraintArgs]:
    """Return the same constraints as `spread`, for a pod of the platform's own."""
    return [
        k8s.core.v1.TopologySpreadConstraintArgs(
            max_skew=1,
            topology_key=key,
            when_unsatisfiable="ScheduleAnyway",
            label_selector=k8s.meta.v1.LabelSelectorArgs(match_labels=labels),
        )
        for key in _TOPOLOGY
    ]


def disruption_budget(
    name: str, namespace: pulumi.Input[str], labels: Mapping[str, str], opts: pulumi.ResourceOptions
) -> None:
    """Create a disruption budget: a drain evicts one replica at a time; a single replica may always be evicted."""
    k8s.policy.v1.PodDisruptionBudget(
        name,
        metadata={"name": name, "namespace": namespace},
        spec={"max_unavailable": 1, "selector": {"match_labels": dict(labels)}},
        opts=opts,
    )
