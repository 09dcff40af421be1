"""Jaeger: stores the gateways' traces, searches them, and shows service metrics beside them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi

from compiler.traces.deployed import extension
from compiler.traces.jaeger import OPENSEARCH, OTLP_PORT, PROMETHEUS, REGION, UI_PORT
from compiler.traces.parts import POD_IP
from components.parts.pod_role import PodRole, PodRoleArgs
from components.parts.reach import Reach, named
from components.parts.tags import Tags
from components.traces.collector import Collector, CollectorArgs, account, instance

_IMAGE = "jaegertracing/jaeger"
# The memory of a search: 1,500 spans of a few KiB in each of twenty traces.
_MEMORY_MIB = 1_024


@dataclass(frozen=True)
class JaegerArgs:
    """How Jaeger runs.

    Attributes:
        namespace: where.
        version: of Jaeger, as its image is tagged.
        replicas: how many, each of which takes spans and answers questions.
        configuration: Jaeger's own.
        opensearch: the address of the domain, with scheme.
        domain_arn: the domain.
        prometheus: the address of Prometheus, with scheme.
        region: whose credentials sign what is asked of the domain.
        role_name: the name of its role in AWS.
        cluster_name: the EKS cluster that hands out the role.
        senders: the collectors that send it traces.
        labels: what the monitor of its metrics finds it by.
        tags: the tags of its role.
        after: what must be there before: the operator, the templates of its indices.
    """

    namespace: pulumi.Input[str]
    version: str
    replicas: int
    configuration: Mapping[str, object]
    opensearch: pulumi.Input[str]
    domain_arn: pulumi.Input[str]
    prometheus: pulumi.Input[str]
    region: str
    role_name: str
    cluster_name: pulumi.Input[str]
    senders: Sequence[str]
    labels: Mapping[str, str]
    tags: Tags
    after: Sequence[pulumi.Resource]


class Jaeger(pulumi.ComponentResource):
    """Jaeger with its role; `url` is open to Grafana only."""

    url: pulumi.Output[str]

    def __init__(self, name: str, args: JaegerArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("observability:index:Jaeger", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        role = PodRole(
            name,
            PodRoleArgs(
                args.role_name, args.cluster_name, args.namespace, account(name), [_statement(args)], args.tags
            ),
            child,
        )
        Collector(
            name,
            CollectorArgs(
                namespace=args.namespace,
                image=f"{_IMAGE}:{args.version}",
                mode="deployment",
                configuration=args.configuration,
                labels=args.labels,
                cpu="200m",
                memory_mib=_MEMORY_MIB,
                reached=_reached(args),
                replicas=args.replicas,
                environment={OPENSEARCH: args.opensearch, PROMETHEUS: args.prometheus, REGION: args.region},
                facts={POD_IP: "status.podIP"},
                after=[*args.after, role.association],
            ),
            child,
        )
        self.url = pulumi.Output.concat("http://", extension(name), ".", args.namespace, f".svc:{UI_PORT}")
        self.register_outputs({"url": self.url})


def _statement(args: JaegerArgs) -> Mapping[str, object]:
    """Return the rights of requests to the domain; its role inside the domain limits the indices."""
    methods = [f"es:ESHttp{method}" for method in ("Get", "Head", "Post", "Put")]
    return {"Effect": "Allow", "Action": methods, "Resource": pulumi.Output.concat(args.domain_arn, "/*")}


def _reached(args: JaegerArgs) -> list[Reach]:
    senders = [value for each in args.senders for value in instance(each, args.namespace).values()]
    return [
        Reach([OTLP_PORT], [named("app.kubernetes.io/instance", *senders)]),
        # The operator of Grafana labels its pods so; source: grafana-operator, reconcilers_shared.go, appLabel.
        Reach([UI_PORT], [named("app", "grafana")]),
    ]
