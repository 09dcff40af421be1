"""Alertmanager, as the operator's custom resource, with its configuration and its receivers' secrets."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_kubernetes as k8s

from components.parts.claims import OPERATORS_SIZE, Claims, ClaimsArgs, template
from components.parts.pods import after, disruption_budget, pod_security, resources, spread
from components.parts.reach import Reach, by_prometheus, ingress_policy, named

SERVICE = "alertmanager-operated"
"""The service that the operator makes for every Alertmanager of a namespace."""

_RECEIVERS = "alertmanager-receivers"
_STORAGE_GIB = 2
PORT = 9093
_MEMBERS_PORT = 9094


@dataclass(frozen=True)
class AlertmanagerArgs:
    """How Alertmanager runs.

    Attributes:
        namespace: where.
        version: the server's version, with its v.
        replicas: how many, as one cluster.
        retention: how long it remembers whom it told, as a Go duration.
        peer_timeout: how long each further member waits for the ones before it to notify, as a Go duration.
        storage_class: of the volumes that hold silences and what was already sent; None for the cluster's default.
        configuration: `alertmanager.yaml`; it names secrets by file and holds none.
        messages: the message templates.
        secrets: the receivers' secrets by file name; mounted as files.
        labels: of a service that leads to every replica, so that Prometheus scrapes them.
        readers: what else asks it, by the names of their pods.
        after: what must be there before: the operator.
    """

    namespace: pulumi.Input[str]
    version: str
    replicas: int
    peer_timeout: str
    retention: str
    storage_class: str | None
    configuration: str
    messages: str
    secrets: Mapping[str, pulumi.Input[str]]
    labels: Mapping[str, str]
    readers: Sequence[str]
    after: Sequence[pulumi.Resource]


class Alertmanager(pulumi.ComponentResource):
    """Alertmanager with its configuration and secrets."""

    resource: k8s.apiextensions.CustomResource
    url: pulumi.Output[str]

    def __init__(self, name: str, args: AlertmanagerArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("observability:index:Alertmanager", name, None, opts)
        child, prefixed = pulumi.ResourceOptions(parent=self), f"alertmanager-{name}"
        configuration = k8s.core.v1.Secret(
            f"{name}-config",
            metadata={"name": prefixed, "namespace": args.namespace},
            string_data=pulumi.Output.secret({"alertmanager.yaml": args.configuration, "messages.tmpl": args.messages}),
            opts=child,
        )
        receivers = k8s.core.v1.Secret(
            f"{name}-receivers",
            metadata={"name": _RECEIVERS, "namespace": args.namespace},
            string_data={file: pulumi.Output.secret(secret) for file, secret in args.secrets.items()},
            opts=child,
        )
        # The operator labels the pods so; source: its API reference, Alertmanager, podMetadata.
        labels = {"app.kubernetes.io/name": "alertmanager", "app.kubernetes.io/instance": name}
        disruption_budget(prefixed, args.namespace, labels, child)
        ingress_policy(prefixed, args.namespace, labels, _reached(labels, args.readers), child)
        # Source: prometheus-operator 0.93, pkg/alertmanager/statefulset.go, volumeName and prefixedName.
        claimed = ClaimsArgs(
            args.namespace, f"{prefixed}-db", prefixed, args.replicas, _STORAGE_GIB, args.storage_class
        )
        claims = Claims(prefixed, claimed, child)
        self.resource = k8s.apiextensions.CustomResource(
            name,
            api_version="monitoring.coreos.com/v1",
            kind="Alertmanager",
            metadata={"name": name, "namespace": args.namespace},
            spec=_spec(args, labels, configuration.metadata.name, receivers.metadata.name),
            opts=pulumi.ResourceOptions(
                parent=self, depends_on=[*args.after, *claims.resources], ignore_changes=[OPERATORS_SIZE]
            ),
        )
        service = k8s.core.v1.Service(
            prefixed,
            metadata={"name": prefixed, "namespace": args.namespace, "labels": dict(args.labels)},
            spec=k8s.core.v1.ServiceSpecArgs(
                selector=labels, ports=[k8s.core.v1.ServicePortArgs(name="web", port=PORT, target_port="web")]
            ),
            opts=after(child, self.resource),
        )
        self.url = pulumi.Output.format(
            "http://{0}.{1}.svc:{2}", service.metadata.name, service.metadata.namespace, PORT
        )
        self.register_outputs({"service": SERVICE, "url": self.url})


def _spec(
    args: AlertmanagerArgs,
    labels: Mapping[str, str],
    configuration: pulumi.Input[str],
    receivers: pulumi.Input[str],
) -> dict[str, object]:
    return {
        "version": args.version,
        "replicas": args.replicas,
        "clusterPeerTimeout": args.peer_timeout,
        "configSecret": configuration,
        "secrets": [receivers],
        "retention": args.retention,
        "storage": {"volumeClaimTemplate": {"spec": template(args.storage_class, _STORAGE_GIB)}},
        "topologySpreadConstraints": spread(labels),
        # The operator's own is none; the chart's, of the Alertmanager that it does not make here, is the same
        # but for the ids (kube-prometheus-stack 88.5.3, values.yaml, alertmanagerSpec.securityContext).
        "securityContext": pod_security(),
        "resources": resources("50m", "128Mi"),
    }


def _reached(labels: Mapping[str, str], readers: Sequence[str]) -> list[Reach]:
    """Return the pods' ingress, restricted: they hold the receivers' keys, and their API silences alerts."""
    members = [named(key, value) for key, value in labels.items() if key.endswith("/instance")]
    return [
        by_prometheus(PORT),
        Reach([_MEMBERS_PORT], members, protocols=("TCP", "UDP")),
        *([Reach([PORT], [named("app.kubernetes.io/name", *readers)])] if readers else []),
    ]
