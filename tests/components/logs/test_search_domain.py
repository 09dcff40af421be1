"""The domain: encrypted, inside the network, known callers only, with its logs in CloudWatch."""

from __future__ import annotations

import json
from dataclasses import replace
from ipaddress import IPv4Network

import pulumi
import pytest

from components.logs.search_domain import SearchDomain, SearchDomainArgs, setup_statements, snapshot_statements
from components.parts.service_role import ServiceRole, ServiceRoleArgs
from tests.components.isolated import ACCOUNT, TAGS, Deployed, arn, deploy, in_aws

KEY = "arn:aws:kms:us-east-1:123456789012:key/1"
DOMAIN = f"arn:aws:es:us-east-1:{ACCOUNT}:domain/observability-prod-logs"
ARGS = SearchDomainArgs(
    name="observability-prod-logs",
    version="OpenSearch_3.1",
    instance_type="r6g.xlarge.search",
    instance_count=3,
    manager_type="m6g.large.search",
    storage_gib=500,
    vpc_id="vpc-1",
    subnet_ids=["subnet-a", "subnet-b", "subnet-c"],
    client_cidr=IPv4Network("10.0.0.0/16"),
    administrator_arn=arn("setup"),
    account_id=ACCOUNT,
    region="us-east-1",
    key_arn=KEY,
    log_days=90,
    tags=TAGS,
    protect=True,
)


def made(args: SearchDomainArgs) -> Deployed:
    return deploy(lambda: SearchDomain("logs", args, in_aws()))


@pytest.fixture(scope="module")
def deployed() -> Deployed:
    return made(ARGS)


def test_production_stands_in_three_zones_with_managers_of_their_own(deployed: Deployed) -> None:
    inputs = deployed.one("Domain").inputs
    assert inputs["clusterConfig"] == {
        "instanceType": "r6g.xlarge.search",
        "instanceCount": 3,
        "zoneAwarenessEnabled": True,
        "zoneAwarenessConfig": {"availabilityZoneCount": 3},
        "dedicatedMasterEnabled": True,
        "dedicatedMasterType": "m6g.large.search",
        "dedicatedMasterCount": 3,
    }
    assert inputs["vpcOptions"]["subnetIds"] == ["subnet-a", "subnet-b", "subnet-c"]
    assert deployed.one("Domain").protect


def test_one_small_node_stands_in_one_subnet() -> None:
    small = made(replace(ARGS, instance_count=1, manager_type="", instance_type="t3.medium.search", protect=False))
    inputs = small.one("Domain").inputs
    assert inputs["clusterConfig"] == {
        "instanceType": "t3.medium.search",
        "instanceCount": 1,
        "zoneAwarenessEnabled": False,
        "dedicatedMasterEnabled": False,
    }
    # AWS refuses more subnets than zones.
    assert inputs["vpcOptions"]["subnetIds"] == ["subnet-a"]


def test_encrypts_at_rest_between_nodes_and_to_clients(deployed: Deployed) -> None:
    inputs = deployed.one("Domain").inputs
    assert inputs["encryptAtRest"] == {"enabled": True, "kmsKeyId": KEY}
    assert inputs["nodeToNodeEncryption"] == {"enabled": True}
    assert inputs["domainEndpointOptions"]["enforceHttps"] is True
    assert "TLS-1-2" in inputs["domainEndpointOptions"]["tlsSecurityPolicy"]


def test_only_roles_of_the_account_are_let_in_and_none_by_password(deployed: Deployed) -> None:
    inputs = deployed.one("Domain").inputs
    assert inputs["advancedSecurityOptions"] == {
        "enabled": True,
        "internalUserDatabaseEnabled": False,
        "masterUserOptions": {"masterUserArn": arn("setup")},
    }
    (statement,) = json.loads(inputs["accessPolicies"])["Statement"]
    assert statement["Principal"] == {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}
    assert statement["Resource"] == f"{DOMAIN}/*"
    assert not any("*" in action for action in statement["Action"])


def test_only_the_network_reaches_it_and_only_by_https(deployed: Deployed) -> None:
    (rule,) = deployed.of("SecurityGroupIngressRule")
    found = {key: rule.inputs[key] for key in ("cidrIpv4", "ipProtocol", "fromPort", "toPort")}
    assert found == {"cidrIpv4": "10.0.0.0/16", "ipProtocol": "tcp", "fromPort": 443, "toPort": 443}
    assert deployed.one("SecurityGroup").urn in rule.dependencies
    assert not deployed.of("SecurityGroupEgressRule")


def test_its_logs_have_groups_before_it_and_nobody_else_may_write_them(deployed: Deployed) -> None:
    groups = {group.inputs["name"]: group for group in deployed.of("LogGroup")}
    names = {f"/aws/opensearch/observability-prod-logs/{kind}" for kind in ("audit", "application")}
    assert set(groups) == names
    assert all((each.inputs["retentionInDays"], each.inputs["kmsKeyId"]) == (90, KEY) for each in groups.values())
    published = {each["logType"] for each in deployed.one("Domain").inputs["logPublishingOptions"]}
    assert published == {"AUDIT_LOGS", "ES_APPLICATION_LOGS"}
    policy = deployed.one("LogResourcePolicy")
    assert policy.urn in deployed.one("Domain").dependencies
    (statement,) = json.loads(policy.inputs["policyDocument"])["Statement"]
    assert statement["Condition"]["ArnLike"] == {"aws:SourceArn": DOMAIN}
    assert statement["Condition"]["StringEquals"] == {"aws:SourceAccount": ACCOUNT}


def test_hands_out_an_address_with_its_scheme() -> None:
    def program() -> None:
        domain = SearchDomain("logs", ARGS, in_aws())
        pulumi.export("endpoint", domain.endpoint)

    assert deploy(program).outputs_of("SearchDomain")["endpoint"].startswith("https://")


def test_roles_may_do_what_they_must_and_nothing_else() -> None:
    def program() -> None:
        for name, statements in (("setup", setup_statements("D", "R")), ("snapshots", snapshot_statements("B", "K"))):
            ServiceRole(name, ServiceRoleArgs(name, "service", TAGS, statements=statements), in_aws())

    made = deploy(program)
    setup, snapshots = (json.loads(made.one("RolePolicy", name).inputs["policy"]) for name in ("setup", "snapshots"))
    requests, role = setup["Statement"]
    assert (requests["Resource"], role["Resource"], role["Action"]) == ("D/*", "R", ["iam:PassRole"])
    assert not any("*" in action for action in requests["Action"])
    listing, objects, key = snapshots["Statement"]
    assert (listing["Resource"], objects["Resource"], key["Resource"]) == ("B", "B/snapshots/*", "K")
    assert objects["Action"] == ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"]
