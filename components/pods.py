"""What every pod of the platform has in common."""

from collections.abc import Mapping

_NOBODY = 65_534


def pod_security(group: int = _NOBODY, user: int = _NOBODY) -> Mapping[str, object]:
    """Return the security context of a pod: no root, the runtime's system-call filter, volumes owned by `group`."""
    return {
        "runAsNonRoot": True,
        "runAsUser": user,
        "runAsGroup": group,
        "fsGroup": group,
        "seccompProfile": {"type": "RuntimeDefault"},
    }


def resources(cpu: str, memory: str) -> Mapping[str, object]:
    """Return requests and limits; memory is limited to its request, CPU is not, since throttling delays evaluation."""
    return {"requests": {"cpu": cpu, "memory": memory}, "limits": {"memory": memory}}


def spread(labels: Mapping[str, str]) -> list[Mapping[str, object]]:
    """Return constraints that keep replicas in different zones where there are several."""
    return [
        {
            "maxSkew": 1,
            "topologyKey": "topology.kubernetes.io/zone",
            "whenUnsatisfiable": "ScheduleAnyway",
            "labelSelector": {"matchLabels": dict(labels)},
        }
    ]


def volume_claim(storage_class: str, gib: int) -> Mapping[str, object]:
    """Return the volume claim template that the Prometheus operator's resources take."""
    return {
        "volumeClaimTemplate": {
            "spec": {
                "storageClassName": storage_class,
                "accessModes": ["ReadWriteOnce"],
                "resources": {"requests": {"storage": f"{gib}Gi"}},
            }
        }
    }
