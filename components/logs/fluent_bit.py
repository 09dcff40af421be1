"""Fluent Bit's agents: one on each node, which reads containers' log files and sends the lines to Kafka."""

import pulumi
import pulumi_kubernetes as k8s

from compiler.logs.fluent_bit import METRICS_PORT, NODE_LOGS, STATE
from components.logs.fluent_bit_pod import (
    BUFFER,
    FluentBitArgs,
    configuration,
    container,
    metrics_service,
    pod_labels,
    volumes,
)
from components.parts.cluster_reader import cluster_reader
from components.parts.pods import after
from components.parts.reach import by_prometheus, ingress_policy

PRODUCER = "fluent-bit"


class FluentBit(pulumi.ComponentResource):
    """A DaemonSet that runs on every node, whatever taints it has; root there, since the logs are root's."""

    def __init__(self, name: str, args: FluentBitArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("observability:index:FluentBit", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        account = _rights(name, args, child)
        files, digests = configuration(name, args, child)
        spec = k8s.core.v1.PodSpecArgs(
            service_account_name=account.metadata.name.apply(str),
            tolerations=[k8s.core.v1.TolerationArgs(operator="Exists")],
            priority_class_name="system-node-critical",
            security_context=k8s.core.v1.PodSecurityContextArgs(
                seccomp_profile=k8s.core.v1.SeccompProfileArgs(type="RuntimeDefault")
            ),
            containers=[_container(args)],
            volumes=[*volumes(args, files), _of_node(BUFFER, STATE), _of_node("logs", NODE_LOGS)],
        )
        labels, select = pod_labels(name), {"app.kubernetes.io/name": name}
        pods = k8s.apps.v1.DaemonSet(
            name,
            metadata={"name": name, "namespace": args.namespace},
            spec=k8s.apps.v1.DaemonSetSpecArgs(
                selector=k8s.meta.v1.LabelSelectorArgs(match_labels=select),
                template=k8s.core.v1.PodTemplateSpecArgs(
                    metadata=k8s.meta.v1.ObjectMetaArgs(labels=labels, annotations=digests), spec=spec
                ),
            ),
            opts=pulumi.ResourceOptions(parent=self, depends_on=list(args.after)),
        )
        metrics_service(name, args, after(child, pods))
        ingress_policy(name, args.namespace, select, [by_prometheus(METRICS_PORT)], child)
        self.register_outputs({})


def _container(args: FluentBitArgs) -> k8s.core.v1.ContainerArgs:
    security = k8s.core.v1.SecurityContextArgs(
        run_as_user=0,
        allow_privilege_escalation=False,
        read_only_root_filesystem=True,
        # Files of other users' containers are read; root's rights are used for nothing else.
        capabilities=k8s.core.v1.CapabilitiesArgs(drop=["ALL"], add=["DAC_READ_SEARCH"]),
    )
    mount = k8s.core.v1.VolumeMountArgs(name="logs", mount_path=NODE_LOGS, read_only=True)
    return container([mount], security=security, args=args)


def _of_node(name: str, path: str) -> k8s.core.v1.VolumeArgs:
    kind = "DirectoryOrCreate" if name == BUFFER else "Directory"
    return k8s.core.v1.VolumeArgs(name=name, host_path=k8s.core.v1.HostPathVolumeSourceArgs(path=path, type=kind))


def _rights(name: str, args: FluentBitArgs, child: pulumi.ResourceOptions) -> k8s.core.v1.ServiceAccount:
    """Create the account with the right to look up which pod a file belongs to, and no other."""
    account = k8s.core.v1.ServiceAccount(name, metadata={"name": name, "namespace": args.namespace}, opts=child)
    cluster_reader(name, args.namespace, name, {"": ("pods", "namespaces")}, child)
    return account
