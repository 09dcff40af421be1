"""A role is assumed by one service, and handed out when its policies are attached."""

from __future__ import annotations

import json
from typing import Any

import pulumi_aws as aws
import pytest

from components.parts.service_role import PODS, ServiceRole, ServiceRoleArgs
from tests.components.isolated import TAGS, Deployed, deploy, in_aws

STATEMENT = {"Effect": "Allow", "Action": "logs:PutLogEvents", "Resource": "arn:aws:logs:us-east-1:1:log-group:a"}


def _role(service: str) -> Deployed:
    args = ServiceRoleArgs("obs-prod-role", service, TAGS, ["service-role/Managed"], [STATEMENT])

    def program() -> None:
        options = in_aws()
        role = ServiceRole("role", args, options)
        aws.sqs.Queue("user", policy=role.arn, opts=options)

    return deploy(program)


def _trust(deployed: Deployed) -> Any:
    (statement,) = json.loads(deployed.one("Role").inputs["assumeRolePolicy"])["Statement"]
    return statement


@pytest.mark.parametrize(
    ("service", "actions"),
    [("eks.amazonaws.com", ["sts:AssumeRole"]), (PODS, ["sts:AssumeRole", "sts:TagSession"])],
)
def test_one_service_takes_it_on(service: str, actions: list[str]) -> None:
    trust = _trust(_role(service))
    assert (trust["Principal"], trust["Action"]) == ({"Service": service}, actions)


def test_has_the_named_policies_and_no_others() -> None:
    deployed = _role("eks.amazonaws.com")
    assert deployed.one("RolePolicyAttachment").inputs["policyArn"] == "arn:aws:iam::aws:policy/service-role/Managed"
    assert json.loads(deployed.one("RolePolicy").inputs["policy"])["Statement"] == [STATEMENT]


def test_whoever_uses_it_comes_after_its_policies() -> None:
    deployed = _role("eks.amazonaws.com")
    policies = {deployed.one(kind).urn for kind in ("Role", "RolePolicy", "RolePolicyAttachment")}
    assert policies <= set(deployed.one("Queue").dependencies)
