"""The exporter of the search domain: its pods, and its read-only rights."""

from __future__ import annotations

import json

import pulumi

from components.logs.search_exporter import SearchExporter, SearchExporterArgs
from tests.components.isolated import TAGS, Deployed, deploy, in_aws, in_cluster


def _deployed() -> Deployed:
    def program() -> None:
        args = SearchExporterArgs(
            namespace="observability",
            version="v1.9.0",
            endpoint=pulumi.Output.from_input("https://logs.example.com"),
            domain_arn="D",
            region="us-east-1",
            role_name="obs-prod-search-exporter",
            cluster_name="obs-prod",
            labels={"who": "platform"},
            tags=TAGS,
        )
        SearchExporter("search-exporter", args, pulumi.ResourceOptions.merge(in_aws(), in_cluster()))

    return deploy(program)


def test_it_asks_the_domain_for_every_node_and_signs_that() -> None:
    (container,) = _deployed().one("Deployment").inputs["spec"]["template"]["spec"]["containers"]
    assert container["image"].endswith(":v1.9.0")
    assert container["args"] == [
        "--es.uri=https://logs.example.com",
        "--es.all",
        "--collector.snapshots",
        "--aws.region=us-east-1",
        "--web.listen-address=:9114",
    ]


def test_its_pods_ask_and_change_nothing() -> None:
    deployed = _deployed()
    (statement,) = json.loads(deployed.one("RolePolicy").inputs["policy"])["Statement"]
    assert (statement["Action"], statement["Resource"]) == (["es:ESHttpGet"], "D/*")
    association = deployed.one("PodIdentityAssociation")
    assert association.inputs["serviceAccount"] == "search-exporter"
    assert association.urn in deployed.one("Deployment").dependencies
