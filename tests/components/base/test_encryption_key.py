"""The key's policy: who may use it, for what, and on whose behalf."""

from __future__ import annotations

import json
from typing import Any

import pytest

from components.base.encryption_key import EncryptionKey, EncryptionKeyArgs
from tests.components.isolated import ACCOUNT, TAGS, Deployed, deploy, in_aws


@pytest.fixture(scope="module")
def deployed() -> Deployed:
    args = EncryptionKeyArgs("observability-prod-platform", ACCOUNT, "eu-west-1", TAGS)
    return deploy(lambda: EncryptionKey("platform", args, in_aws()))


@pytest.fixture(scope="module")
def statements(deployed: Deployed) -> dict[str, Any]:
    policy = json.loads(deployed.one("Key").inputs["policy"])
    return {statement["Sid"]: statement for statement in policy["Statement"]}


def test_rotates_every_year_and_waits_longest_before_it_is_deleted(deployed: Deployed) -> None:
    inputs = deployed.one("Key").inputs
    assert (inputs["enableKeyRotation"], inputs["deletionWindowInDays"]) == (True, 30)


@pytest.mark.parametrize("protect", [False, True])
def test_only_the_key_itself_is_protected_where_that_is_asked(*, protect: bool) -> None:
    args = EncryptionKeyArgs("observability-prod-platform", ACCOUNT, "eu-west-1", TAGS, protect=protect)
    made = deploy(lambda: EncryptionKey("platform", args, in_aws()))
    assert (made.one("Key").protect, made.one("Alias").protect) == (protect, False)


def test_alias_carries_the_environment_and_points_at_the_key(deployed: Deployed) -> None:
    inputs = deployed.one("Alias").inputs
    assert (inputs["name"], inputs["targetKeyId"]) == ("alias/observability-prod-platform", "platform")


@pytest.mark.parametrize("service", ["cloudwatch.amazonaws.com", "budgets.amazonaws.com"])
def test_publishers_to_encrypted_topics_may_use_it_for_this_account_only(
    statements: dict[str, Any], service: str
) -> None:
    statement = statements["Publishers"]
    assert service in statement["Principal"]["Service"]
    assert sorted(statement["Action"]) == ["kms:Decrypt", "kms:GenerateDataKey"]
    assert statement["Condition"] == {"StringEquals": {"aws:SourceAccount": ACCOUNT}}


def test_log_service_of_the_region_may_use_it_for_log_groups_of_this_account_only(statements: dict[str, Any]) -> None:
    statement = statements["LogGroups"]
    assert statement["Principal"] == {"Service": "logs.eu-west-1.amazonaws.com"}
    context = {"kms:EncryptionContext:aws:logs:arn": f"arn:aws:logs:eu-west-1:{ACCOUNT}:log-group:*"}
    assert statement["Condition"] == {"ArnLike": context}
    # CreateLogGroup asks for the key before it uses it.
    assert {"kms:Encrypt", "kms:Decrypt", "kms:GenerateDataKey", "kms:DescribeKey"} <= set(statement["Action"])


def test_account_can_still_change_the_policy(statements: dict[str, Any]) -> None:
    """KMS refuses a policy that locks everybody out."""
    statement = statements["Account"]
    assert statement["Principal"] == {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}
    assert {"kms:PutKeyPolicy", "kms:ScheduleKeyDeletion", "kms:Decrypt"} <= set(statement["Action"])


def test_no_action_has_a_wildcard_and_nobody_else_is_allowed(statements: dict[str, Any]) -> None:
    assert set(statements) == {"Account", "Publishers", "LogGroups"}
    for statement in statements.values():
        assert not [action for action in statement["Action"] if "*" in action]
        assert statement["Principal"] != "*"
        assert "*" not in statement["Principal"].values()


def test_gives_its_arn(deployed: Deployed) -> None:
    assert deployed.outputs_of("EncryptionKey") == {"arn": f"arn:aws:test:us-east-1:{ACCOUNT}:platform"}


def test_machines_disks_may_be_encrypted_by_auto_scaling_of_this_account_alone() -> None:
    """By a condition: KMS refuses a policy that names a role which does not exist yet."""
    args = EncryptionKeyArgs("observability-prod-platform", ACCOUNT, "eu-west-1", TAGS, for_machines=True)
    key = deploy(lambda: EncryptionKey("platform", args, in_aws())).one("Key")
    statements = {each["Sid"]: each for each in json.loads(key.inputs["policy"])["Statement"]}
    role = "role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling"
    caller = {"kms:CallerAccount": ACCOUNT, "aws:PrincipalArn": f"arn:aws:iam::{ACCOUNT}:{role}"}
    assert statements["Machines"]["Condition"] == {"StringEquals": caller}
    grants = {"StringEquals": caller, "Bool": {"kms:GrantIsForAWSResource": "true"}}
    assert (statements["MachinesGrants"]["Action"], statements["MachinesGrants"]["Condition"]) == (
        "kms:CreateGrant",
        grants,
    )
    assert not [action for action in statements["Machines"]["Action"] if "*" in action]
