"""Topics are encrypted, say who may publish, and have a reader each."""

from __future__ import annotations

import json
from typing import Any

import pulumi_aws as aws
import pytest

from components.cloud.alert_topics import AlertTopics, AlertTopicsArgs
from tests.components.isolated import ACCOUNT, TAGS, Deployed, arn, deploy, in_aws

EMAILS = {"p1": "oncall@company.com", "ml_team": "ml-platform@company.com"}
KEY = "arn:aws:kms:us-east-1:123456789012:key/1"


@pytest.fixture(scope="module")
def deployed() -> Deployed:
    args = AlertTopicsArgs(EMAILS, "prod", ACCOUNT, KEY, TAGS)
    return deploy(lambda: AlertTopics("alerts", args, in_aws()))


@pytest.mark.parametrize("topic", EMAILS)
def test_topic_carries_its_environment_and_is_encrypted_with_the_stacks_key(deployed: Deployed, topic: str) -> None:
    inputs = deployed.one("Topic", topic).inputs
    assert (inputs["name"], inputs["kmsMasterKeyId"]) == (f"{topic}-prod", KEY)
    assert inputs["tags"] == TAGS.to_dict()


@pytest.mark.parametrize(("topic", "email"), EMAILS.items())
def test_topic_has_a_reader(deployed: Deployed, topic: str, email: str) -> None:
    inputs = deployed.one("TopicSubscription", topic).inputs
    assert inputs == {"topic": arn(topic), "protocol": "email", "endpoint": email}


def _statement(deployed: Deployed, sid: str) -> dict[str, Any]:
    policy = json.loads(deployed.one("TopicPolicy", "p1").inputs["policy"])
    by_sid: dict[str, dict[str, Any]] = {statement["Sid"]: statement for statement in policy["Statement"]}
    return by_sid[sid]


@pytest.mark.parametrize("service", ["cloudwatch.amazonaws.com", "budgets.amazonaws.com"])
def test_alarms_and_budgets_of_this_account_may_publish(deployed: Deployed, service: str) -> None:
    statement = _statement(deployed, "Publishers")
    assert (statement["Effect"], statement["Action"], statement["Resource"]) == ("Allow", "sns:Publish", arn("p1"))
    assert service in statement["Principal"]["Service"]
    assert statement["Condition"] == {"StringEquals": {"aws:SourceAccount": ACCOUNT}}


def test_nobody_publishes_without_tls(deployed: Deployed) -> None:
    statement = _statement(deployed, "TlsOnly")
    assert (statement["Effect"], statement["Principal"], statement["Action"]) == ("Deny", "*", "sns:Publish")
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_arns_are_handed_out_after_the_policy() -> None:
    """An alarm that fires in between would be refused by its topic."""

    def program() -> None:
        options = in_aws()
        topics = AlertTopics("alerts", AlertTopicsArgs(EMAILS, "prod", ACCOUNT, KEY, TAGS), options)
        aws.cloudwatch.Dashboard("user", dashboard_name="user", dashboard_body=topics.arns["p1"])

    deployed = deploy(program)
    assert deployed.one("Dashboard").inputs["dashboardBody"] == arn("p1")
    assert deployed.one("TopicPolicy", "p1").urn in deployed.one("Dashboard").dependencies
