"""Jaeger by the operator: signed by a role of its own, reached by gateways and Grafana alone."""

from __future__ import annotations

from typing import Any

import pulumi
import pulumi_aws as aws
import pulumi_kubernetes as k8s
import pytest

from compiler.traces.parts import go_memory_limit
from components.parts.tags import Tags
from components.traces.jaeger import Jaeger, JaegerArgs
from tests.components import crds
from tests.components.isolated import Deployed, before, comes_after, deploy

DOMAIN = "arn:aws:es:us-east-1:123456789012:domain/logs"
CONFIGURATION = {
    "receivers": {"otlp": {}},
    "exporters": {"jaeger_storage_exporter": {"trace_storage": "opensearch"}},
    "service": {"pipelines": {"traces": {"receivers": ["otlp"], "exporters": ["jaeger_storage_exporter"]}}},
}


@pytest.fixture(scope="module")
def deployed() -> Deployed:
    def program() -> None:
        args = JaegerArgs(
            namespace="observability",
            version="2.20.0",
            replicas=2,
            configuration=CONFIGURATION,
            opensearch="https://search.example.com",
            domain_arn=DOMAIN,
            prometheus="http://prometheus-platform.observability.svc:9090",
            region="us-east-1",
            role_name="observability-prod-tracer",
            cluster_name="observability-prod-platform",
            senders=["traces-gateway"],
            labels={"observability/producer": "otel-collector"},
            tags=Tags("p", "t", "c", "platform", "prod"),
            after=[before()],
        )
        providers = [aws.Provider("aws", region="us-east-1"), k8s.Provider("cluster")]
        Jaeger("traces-jaeger", args, pulumi.ResourceOptions(providers=providers))

    return deploy(program)


@pytest.fixture(scope="module")
def spec(deployed: Deployed) -> dict[str, Any]:
    return dict(deployed.one("OpenTelemetryCollector").inputs["spec"])


def test_it_runs_jaeger_with_its_configuration(spec: dict[str, Any]) -> None:
    assert (spec["image"], spec["mode"], spec["replicas"]) == ("jaegertracing/jaeger:2.20.0", "deployment", 2)
    assert spec["config"] == CONFIGURATION
    assert {each["name"]: each["value"] for each in spec["env"] if "value" in each} == {
        **go_memory_limit(1_024),
        "OPENSEARCH_URL": "https://search.example.com",
        "PROMETHEUS_URL": "http://prometheus-platform.observability.svc:9090",
        "AWS_REGION": "us-east-1",
    }


def test_its_pods_take_on_its_role_which_asks_the_one_domain(deployed: Deployed) -> None:
    association = deployed.one("PodIdentityAssociation").inputs
    assert association["serviceAccount"] == "traces-jaeger-collector"
    assert deployed.one("Role").inputs["name"] == "observability-prod-tracer"
    policy = str(deployed.one("RolePolicy").inputs["policy"])
    assert f"{DOMAIN}/*" in policy
    assert "ESHttpDelete" not in policy
    made = deployed.one("OpenTelemetryCollector")
    assert comes_after(made)
    assert any("PodIdentityAssociation" in urn for urn in made.dependencies)


def test_gateways_send_and_grafana_asks(deployed: Deployed) -> None:
    rules = {
        rule["ports"][0]["port"]: rule["from"][0]["podSelector"]["matchExpressions"][0]
        for rule in deployed.one("NetworkPolicy").inputs["spec"]["ingress"]
    }
    assert rules[4317]["values"] == ["observability.traces-gateway"]
    assert (rules[16_686]["key"], rules[16_686]["values"]) == ("app", ["grafana"])
    assert set(rules) == {4317, 8888, 16_686}


def test_the_operator_would_take_it(deployed: Deployed) -> None:
    crds.check(deployed.one("OpenTelemetryCollector").inputs)
