"""Pyroscope: stores the profiles that services push, and serves them to Grafana."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_kubernetes as k8s

from components.parts.claims import TEMPLATES, Claims, ClaimsArgs, claim_template
from components.parts.pods import after
from components.parts.reach import Reach, ingress_policy

PORT = 4040
_IMAGE = "grafana/pyroscope"
# The user of the image.
_USER = 10_001
_DATA, _SCRATCH = "/data", "/scratch"
_VOLUME = "data"
_MEMORY = "2Gi"


@dataclass(frozen=True)
class PyroscopeArgs:
    """How Pyroscope runs.

    Attributes:
        namespace: where.
        version: of Pyroscope, as its image is tagged.
        days: how long profiles are kept.
        storage_class: of its volume; None for the cluster's default.
        storage_gib: of its volume.
    """

    namespace: pulumi.Input[str]
    version: str
    days: int
    storage_class: str | None
    storage_gib: int


class Pyroscope(pulumi.ComponentResource):
    """One server with a volume: while it is gone profiles are lost, and nothing else; `url` is where it answers."""

    url: pulumi.Output[str]

    def __init__(self, name: str, args: PyroscopeArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("observability:index:Pyroscope", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        pods = {"app.kubernetes.io/name": name}
        metadata = k8s.meta.v1.ObjectMetaArgs(name=name, namespace=args.namespace)
        claims = Claims(name, ClaimsArgs(args.namespace, _VOLUME, name, 1, args.storage_gib, args.storage_class), child)
        server = k8s.apps.v1.StatefulSet(
            name,
            metadata=metadata,
            spec=k8s.apps.v1.StatefulSetSpecArgs(
                replicas=1,
                service_name=name,
                selector=k8s.meta.v1.LabelSelectorArgs(match_labels=pods),
                template=k8s.core.v1.PodTemplateSpecArgs(
                    metadata=k8s.meta.v1.ObjectMetaArgs(labels=pods), spec=_pod(args)
                ),
                volume_claim_templates=[claim_template(_VOLUME, args.storage_class, args.storage_gib)],
            ),
            opts=pulumi.ResourceOptions(parent=self, depends_on=claims.resources, ignore_changes=[TEMPLATES]),
        )
        service = k8s.core.v1.Service(
            name,
            metadata=metadata,
            spec=k8s.core.v1.ServiceSpecArgs(
                selector=pods, ports=[k8s.core.v1.ServicePortArgs(name="http", port=PORT, target_port="http")]
            ),
            opts=after(child, server),
        )
        # Services of any namespace push; Grafana is one of them and queries.
        ingress_policy(name, args.namespace, pods, [Reach([PORT], everywhere=True)], child)
        self.url = pulumi.Output.format(
            "http://{0}.{1}.svc:{2}", service.metadata.name, service.metadata.namespace, PORT
        )
        self.register_outputs({"url": self.url})


def _arguments(args: PyroscopeArgs) -> Sequence[str]:
    """Return the arguments that differ from the defaults, which suit a single server.

    Source: cmd/pyroscope/help-all.txt.tmpl of Pyroscope 2.2.
    """
    return [
        "-target=all",
        "-architecture.storage=v2",
        "-storage.backend=filesystem",
        f"-storage.filesystem.dir={_DATA}/blocks",
        f"-metastore.data-dir={_DATA}/metastore/data",
        f"-metastore.raft.dir={_DATA}/metastore/raft",
        f"-metastore.raft.snapshots-dir={_DATA}/metastore/raft",
        f"-retention-period={args.days}d",
        f"-compaction-worker.temp-dir={_SCRATCH}",
        "-usage-stats.enabled=false",
        "-self-profiling.disable-push=true",
    ]


def _pod(args: PyroscopeArgs) -> k8s.core.v1.PodSpecArgs:
    return k8s.core.v1.PodSpecArgs(
        automount_service_account_token=False,
        security_context=k8s.core.v1.PodSecurityContextArgs(
            run_as_non_root=True,
            run_as_user=_USER,
            run_as_group=_USER,
            fs_group=_USER,
            seccomp_profile=k8s.core.v1.SeccompProfileArgs(type="RuntimeDefault"),
        ),
        containers=[_container(args)],
        # Where blocks are compacted before they are written.
        volumes=[
            k8s.core.v1.VolumeArgs(name="scratch", empty_dir=k8s.core.v1.EmptyDirVolumeSourceArgs(size_limit="5Gi"))
        ],
    )


def _container(args: PyroscopeArgs) -> k8s.core.v1.ContainerArgs:
    return k8s.core.v1.ContainerArgs(
        name="pyroscope",
        image=f"{_IMAGE}:{args.version}",
        args=list(_arguments(args)),
        env=[k8s.core.v1.EnvVarArgs(name="TMPDIR", value=_SCRATCH)],
        ports=[k8s.core.v1.ContainerPortArgs(name="http", container_port=PORT)],
        # It is not ready while it reads its index; it is restarted only when it accepts no connection.
        liveness_probe=k8s.core.v1.ProbeArgs(
            tcp_socket=k8s.core.v1.TCPSocketActionArgs(port="http"), initial_delay_seconds=30
        ),
        readiness_probe=k8s.core.v1.ProbeArgs(http_get=k8s.core.v1.HTTPGetActionArgs(path="/ready", port="http")),
        resources=k8s.core.v1.ResourceRequirementsArgs(
            requests={"cpu": "200m", "memory": _MEMORY}, limits={"memory": _MEMORY}
        ),
        security_context=k8s.core.v1.SecurityContextArgs(
            allow_privilege_escalation=False,
            read_only_root_filesystem=True,
            capabilities=k8s.core.v1.CapabilitiesArgs(drop=["ALL"]),
        ),
        volume_mounts=[
            k8s.core.v1.VolumeMountArgs(name=_VOLUME, mount_path=_DATA),
            k8s.core.v1.VolumeMountArgs(name="scratch", mount_path=_SCRATCH),
        ],
    )
