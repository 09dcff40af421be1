"""An exporter: a small server that Prometheus scrapes, with its configuration, account and service."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_kubernetes as k8s

from components.parts.digest import digest_annotations
from components.parts.pods import NOBODY, after, disruption_budget, spread_constraints

FOLDER = "/etc/exporter"
"""Where the configuration's files are mounted."""
_PORT_NAME = "metrics"
_MEMORY = "128Mi"


@dataclass(frozen=True)
class Port:
    """A port on which an exporter receives metrics."""

    name: str
    number: int
    protocol: str


@dataclass(frozen=True)
class ExporterArgs:
    """The exporter to run.

    Attributes:
        namespace: where.
        image: the container's image, with its version.
        arguments: the command's arguments; files of the configuration are below `FOLDER`.
        files: the configuration's files by name.
        port: where it listens.
        health_path: what answers 200 as long as it works.
        labels: what its monitor finds the service by.
        replicas: how many; more than one where each answers for all.
        after: what must be there before its pod: the role that it takes on.
        other_ports: what it opens beside the one that Prometheus reads.
    """

    namespace: pulumi.Input[str]
    image: str
    arguments: Sequence[pulumi.Input[str]]
    files: Mapping[str, str]
    port: int
    health_path: str
    labels: Mapping[str, str]
    replicas: int = 1
    after: Sequence[pulumi.Resource] = ()
    other_ports: Sequence[Port] = ()

    @property
    def ports(self) -> list[Port]:
        """Every port, that of the metrics first."""
        return [Port(_PORT_NAME, self.port, "TCP"), *self.other_ports]


class Exporter(pulumi.ComponentResource):
    """Pods of an exporter behind a service; they start again when its configuration changes."""

    service_account: pulumi.Output[str]
    address: pulumi.Output[str]

    def __init__(self, name: str, args: ExporterArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("observability:index:Exporter", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        pods = {"app.kubernetes.io/name": name}
        metadata = k8s.meta.v1.ObjectMetaArgs(name=name, namespace=args.namespace, labels={**pods, **args.labels})
        account = k8s.core.v1.ServiceAccount(name, metadata=metadata, opts=child)
        files = k8s.core.v1.ConfigMap(name, metadata=metadata, data=dict(args.files), opts=child)
        self.service_account = account.metadata.name.apply(str)
        template = k8s.core.v1.PodTemplateSpecArgs(
            metadata=k8s.meta.v1.ObjectMetaArgs(labels=pods, annotations=digest_annotations({name: args.files})),
            spec=_pod(args, self.service_account, files.metadata.name.apply(str), pods),
        )
        pods_of = k8s.apps.v1.Deployment(
            name,
            metadata=metadata,
            spec=k8s.apps.v1.DeploymentSpecArgs(
                replicas=args.replicas, selector=k8s.meta.v1.LabelSelectorArgs(match_labels=pods), template=template
            ),
            opts=pulumi.ResourceOptions(parent=self, depends_on=list(args.after)),
        )
        ports = [
            k8s.core.v1.ServicePortArgs(name=each.name, port=each.number, protocol=each.protocol, target_port=each.name)
            for each in args.ports
        ]
        if args.replicas > 1:
            disruption_budget(name, args.namespace, pods, child)
        service = k8s.core.v1.Service(
            name,
            metadata=metadata,
            spec=k8s.core.v1.ServiceSpecArgs(selector=pods, ports=ports),
            opts=after(child, pods_of),
        )
        self.address = pulumi.Output.format(
            "{0}.{1}.svc:{2}", service.metadata.name, service.metadata.namespace, args.port
        )
        self.register_outputs({"service_account": self.service_account, "address": self.address})


def _pod(
    args: ExporterArgs, account: pulumi.Input[str], files: pulumi.Output[str], labels: Mapping[str, str]
) -> k8s.core.v1.PodSpecArgs:
    return k8s.core.v1.PodSpecArgs(
        service_account_name=account,
        # What calls AWS gets its token from the pod's identity, and Kubernetes is none of an exporter's business.
        automount_service_account_token=False,
        security_context=k8s.core.v1.PodSecurityContextArgs(
            run_as_non_root=True,
            run_as_user=NOBODY,
            run_as_group=NOBODY,
            seccomp_profile=k8s.core.v1.SeccompProfileArgs(type="RuntimeDefault"),
        ),
        topology_spread_constraints=spread_constraints(labels),
        containers=[_container(args)],
        volumes=[
            k8s.core.v1.VolumeArgs(name="configuration", config_map=k8s.core.v1.ConfigMapVolumeSourceArgs(name=files))
        ],
    )


def _container(args: ExporterArgs) -> k8s.core.v1.ContainerArgs:
    health = k8s.core.v1.ProbeArgs(http_get=k8s.core.v1.HTTPGetActionArgs(path=args.health_path, port=_PORT_NAME))
    return k8s.core.v1.ContainerArgs(
        name="exporter",
        image=args.image,
        args=list(args.arguments),
        ports=[
            k8s.core.v1.ContainerPortArgs(name=each.name, container_port=each.number, protocol=each.protocol)
            for each in args.ports
        ],
        liveness_probe=health,
        readiness_probe=health,
        resources=k8s.core.v1.ResourceRequirementsArgs(
            requests={"cpu": "50m", "memory": _MEMORY}, limits={"memory": _MEMORY}
        ),
        security_context=k8s.core.v1.SecurityContextArgs(
            allow_privilege_escalation=False,
            read_only_root_filesystem=True,
            capabilities=k8s.core.v1.CapabilitiesArgs(drop=["ALL"]),
        ),
        volume_mounts=[k8s.core.v1.VolumeMountArgs(name="configuration", mount_path=FOLDER, read_only=True)],
    )
