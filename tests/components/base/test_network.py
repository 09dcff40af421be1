"""A network over several zones: nodes have no public address, and zones are independent in prod."""

from __future__ import annotations

from ipaddress import IPv4Network
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.base.network import Network, NetworkArgs, private_blocks, public_blocks
from tests.components.isolated import TAGS, Deployed, Registered, deploy, in_aws

KEY = "arn:aws:kms:us-east-1:123456789012:key/1"
ZONES = ["us-east-1a", "us-east-1b", "us-east-1c"]
TAGLESS = {"Route", "RouteTableAssociation", "RolePolicy"}


def _network(*, nat_per_zone: bool, zones: int = 3) -> Deployed:
    args = NetworkArgs("obs-prod", IPv4Network("10.0.0.0/16"), ZONES[:zones], nat_per_zone, "us-east-1", KEY, 90, TAGS)
    return deploy(lambda: Network("platform", args, in_aws()))


@pytest.fixture(scope="module")
def prod() -> Deployed:
    return _network(nat_per_zone=True)


@pytest.fixture(scope="module")
def dev() -> Deployed:
    return _network(nat_per_zone=False, zones=2)


@given(st.integers(16, 20), st.integers(1, 15))
def test_subnets_lie_within_the_network_and_apart(prefix: int, zones: int) -> None:
    cidr = IPv4Network(f"10.0.0.0/{prefix}")
    blocks = [*list(private_blocks(cidr))[:zones], *list(public_blocks(cidr))[:zones]]
    assert len(blocks) == 2 * zones
    assert all(block.subnet_of(cidr) for block in blocks)
    # AWS takes no subnet that is smaller.
    assert max(block.prefixlen for block in blocks) <= 28
    assert not [pair for pair in combinations(blocks, 2) if pair[0].overlaps(pair[1])]


@pytest.mark.parametrize("side", ["private", "public"])
@pytest.mark.promise("zones")
def test_every_zone_has_a_subnet_of_each_side_that_gives_no_public_address(prod: Deployed, side: str) -> None:
    subnets = [each for each in prod.of("Subnet") if side in each.name]
    assert [each.inputs["availabilityZone"] for each in subnets] == ZONES
    assert {each.inputs["mapPublicIpOnLaunch"] for each in subnets} == {False}


def _ways_out(deployed: Deployed) -> list[str]:
    routes = [each for each in deployed.of("Route") if "private" in each.name]
    return [each.inputs["natGatewayId"] for each in routes]


def test_each_zone_has_a_way_out_of_its_own_where_it_matters(prod: Deployed) -> None:
    assert _ways_out(prod) == ["platform-0-id", "platform-1-id", "platform-2-id"]
    assert len(prod.of("NatGateway")) == len(prod.of("Eip")) == 3


@pytest.mark.promise("natPerZone")
def test_one_way_out_serves_all_zones_elsewhere(dev: Deployed) -> None:
    assert _ways_out(dev) == ["platform-0-id", "platform-0-id"]
    assert len(dev.of("NatGateway")) == len(dev.of("Eip")) == 1


def test_a_gateway_waits_for_its_own_way_out(prod: Deployed) -> None:
    public = prod.one("Route", "platform-public")
    assert public.inputs["gatewayId"] == "platform-id"
    assert all(public.urn in each.dependencies for each in prod.of("NatGateway"))


def test_s3_is_reached_from_every_private_subnet_inside_aws(prod: Deployed) -> None:
    inputs = prod.one("VpcEndpoint").inputs
    assert (inputs["serviceName"], inputs["vpcEndpointType"]) == ("com.amazonaws.us-east-1.s3", "Gateway")
    assert inputs["routeTableIds"] == [f"platform-private-{zone}-id" for zone in range(3)]


def test_the_default_security_group_lets_nothing_through(prod: Deployed) -> None:
    inputs = prod.one("DefaultSecurityGroup").inputs
    assert (inputs["ingress"], inputs["egress"]) == ([], [])


def test_names_resolve_within_the_network(prod: Deployed) -> None:
    inputs = prod.one("Vpc").inputs
    assert (inputs["enableDnsSupport"], inputs["enableDnsHostnames"]) == (True, True)


def test_all_traffic_is_logged_encrypted_and_not_for_ever(prod: Deployed) -> None:
    group, flow = prod.one("LogGroup").inputs, prod.one("FlowLog").inputs
    assert (group["name"], group["kmsKeyId"], group["retentionInDays"]) == ("/aws/vpc/obs-prod/flow", KEY, 90)
    assert (flow["trafficType"], flow["vpcId"]) == ("ALL", "platform-id")
    assert flow["logDestination"].endswith(":platform-flow")


def test_everything_that_takes_tags_has_them(prod: Deployed) -> None:
    made: list[Registered] = [each for each in prod.resources if each.type.startswith("aws:")]
    bare = [each.urn for each in made if each.type.rpartition(":")[2] not in TAGLESS and "tags" not in each.inputs]
    assert bare == []
    assert all(each.inputs["tags"].items() >= TAGS.to_dict().items() for each in made if "tags" in each.inputs)
