"""The weekly digest: a CronJob that queries Prometheus and Alertmanager, and posts one message."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pulumi
import pulumi_kubernetes as k8s

from components.metrics.alertmanager import PORT as ALERTMANAGER_PORT
from components.metrics.prometheus import PORT as PROMETHEUS_PORT
from components.parts.digest import digest_annotations
from components.parts.pods import NOBODY

_SOURCE = Path(__file__).parents[2] / "jobs" / "digest"
_IMAGE, _VARIANT = "docker.io/library/python", "slim-bookworm"
# The package's name is the folder's: Python runs it from the folder above.
_ABOVE = "/opt/jobs"
_FOLDER, _SECRETS = f"{_ABOVE}/digest", "/etc/digest"
_SETTINGS, _ADDRESS = "settings.json", "address"
_MEMORY = "128Mi"
# Five parts and the message, each with three tries of at most 40 s and 15 s of pauses between them.
_DEADLINE_SECONDS = 1_200
# The controller may have been away: a digest that is half a day late is still worth reading.
_LATEST_SECONDS = 43_200
_DNS_PORT, _HTTPS_PORT = 53, 443
# Private and link-local addresses: other pods, nodes, and the credentials of machines.
_NOT_OUTSIDE = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "169.254.0.0/16"]


@dataclass(frozen=True)
class WeeklyDigestArgs:
    """The schedule and the settings of the digest.

    Attributes:
        namespace: where, beside Prometheus and Alertmanager.
        version: of Python.
        schedule: when, as cron writes it.
        zone: the IANA time zone of that.
        settings: the settings of the job, as JSON; they hold no secret.
        prometheus_url: where Prometheus answers.
        alertmanager_url: where Alertmanager answers.
        address: the secret address that takes the message.
    """

    namespace: pulumi.Input[str]
    version: str
    schedule: str
    zone: str
    settings: str
    prometheus_url: pulumi.Input[str]
    alertmanager_url: pulumi.Input[str]
    address: pulumi.Input[str]


class WeeklyDigest(pulumi.ComponentResource):
    """The CronJob with its program, its secret, an account without rights, and a network policy."""

    job: pulumi.Output[str]

    def __init__(self, name: str, args: WeeklyDigestArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("observability:index:WeeklyDigest", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        pods = {"app.kubernetes.io/name": name}
        metadata = k8s.meta.v1.ObjectMetaArgs(name=name, namespace=args.namespace, labels=pods)
        account = k8s.core.v1.ServiceAccount(name, metadata=metadata, opts=child)
        files = {**_program(), _SETTINGS: args.settings}
        program = k8s.core.v1.ConfigMap(name, metadata=metadata, data=files, opts=child)
        secret = k8s.core.v1.Secret(
            name, metadata=metadata, string_data={_ADDRESS: pulumi.Output.secret(args.address)}, opts=child
        )
        k8s.networking.v1.NetworkPolicy(name, metadata=metadata, spec=_network(pods), opts=child)
        volumes = [
            k8s.core.v1.VolumeArgs(
                name="program", config_map=k8s.core.v1.ConfigMapVolumeSourceArgs(name=program.metadata.name)
            ),
            k8s.core.v1.VolumeArgs(
                name="secret",
                secret=k8s.core.v1.SecretVolumeSourceArgs(secret_name=secret.metadata.name, default_mode=0o440),
            ),
        ]
        template = k8s.core.v1.PodTemplateSpecArgs(
            metadata=k8s.meta.v1.ObjectMetaArgs(labels=pods, annotations=digest_annotations({name: files})),
            spec=_pod(args, account.metadata.name, volumes),
        )
        cron_job = k8s.batch.v1.CronJob(name, metadata=metadata, spec=_cron(args, template), opts=child)
        self.job = cron_job.metadata.name.apply(str)
        self.register_outputs({"job": self.job})


def _program() -> dict[str, str]:
    return {file.name: file.read_text(encoding="utf-8") for file in sorted(_SOURCE.glob("*.py"))}


def _cron(args: WeeklyDigestArgs, template: k8s.core.v1.PodTemplateSpecArgs) -> k8s.batch.v1.CronJobSpecArgs:
    return k8s.batch.v1.CronJobSpecArgs(
        schedule=args.schedule,
        time_zone=args.zone,
        concurrency_policy="Forbid",
        starting_deadline_seconds=_LATEST_SECONDS,
        successful_jobs_history_limit=1,
        failed_jobs_history_limit=3,
        job_template=k8s.batch.v1.JobTemplateSpecArgs(
            spec=k8s.batch.v1.JobSpecArgs(
                # A failed run has already sent an incomplete message: a second pod would send it again.
                backoff_limit=0,
                active_deadline_seconds=_DEADLINE_SECONDS,
                template=template,
            )
        ),
    )


def _pod(
    args: WeeklyDigestArgs, account: pulumi.Input[str], volumes: list[k8s.core.v1.VolumeArgs]
) -> k8s.core.v1.PodSpecArgs:
    return k8s.core.v1.PodSpecArgs(
        restart_policy="Never",
        service_account_name=account,
        # It uses the servers, not the Kubernetes API.
        automount_service_account_token=False,
        security_context=k8s.core.v1.PodSecurityContextArgs(
            run_as_non_root=True,
            run_as_user=NOBODY,
            run_as_group=NOBODY,
            fs_group=NOBODY,
            seccomp_profile=k8s.core.v1.SeccompProfileArgs(type="RuntimeDefault"),
        ),
        containers=[_container(args)],
        volumes=volumes,
    )


def _container(args: WeeklyDigestArgs) -> k8s.core.v1.ContainerArgs:
    servers = ["--prometheus", args.prometheus_url, "--alertmanager", args.alertmanager_url]
    return k8s.core.v1.ContainerArgs(
        name="digest",
        image=f"{_IMAGE}:{args.version}-{_VARIANT}",
        working_dir=_ABOVE,
        command=["python", "-B", "-m", "digest"],
        args=["--settings", f"{_FOLDER}/{_SETTINGS}", "--address", f"{_SECRETS}/{_ADDRESS}", *servers],
        resources=k8s.core.v1.ResourceRequirementsArgs(
            requests={"cpu": "50m", "memory": _MEMORY}, limits={"memory": _MEMORY}
        ),
        security_context=k8s.core.v1.SecurityContextArgs(
            allow_privilege_escalation=False,
            read_only_root_filesystem=True,
            capabilities=k8s.core.v1.CapabilitiesArgs(drop=["ALL"]),
        ),
        volume_mounts=[
            k8s.core.v1.VolumeMountArgs(name="program", mount_path=_FOLDER, read_only=True),
            k8s.core.v1.VolumeMountArgs(name="secret", mount_path=_SECRETS, read_only=True),
        ],
    )


def _network(pods: Mapping[str, str]) -> k8s.networking.v1.NetworkPolicySpecArgs:
    """Create the network policy: egress to DNS, the two servers and TLS outside; no ingress."""
    servers = [("prometheus", PROMETHEUS_PORT), ("alertmanager", ALERTMANAGER_PORT)]
    outside = k8s.networking.v1.NetworkPolicyPeerArgs(
        ip_block=k8s.networking.v1.IPBlockArgs(cidr="0.0.0.0/0", except_=_NOT_OUTSIDE)
    )
    return k8s.networking.v1.NetworkPolicySpecArgs(
        pod_selector=k8s.meta.v1.LabelSelectorArgs(match_labels=pods),
        # Without a rule for Ingress nothing comes in; an empty list of them, which the server drops, would be drift.
        policy_types=["Ingress", "Egress"],
        egress=[
            _reach([_port(_DNS_PORT, "UDP"), _port(_DNS_PORT)]),
            *(_reach([_port(port)], _pods_of(name)) for name, port in servers),
            _reach([_port(_HTTPS_PORT)], outside),
        ],
    )


def _pods_of(name: str) -> k8s.networking.v1.NetworkPolicyPeerArgs:
    selector = k8s.meta.v1.LabelSelectorArgs(match_labels={"app.kubernetes.io/name": name})
    return k8s.networking.v1.NetworkPolicyPeerArgs(pod_selector=selector)


def _port(number: int, protocol: str = "TCP") -> k8s.networking.v1.NetworkPolicyPortArgs:
    return k8s.networking.v1.NetworkPolicyPortArgs(port=number, protocol=protocol)


def _reach(
    ports: list[k8s.networking.v1.NetworkPolicyPortArgs], *peers: k8s.networking.v1.NetworkPolicyPeerArgs
) -> k8s.networking.v1.NetworkPolicyEgressRuleArgs:
    return k8s.networking.v1.NetworkPolicyEgressRuleArgs(ports=ports, to=list(peers) or None)
