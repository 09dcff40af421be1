"""The gateways: they see whole traces, count every span, sample traces, and export those."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import pulumi
import pulumi_kubernetes as k8s

from compiler.traces.deployed import VENDOR_FILE, VENDOR_FOLDER
from compiler.traces.parts import GRPC_PORT, SPAN_METRICS_PORT
from components.parts.reach import Reach, by_prometheus, named
from components.traces.collector import Collector, account, instance
from components.traces.span_collector import SpanCollectorArgs

# The traces that a gateway holds undecided are decided and sent on before it ends.
_GRACE_SECONDS = 60


@dataclass(frozen=True)
class TraceGatewaysArgs:
    """How the gateways run.

    Attributes:
        collector: as every collector.
        replicas: how many.
        storage_class: of the volumes with what waits; None for the cluster's default.
        span_labels: what the monitor of the metrics of spans finds them by.
        senders: the collectors that send them spans.
        vendor_key: of the service outside that gets kept traces as well; a secret, None for no such service.
    """

    collector: SpanCollectorArgs
    replicas: int
    storage_class: str | None
    span_labels: Mapping[str, str]
    senders: Sequence[str]
    vendor_key: pulumi.Output[str] | None = None


class TraceGateways(pulumi.ComponentResource):
    """A StatefulSet with a volume each; senders find the pods one by one, since each trace belongs to one of them."""

    def __init__(self, name: str, args: TraceGatewaysArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("observability:index:TraceGateways", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        namespace = args.collector.namespace
        reached = [
            Reach([GRPC_PORT], [named("app.kubernetes.io/instance", *_instances(args.senders, namespace))]),
            by_prometheus(SPAN_METRICS_PORT),
        ]
        wanted = args.collector.collector("statefulset", "500m", reached, args.storage_class)
        after = [*wanted.after, *_vendor(name, namespace, args.vendor_key, child)]
        files = {} if args.vendor_key is None else {_vendor_secret(name): VENDOR_FOLDER}
        Collector(
            name,
            replace(wanted, replicas=args.replicas, files=files, grace_seconds=_GRACE_SECONDS, after=after),
            child,
        )
        _span_metrics(name, args, child)
        _endpoint_rights(name, args, child)
        self.register_outputs({})


def _instances(names: Sequence[str], namespace: pulumi.Input[str]) -> list[pulumi.Output[str]]:
    return [value for name in names for value in instance(name, namespace).values()]


def _vendor_secret(name: str) -> str:
    return f"{name}-vendor"


def _vendor(
    name: str, namespace: pulumi.Input[str], key: pulumi.Output[str] | None, child: pulumi.ResourceOptions
) -> list[pulumi.Resource]:
    if key is None:
        return []
    secret = _vendor_secret(name)
    metadata = k8s.meta.v1.ObjectMetaArgs(name=secret, namespace=namespace)
    return [k8s.core.v1.Secret(secret, metadata=metadata, string_data={VENDOR_FILE: key}, opts=child)]


def _span_metrics(name: str, args: TraceGatewaysArgs, child: pulumi.ResourceOptions) -> None:
    """Create a service for span metrics: the operator's own has the labels of the collector's own metrics."""
    k8s.core.v1.Service(
        f"{name}-spans",
        metadata={"name": f"{name}-spans", "namespace": args.collector.namespace, "labels": dict(args.span_labels)},
        spec=k8s.core.v1.ServiceSpecArgs(
            cluster_ip="None",
            selector=instance(name, args.collector.namespace),
            ports=[k8s.core.v1.ServicePortArgs(name="metrics", port=SPAN_METRICS_PORT, target_port=SPAN_METRICS_PORT)],
        ),
        opts=child,
    )


def _endpoint_rights(name: str, args: TraceGatewaysArgs, child: pulumi.ResourceOptions) -> None:
    """Create the right of senders to watch the gateways' endpoints, in this namespace only."""
    metadata = k8s.meta.v1.ObjectMetaArgs(name=f"{name}-endpoints", namespace=args.collector.namespace)
    rule = k8s.rbac.v1.PolicyRuleArgs(
        api_groups=["discovery.k8s.io"], resources=["endpointslices"], verbs=["get", "list", "watch"]
    )
    role = k8s.rbac.v1.Role(f"{name}-endpoints", metadata=metadata, rules=[rule], opts=child)
    subjects = [
        k8s.rbac.v1.SubjectArgs(kind="ServiceAccount", name=account(sender), namespace=args.collector.namespace)
        for sender in args.senders
    ]
    k8s.rbac.v1.RoleBinding(
        f"{name}-endpoints",
        metadata=metadata,
        role_ref=k8s.rbac.v1.RoleRefArgs(api_group="rbac.authorization.k8s.io", kind="Role", name=role.metadata.name),
        subjects=subjects,
        opts=child,
    )
