"""The collector: takes lines over HTTP from where no agent runs, such as a point of presence."""

from dataclasses import dataclass, replace

import pulumi
import pulumi_kubernetes as k8s

from compiler.logs.fluent_bit import COLLECTORS, HTTP_PORT, METRICS_PORT, TLS
from components.logs.fluent_bit_pod import (
    BUFFER,
    FluentBitArgs,
    configuration,
    container,
    metrics_service,
    pod_labels,
    secret_volume,
    volumes,
)
from components.parts.claims import TEMPLATES, Claims, ClaimsArgs, claim_template
from components.parts.entrance_certificate import FILES, EntranceCertificate, certificate_secret, secret_name
from components.parts.pods import NOBODY, after, disruption_budget, spread_constraints
from components.parts.private_entrance import private_entrance
from components.parts.reach import Reach, by_prometheus, ingress_policy

PRODUCER = "log-collector"
_CERTIFICATE = "tls"
# Headroom for the positions beside the buffer itself.
_GIB = COLLECTORS.buffer_gib + 1


@dataclass(frozen=True)
class LogCollectorArgs:
    """How the collector runs: Fluent Bit, in so many pods, each with a volume of that class or of the default one."""

    fluent_bit: FluentBitArgs
    replicas: int
    storage_class: str | None
    certificate: EntranceCertificate


class LogCollector(pulumi.ComponentResource):
    """Pods with a disk each behind a private load balancer; a client shows a certificate or is turned away."""

    def __init__(self, name: str, args: LogCollectorArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("observability:index:LogCollector", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        # Fluent Bit reads its certificate when it starts, and then never again.
        secrets = {**args.fluent_bit.secrets, secret_name(name): args.certificate.files}
        shared, select = replace(args.fluent_bit, secrets=secrets), {"app.kubernetes.io/name": name}
        certificate = certificate_secret(name, shared.namespace, args.certificate, child)
        account = k8s.core.v1.ServiceAccount(name, metadata={"name": name, "namespace": shared.namespace}, opts=child)
        files, digests = configuration(name, shared, child)
        template = k8s.core.v1.PodTemplateSpecArgs(
            metadata=k8s.meta.v1.ObjectMetaArgs(labels=pod_labels(name), annotations=digests),
            spec=_pod(name, args, account, files),
        )
        claims = Claims(
            name, ClaimsArgs(shared.namespace, BUFFER, name, args.replicas, _GIB, args.storage_class), child
        )
        pods = k8s.apps.v1.StatefulSet(
            name,
            metadata={"name": name, "namespace": shared.namespace},
            spec=k8s.apps.v1.StatefulSetSpecArgs(
                replicas=args.replicas,
                service_name=name,
                pod_management_policy="Parallel",
                selector=k8s.meta.v1.LabelSelectorArgs(match_labels=select),
                template=template,
                volume_claim_templates=[claim_template(BUFFER, args.storage_class, _GIB)],
            ),
            opts=pulumi.ResourceOptions(
                parent=self, depends_on=[*shared.after, *claims.resources, certificate], ignore_changes=[TEMPLATES]
            ),
        )
        metrics_service(name, shared, after(child, pods))
        private_entrance(name, shared.namespace, select, "https", after(child, pods))
        # From anywhere: the load balancer preserves its clients' addresses.
        reached = [by_prometheus(METRICS_PORT), Reach([HTTP_PORT])]
        ingress_policy(name, shared.namespace, select, reached, child)
        if args.replicas > 1:
            disruption_budget(name, shared.namespace, select, child)
        self.register_outputs({})


def _pod(
    name: str, args: LogCollectorArgs, account: k8s.core.v1.ServiceAccount, files: k8s.core.v1.ConfigMap
) -> k8s.core.v1.PodSpecArgs:
    mount = k8s.core.v1.VolumeMountArgs(name=_CERTIFICATE, mount_path=TLS, read_only=True)
    port = k8s.core.v1.ContainerPortArgs(name="https", container_port=HTTP_PORT)
    return k8s.core.v1.PodSpecArgs(
        service_account_name=account.metadata.name.apply(str),
        automount_service_account_token=False,
        security_context=k8s.core.v1.PodSecurityContextArgs(
            run_as_non_root=True,
            run_as_user=NOBODY,
            run_as_group=NOBODY,
            fs_group=NOBODY,
            seccomp_profile=k8s.core.v1.SeccompProfileArgs(type="RuntimeDefault"),
        ),
        topology_spread_constraints=spread_constraints({"app.kubernetes.io/name": name}),
        containers=[container([mount], [port], args=args.fluent_bit)],
        volumes=[*volumes(args.fluent_bit, files), secret_volume(_CERTIFICATE, secret_name(name), FILES)],
    )
