"""The search domain's health for Prometheus: elasticsearch_exporter, which reads OpenSearch as well."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi

from components.parts.exporter import Exporter, ExporterArgs
from components.parts.pod_role import PodRole, PodRoleArgs
from components.parts.tags import Tags

_IMAGE = "quay.io/prometheuscommunity/elasticsearch-exporter"
_PORT = 9114


@dataclass(frozen=True)
class SearchExporterArgs:
    """How the exporter runs.

    Attributes:
        namespace: where.
        version: of elasticsearch_exporter, as its image is tagged.
        endpoint: the domain's address with scheme.
        domain_arn: the domain.
        region: the region that its requests are signed for.
        role_name: the name of the role that asks the domain.
        cluster_name: the EKS cluster that hands out the role.
        labels: what its monitor finds the service by.
        tags: the tags of its role.
    """

    namespace: pulumi.Input[str]
    version: str
    endpoint: pulumi.Input[str]
    domain_arn: pulumi.Input[str]
    region: str
    role_name: str
    cluster_name: pulumi.Input[str]
    labels: Mapping[str, str]
    tags: Tags


class SearchExporter(pulumi.ComponentResource):
    """The exporter and its role, which may read the domain's state and change nothing."""

    arn: pulumi.Output[str]

    def __init__(self, name: str, args: SearchExporterArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("observability:index:SearchExporter", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        statement: Mapping[str, object] = {
            "Effect": "Allow",
            "Action": ["es:ESHttpGet"],
            "Resource": pulumi.Output.concat(args.domain_arn, "/*"),
        }
        role = PodRole(
            name, PodRoleArgs(args.role_name, args.cluster_name, args.namespace, name, [statement], args.tags), child
        )
        Exporter(
            name,
            ExporterArgs(
                namespace=args.namespace,
                image=f"{_IMAGE}:{args.version}",
                arguments=[
                    pulumi.Output.concat("--es.uri=", args.endpoint),
                    "--es.all",
                    "--collector.snapshots",
                    f"--aws.region={args.region}",
                    f"--web.listen-address=:{_PORT}",
                ],
                files={},
                port=_PORT,
                health_path="/healthz",
                labels=args.labels,
                after=[role.association],
            ),
            child,
        )
        self.arn = role.arn
        self.register_outputs({"arn": self.arn})
