"""The claims of a StatefulSet's volumes, made before its pods ask for them, so that they can grow."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_kubernetes as k8s

from compiler.cloud.quantities import GIB, quantity

OPERATORS_SIZE = "spec.storage.volumeClaimTemplate.spec.resources"
"""Where the Prometheus operator's resources name the size: another one would have their StatefulSets made again."""
TEMPLATES = "spec.volumeClaimTemplates"
"""What an API server refuses to change in a StatefulSet, and at whose change the OpenTelemetry operator deletes it."""
_ACCESS = ("ReadWriteOnce",)
# A cluster gives a claim without a class its default at once, or as soon as there is one.
CLASS_SECONDS = 60
"""How long `up` waits for it."""
_CLASS = "observability/class"
_NEEDS = "it needs a StorageClass: set storageClass, or make one the default of the cluster"
"""What `up` says of a claim that gets none. The cluster says so in an event of type Normal: the provider drops it."""
_LIMIT = pulumi.CustomTimeouts(create=f"{CLASS_SECONDS}s", update=f"{CLASS_SECONDS}s")


@dataclass(frozen=True)
class ClaimsArgs:
    """The claims of a StatefulSet.

    Attributes:
        namespace: where.
        template: the name of the StatefulSet's claim template.
        stateful_set: the StatefulSet's name.
        replicas: how many pods it has, each with a volume.
        gib: the size of each volume; it may grow, never shrink.
        storage_class: of the volumes; None for the cluster's default.
    """

    namespace: pulumi.Input[str]
    template: str
    stateful_set: str
    replicas: int
    gib: int
    storage_class: str | None


class Claims(pulumi.ComponentResource):
    """A claim for each pod, by the name that the pod looks for; `resources` is what the pods come after.

    Kubernetes takes no other size in the template of a StatefulSet that exists; a claim by itself may grow, where its
    class allows it. Each is a patch: it makes a claim that is not there, takes over one that is, and is never replaced
    or deleted: volumes of pods that are gone stay. docs/adr/0030-a-volume-grows-by-its-claim.md.
    """

    resources: list[pulumi.Resource]
    gib: pulumi.Output[int]
    """What each of the volumes holds at least, as they are now, in GiB."""

    def __init__(self, name: str, args: ClaimsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("observability:index:Claims", name, None, opts)
        claims = [self._claim(name, ordinal, args) for ordinal in range(args.replicas)]
        self.resources = [*claims]
        self.gib = pulumi.Output.all(*(claim.status for claim in claims)).apply(
            lambda found: _held(name, [_capacity(each) for each in found], args.gib)
        )
        self.register_outputs({"gib": self.gib})

    def _claim(self, name: str, ordinal: int, args: ClaimsArgs) -> k8s.core.v1.PersistentVolumeClaimPatch:
        # Source: Kubernetes, pkg/controller/statefulset/stateful_set_utils.go, getPersistentVolumeClaimName.
        claim = f"{args.template}-{args.stateful_set}-{ordinal}"
        return k8s.core.v1.PersistentVolumeClaimPatch(
            f"{name}-{ordinal}",
            metadata=k8s.meta.v1.ObjectMetaPatchArgs(
                name=claim, namespace=args.namespace, annotations=_annotations(claim)
            ),
            spec=k8s.core.v1.PersistentVolumeClaimSpecPatchArgs(
                access_modes=list(_ACCESS),
                storage_class_name=args.storage_class,
                resources=k8s.core.v1.VolumeResourceRequirementsPatchArgs(requests=_requests(args.gib)),
            ),
            # The API server refuses a patch that removes what no other manager has written, and the volume holds data.
            opts=pulumi.ResourceOptions(parent=self, retain_on_delete=True, custom_timeouts=_LIMIT),
        )


def _annotations(claim: str) -> dict[str, str]:
    """Return the annotations of a claim, which control the provider's patch and its wait.

    A claim that a StatefulSet made before belongs to its controller: the patch takes over its size (`patchForce`).

    The provider's own wait knows no claim that is bound already when it meets it first, and would wait in vain
    (pulumi-kubernetes 4.32, provider/pkg/await/awaiters.go, untilCoreV1PersistentVolumeClaimReady). So it waits for the
    class: while there is none, the path ends at the annotations, which it quotes at the end of the time
    (`components.waiting`), then at the claim's name.
    """
    path = f'$.metadata[?@["{_CLASS}"]&&!$.spec.storageClassName,?@=="{claim}"]'
    return {
        _CLASS: _NEEDS,
        "pulumi.com/patchForce": "true",
        "pulumi.com/waitFor": f"jsonpath={{{path}}}={claim}",
    }


def claim_template(name: str, storage_class: str | None, gib: int) -> k8s.core.v1.PersistentVolumeClaimArgs:
    """Return the claim template of a StatefulSet of the platform's own."""
    return k8s.core.v1.PersistentVolumeClaimArgs(
        metadata=k8s.meta.v1.ObjectMetaArgs(name=name),
        spec=k8s.core.v1.PersistentVolumeClaimSpecArgs(
            access_modes=list(_ACCESS),
            storage_class_name=storage_class,
            resources=k8s.core.v1.VolumeResourceRequirementsArgs(requests=_requests(gib)),
        ),
    )


def template(storage_class: str | None, gib: int) -> dict[str, Any]:
    """Return the specification of an operator's claim template; without a class it takes the cluster's default."""
    named = {} if storage_class is None else {"storageClassName": storage_class}
    return {"accessModes": list(_ACCESS), **named, "resources": {"requests": _requests(gib)}}


def _requests(gib: int) -> dict[str, str]:
    return {"storage": f"{gib}Gi"}


def _capacity(status: object) -> str | None:
    """Return the size of a claim's volume as Kubernetes reports it; None while there is no volume."""
    capacity = status.get("capacity") if isinstance(status, Mapping) else None
    return capacity.get("storage") if isinstance(capacity, Mapping) else None


def _held(name: str, capacities: list[str | None], wanted: int) -> int:
    """Return the least size; a volume that does not exist yet gets the wanted one."""
    held = [wanted if each is None else int(quantity(each) // GIB) for each in capacities]
    least = min([wanted, *held])
    if least < wanted:
        pulumi.log.warn(
            f"{name}: a volume of {least} GiB is to grow to {wanted} GiB; what depends on its size follows later: "
            "run `pulumi up --refresh` when `kubectl get persistentvolumeclaims` shows the new capacity"
        )
    return least
