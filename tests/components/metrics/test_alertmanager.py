"""Alertmanager: its configuration names secrets by file and holds none; what is secret stays so."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pulumi
import pytest

from compiler.errors import UserError
from components.metrics.alertmanager import SERVICE, Alertmanager, AlertmanagerArgs
from sandbox.values import Secret, masked, reveal
from settings import SECRETS_FOLDER, TEMPLATES_GLOB
from tests.components import crds
from tests.components.isolated import Deployed, before, comes_after, deploy, in_cluster

ROUTING_KEY = "0123456789abcdef0123456789abcdef"
ARGS = AlertmanagerArgs(
    namespace="observability",
    version="v0.28.1",
    replicas=3,
    peer_timeout="3s",
    retention="336h",
    storage_class="gp3",
    configuration="route: {receiver: email}",
    messages='{{ define "platform.title" }}{{ end }}',
    secrets={"pagerduty-call-key": ROUTING_KEY},
    labels={"observability/producer": "alertmanager"},
    readers=["weekly-digest"],
    after=[],
)


@pytest.fixture(scope="module")
def deployed() -> Deployed:
    def program() -> None:
        # Plain on purpose: the component marks it, whoever hands it over.
        secrets = {"pagerduty-call-key": pulumi.Output.from_input(ROUTING_KEY)}
        Alertmanager("platform", replace(ARGS, secrets=secrets, after=[before()]), in_cluster())

    return deploy(program)


@pytest.fixture(scope="module")
def spec(deployed: Deployed) -> dict[str, Any]:
    return dict(deployed.one("Alertmanager").inputs["spec"])


def test_receivers_secrets_are_marked(deployed: Deployed) -> None:
    held = deployed.one("Secret", "platform-receivers").inputs["stringData"]
    assert isinstance(held, Secret)
    assert reveal(held) == {"pagerduty-call-key": ROUTING_KEY}
    assert {"stringData", "data"} <= set(deployed.one("Secret", "platform-receivers").secret_outputs)


def test_a_secret_is_seen_nowhere_else(deployed: Deployed) -> None:
    for each in deployed.resources:
        assert ROUTING_KEY not in json.dumps(masked(each.inputs)), each.urn
        if each.type != "kubernetes:core/v1:Secret":
            assert ROUTING_KEY not in json.dumps(reveal(each.inputs)), each.urn
    assert ROUTING_KEY not in json.dumps(deployed.outputs)


def test_configuration_and_messages_are_where_the_operator_and_the_settings_look(
    deployed: Deployed, spec: dict[str, Any]
) -> None:
    config = deployed.one("Secret", "platform-config").inputs
    assert reveal(config["stringData"]) == {"alertmanager.yaml": ARGS.configuration, "messages.tmpl": ARGS.messages}
    assert spec["configSecret"] == config["metadata"]["name"] == "alertmanager-platform"
    # The operator copies the secret's further keys beside the configuration (source: its API reference, configSecret).
    assert TEMPLATES_GLOB == "/etc/alertmanager/config/*.tmpl"


def test_secrets_are_mounted_where_the_configuration_looks(deployed: Deployed, spec: dict[str, Any]) -> None:
    name = deployed.one("Secret", "platform-receivers").inputs["metadata"]["name"]
    assert spec["secrets"] == [name]
    assert f"/etc/alertmanager/secrets/{name}" == SECRETS_FOLDER


def test_runs_as_many_as_asked_and_keeps_silences(spec: dict[str, Any]) -> None:
    assert (spec["replicas"], spec["version"], spec["retention"]) == (3, "v0.28.1", "336h")
    assert spec["clusterPeerTimeout"] == "3s"
    assert spec["storage"]["volumeClaimTemplate"]["spec"]["storageClassName"] == "gp3"


def test_budget_and_spread_select_the_pods_as_the_operator_labels_them(
    deployed: Deployed, spec: dict[str, Any]
) -> None:
    pods = {"app.kubernetes.io/name": "alertmanager", "app.kubernetes.io/instance": "platform"}
    assert deployed.one("PodDisruptionBudget").inputs["spec"]["selector"] == {"matchLabels": pods}
    assert [each["labelSelector"]["matchLabels"] for each in spec["topologySpreadConstraints"]] == [pods, pods]


def test_is_reached_by_the_service_that_the_operator_makes(deployed: Deployed, spec: dict[str, Any]) -> None:
    """The operator makes it unless the resource names another service."""
    assert "serviceName" not in spec
    assert deployed.outputs_of("Alertmanager")["service"] == SERVICE
    assert SERVICE == "alertmanager-operated"


def test_is_asked_through_a_service_of_ours(deployed: Deployed) -> None:
    made = deployed.one("Service").inputs
    (port,) = made["spec"]["ports"]
    address = f"http://{made['metadata']['name']}.{made['metadata']['namespace']}.svc:{port['port']}"
    assert deployed.outputs_of("Alertmanager")["url"] == address


def test_comes_after_its_operator_and_its_secrets(deployed: Deployed) -> None:
    made = deployed.one("Alertmanager")
    assert comes_after(made)
    assert {secret.urn for secret in deployed.of("Secret")} <= set(made.dependencies)


def test_a_real_api_server_would_take_it(deployed: Deployed) -> None:
    crds.check(deployed.one("Alertmanager").inputs)


@pytest.mark.parametrize(("key", "value"), [("replicas", "three"), ("configSecrets", "a"), ("secrets", "one")])
def test_a_mistake_in_it_would_be_refused(deployed: Deployed, key: str, value: object) -> None:
    made = deployed.one("Alertmanager").inputs
    with pytest.raises(UserError, match=key):
        crds.check({**made, "spec": {**made["spec"], key: value}})


def test_whoever_may_silence_alerts_is_named(deployed: Deployed, spec: dict[str, Any]) -> None:
    policy = deployed.one("NetworkPolicy").inputs["spec"]
    (constraint,) = {str(each["labelSelector"]) for each in spec["topologySpreadConstraints"]}
    assert str(policy["podSelector"]) == constraint, "the pods that it selects are those of the operator"
    peers = [
        (rule["ports"], [each["podSelector"]["matchExpressions"][0]["values"] for each in rule["from"]])
        for rule in policy["ingress"]
    ]
    web = [{"port": 9093, "protocol": "TCP"}]
    gossip = [{"port": 9094, "protocol": protocol} for protocol in ("TCP", "UDP")]
    assert peers == [(web, [["prometheus"]]), (gossip, [["platform"]]), (web, [["weekly-digest"]])]
