"""Amazon MSK: inside the network, encrypted by the platform's key, access by declared right, a broker in each zone."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv4Network

import pulumi
import pytest

from components.logs.msk import Msk, MskArgs
from tests.components.isolated import TAGS, Deployed, deploy, in_aws

KEY = "arn:aws:kms:us-east-1:123456789012:key/1"
ARGS = MskArgs(
    name="observability-prod-logs",
    version="3.9.x.kraft",
    instance_type="kafka.m7g.large",
    brokers=3,
    volume_gib=200,
    vpc_id="vpc-1",
    subnet_ids=["subnet-a", "subnet-b", "subnet-c", "subnet-d"],
    client_cidr=IPv4Network("10.0.0.0/16"),
    key_arn=KEY,
    log_days=90,
    tags=TAGS,
    protect=True,
)


def made(args: MskArgs) -> Deployed:
    return deploy(lambda: Msk("kafka", args, in_aws()))


@pytest.fixture(scope="module")
def deployed() -> Deployed:
    return made(ARGS)


def test_users_have_passwords_over_tls_and_nobody_comes_without(deployed: Deployed) -> None:
    inputs = deployed.one("Cluster").inputs
    assert inputs["clientAuthentication"] == {"sasl": {"scram": True, "iam": True}, "unauthenticated": False}
    assert inputs["encryptionInfo"] == {
        "encryptionAtRestKmsKeyArn": KEY,
        "encryptionInTransit": {"clientBroker": "TLS", "inCluster": True},
    }
    assert deployed.one("Cluster").protect
    assert inputs["tags"] == TAGS.to_dict()


def test_what_has_no_right_written_down_is_refused(deployed: Deployed) -> None:
    properties = dict(
        line.split("=", 1) for line in deployed.one("Configuration").inputs["serverProperties"].split("\n")
    )
    assert properties["allow.everyone.if.no.acl.found"] == "false"
    assert properties["auto.create.topics.enable"] == "false"
    assert (properties["default.replication.factor"], properties["min.insync.replicas"]) == ("3", "2")
    assert deployed.one("Cluster").inputs["configurationInfo"]["arn"] == "the ARN of the configuration"


@pytest.mark.parametrize(("brokers", "zones"), [(2, 2), (3, 3), (4, 4), (6, 3), (5, None), (1, None)])
def test_brokers_are_a_multiple_of_their_zones(brokers: int, zones: int | None) -> None:
    args = replace(ARGS, brokers=brokers)
    if zones is None:
        with pytest.raises(pulumi.RunError, match="kafkaBrokers: expected a multiple of 2 to 4"):
            made(args)
        return
    inputs = made(args).one("Cluster").inputs
    subnets = inputs["brokerNodeGroupInfo"]["clientSubnets"]
    assert len(subnets) >= min(zones, 3)
    assert brokers % len(subnets) == 0


def test_the_network_reaches_it_by_two_ports_and_it_calls_nobody(deployed: Deployed) -> None:
    rules = [each.inputs for each in deployed.of("SecurityGroupIngressRule")]
    assert {(rule["fromPort"], rule["toPort"], rule["cidrIpv4"]) for rule in rules} == {
        (9096, 9096, "10.0.0.0/16"),
        (9098, 9098, "10.0.0.0/16"),
    }
    assert deployed.of("SecurityGroupEgressRule") == []


def test_its_log_is_kept_as_long_as_the_platforms_others(deployed: Deployed) -> None:
    log = deployed.one("LogGroup").inputs
    assert (log["name"], log["retentionInDays"], log["kmsKeyId"]) == ("/aws/msk/observability-prod-logs", 90, KEY)


def test_clients_are_told_where_passwords_are_taken(deployed: Deployed) -> None:
    assert deployed.outputs_of("Msk")["bootstrap"] == "b-1.logs.example.com:9096"
