"""When a change counts, and what the rows of what holds data make of it."""

from typing import Any

import pytest

from sandbox.aws.aws_target import AwsTarget
from sandbox.aws.cloud import Cloud
from sandbox.conditions import meets
from sandbox.model import Resource
from sandbox.values import UNKNOWN, Change, changes


@pytest.mark.parametrize(
    ("when", "old", "new", "expected"),
    [
        ("changes", None, 1, True),
        ("differs", 1, 2, True), ("differs", None, 2, False), ("differs", 1, None, False),
        ("comes", None, 1, True), ("comes", 1, None, True), ("comes", 1, 2, False),
        ("goes", 1, None, True), ("goes", None, 1, False), ("goes", 1, 2, False),
        ("set", True, False, True), ("set", False, True, False), ("set", None, True, False), ("set", True, None, True),
        ("shrinks", "10Gi", "9Gi", True), ("shrinks", "1Gi", "1G", True), ("shrinks", "1G", "1Gi", False),
        ("shrinks", "1Ki", "1k", True), ("shrinks", "1.5Gi", "1024Mi", True), ("shrinks", "10Gi", None, False),
        ("lower", "OpenSearch_2.19", "OpenSearch_2.9", True), ("lower", "3.9.0", "3.10.0", False),
        ("from dualstack", "dualstack", "ipv4", True), ("from dualstack", "ipv4", "dualstack", False),
        ("to on", "off", "on", True), ("to on", None, "on", True), ("to on", "on", None, False),
        ("lower", "2", UNKNOWN, False),
    ],
)  # fmt: skip
def test_a_change_counts_when_it_is_of_the_kind(when: str, old: Any, new: Any, *, expected: bool) -> None:
    assert meets("a.b", when, Change("a.b", old, new)) is expected


@pytest.mark.parametrize(
    ("path", "changed", "expected"),
    [("a", "a.b", True), ("a.b", "a", True), ("a.b", "a.c", False), ("a[*].b", "a[1].b", True), ("*", "a", True)],
)
def test_without_a_condition_above_and_below_count_as_well(path: str, changed: str, *, expected: bool) -> None:
    assert meets(path, "changes", Change(changed, 1, 2)) is expected


DOMAIN: dict[str, Any] = {
    "domainName": "logs",
    "engineVersion": "OpenSearch_2.19",
    "clusterConfig": {"instanceCount": 3},
    "encryptAtRest": {"enabled": True, "kmsKeyId": "one"},
    "nodeToNodeEncryption": {"enabled": True},
    "vpcOptions": {"subnetIds": ["a", "b"], "securityGroupIds": ["c"]},
}
BROKERS = {
    "clusterName": "logs",
    "kafkaVersion": "3.9.x",
    "numberOfBrokerNodes": 3,
    "brokerNodeGroupInfo": {"clientSubnets": ["a"], "instanceType": "kafka.m7g.large", "securityGroups": ["s"]},
    "encryptionInfo": {"encryptionAtRestKmsKeyArn": "one", "encryptionInTransit": {"clientBroker": "TLS"}},
}
KUBERNETES = {
    "name": "prod",
    "version": "1.34",
    "kubernetesNetworkConfig": {"serviceIpv4Cidr": "172.20.0.0/16", "elasticLoadBalancing": {"enabled": False}},
    "encryptionConfig": {"provider": {"keyArn": "one"}},
    "vpcConfig": {"subnetIds": ["a", "b"]},
}


@pytest.mark.parametrize(
    ("token", "inputs", "changed", "replaced"),
    [
        ("aws:opensearch/domain:Domain", DOMAIN, {"clusterConfig": {"instanceCount": 6}}, False),
        ("aws:opensearch/domain:Domain", DOMAIN, {"engineVersion": "OpenSearch_3.1"}, False),
        ("aws:opensearch/domain:Domain", DOMAIN, {"engineVersion": "OpenSearch_2.9"}, True),
        ("aws:opensearch/domain:Domain", DOMAIN, {"encryptAtRest": {"enabled": True, "kmsKeyId": "two"}}, True),
        ("aws:opensearch/domain:Domain", DOMAIN, {"nodeToNodeEncryption": {"enabled": False}}, True),
        ("aws:opensearch/domain:Domain", DOMAIN, {"vpcOptions": {**DOMAIN["vpcOptions"], "subnetIds": ["d"]}}, False),
        ("aws:opensearch/domain:Domain", DOMAIN, {"vpcOptions": None}, True),
        ("aws:msk/cluster:Cluster", BROKERS, {"numberOfBrokerNodes": 6}, False),
        ("aws:msk/cluster:Cluster", BROKERS, {"kafkaVersion": "3.10.x"}, False),
        ("aws:msk/cluster:Cluster", BROKERS, {"kafkaVersion": "3.8.x"}, True),
        ("aws:msk/cluster:Cluster", BROKERS, {"brokerNodeGroupInfo": {"clientSubnets": ["b"]}}, True),
        ("aws:msk/cluster:Cluster", BROKERS, {"encryptionInfo": {"encryptionAtRestKmsKeyArn": "two"}}, True),
        ("aws:eks/cluster:Cluster", KUBERNETES, {"version": "1.35"}, False),
        ("aws:eks/cluster:Cluster", KUBERNETES, {"vpcConfig": {"subnetIds": ["a", "c"]}}, False),
        ("aws:eks/cluster:Cluster", KUBERNETES, {"encryptionConfig": None}, True),
        ("aws:eks/cluster:Cluster", KUBERNETES, {"kubernetesNetworkConfig": {"serviceIpv4Cidr": "10.0.0.0/16"}}, True),
    ],
)  # fmt: skip
def test_what_holds_data_is_replaced_only_for_what_the_provider_cannot_change(
    token: str, inputs: dict[str, Any], changed: dict[str, Any], *, replaced: bool
) -> None:
    forcing = AwsTarget(Cloud(None)).replaces(Resource("u", token, "n", inputs=inputs), {})
    found = list(changes(inputs, {**inputs, **changed}))
    assert found
    assert any(meets(path, when, change) for change in found for path, when in forcing.items()) is replaced
