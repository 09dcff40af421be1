"""A policy that names its actions and resources is accepted; each name in turn becomes a wildcard."""

from __future__ import annotations

import json
from typing import Any

import pytest

from policies.support.documents import IDENTITY_POLICIES
from sandbox.analyzer import PolicyPack
from tests.policies.specs import UNKNOWN, of, one, resource
from tests.program.sdk import resource_class

RULE = "no-wildcard-actions"
POLICY = "aws:iam/policy:Policy"
ROLE = "aws:iam/role:Role"
KEY = "aws:kms/key:Key"
CLUSTER_ROLE = "kubernetes:rbac.authorization.k8s.io/v1:ClusterRole"
ATTACHMENT = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
BUCKET = "arn:aws:s3:::observability-prod-archive"
STATEMENT: dict[str, Any] = {
    "Sid": "Read",
    "Effect": "Allow",
    "Action": ["s3:GetObject", "s3:ListBucket"],
    "Resource": [BUCKET, f"{BUCKET}/*"],
}
RIGHTS: dict[str, Any] = {"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}


def document(**changes: object) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": {**STATEMENT, **changes}})


def test_accepts_named_actions_on_named_resources(pack: PolicyPack) -> None:
    assert of(RULE, pack.analyze(resource(POLICY, {"policy": document()}))) == []


def test_accepts_a_wildcard_in_what_is_denied(pack: PolicyPack) -> None:
    denied = document(Effect="Deny", Action="s3:*", Resource="*")
    assert of(RULE, pack.analyze(resource(POLICY, {"policy": denied}))) == []


@pytest.mark.parametrize(
    ("action", "shown"), [("*", "*"), ("s3:*", "s3:*"), (["s3:GetObject", "s3:Put*"], "s3:Put*"), ("s3:?et", "s3:?et")]
)
def test_reports_an_action_with_a_wildcard(pack: PolicyPack, action: object, shown: str) -> None:
    finding = one(RULE, pack.analyze(resource(POLICY, {"policy": document(Action=action)})))
    assert finding.level == "mandatory"
    assert finding.message.startswith("policy.Statement[Read].Action: expected")
    assert finding.message.endswith(f"found {shown}")


@pytest.mark.parametrize("everything", ["*", ["*"], [BUCKET, "*"], "arn:aws:s3:::*", "arn:aws:logs:eu-west-1:1:*"])
def test_reports_all_resources(pack: PolicyPack, everything: object) -> None:
    finding = one(RULE, pack.analyze(resource(POLICY, {"policy": document(Resource=everything)})))
    assert finding.message.startswith("policy.Statement[Read].Resource: expected")


@pytest.mark.parametrize("name", ["NotAction", "NotResource"])
def test_reports_what_is_allowed_by_exception(pack: PolicyPack, name: str) -> None:
    finding = one(RULE, pack.analyze(resource(POLICY, {"policy": document(**{name: "x"})})))
    assert finding.message.startswith(f"policy.Statement[Read].{name}:")


def test_takes_all_resources_in_a_keys_policy_for_the_key(pack: PolicyPack) -> None:
    named = document(Action=["kms:Decrypt"], Resource="*")
    assert of(RULE, pack.analyze(resource(KEY, {"policy": named}))) == []
    wild = document(Action=["kms:*"], Resource="*")
    assert one(RULE, pack.analyze(resource(KEY, {"policy": wild}))).message.endswith("found kms:*")


@pytest.mark.parametrize("kind", sorted(IDENTITY_POLICIES))
def test_reads_every_document_of_every_kind(pack: PolicyPack, kind: str) -> None:
    assert getattr(resource_class(kind), "pulumi_type", None) == kind
    for path in IDENTITY_POLICIES[kind]:
        name, _, inner = path.partition("[].")
        wild = document(Action="*")
        finding = one(RULE, pack.analyze(resource(kind, {name: [{inner: wild}] if inner else wild})))
        assert finding.message.startswith(name)


@pytest.mark.parametrize("kind", ["aws:s3/bucketPolicy:BucketPolicy", "aws:sns/topicPolicy:TopicPolicy"])
def test_reads_the_policies_of_resources_too(pack: PolicyPack, kind: str) -> None:
    assert one(RULE, pack.analyze(resource(kind, {"policy": document(Action="*")}))).level == "mandatory"


def test_cannot_judge_a_document_that_is_unknown_but_reports_the_rest(pack: PolicyPack) -> None:
    finding = one(RULE, pack.analyze(resource(POLICY, {"policy": UNKNOWN})))
    assert (finding.level, finding.not_run) == ("advisory", True)
    role = {"assumeRolePolicy": UNKNOWN, "inlinePolicies": [{"policy": document(Action="*")}]}
    assert [found.level for found in of(RULE, pack.analyze(resource(ROLE, role)))] == ["mandatory", "advisory"]


@pytest.mark.parametrize("name", ["AdministratorAccess", "PowerUserAccess", "AmazonS3FullAccess"])
def test_reports_a_policy_of_aws_that_allows_all(pack: PolicyPack, name: str) -> None:
    arn = f"arn:aws:iam::aws:policy/{name}"
    assert one(RULE, pack.analyze(resource(ATTACHMENT, {"policyArn": arn}))).message.endswith(name)
    assert one(RULE, pack.analyze(resource(ROLE, {"managedPolicyArns": [arn]}))).message.endswith(name)


@pytest.mark.parametrize("arn", ["arn:aws:iam::aws:policy/CloudWatchReadOnlyAccess", UNKNOWN])
def test_accepts_another_policy(pack: PolicyPack, arn: str) -> None:
    assert of(RULE, pack.analyze(resource(ATTACHMENT, {"policyArn": arn}))) == []


def test_accepts_a_role_of_the_cluster_that_names_what_it_may(pack: PolicyPack) -> None:
    assert of(RULE, pack.analyze(resource(CLUSTER_ROLE, {"rules": [RIGHTS]}))) == []


@pytest.mark.parametrize("name", ["apiGroups", "resources", "verbs", "nonResourceURLs"])
def test_reports_a_wildcard_in_a_role_of_the_cluster(pack: PolicyPack, name: str) -> None:
    finding = one(RULE, pack.analyze(resource(CLUSTER_ROLE, {"rules": [RIGHTS, {**RIGHTS, name: ["*"]}]})))
    assert finding.message.startswith(f"rules[1].{name}[0]: expected")
