"""The notifier's function, its rights, its triggers, and its dead-letter queue."""

from __future__ import annotations

import json
from typing import Any

import pulumi
import pytest

from components.cloud.notifier import Notifier, NotifierArgs
from tests.components.isolated import ACCOUNT, TAGS, Deployed, arn, deploy, in_aws

KEY = "arn:aws:kms:us-east-1:123456789012:key/1"
TOPICS = {"p0": arn("p0"), "p1": arn("p1")}
SECRETS = ["observability/prod/pagerduty-call-key", "observability/prod/slack-alerts-url"]


def args() -> NotifierArgs:
    return NotifierArgs(
        name="observability-prod-notifier",
        runtime="python3.13",
        routing='{"channels": {}}',
        topic_arns={name: pulumi.Output.from_input(topic) for name, topic in TOPICS.items()},
        secrets=SECRETS,
        secret_arns=[arn("own")],
        region="us-east-1",
        account_id=pulumi.Output.from_input(ACCOUNT),
        key_arn=KEY,
        log_days=30,
        tags=TAGS,
    )


@pytest.fixture(scope="module")
def deployed() -> Deployed:
    return deploy(lambda: Notifier("notifier", args(), in_aws()))


def test_the_function_is_the_folder_and_its_table(deployed: Deployed) -> None:
    inputs = deployed.one("Function").inputs
    assert (inputs["name"], inputs["runtime"]) == ("observability-prod-notifier", "python3.13")
    files = inputs["code"]["assets"]
    assert files["notifier/routing.json"]["text"] == '{"channels": {}}'
    module, _, function = inputs["handler"].rpartition(".")
    assert f"def {function}(" in files[f"{module.replace('.', '/')}.py"]["text"]
    assert "path" not in str([list(file) for file in files.values()])
    assert inputs["tags"] == TAGS.to_dict()
    assert "environment" not in inputs


def test_its_log_is_kept_and_encrypted_and_there_before_it(deployed: Deployed) -> None:
    group = deployed.one("LogGroup")
    assert group.inputs["name"] == "/aws/lambda/observability-prod-notifier"
    assert (group.inputs["retentionInDays"], group.inputs["kmsKeyId"]) == (30, KEY)
    assert deployed.one("Function").inputs["loggingConfig"]["logGroup"] == group.inputs["name"]
    assert group.urn in deployed.one("Function").dependencies


def _statements(deployed: Deployed) -> dict[str, dict[str, Any]]:
    policy = json.loads(deployed.one("RolePolicy").inputs["policy"])
    return {statement["Sid"]: statement for statement in policy["Statement"]}


def test_it_may_do_what_it_must_and_nothing_else(deployed: Deployed) -> None:
    allowed = {sid: (each["Action"], each["Resource"]) for sid, each in _statements(deployed).items()}
    secrets = [arn("own"), *_of_others()]
    own = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:observability-prod-notifier"
    assert allowed == {
        "Log": (["logs:CreateLogStream", "logs:PutLogEvents"], [f"{arn('notifier')}:*"]),
        "Secrets": (["secretsmanager:GetSecretValue"], secrets),
        "Key": (["kms:Decrypt", "kms:GenerateDataKey"], [KEY]),
        "HandOver": (["lambda:InvokeFunction"], [own]),
        "DeadLetters": (["sqs:SendMessage"], [arn("notifier-dead-letters")]),
    }


def _of_others() -> list[str]:
    return [f"arn:aws:secretsmanager:us-east-1:{ACCOUNT}:secret:{name}-??????" for name in SECRETS]


@pytest.mark.parametrize("topic", TOPICS)
def test_each_topic_calls_it_once_it_may(deployed: Deployed, topic: str) -> None:
    permission = deployed.one("Permission", f"notifier-{topic}")
    assert permission.inputs["principal"] == "sns.amazonaws.com"
    assert permission.inputs["sourceArn"] == TOPICS[topic]
    subscription = deployed.one("TopicSubscription", f"notifier-{topic}")
    assert subscription.inputs == {"topic": TOPICS[topic], "protocol": "lambda", "endpoint": arn("notifier")}
    assert permission.urn in subscription.dependencies


def test_what_it_cannot_tell_is_tried_again_and_then_kept(deployed: Deployed) -> None:
    config = deployed.one("FunctionEventInvokeConfig").inputs
    assert config["maximumRetryAttempts"] == 2
    assert config["destinationConfig"]["onFailure"]["destination"] == arn("notifier-dead-letters")
    queue = deployed.one("Queue").inputs
    assert (queue["kmsMasterKeyId"], queue["messageRetentionSeconds"]) == (KEY, 14 * 24 * 3600)


def test_its_timeout_leaves_time_for_every_channel(deployed: Deployed) -> None:
    """Three channels: two tries of six seconds for a secret each, five to connect and five for the answer."""
    assert deployed.one("Function").inputs["timeout"] > 3 * (2 * (3 + 3) + 5 + 5)


def test_its_outputs_name_the_function_and_the_queue(deployed: Deployed) -> None:
    assert deployed.outputs_of("Notifier") == {
        "function": "observability-prod-notifier",
        "dead_letters": "observability-prod-notifier-dead-letters",
    }
