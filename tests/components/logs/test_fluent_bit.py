"""Agents read every node's files and do nothing else; the collector keeps what it took on a disk of its own."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from components.logs.collector import LogCollector, LogCollectorArgs
from components.logs.fluent_bit import FluentBit
from components.logs.fluent_bit_pod import FluentBitArgs
from tests.components import crds
from tests.components.isolated import Deployed, before, certificate, comes_after, deploy, in_cluster

ARGS = FluentBitArgs(
    namespace="observability",
    version="5.1.1",
    configuration="service: {flush: 1}\n",
    kafka="kafka.example.com:9093",
    password_secret="fluent-bit",
    ca_secret="kafka-cluster-ca-cert",
    labels={"observability/producer": "fluent-bit"},
    after=[],
)
CLIENT = {"observability/kafka-client": "true"}


def _agents(configuration: str = ARGS.configuration) -> Deployed:
    args = replace(ARGS, configuration=configuration)
    return deploy(lambda: FluentBit("fluent-bit", replace(args, after=[before()]), in_cluster()))


@pytest.fixture(scope="module")
def agents() -> Deployed:
    return _agents()


@pytest.fixture(scope="module")
def collector() -> Deployed:
    def program() -> None:
        shared = replace(ARGS, password_secret="log-collector", after=[before()])
        LogCollector("log-collector", LogCollectorArgs(shared, 2, "gp3", certificate()), in_cluster())

    return deploy(program)


def template(deployed: Deployed, kind: str) -> dict[str, Any]:
    return dict(deployed.one(kind).inputs["spec"]["template"])


def volumes(template: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {each["name"]: each for each in template["spec"]["volumes"]}


def test_an_agent_runs_on_every_node(agents: Deployed) -> None:
    spec = template(agents, "DaemonSet")["spec"]
    assert spec["tolerations"] == [{"operator": "Exists"}]
    assert comes_after(agents.one("DaemonSet"))


def test_an_agent_may_read_the_nodes_files_and_nothing_else(agents: Deployed) -> None:
    found = template(agents, "DaemonSet")
    (container,) = found["spec"]["containers"]
    security = container["securityContext"]
    assert security["capabilities"] == {"drop": ["ALL"], "add": ["DAC_READ_SEARCH"]}
    assert (security["allowPrivilegeEscalation"], security["readOnlyRootFilesystem"]) == (False, True)
    mounts = {each["name"]: each for each in container["volumeMounts"]}
    assert (mounts["logs"]["mountPath"], mounts["logs"]["readOnly"]) == ("/var/log", True)
    assert volumes(found)["buffer"]["hostPath"]["path"] == "/var/lib/fluent-bit"
    (rule,) = agents.one("ClusterRole").inputs["rules"]
    assert (rule["resources"], rule["verbs"]) == (["pods", "namespaces"], ["get", "list", "watch"])


@pytest.mark.parametrize(
    ("which", "kind", "user"),
    [
        ("agents", "DaemonSet", "fluent-bit"),
        ("collector", "StatefulSet", "log-collector"),
    ],
)
def test_secrets_are_files_and_only_those_needed(
    which: str, kind: str, user: str, request: pytest.FixtureRequest
) -> None:
    found = template(request.getfixturevalue(which), kind)
    secrets = {name: each["secret"] for name, each in volumes(found).items() if "secret" in each}
    assert secrets["kafka"]["secretName"] == user
    assert [each["key"] for each in secrets["kafka"]["items"]] == ["password"]
    assert [each["key"] for each in secrets["kafka-ca"]["items"]] == ["ca.crt"]
    assert found["spec"]["containers"][0]["env"] == [{"name": "KAFKA_BOOTSTRAP", "value": "kafka.example.com:9093"}]
    assert CLIENT.items() <= found["metadata"]["labels"].items(), "else Kafka's network policy turns it away"


def test_another_configuration_starts_the_pods_again(agents: Deployed) -> None:
    def annotation(deployed: Deployed) -> str:
        return str(template(deployed, "DaemonSet")["metadata"]["annotations"]["observability/configmap-fluent-bit"])

    assert annotation(agents) == annotation(_agents())
    assert annotation(agents) != annotation(_agents("service: {flush: 2}\n"))


def test_the_collector_has_a_disk_and_no_rights(collector: Deployed) -> None:
    spec = collector.one("StatefulSet").inputs["spec"]
    (claim,) = spec["volumeClaimTemplates"]
    assert (claim["metadata"]["name"], claim["spec"]["storageClassName"]) == ("buffer", "gp3")
    assert claim["spec"]["resources"]["requests"]["storage"] == "6Gi"
    assert spec["template"]["spec"]["automountServiceAccountToken"] is False
    assert spec["template"]["spec"]["securityContext"]["runAsNonRoot"] is True
    assert collector.of("PodDisruptionBudget")


def test_the_collector_is_reached_inside_the_network_only(collector: Deployed) -> None:
    private = collector.one("Service", "log-collector-private").inputs
    assert private["metadata"]["annotations"]["service.beta.kubernetes.io/aws-load-balancer-scheme"] == "internal"
    assert volumes(template(collector, "StatefulSet"))["tls"]["secret"]["secretName"] == "log-collector-certificate"


@pytest.mark.parametrize("which", ["agents", "collector"])
def test_monitors_find_the_metrics(which: str, request: pytest.FixtureRequest) -> None:
    deployed: Deployed = request.getfixturevalue(which)
    (service,) = [each for each in deployed.of("Service") if not each.name.endswith("-private")]
    assert service.inputs["metadata"]["labels"] == ARGS.labels
    (port,) = service.inputs["spec"]["ports"]
    assert (port["name"], port["port"]) == ("metrics", 2020)


def test_kubernetes_would_take_them(agents: Deployed, collector: Deployed) -> None:
    for deployed, kind in ((agents, "DaemonSet"), (collector, "StatefulSet"), (collector, "Service")):
        for made in deployed.of(kind):
            crds.check(made.inputs)
