"""A span collector, as the OpenTelemetry operator's custom resource, and its ingress."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pulumi
import pulumi_kubernetes as k8s

from compiler.traces.parts import METRICS_PORT, go_memory_limit, start_seconds
from components.parts.claims import TEMPLATES, Claims, ClaimsArgs, template
from components.parts.pods import confined, mebibytes, pod_security, resources, spread
from components.parts.reach import Reach, by_prometheus, ingress_policy

API = "opentelemetry.io/v1beta1"
_QUEUE = "queue"
_STATEFUL = "statefulset"
_PROBE_SECONDS = 10
_USER = 10_001
"""The user of the images of OpenTelemetry and Jaeger alike."""


@dataclass(frozen=True)
class Queue:
    """The queue's storage: a volume that outlives the pod in a StatefulSet, else one as short-lived as the pod.

    Attributes:
        folder: where it is mounted.
        gib: how much may wait.
        storage_class: of the volume; None for the cluster's default.
    """

    folder: str
    gib: int
    storage_class: str | None = None


@dataclass(frozen=True)
class CollectorArgs:
    """How a collector runs.

    Attributes:
        namespace: where.
        image: with its version.
        mode: `daemonset`, `deployment` or `statefulset`.
        configuration: the collector's own.
        labels: what the monitor of its metrics finds the operator's service by.
        cpu: what it asks for.
        memory_mib: what it asks for and is limited to.
        reached: who may reach what, besides Prometheus its metrics.
        replicas: how many, unless there is one on each machine.
        environment: variables that the configuration names.
        facts: variables with what Kubernetes knows of the pod, by the field's path.
        files: folders by the names of the secrets that are mounted there.
        queue: the folder for what waits, and its size: it lasts as long as the pod, or is a volume of its own.
        tolerations: taints of machines that it runs on all the same.
        priority: the pods' priority class.
        grace_seconds: how long it may take to hand on what it holds before it is killed.
        after: what must be there before: the operator.
    """

    namespace: pulumi.Input[str]
    image: str
    mode: str
    configuration: Mapping[str, object]
    labels: Mapping[str, str]
    cpu: str
    memory_mib: int
    reached: Sequence[Reach]
    replicas: int | None = None
    environment: Mapping[str, pulumi.Input[str]] = field(default_factory=dict)
    facts: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    queue: Queue | None = None
    tolerations: Sequence[Mapping[str, object]] = ()
    priority: str | None = None
    grace_seconds: int | None = None
    after: Sequence[pulumi.Resource] = ()


class Collector(pulumi.ComponentResource):
    """The resource from which the operator makes pods, services, an account and a disruption budget.

    `resource` is what others wait for; `pods` are the labels of its pods, which the operator gives them.
    """

    resource: k8s.apiextensions.CustomResource
    pods: Mapping[str, pulumi.Output[str]]

    def __init__(self, name: str, args: CollectorArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("observability:index:Collector", name, None, opts)
        self.pods = instance(name, args.namespace)
        self.resource = k8s.apiextensions.CustomResource(
            name,
            api_version=API,
            kind="OpenTelemetryCollector",
            # The operator sets these on all that it makes: of its services, one has the port that the monitor names.
            metadata={"name": name, "namespace": args.namespace, "labels": dict(args.labels)},
            spec=_spec(name, args),
            opts=pulumi.ResourceOptions(
                parent=self, depends_on=[*args.after, *self._claims(name, args)], ignore_changes=[TEMPLATES]
            ),
        )
        ingress_policy(
            name,
            args.namespace,
            self.pods,
            [by_prometheus(METRICS_PORT), *args.reached],
            pulumi.ResourceOptions(parent=self),
        )
        self.register_outputs({})

    def _claims(self, name: str, args: CollectorArgs) -> Sequence[pulumi.Resource]:
        """Create the claims of the queue's volumes, by the names of the StatefulSet that the operator makes."""
        if args.queue is None or args.mode != _STATEFUL:
            return []
        # Source: opentelemetry-operator, internal/naming/main.go, Collector; one replica by default.
        claims = ClaimsArgs(
            namespace=args.namespace,
            template=_QUEUE,
            stateful_set=f"{name}-collector",
            replicas=args.replicas or 1,
            gib=args.queue.gib,
            storage_class=args.queue.storage_class,
        )
        return Claims(name, claims, pulumi.ResourceOptions(parent=self)).resources


def instance(name: str, namespace: pulumi.Input[str]) -> dict[str, pulumi.Output[str]]:
    """Return the label that identifies the pods of one collector for the operator.

    Source: opentelemetry-operator, internal/manifests/manifestutils/labels.go, SelectorLabels.
    """
    return {"app.kubernetes.io/instance": pulumi.Output.concat(namespace, ".", name)}


def account(name: str) -> str:
    """Return the name of the account that the operator creates."""
    return f"{name}-collector"


def _spec(name: str, args: CollectorArgs) -> dict[str, object]:
    spec: dict[str, object] = {
        "mode": args.mode,
        "image": args.image,
        # The running version is the one written here: an upgraded operator must not change it.
        "upgradeStrategy": "none",
        "config": dict(args.configuration),
        "resources": resources(args.cpu, mebibytes(args.memory_mib)),
        # The operator's own are empty: these replace nothing.
        # Source: opentelemetry-operator 0.158, internal/manifests/collector/container.go, statefulset.go.
        "podSecurityContext": pod_security(_USER, _USER),
        "securityContext": confined(),
        # The operator's own policy, created by default, opens every port to everybody, and policies only ever add up.
        # Source: the same, internal/webhook/collector_webhook.go and collector/networkpolicy.go.
        "networkPolicy": {"enabled": False},
        "env": _environment(args),
    }
    if args.replicas is not None:
        spec["replicas"] = args.replicas
        spec["topologySpreadConstraints"] = spread(instance(name, args.namespace))
        spec["podDisruptionBudget"] = {"maxUnavailable": 1}
    if args.tolerations:
        spec["tolerations"] = list(args.tolerations)
    if args.priority:
        spec["priorityClassName"] = args.priority
    if args.grace_seconds:
        spec["terminationGracePeriodSeconds"] = args.grace_seconds
    if args.queue:
        # The operator's own probe gives up after three failures: a longer start would begin again for ever.
        failures = math.ceil(start_seconds(args.queue.gib) / _PROBE_SECONDS)
        spec["startupProbe"] = {"periodSeconds": _PROBE_SECONDS, "failureThreshold": failures}
    return spec | _storage(args)


def _environment(args: CollectorArgs) -> list[Mapping[str, object]]:
    values = {**go_memory_limit(args.memory_mib), **args.environment}
    return [
        *({"name": name, "value": value} for name, value in values.items()),
        *({"name": name, "valueFrom": {"fieldRef": {"fieldPath": path}}} for name, path in args.facts.items()),
    ]


def _storage(args: CollectorArgs) -> dict[str, object]:
    """Return the queue's volume and the secrets, without empty parts, since an empty list would be drift."""
    storage: dict[str, object] = {}
    mounts = [{"name": secret, "mountPath": folder, "readOnly": True} for secret, folder in args.files.items()]
    volumes: list[Mapping[str, object]] = [
        {"name": secret, "secret": {"secretName": secret, "defaultMode": 0o440}} for secret in args.files
    ]
    if args.queue:
        mounts.append({"name": _QUEUE, "mountPath": args.queue.folder})
        if args.mode == _STATEFUL:
            spec = template(args.queue.storage_class, args.queue.gib)
            storage["volumeClaimTemplates"] = [{"metadata": {"name": _QUEUE}, "spec": spec}]
        else:
            volumes.append({"name": _QUEUE, "emptyDir": {"sizeLimit": f"{args.queue.gib}Gi"}})
    if volumes:
        storage["volumes"] = volumes
    if mounts:
        storage["volumeMounts"] = mounts
    return storage
