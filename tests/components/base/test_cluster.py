"""The cluster is private, encrypted and logged; its pods and people have rights of their own."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from components.base.cluster import Cluster, ClusterArgs
from tests.components.isolated import TAGS, Deployed, arn, deploy, in_aws

KEY = "arn:aws:kms:us-east-1:123456789012:key/1"
ADMIN = "arn:aws:iam::123456789012:role/sre"
ARGS = ClusterArgs(
    name="obs-prod",
    version="1.35",
    subnet_ids=["subnet-a", "subnet-b"],
    key_arn=KEY,
    public_cidrs=[],
    admin_arns=[],
    log_days=90,
    instance_type="m6i.large",
    node_count=3,
    protect=False,
    tags=TAGS,
)
BEFORE = {"vpc-cni", "kube-proxy", "eks-pod-identity-agent"}
AFTER = {"coredns", "aws-ebs-csi-driver"}


def _cluster(args: ClusterArgs) -> Deployed:
    return deploy(lambda: Cluster("platform", args, in_aws()))


@pytest.fixture(scope="module")
def deployed() -> Deployed:
    return _cluster(ARGS)


@pytest.mark.promise("clusterPublicCidrs")
def test_the_api_is_private_unless_networks_are_named(deployed: Deployed) -> None:
    private = deployed.one("Cluster").inputs["vpcConfig"]
    assert (private["endpointPrivateAccess"], private["endpointPublicAccess"]) == (True, False)
    public = _cluster(replace(ARGS, public_cidrs=["203.0.113.0/24"])).one("Cluster").inputs["vpcConfig"]
    assert (public["endpointPublicAccess"], public["publicAccessCidrs"]) == (True, ["203.0.113.0/24"])


def test_kubernetes_secrets_are_encrypted_with_the_stacks_key(deployed: Deployed) -> None:
    encryption = deployed.one("Cluster").inputs["encryptionConfig"]
    assert encryption == {"provider": {"keyArn": KEY}, "resources": ["secrets"]}


def test_the_control_plane_logs_to_a_group_that_is_there_before(deployed: Deployed) -> None:
    cluster, group = deployed.one("Cluster"), deployed.one("LogGroup")
    assert set(cluster.inputs["enabledClusterLogTypes"]) >= {"api", "audit", "authenticator"}
    assert (group.inputs["name"], group.inputs["kmsKeyId"]) == ("/aws/eks/obs-prod/cluster", KEY)
    assert group.inputs["retentionInDays"] == 90
    assert group.urn in cluster.dependencies


def test_access_is_granted_by_the_api_alone(deployed: Deployed) -> None:
    assert deployed.one("Cluster").inputs["accessConfig"]["authenticationMode"] == "API"
    assert deployed.of("AccessEntry") == []


def test_administrators_are_those_of_the_settings() -> None:
    made = _cluster(replace(ARGS, admin_arns=[ADMIN]))
    assert made.one("AccessEntry").inputs["principalArn"] == ADMIN
    policy = made.one("AccessPolicyAssociation").inputs
    assert policy["policyArn"].endswith("/AmazonEKSClusterAdminPolicy")
    assert (policy["principalArn"], policy["accessScope"]) == (ADMIN, {"type": "cluster"})


def test_add_ons_come_where_they_are_needed(deployed: Deployed) -> None:
    machines = deployed.one("NodeGroup")
    before = {each.name for each in deployed.of("Addon") if each.urn in machines.dependencies}
    after = {each.name for each in deployed.of("Addon") if machines.urn in each.dependencies}
    assert (before, after) == (BEFORE, AFTER)
    assert deployed.one("Cluster").inputs["bootstrapSelfManagedAddons"] is False


def test_network_policies_are_enforced(deployed: Deployed) -> None:
    settings = json.loads(deployed.one("Addon", "vpc-cni").inputs["configurationValues"])
    assert settings == {"enableNetworkPolicy": "true"}
    assert "configurationValues" not in deployed.one("Addon", "coredns").inputs


@pytest.mark.parametrize(
    ("add_on", "account", "policy"),
    [
        ("vpc-cni", "aws-node", "AmazonEKS_CNI_Policy"),
        ("aws-ebs-csi-driver", "ebs-csi-controller-sa", "service-role/AmazonEBSCSIDriverPolicy"),
    ],
)
def test_pods_that_call_aws_have_a_role_of_their_own(
    deployed: Deployed, add_on: str, account: str, policy: str
) -> None:
    (association,) = deployed.one("Addon", add_on).inputs["podIdentityAssociations"]
    assert association == {"roleArn": arn(add_on), "serviceAccount": account}
    trust = json.loads(deployed.one("Role", add_on).inputs["assumeRolePolicy"])["Statement"][0]
    assert trust["Principal"] == {"Service": "pods.eks.amazonaws.com"}
    attached = [each.inputs["policyArn"] for each in deployed.of("RolePolicyAttachment") if add_on in each.name]
    assert attached == [f"arn:aws:iam::aws:policy/{policy}"]


def test_the_volume_driver_may_use_the_key_and_nothing_more(deployed: Deployed) -> None:
    statements = json.loads(deployed.one("RolePolicy").inputs["policy"])["Statement"]
    assert {each["Resource"] for each in statements} == {KEY}
    (grant,) = [each for each in statements if each["Action"] == "kms:CreateGrant"]
    assert grant["Condition"] == {"Bool": {"kms:GrantIsForAWSResource": "true"}}


@pytest.mark.parametrize("protect", [True, False])
@pytest.mark.promise("protect")
def test_deletion_is_refused_on_both_sides_where_the_settings_say_so(*, protect: bool) -> None:
    cluster = _cluster(replace(ARGS, protect=protect)).one("Cluster")
    assert (cluster.protect, cluster.inputs["deletionProtection"]) == (protect, protect)


def test_whoever_deploys_to_it_waits_for_machines_and_names(deployed: Deployed) -> None:
    assert deployed.outputs_of("Cluster") == {"name": "obs-prod", "endpoint": "https://eks.example.com"}
