"""What spans two zones is accepted; one zone at a time is taken away, in production and elsewhere."""

from __future__ import annotations

from typing import Any

import pytest

from policies.rules.two_zones_in_prod import JUDGES
from sandbox.analyzer import PolicyPack
from tests.policies.specs import REMOVED, UNKNOWN, changed, of, one, resource
from tests.program.sdk import resource_class

RULE = "two-zones-in-prod"
TWO = ["subnet-1", "subnet-2"]
SPREAD = [{"topologyKey": "topology.kubernetes.io/zone"}, {"topologyKey": "kubernetes.io/hostname"}]
REPLICATED: dict[str, Any] = {"spec": {"replicas": 2, "topologySpreadConstraints": SPREAD}}


def spread() -> dict[str, Any]:
    return {"topologySpreadConstraints": [*SPREAD]}


FLINK: dict[str, Any] = {
    "spec": {
        "jobManager": {"replicas": 2, "podTemplate": {"spec": spread()}},
        "taskManager": {"podTemplate": {"spec": spread()}},
    }
}
GRAFANA: dict[str, Any] = {
    "spec": {
        "persistentVolumeClaim": {},
        "deployment": {"spec": {"replicas": 2, "template": {"spec": spread()}}},
    }
}
SEARCH: dict[str, Any] = {
    "clusterConfig": {"zoneAwarenessEnabled": True, "instanceCount": 2},
    "vpcOptions": {"subnetIds": TWO},
}
VALID: dict[str, dict[str, Any]] = {
    "aws:autoscaling/group:Group": {"vpcZoneIdentifiers": TWO},
    "aws:efs/fileSystem:FileSystem": {},
    "aws:eks/cluster:Cluster": {"vpcConfig": {"subnetIds": TWO}},
    "aws:eks/nodeGroup:NodeGroup": {"subnetIds": TWO},
    "aws:elasticache/replicationGroup:ReplicationGroup": {"multiAzEnabled": True, "automaticFailoverEnabled": True},
    "aws:lb/loadBalancer:LoadBalancer": {"subnets": TWO},
    "aws:msk/cluster:Cluster": {"brokerNodeGroupInfo": {"clientSubnets": TWO}},
    "aws:opensearch/domain:Domain": SEARCH,
    "aws:rds/instance:Instance": {"multiAz": True},
    "aws:rds/subnetGroup:SubnetGroup": {"subnetIds": TWO},
    "kubernetes:flink.apache.org/v1beta1:FlinkDeployment": FLINK,
    "kubernetes:grafana.integreatly.org/v1beta1:Grafana": GRAFANA,
    "kubernetes:kafka.strimzi.io/v1:Kafka": {"spec": {"kafka": {"rack": {"topologyKey": SPREAD[0]["topologyKey"]}}}},
    "kubernetes:kafka.strimzi.io/v1:KafkaNodePool": {"spec": {"replicas": 3, "template": {"pod": spread()}}},
    "kubernetes:monitoring.coreos.com/v1:Alertmanager": REPLICATED,
    "kubernetes:monitoring.coreos.com/v1:Prometheus": REPLICATED,
    "kubernetes:opentelemetry.io/v1beta1:OpenTelemetryCollector": changed(REPLICATED, "spec.mode", "statefulset"),
}
PLACES = {
    "aws:autoscaling/group:Group": ["vpcZoneIdentifiers"],
    "aws:efs/fileSystem:FileSystem": [],
    "aws:eks/cluster:Cluster": ["vpcConfig.subnetIds"],
    "aws:eks/nodeGroup:NodeGroup": ["subnetIds"],
    "aws:elasticache/replicationGroup:ReplicationGroup": ["multiAzEnabled", "automaticFailoverEnabled"],
    "aws:lb/loadBalancer:LoadBalancer": ["subnets"],
    "aws:msk/cluster:Cluster": ["brokerNodeGroupInfo.clientSubnets"],
    "aws:opensearch/domain:Domain": [
        *("clusterConfig.zoneAwarenessEnabled", "clusterConfig.instanceCount", "vpcOptions.subnetIds")
    ],
    "aws:rds/instance:Instance": ["multiAz"],
    "aws:rds/subnetGroup:SubnetGroup": ["subnetIds"],
    "kubernetes:monitoring.coreos.com/v1:Alertmanager": ["spec.replicas", "spec.topologySpreadConstraints"],
    "kubernetes:monitoring.coreos.com/v1:Prometheus": ["spec.replicas", "spec.topologySpreadConstraints"],
    "kubernetes:flink.apache.org/v1beta1:FlinkDeployment": [
        "spec.jobManager.replicas",
        *(f"spec.{part}.podTemplate.spec.topologySpreadConstraints" for part in ("jobManager", "taskManager")),
    ],
    "kubernetes:grafana.integreatly.org/v1beta1:Grafana": [
        f"spec.deployment.spec.{place}" for place in ("replicas", "template.spec.topologySpreadConstraints")
    ],
    "kubernetes:kafka.strimzi.io/v1:Kafka": ["spec.kafka.rack.topologyKey"],
    "kubernetes:kafka.strimzi.io/v1:KafkaNodePool": ["spec.replicas", "spec.template.pod.topologySpreadConstraints"],
    "kubernetes:opentelemetry.io/v1beta1:OpenTelemetryCollector": ["spec.replicas", "spec.topologySpreadConstraints"],
}
EVERY = [(kind, place) for kind, places in PLACES.items() for place in places]


@pytest.mark.parametrize("kind", sorted(JUDGES))
def test_accepts_what_spans_two_zones(prod_pack: PolicyPack, kind: str) -> None:
    assert of(RULE, prod_pack.analyze(resource(kind, VALID[kind]))) == []


@pytest.mark.parametrize(("kind", "place"), EVERY)
def test_reports_what_is_missing(prod_pack: PolicyPack, kind: str, place: str) -> None:
    finding = one(RULE, prod_pack.analyze(resource(kind, changed(VALID[kind], place, REMOVED))))
    assert (finding.level, finding.message.startswith(place)) == ("mandatory", True), finding.message


@pytest.mark.parametrize("subnets", [["subnet-1"], ["subnet-1", "subnet-1"], []])
def test_reports_one_subnet_even_if_it_is_named_twice(prod_pack: PolicyPack, subnets: list[str]) -> None:
    kind = "aws:eks/cluster:Cluster"
    finding = one(RULE, prod_pack.analyze(resource(kind, {"vpcConfig": {"subnetIds": subnets}})))
    assert (
        finding.message == f"vpcConfig.subnetIds: expected two at least, in different zones, found {len(set(subnets))}"
    )


def test_counts_subnets_that_are_not_known_yet(prod_pack: PolicyPack) -> None:
    for several in ([UNKNOWN, UNKNOWN], ["subnet-1", UNKNOWN]):
        assert of(RULE, prod_pack.analyze(resource("aws:eks/nodeGroup:NodeGroup", {"subnetIds": several}))) == []
    assert one(RULE, prod_pack.analyze(resource("aws:eks/nodeGroup:NodeGroup", {"subnetIds": [UNKNOWN]}))).message


@pytest.mark.parametrize(("kind", "place"), EVERY)
def test_cannot_judge_what_is_unknown_as_a_whole(prod_pack: PolicyPack, kind: str, place: str) -> None:
    finding = one(RULE, prod_pack.analyze(resource(kind, changed(VALID[kind], place, UNKNOWN))))
    assert (finding.level, finding.not_run) == ("advisory", True)


def test_takes_the_zones_of_a_group_or_the_mappings_of_a_balancer(prod_pack: PolicyPack) -> None:
    zones = {"availabilityZones": ["eu-west-1a", "eu-west-1b"]}
    assert of(RULE, prod_pack.analyze(resource("aws:autoscaling/group:Group", zones))) == []
    mappings = {"subnetMappings": [{"subnetId": each} for each in TWO]}
    assert of(RULE, prod_pack.analyze(resource("aws:lb/loadBalancer:LoadBalancer", mappings))) == []


def test_reports_a_file_system_of_one_zone(prod_pack: PolicyPack) -> None:
    one_zone = {"availabilityZoneName": "eu-west-1a"}
    assert one(RULE, prod_pack.analyze(resource("aws:efs/fileSystem:FileSystem", one_zone))).message.endswith("1a")


def test_reports_replicas_that_spread_over_machines_only(prod_pack: PolicyPack) -> None:
    kind = "kubernetes:monitoring.coreos.com/v1:Prometheus"
    broken = changed(REPLICATED, "spec.topologySpreadConstraints[0]", REMOVED)
    assert "topology.kubernetes.io/zone" in one(RULE, prod_pack.analyze(resource(kind, broken))).message
    assert one(RULE, prod_pack.analyze(resource(kind, changed(REPLICATED, "spec.replicas", 1)))).message.endswith("1")


def test_asks_nothing_of_a_collector_on_every_machine(prod_pack: PolicyPack) -> None:
    kind = "kubernetes:opentelemetry.io/v1beta1:OpenTelemetryCollector"
    assert of(RULE, prod_pack.analyze(resource(kind, {"spec": {"mode": "daemonset"}}))) == []
    assert one(RULE, prod_pack.analyze(resource(kind, {"spec": {"mode": UNKNOWN, "replicas": 1}}))).not_run


def test_a_single_grafana_may_move_unless_a_volume_keeps_it(prod_pack: PolicyPack) -> None:
    kind = "kubernetes:grafana.integreatly.org/v1beta1:Grafana"
    assert of(RULE, prod_pack.analyze(resource(kind, {"spec": {}}))) == []
    kept: dict[str, Any] = {"spec": {"persistentVolumeClaim": {"spec": {}}}}
    assert len(of(RULE, prod_pack.analyze(resource(kind, kept)))) == 2


@pytest.mark.parametrize(("kind", "place"), EVERY)
def test_asks_nothing_of_other_environments(pack: PolicyPack, kind: str, place: str) -> None:
    assert of(RULE, pack.analyze(resource(kind, changed(VALID[kind], place, REMOVED)))) == []


@pytest.mark.parametrize("kind", sorted(kind for kind in JUDGES if kind.startswith("aws:")))
def test_the_installed_provider_has_every_kind(kind: str) -> None:
    assert getattr(resource_class(kind), "pulumi_type", None) == kind
