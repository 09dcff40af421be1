"""CloudWatch metrics for Prometheus: yet-another-cloudwatch-exporter with its configuration and its rights."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi

from components.parts.exporter import FOLDER, Exporter, ExporterArgs
from components.parts.pod_role import PodRole, PodRoleArgs
from components.parts.tags import Tags

READ_METRICS: Mapping[str, object] = {
    "Effect": "Allow",
    "Action": ["cloudwatch:GetMetricData", "cloudwatch:ListMetrics"],
    # Neither call supports resource-level permissions; source: the service authorization reference of CloudWatch.
    "Resource": "*",
}
"""What reading metrics takes, in the account that the role is of."""
_IMAGE = "quay.io/prometheuscommunity/yet-another-cloudwatch-exporter"
_PORT = 5000
_FILE = "yace.yaml"


@dataclass(frozen=True)
class CloudWatchExporterArgs:
    """How the exporter runs.

    Attributes:
        namespace: where.
        version: of YACE, as its image is tagged.
        configuration: what it exports, as YAML.
        scrape_seconds: how often it asks CloudWatch.
        role_name: the name of the role that reads metrics.
        cluster_name: the EKS cluster that hands out the role; None where pods get their rights in another way.
        labels: what its monitor finds the service by.
        tags: the tags of its role.
    """

    namespace: pulumi.Input[str]
    version: str
    configuration: str
    scrape_seconds: int
    role_name: str
    cluster_name: pulumi.Input[str] | None
    labels: Mapping[str, str]
    tags: Tags


class CloudWatchExporter(pulumi.ComponentResource):
    """The exporter and, on EKS, the role that lets it read metrics."""

    def __init__(self, name: str, args: CloudWatchExporterArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("observability:index:CloudWatchExporter", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        after: list[pulumi.Resource] = []
        if args.cluster_name is not None:
            role = PodRole(
                name,
                PodRoleArgs(args.role_name, args.cluster_name, args.namespace, name, [READ_METRICS], args.tags),
                child,
            )
            after.append(role.association)
        exporter = Exporter(
            name,
            ExporterArgs(
                namespace=args.namespace,
                image=f"{_IMAGE}:{args.version}",
                arguments=[
                    f"--config.file={FOLDER}/{_FILE}",
                    f"--listen-address=:{_PORT}",
                    f"--scraping-interval={args.scrape_seconds}",
                ],
                files={_FILE: args.configuration},
                port=_PORT,
                health_path="/healthz",
                labels=args.labels,
                after=after,
            ),
            child,
        )
        self.register_outputs({"service_account": exporter.service_account})
