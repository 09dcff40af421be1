"""Prometheus, as the operator's custom resource, with what it needs to read the cluster."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_kubernetes as k8s

from compiler.metrics.rules import ALERTS_INTERVAL
from compiler.model.workload import SCRAPE_INTERVAL
from components.parts.claims import OPERATORS_SIZE, Claims, ClaimsArgs, template
from components.parts.pods import after, disruption_budget, pod_security, resources, spread

PORT = 9090
# In percent of the volume: older blocks are dropped above it, before the disk is full.
_RETENTION_PERCENT = 85


@dataclass(frozen=True)
class PrometheusArgs:
    """How Prometheus runs.

    Attributes:
        namespace: where.
        version: the server's version, with its v.
        replicas: how many identical servers.
        retention_days: how long samples are kept.
        storage_class: of the volumes; None for the cluster's default.
        storage_gib: of each volume.
        memory_gib: of each server.
        external_labels: what identifies this Prometheus, on every alert and remote sample.
        labels: of its service, so that it scrapes itself.
        alertmanager_service: the name of Alertmanager's service in the same namespace.
        after: what must be there before: the operator.
    """

    namespace: pulumi.Input[str]
    version: str
    replicas: int
    retention_days: int
    storage_class: str | None
    storage_gib: int
    memory_gib: int
    external_labels: dict[str, str]
    labels: Mapping[str, str]
    alertmanager_service: str
    after: Sequence[pulumi.Resource]


class Prometheus(pulumi.ComponentResource):
    """Prometheus with its account, its rights and a stable service."""

    url: pulumi.Output[str]
    resource: k8s.apiextensions.CustomResource

    def __init__(self, name: str, args: PrometheusArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("observability:index:Prometheus", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        account = k8s.core.v1.ServiceAccount(
            name, metadata={"name": f"prometheus-{name}", "namespace": args.namespace}, opts=child
        )
        self._rights(name, args.namespace, account)
        # The operator labels the pods so; source: its API reference, Prometheus, podMetadata.
        labels = {"app.kubernetes.io/name": "prometheus", "app.kubernetes.io/instance": name}
        disruption_budget(f"prometheus-{name}", args.namespace, labels, child)
        claims = _claims(name, args, child)
        self.resource = k8s.apiextensions.CustomResource(
            name,
            api_version="monitoring.coreos.com/v1",
            kind="Prometheus",
            metadata={"name": name, "namespace": args.namespace},
            spec=_spec(args, account.metadata.name, labels, claims.gib),
            opts=pulumi.ResourceOptions(
                parent=self, depends_on=[*args.after, *claims.resources], ignore_changes=[OPERATORS_SIZE]
            ),
        )
        service = k8s.core.v1.Service(
            name,
            metadata={"name": f"prometheus-{name}", "namespace": args.namespace, "labels": dict(args.labels)},
            # Replicas scrape on their own and differ by a few samples: one client should keep to one replica.
            spec=k8s.core.v1.ServiceSpecArgs(
                selector=labels,
                session_affinity="ClientIP",
                ports=[k8s.core.v1.ServicePortArgs(name="web", port=PORT, target_port="web")],
            ),
            opts=after(child, self.resource),
        )
        self.url = pulumi.Output.format(
            "http://{0}.{1}.svc:{2}", service.metadata.name, service.metadata.namespace, PORT
        )
        self.register_outputs({"url": self.url})

    def _rights(self, name: str, namespace: pulumi.Input[str], account: k8s.core.v1.ServiceAccount) -> None:
        """Create the rights to find and scrape targets in every namespace, and no others."""
        child = pulumi.ResourceOptions(parent=self)
        metadata = k8s.meta.v1.ObjectMetaArgs(name=pulumi.Output.concat(namespace, f"-prometheus-{name}"))
        role = k8s.rbac.v1.ClusterRole(name, metadata=metadata, rules=_rules(), opts=child)
        k8s.rbac.v1.ClusterRoleBinding(
            name,
            metadata=metadata,
            role_ref=k8s.rbac.v1.RoleRefArgs(
                api_group="rbac.authorization.k8s.io", kind="ClusterRole", name=role.metadata.name
            ),
            subjects=[k8s.rbac.v1.SubjectArgs(kind="ServiceAccount", name=account.metadata.name, namespace=namespace)],
            opts=child,
        )


def _rules() -> list[k8s.rbac.v1.PolicyRuleArgs]:
    readable = {
        "": ["nodes", "nodes/metrics", "services", "endpoints", "pods"],
        "discovery.k8s.io": ["endpointslices"],
        "networking.k8s.io": ["ingresses"],
    }
    rules = [
        k8s.rbac.v1.PolicyRuleArgs(api_groups=[group], resources=kinds, verbs=["get", "list", "watch"])
        for group, kinds in readable.items()
    ]
    return [*rules, k8s.rbac.v1.PolicyRuleArgs(non_resource_urls=["/metrics", "/metrics/cadvisor"], verbs=["get"])]


def _claims(name: str, args: PrometheusArgs, opts: pulumi.ResourceOptions) -> Claims:
    # Source: prometheus-operator 0.93, pkg/prometheus/common.go, VolumeName and PrefixedName.
    stateful_set = f"prometheus-{name}"
    template_name = f"{stateful_set}-db"
    return Claims(
        stateful_set,
        ClaimsArgs(args.namespace, template_name, stateful_set, args.replicas, args.storage_gib, args.storage_class),
        opts,
    )


def _spec(
    args: PrometheusArgs, account: pulumi.Input[str], labels: Mapping[str, str], gib: pulumi.Output[int]
) -> dict[str, object]:
    everywhere: dict[str, object] = {}
    return {
        "version": args.version,
        "replicas": args.replicas,
        "serviceAccountName": account,
        "externalLabels": args.external_labels,
        "scrapeInterval": SCRAPE_INTERVAL,
        "evaluationInterval": ALERTS_INTERVAL,
        "retention": f"{args.retention_days}d",
        "retentionSize": gib.apply(lambda held: f"{held * _RETENTION_PERCENT // 100}GiB"),
        "storage": {"volumeClaimTemplate": {"spec": template(args.storage_class, args.storage_gib)}},
        "walCompression": True,
        "enableFeatures": ["exemplar-storage"],
        "alerting": {
            "alertmanagers": [
                {"namespace": args.namespace, "name": args.alertmanager_service, "port": "web", "apiVersion": "v2"}
            ]
        },
        # Monitors and rules of every namespace are used: a workload ships its own beside its code.
        **{
            selector: everywhere
            for kind in ("serviceMonitor", "podMonitor", "probe", "rule", "scrapeConfig")
            for selector in (f"{kind}Selector", f"{kind}NamespaceSelector")
        },
        "topologySpreadConstraints": spread(labels),
        # The operator's own is none; the chart's, of the Prometheus that it does not make here, is the same but for the
        # ids (kube-prometheus-stack 88.5.3, values.yaml, prometheusSpec.securityContext).
        "securityContext": pod_security(),
        "resources": resources("500m", f"{args.memory_gib}Gi"),
    }
