"""The exporter of CloudWatch metrics: its pods, and its rights where EKS hands out its role."""

from __future__ import annotations

import json

import pulumi

from components.metrics.cloudwatch_exporter import CloudWatchExporter, CloudWatchExporterArgs
from tests.components.isolated import TAGS, Deployed, deploy, in_aws, in_cluster


def _exporter(cluster: str | None) -> Deployed:
    def program() -> None:
        options = pulumi.ResourceOptions.merge(in_aws(), in_cluster())
        CloudWatchExporter(
            "cloudwatch-exporter",
            CloudWatchExporterArgs(
                namespace="observability",
                version="v0.67.0",
                configuration="apiVersion: v1alpha1\n",
                scrape_seconds=300,
                role_name="obs-prod-cloudwatch-exporter",
                cluster_name=cluster,
                labels={"who": "platform"},
                tags=TAGS,
            ),
            options,
        )

    return deploy(program)


def test_it_runs_with_its_configuration() -> None:
    deployed = _exporter(None)
    (container,) = deployed.one("Deployment").inputs["spec"]["template"]["spec"]["containers"]
    assert container["image"].endswith(":v0.67.0")
    assert container["args"] == [
        "--config.file=/etc/exporter/yace.yaml",
        "--listen-address=:5000",
        "--scraping-interval=300",
    ]
    assert deployed.one("ConfigMap").inputs["data"] == {"yace.yaml": "apiVersion: v1alpha1\n"}


def test_on_eks_its_pods_read_figures_and_nothing_else() -> None:
    deployed = _exporter("obs-prod")
    (statement,) = json.loads(deployed.one("RolePolicy").inputs["policy"])["Statement"]
    assert statement["Action"] == ["cloudwatch:GetMetricData", "cloudwatch:ListMetrics"]
    association = deployed.one("PodIdentityAssociation")
    account = deployed.one("ServiceAccount").inputs["metadata"]
    assert (association.inputs["clusterName"], association.inputs["namespace"]) == ("obs-prod", account["namespace"])
    assert association.inputs["serviceAccount"] == account["name"]
    assert association.urn in deployed.one("Deployment").dependencies, "a pod that is older than its role has none"


def test_elsewhere_it_has_no_role() -> None:
    deployed = _exporter(None)
    assert (deployed.of("Role"), deployed.of("PodIdentityAssociation")) == ([], [])
