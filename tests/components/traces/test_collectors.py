"""Agents on every node, an entrance with client certificates, gateways that are discovered and export to a vendor."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pulumi
import pytest

from compiler.traces.deployed import AGENT, ENTRANCE, GATEWAY
from components.traces.agents import TraceAgents
from components.traces.entrance import TraceEntrance, TraceEntranceArgs
from components.traces.gateways import TraceGateways, TraceGatewaysArgs
from components.traces.span_collector import SpanCollectorArgs
from sandbox.values import reveal
from tests.components import crds
from tests.components.isolated import Deployed, before, certificate, comes_after, deploy, in_cluster

SHARED = SpanCollectorArgs(
    namespace="observability",
    image="example.com/collector:0.155.0",
    configuration={
        "receivers": {"otlp": {}},
        "exporters": {"debug": {}},
        "service": {"pipelines": {"traces": {"receivers": ["otlp"], "exporters": ["debug"]}}},
    },
    labels={"observability/producer": "otel-collector"},
    memory_mib=512,
    queue_gib=5,
    after=[],
)
SPANS = {"observability/producer": "span-metrics"}


@pytest.fixture(scope="module")
def agents() -> Deployed:
    return deploy(lambda: TraceAgents(AGENT, replace(SHARED, after=[before()]), in_cluster()))


@pytest.fixture(scope="module")
def entrance() -> Deployed:
    return deploy(lambda: TraceEntrance(ENTRANCE, TraceEntranceArgs(SHARED, 2, certificate()), in_cluster()))


def _gateways(key: str | None = None) -> Deployed:
    def program() -> None:
        secret = None if key is None else pulumi.Output.secret(key)
        args = TraceGatewaysArgs(SHARED, 3, "gp3", SPANS, [AGENT, ENTRANCE], secret)
        TraceGateways(GATEWAY, args, in_cluster())

    return deploy(program)


@pytest.fixture(scope="module")
def gateways() -> Deployed:
    return _gateways()


def spec(deployed: Deployed) -> dict[str, Any]:
    return dict(deployed.one("OpenTelemetryCollector").inputs["spec"])


def test_an_agent_runs_on_every_node_and_knows_it(agents: Deployed) -> None:
    found = spec(agents)
    assert (found["mode"], found["tolerations"]) == ("daemonset", [{"operator": "Exists"}])
    facts = {each["name"]: each["valueFrom"]["fieldRef"]["fieldPath"] for each in found["env"] if "valueFrom" in each}
    assert facts == {"POD_IP": "status.podIP", "K8S_NODE_NAME": "spec.nodeName"}
    assert comes_after(agents.one("OpenTelemetryCollector"))


def test_an_agent_may_ask_for_pods_and_nothing_else(agents: Deployed) -> None:
    rules = {rule["apiGroups"][0]: rule for rule in agents.one("ClusterRole").inputs["rules"]}
    assert {group: rule["resources"] for group, rule in rules.items()} == {
        "": ["pods", "namespaces"],
        "apps": ["replicasets"],
    }
    assert {verb for rule in rules.values() for verb in rule["verbs"]} == {"get", "list", "watch"}
    (subject,) = agents.one("ClusterRoleBinding").inputs["subjects"]
    assert (subject["name"], subject["namespace"]) == ("traces-agent-collector", "observability")


def test_pods_of_every_namespace_reach_an_agent(agents: Deployed) -> None:
    rules = agents.one("NetworkPolicy").inputs["spec"]["ingress"]
    (open_to_all,) = [rule for rule in rules if rule["from"] == [{"namespaceSelector": {}}]]
    assert [each["port"] for each in open_to_all["ports"]] == [4317, 4318]


def test_the_entrance_is_private_and_has_a_certificate(entrance: Deployed) -> None:
    private = entrance.one("Service").inputs
    assert private["metadata"]["annotations"]["service.beta.kubernetes.io/aws-load-balancer-scheme"] == "internal"
    assert private["spec"]["selector"] == {"app.kubernetes.io/instance": "observability.traces-entrance"}
    assert [(each["port"], each["targetPort"]) for each in private["spec"]["ports"]] == [(443, 4318)]
    found = spec(entrance)
    assert (found["mode"], found["replicas"]) == ("deployment", 2)
    assert [each["secret"]["secretName"] for each in found["volumes"] if "secret" in each] == [
        "traces-entrance-certificate"
    ]


def test_gateways_keep_what_waits(gateways: Deployed) -> None:
    found = spec(gateways)
    assert (found["mode"], found["replicas"]) == ("statefulset", 3)
    assert found["volumeClaimTemplates"][0]["spec"]["resources"]["requests"]["storage"] == "5Gi"
    assert found["terminationGracePeriodSeconds"] == 60


def test_gateways_are_reached_by_collectors_alone(gateways: Deployed) -> None:
    rules = {
        rule["ports"][0]["port"]: rule["from"][0]["podSelector"]["matchExpressions"][0]["values"]
        for rule in gateways.one("NetworkPolicy").inputs["spec"]["ingress"]
    }
    assert rules[4317] == ["observability.traces-agent", "observability.traces-entrance"]
    assert rules[8889] == rules[8888] == ["prometheus"]


def test_senders_may_see_which_gateways_there_are_in_this_namespace(gateways: Deployed) -> None:
    (rule,) = gateways.one("Role").inputs["rules"]
    assert (rule["resources"], rule["verbs"]) == (["endpointslices"], ["get", "list", "watch"])
    assert gateways.one("Role").inputs["metadata"]["namespace"] == "observability"
    subjects = {each["name"] for each in gateways.one("RoleBinding").inputs["subjects"]}
    assert subjects == {"traces-agent-collector", "traces-entrance-collector"}


def test_monitors_find_the_metrics_of_spans(gateways: Deployed) -> None:
    service = gateways.one("Service").inputs
    assert service["metadata"]["labels"] == SPANS
    assert [(each["name"], each["port"]) for each in service["spec"]["ports"]] == [("metrics", 8889)]
    assert gateways.one("OpenTelemetryCollector").inputs["metadata"]["labels"] == SHARED.labels


def test_a_vendors_key_is_a_file_of_the_gateways_and_stands_nowhere_else(gateways: Deployed) -> None:
    assert gateways.of("Secret") == []
    with_vendor = _gateways("hunter2")
    secret = with_vendor.one("Secret")
    assert reveal(secret.inputs["stringData"]) == {"key": "hunter2"}
    found = spec(with_vendor)
    mounts = {each["name"]: each["mountPath"] for each in found["volumeMounts"]}
    assert mounts["traces-gateway-vendor"] == "/secrets/vendor"
    assert "hunter2" not in str(found)
    made = with_vendor.one("OpenTelemetryCollector")
    assert any(urn.endswith("::traces-gateway-vendor") for urn in made.dependencies)


def test_kubernetes_would_take_them(agents: Deployed, entrance: Deployed, gateways: Deployed) -> None:
    for deployed in (agents, entrance, gateways):
        for each in deployed.resources:
            if "metadata" in each.inputs:
                crds.check(reveal(each.inputs))
