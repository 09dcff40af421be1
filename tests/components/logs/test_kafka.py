"""Kafka: brokers apart, one encrypted listener, topics and users as compiled, metrics where monitors look."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from compiler.logs.kafka import PORT, Acl, Topic, User
from components.logs.kafka import Kafka
from components.logs.kafka_spec import CLIENT_LABELS, KafkaArgs, pools
from components.parts.helm_operator import Chart
from tests.components import crds
from tests.components.isolated import Deployed, Registered, deploy, in_cluster

TOPIC = Topic("logs.shop.application", 8, 3, 1_000, {"retention.ms": 86_400_000, "cleanup.policy": "delete"})
SENDER = User("fluent-bit", (Acl("topic", TOPIC.name, ("Write", "Describe")),), 5_000_000)
READER = User("log-job", (Acl("group", "log-job", ("Read",)),), None)
ARGS = KafkaArgs(
    namespace="observability",
    brokers=3,
    apart=True,
    protect=True,
    memory_gib=4,
    volume_gib=300,
    storage_class="gp3",
    topics=[TOPIC],
    users=[SENDER, READER],
    labels={"observability/producer": "kafka"},
    exporter_labels={"observability/producer": "kafka-exporter"},
    chart=Chart("strimzi-kafka-operator", "1.2.0"),
)


@pytest.fixture(scope="module")
def deployed() -> Deployed:
    return deploy(lambda: Kafka("kafka", ARGS, in_cluster()))


@pytest.fixture(scope="module")
def alone() -> Deployed:
    return deploy(
        lambda: Kafka("kafka", replace(ARGS, brokers=1, apart=False, protect=False, memory_gib=2), in_cluster())
    )


def spec(deployed: Deployed, kind: str, name: str | None = None) -> dict[str, Any]:
    return dict(deployed.one(kind, name).inputs["spec"])


def test_brokers_and_controllers_are_apart_in_production(deployed: Deployed) -> None:
    pools = {each.inputs["metadata"]["name"]: each.inputs["spec"] for each in deployed.of("KafkaNodePool")}
    assert {name: (pool["roles"], pool["replicas"]) for name, pool in pools.items()} == {
        "brokers": (["broker"], 3),
        "controllers": (["controller"], 3),
    }
    (volume,) = pools["brokers"]["storage"]["volumes"]
    assert (volume["size"], volume["class"], volume["deleteClaim"]) == ("300Gi", "gp3", False)
    assert pools["brokers"]["jvmOptions"]["-Xmx"] == "2048m"


def test_a_single_broker_is_its_own_controller(alone: Deployed) -> None:
    pool = spec(alone, "KafkaNodePool")
    assert (pool["roles"], pool["replicas"]) == (["controller", "broker"], 1)
    kafka = spec(alone, "Kafka")
    assert "cruiseControl" not in kafka
    assert "rack" not in kafka["kafka"]
    assert kafka["kafka"]["config"]["min.insync.replicas"] == 1


@pytest.mark.parametrize("brokers", [1, 2, 3, 9])
@pytest.mark.parametrize("apart", [False, True])
def test_a_number_never_changes_which_pools_there_are(brokers: int, *, apart: bool) -> None:
    made = pools(replace(ARGS, brokers=brokers, apart=apart))
    assert set(made) == ({"controllers", "brokers"} if apart else {"both"})
    controllers = [pool for pool in made.values() if "controller" in str(pool["roles"])]
    assert [pool["replicas"] for pool in controllers] == [3 if apart else brokers]


def test_pools_refuse_to_go_where_they_are_protected(deployed: Deployed, alone: Deployed) -> None:
    assert all(each.protect for each in deployed.of("KafkaNodePool"))
    assert not any(each.protect for each in alone.of("KafkaNodePool"))


def test_the_only_way_in_is_encrypted_and_asks_who_is_there(deployed: Deployed) -> None:
    kafka = spec(deployed, "Kafka")["kafka"]
    (listener,) = kafka["listeners"]
    assert (listener["tls"], listener["authentication"]) == (True, {"type": "scram-sha-512"})
    assert listener["networkPolicyPeers"] == [{"podSelector": {"matchLabels": CLIENT_LABELS}}]
    assert kafka["authorization"] == {"type": "simple"}
    assert listener["port"] == PORT


def test_copies_are_spread_over_zones_and_balanced(deployed: Deployed) -> None:
    kafka = spec(deployed, "Kafka")
    assert kafka["kafka"]["rack"] == {"topologyKey": "topology.kubernetes.io/zone"}
    assert {each["mode"] for each in kafka["cruiseControl"]["autoRebalance"]} == {"add-brokers", "remove-brokers"}
    config = kafka["kafka"]["config"]
    assert (config["default.replication.factor"], config["min.insync.replicas"]) == (3, 2)
    assert config["auto.create.topics.enable"] is False


def test_a_topic_is_as_compiled(deployed: Deployed) -> None:
    topic = deployed.one("KafkaTopic")
    assert topic.inputs["metadata"]["labels"] == {"strimzi.io/cluster": "kafka"}
    assert topic.inputs["spec"] == {
        "topicName": TOPIC.name,
        "partitions": 8,
        "replicas": 3,
        "config": dict(TOPIC.config),
    }


def test_a_user_may_do_what_it_is_for(deployed: Deployed) -> None:
    sender = spec(deployed, "KafkaUser", "user-fluent-bit")
    (acl,) = sender["authorization"]["acls"]
    resource = {"type": "topic", "name": TOPIC.name, "patternType": "literal"}
    assert (acl["resource"], acl["operations"], acl["type"]) == (resource, ["Write", "Describe"], "allow")
    assert sender["quotas"] == {"producerByteRate": 5_000_000}
    assert sender["authentication"] == {"type": "scram-sha-512"}
    assert "quotas" not in spec(deployed, "KafkaUser", "user-log-job")


@pytest.mark.parametrize(
    ("service", "pods", "producer"),
    [
        ("kafka-metrics", "kafka-kafka", "kafka"),
        ("kafka-exporter-metrics", "kafka-kafka-exporter", "kafka-exporter"),
    ],
)
def test_monitors_find_the_metrics(deployed: Deployed, service: str, pods: str, producer: str) -> None:
    made = deployed.one("Service", service).inputs
    assert made["metadata"]["labels"] == {"observability/producer": producer}
    assert made["spec"]["selector"] == {"strimzi.io/cluster": "kafka", "strimzi.io/name": pods}
    (port,) = made["spec"]["ports"]
    assert (port["name"], port["targetPort"]) == ("metrics", "tcp-prometheus")


def test_the_rules_of_metrics_are_where_the_cluster_looks(deployed: Deployed) -> None:
    reference = spec(deployed, "Kafka")["kafka"]["metricsConfig"]["valueFrom"]["configMapKeyRef"]
    rules = deployed.one("ConfigMap").inputs
    assert rules["metadata"]["name"] == reference["name"]
    assert "kafka_controller_$1_$2" in rules["data"][reference["key"]]


def test_brokers_may_write_a_fresh_volume(deployed: Deployed, alone: Deployed) -> None:
    """The images' user is of the group 0, which owns a volume only where the pod says so."""
    for pool in [*deployed.of("KafkaNodePool"), *alone.of("KafkaNodePool")]:
        assert pool.inputs["spec"]["template"]["pod"]["securityContext"]["fsGroup"] == 0
    # A pool's template replaces that of the cluster: there must be one place for it only.
    assert "template" not in spec(deployed, "Kafka")["kafka"]


def test_no_container_has_rights(deployed: Deployed) -> None:
    kafka = spec(deployed, "Kafka")
    templates = [kafka[part]["template"] for part in ("entityOperator", "kafkaExporter", "cruiseControl")]
    templates += [pool.inputs["spec"]["template"] for pool in deployed.of("KafkaNodePool")]
    for template in templates:
        assert template["pod"]["securityContext"]["runAsNonRoot"] is True
        containers = {name: each for name, each in template.items() if name != "pod"}
        assert containers
        for each in containers.values():
            assert each["securityContext"] == {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}


def test_a_volume_does_not_tie_two_nodes_to_one_zone(deployed: Deployed, alone: Deployed) -> None:
    def zone(pool: Registered) -> tuple[str, dict[str, str]]:
        (found,) = [
            each
            for each in pool.inputs["spec"]["template"]["pod"]["topologySpreadConstraints"]
            if each["topologyKey"] == "topology.kubernetes.io/zone"
        ]
        return found["whenUnsatisfiable"], found["labelSelector"]["matchLabels"]

    assert {pool.inputs["metadata"]["name"]: zone(pool) for pool in deployed.of("KafkaNodePool")} == {
        name: ("DoNotSchedule", {"strimzi.io/cluster": "kafka", "strimzi.io/pool-name": name})
        for name in ("brokers", "controllers")
    }
    # A cluster whose machines tell no zone takes a single broker.
    assert zone(alone.one("KafkaNodePool"))[0] == "ScheduleAnyway"


def test_topics_and_users_go_while_their_operator_runs(deployed: Deployed) -> None:
    cluster = deployed.one("Kafka")
    assert {pool.urn for pool in deployed.of("KafkaNodePool")} <= set(cluster.dependencies)
    for each in [*deployed.of("KafkaTopic"), *deployed.of("KafkaUser")]:
        assert cluster.urn in each.dependencies


@pytest.mark.parametrize("kind", ["Kafka", "KafkaNodePool", "KafkaTopic", "KafkaUser"])
def test_strimzi_would_take_it(deployed: Deployed, kind: str) -> None:
    for made in deployed.of(kind):
        assert made.inputs["apiVersion"] == "kafka.strimzi.io/v1"
        assert any(urn.endswith("::strimzi") for urn in made.dependencies), "the operator knows its kinds"
        crds.check(made.inputs)
