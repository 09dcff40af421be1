"""What only the platform reaches is accepted; each property that keeps everybody out is broken in turn."""

from __future__ import annotations

import json
from typing import Any

import pytest

from policies.rules.no_public_access import JUDGES
from policies.support.documents import RESOURCE_POLICIES
from sandbox.analyzer import PolicyPack
from tests.policies.specs import UNKNOWN, changed, of, one, resource
from tests.program.sdk import resource_class

RULE = "no-public-access"
BLOCK = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"
BUCKET = "aws:s3/bucket:Bucket"
ACL = "aws:s3/bucketAcl:BucketAcl"
EKS = "aws:eks/cluster:Cluster"
SEARCH = "aws:opensearch/domain:Domain"
MSK = "aws:msk/cluster:Cluster"
GROUP = "aws:ec2/securityGroup:SecurityGroup"
OLD_RULE = "aws:ec2/securityGroupRule:SecurityGroupRule"
INGRESS_RULE = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
SERVICE = "kubernetes:core/v1:Service"
INGRESS = "kubernetes:networking.k8s.io/v1:Ingress"
TOPIC_POLICY = "aws:sns/topicPolicy:TopicPolicy"
PERMISSION = "aws:lambda/permission:Permission"
INTERNAL = "service.beta.kubernetes.io/aws-load-balancer-scheme"
ALL_USERS = "http://acs.amazonaws.com/groups/global/AllUsers"
ACCOUNT = "123456789012"
CLOSED = {"blockPublicAcls": True, "blockPublicPolicy": True, "ignorePublicAcls": True, "restrictPublicBuckets": True}

VALID: list[tuple[str, dict[str, Any]]] = [
    (BLOCK, CLOSED),
    (BUCKET, {"acl": "private"}),
    (ACL, {"accessControlPolicy": {"grants": [{"grantee": {"type": "CanonicalUser", "id": "x"}}]}}),
    (EKS, {"vpcConfig": {"endpointPublicAccess": False}}),
    (EKS, {"vpcConfig": {"endpointPublicAccess": True, "publicAccessCidrs": ["203.0.113.0/24"]}}),
    (SEARCH, {"vpcOptions": {"subnetIds": ["subnet-1"]}}),
    (SEARCH, {"vpcOptions": {"subnetIds": UNKNOWN}}),
    (MSK, {"brokerNodeGroupInfo": {"connectivityInfo": {"publicAccess": {"type": "DISABLED"}}}}),
    (MSK, {"brokerNodeGroupInfo": {"clientSubnets": ["subnet-1"]}}),
    ("aws:rds/instance:Instance", {"publiclyAccessible": False}),
    ("aws:rds/clusterInstance:ClusterInstance", {}),
    ("aws:lb/loadBalancer:LoadBalancer", {"internal": True}),
    ("aws:lambda/functionUrl:FunctionUrl", {"authorizationType": "AWS_IAM"}),
    (PERMISSION, {"principal": "*", "principalOrgId": "o-1"}),
    (GROUP, {"ingress": [{"cidrBlocks": ["10.0.0.0/8"], "ipv6CidrBlocks": ["fd00::/16"]}], "egress": []}),
    (GROUP, {"ingress": [], "egress": [{"cidrBlocks": ["0.0.0.0/0"]}]}),
    (OLD_RULE, {"type": "egress", "cidrBlocks": ["0.0.0.0/0"]}),
    (INGRESS_RULE, {"cidrIpv4": "10.0.0.0/16"}),
    (INGRESS_RULE, {"referencedSecurityGroupId": "sg-1"}),
    (SERVICE, {"metadata": {}, "spec": {"ports": []}}),
    (SERVICE, {"metadata": {"annotations": {INTERNAL: "internal"}}, "spec": {"type": "LoadBalancer"}}),
    (INGRESS, {"metadata": {"annotations": {"alb.ingress.kubernetes.io/scheme": "internal"}}}),
]
BROKEN: list[tuple[str, dict[str, Any], str]] = [
    *((BLOCK, changed(CLOSED, flag, value), flag) for flag in CLOSED for value in (False, None)),
    (BUCKET, {"acl": "public-read"}, "acl"),
    (ACL, {"acl": "authenticated-read"}, "acl"),
    (
        ACL,
        {"accessControlPolicy": {"grants": [{"grantee": {"type": "Group", "uri": ALL_USERS}}]}},
        "accessControlPolicy.grants[0].grantee.uri",
    ),
    (EKS, {"vpcConfig": {}}, "vpcConfig.endpointPublicAccess"),
    (EKS, {"vpcConfig": {"endpointPublicAccess": True}}, "vpcConfig.endpointPublicAccess"),
    (EKS, {"vpcConfig": {"publicAccessCidrs": ["203.0.113.0/24", "0.0.0.0/0"]}}, "vpcConfig.endpointPublicAccess"),
    (SEARCH, {}, "vpcOptions.subnetIds"),
    (
        MSK,
        {"brokerNodeGroupInfo": {"connectivityInfo": {"publicAccess": {"type": "SERVICE_PROVIDED_EIPS"}}}},
        "brokerNodeGroupInfo.connectivityInfo.publicAccess.type",
    ),
    ("aws:rds/instance:Instance", {"publiclyAccessible": True}, "publiclyAccessible"),
    ("aws:rds/clusterInstance:ClusterInstance", {"publiclyAccessible": True}, "publiclyAccessible"),
    ("aws:redshift/cluster:Cluster", {"publiclyAccessible": True}, "publiclyAccessible"),
    ("aws:dms/replicationInstance:ReplicationInstance", {}, "publiclyAccessible"),
    ("aws:lb/loadBalancer:LoadBalancer", {}, "internal"),
    ("aws:lambda/functionUrl:FunctionUrl", {"authorizationType": "NONE"}, "authorizationType"),
    (PERMISSION, {"principal": "*"}, "principal"),
    (GROUP, {"ingress": [{"cidrBlocks": ["10.0.0.0/8", "0.0.0.0/0"]}]}, "ingress[0].cidrBlocks[1]"),
    (GROUP, {"ingress": [{"ipv6CidrBlocks": ["::/0"]}]}, "ingress[0].ipv6CidrBlocks[0]"),
    (GROUP, {"ingress": [{"cidrBlocks": ["128.0.0.0/1"]}]}, "ingress[0].cidrBlocks[0]"),
    ("aws:ec2/defaultSecurityGroup:DefaultSecurityGroup", {"ingress": [{"cidrBlocks": ["0.0.0.0/0"]}]}, "ingress[0]"),
    (OLD_RULE, {"type": "ingress", "cidrBlocks": ["0.0.0.0/0"]}, "cidrBlocks[0]"),
    (INGRESS_RULE, {"cidrIpv4": "0.0.0.0/0"}, "cidrIpv4"),
    (INGRESS_RULE, {"cidrIpv6": "::/0"}, "cidrIpv6"),
    (SERVICE, {"metadata": {}, "spec": {"type": "LoadBalancer"}}, "metadata.annotations"),
    (
        SERVICE,
        {"metadata": {"annotations": {INTERNAL: "internet-facing"}}, "spec": {"type": "LoadBalancer"}},
        "metadata.annotations",
    ),
    (
        INGRESS,
        {"metadata": {"annotations": {"alb.ingress.kubernetes.io/scheme": "internet-facing"}}},
        "metadata.annotations",
    ),
]
UNJUDGED: list[tuple[str, dict[str, Any]]] = [
    (BLOCK, changed(CLOSED, "blockPublicAcls", UNKNOWN)),
    (EKS, {"vpcConfig": {"endpointPublicAccess": UNKNOWN}}),
    (GROUP, {"ingress": [{"cidrBlocks": [UNKNOWN]}]}),
    (SERVICE, {"metadata": {"annotations": UNKNOWN}, "spec": {"type": "LoadBalancer"}}),
    (SERVICE, {"metadata": {}, "spec": {"type": UNKNOWN}}),
    (INGRESS, {"metadata": {"annotations": UNKNOWN}}),
    (TOPIC_POLICY, {"policy": UNKNOWN}),
]
NARROWED: list[dict[str, Any]] = [
    {"Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}},
    {"Principal": {"Service": "cloudwatch.amazonaws.com"}},
    {"Condition": {"StringEquals": {"aws:SourceAccount": ACCOUNT}}},
    {"Condition": {"ArnLike": {"AWS:SourceArn": f"arn:aws:cloudwatch:eu-west-1:{ACCOUNT}:alarm:*"}}},
    {"Condition": {"IpAddress": {"aws:SourceIp": ["203.0.113.0/24"]}}},
    {"Effect": "Deny"},
]
OPEN: list[dict[str, Any]] = [
    {},
    {"Principal": {"AWS": "*"}},
    {"Principal": {"AWS": [f"arn:aws:iam::{ACCOUNT}:root", "*"]}},
    {"Principal": None, "NotPrincipal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}},
    {"Condition": {"Bool": {"aws:SecureTransport": "true"}}},
    {"Condition": {"StringNotEquals": {"aws:SourceAccount": ACCOUNT}}},
    {"Condition": {"StringEqualsIfExists": {"aws:SourceAccount": ACCOUNT}}},
    {"Condition": {"StringLike": {"aws:SourceAccount": "*"}}},
    {"Condition": {"ArnLike": {"aws:SourceArn": "arn:aws:*:*:*:*"}}},
    {"Condition": {"IpAddress": {"aws:SourceIp": ["203.0.113.0/24", "0.0.0.0/0"]}}},
]


def policy(changes: dict[str, Any]) -> str:
    statement = {"Sid": "Publish", "Effect": "Allow", "Principal": "*", "Action": "sns:Publish", "Resource": "arn"}
    statement = {key: value for key, value in {**statement, **changes}.items() if value is not None}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


@pytest.mark.parametrize(("kind", "properties"), VALID)
def test_accepts_what_only_the_platform_reaches(pack: PolicyPack, kind: str, properties: dict[str, Any]) -> None:
    assert of(RULE, pack.analyze(resource(kind, properties))) == []


@pytest.mark.parametrize(("kind", "properties", "place"), BROKEN)
def test_reports_what_everybody_reaches(pack: PolicyPack, kind: str, properties: dict[str, Any], place: str) -> None:
    finding = one(RULE, pack.analyze(resource(kind, properties)))
    assert (finding.level, finding.message.startswith(place)) == ("mandatory", True), finding.message


@pytest.mark.parametrize(("kind", "properties"), UNJUDGED)
def test_cannot_judge_what_decides_and_is_unknown(pack: PolicyPack, kind: str, properties: dict[str, Any]) -> None:
    finding = one(RULE, pack.analyze(resource(kind, properties)))
    assert (finding.level, finding.not_run) == ("advisory", True)


def test_reports_the_rest_beside_what_is_unknown(pack: PolicyPack) -> None:
    broken = changed(changed(CLOSED, "blockPublicAcls", UNKNOWN), "blockPublicPolicy", value=False)
    assert [found.level for found in of(RULE, pack.analyze(resource(BLOCK, broken)))] == ["mandatory", "advisory"]


@pytest.mark.parametrize("changes", NARROWED)
def test_accepts_a_statement_for_particular_callers(pack: PolicyPack, changes: dict[str, Any]) -> None:
    assert of(RULE, pack.analyze(resource(TOPIC_POLICY, {"policy": policy(changes)}))) == []


@pytest.mark.parametrize("changes", OPEN)
def test_reports_a_statement_for_everybody(pack: PolicyPack, changes: dict[str, Any]) -> None:
    finding = one(RULE, pack.analyze(resource(TOPIC_POLICY, {"policy": policy(changes)})))
    assert (finding.level, finding.message.split(":")[0]) == ("mandatory", "policy.Statement[Publish]")


@pytest.mark.parametrize("kind", sorted(RESOURCE_POLICIES))
def test_reads_the_policy_of_every_kind_as_text_and_as_an_object(pack: PolicyPack, kind: str) -> None:
    name = RESOURCE_POLICIES[kind][0]
    for document in (policy({}), json.loads(policy({}))):
        found = of(RULE, pack.analyze(resource(kind, {name: document, "vpcOptions": {"subnetIds": ["subnet-1"]}})))
        assert [finding.message.split(":")[0] for finding in found] == [f"{name}.Statement[Publish]"]


@pytest.mark.parametrize("kind", sorted(kind for kind in (*JUDGES, *RESOURCE_POLICIES) if kind.startswith("aws:")))
def test_the_installed_provider_has_every_kind(kind: str) -> None:
    assert getattr(resource_class(kind), "pulumi_type", None) == kind
