"""Provider functions."""

import json

import pytest

from compiler.errors import UserError
from sandbox.aws.functions import invoke
from sandbox.values import Secret

DOCUMENT = "aws:iam/getPolicyDocument:getPolicyDocument"


def test_a_policy_document_is_rendered_as_the_provider_does() -> None:
    statement = {
        "sid": "Publish",
        "actions": ["sns:Publish", "sns:Get"],
        "resources": ["*"],
        "principals": [{"type": "Service", "identifiers": ["b.amazonaws.com", "a.amazonaws.com"]}],
        "conditions": [{"test": "StringEquals", "variable": "aws:SourceAccount", "values": ["1"]}],
    }
    answer = invoke(DOCUMENT, {"statements": [statement, {"effect": "Deny", "notActions": ["s3:*"]}]}, "r").result
    assert json.loads(answer["json"]) == {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "Publish",
                "Effect": "Allow",
                "Action": ["sns:Get", "sns:Publish"],
                "Resource": "*",
                "Principal": {"Service": ["a.amazonaws.com", "b.amazonaws.com"]},
                "Condition": {"StringEquals": {"aws:SourceAccount": "1"}},
            },
            {"Effect": "Deny", "NotAction": "s3:*"},
        ],
    }
    assert json.loads(answer["minifiedJson"]) == json.loads(answer["json"])


def test_documents_are_merged_by_sid() -> None:
    source = json.dumps({"Statement": {"Sid": "a", "Effect": "Deny", "Action": "x", "Resource": "*"}})
    override = json.dumps({"Statement": [{"Sid": "b", "Effect": "Deny", "Action": "z", "Resource": "*"}]})
    own = {"sid": "b", "actions": ["y"], "principals": [{"type": "*", "identifiers": ["*"]}]}
    arguments = {"sourcePolicyDocuments": [source], "overridePolicyDocuments": [override], "statements": [own]}
    merged = json.loads(invoke(DOCUMENT, arguments, "r").result["json"])["Statement"]
    assert [(each["Sid"], each["Effect"], each["Action"]) for each in merged] == [
        ("a", "Deny", "x"),
        ("b", "Deny", "z"),
    ]


def test_a_real_secret_is_out_of_reach() -> None:
    answer = invoke("aws:secretsmanager/getSecretVersion:getSecretVersion", {"secretId": "pager"}, "eu-west-1")
    assert isinstance(answer.result["secretString"], Secret)
    assert answer.note == "secret pager is out of reach: a dummy stands in for it"


def test_identity_region_and_partition() -> None:
    assert invoke("aws:index/getCallerIdentity:getCallerIdentity", {}, "r").result["accountId"] == "123456789012"
    assert invoke("aws:index/getRegion:getRegion", {}, "eu-west-1").result["region"] == "eu-west-1"
    assert invoke("aws:index/getPartition:getPartition", {}, "r").result["partition"] == "aws"


def test_an_unknown_function_says_where_to_add_it() -> None:
    with pytest.raises(UserError, match=r"add one to sandbox/aws/functions\.py"):
        invoke("aws:a/b:c", {}, "r")
