"""The function holds its documents, stands in the network, and is called once for each version of them."""

from __future__ import annotations

import json
from dataclasses import replace
from ipaddress import IPv4Network

from components.logs.search_setup import SearchSetup, SearchSetupArgs
from tests.components.isolated import TAGS, Deployed, arn, deploy, in_aws

ARGS = SearchSetupArgs(
    name="observability-prod-search-setup",
    runtime="python3.13",
    documents='[{"path": "/x", "body": {}}]',
    values={"archive_bucket": "archive"},
    endpoint="https://logs.example.com",
    role_arn=arn("setup"),
    vpc_id="vpc-1",
    subnet_ids=["subnet-a"],
    domain_cidr=IPv4Network("10.0.0.0/16"),
    key_arn="arn:aws:kms:us-east-1:123456789012:key/1",
    log_days=90,
    tags=TAGS,
)


def made(args: SearchSetupArgs = ARGS) -> Deployed:
    return deploy(lambda: SearchSetup("search-setup", args, in_aws()))


def test_the_function_is_the_folder_and_its_documents() -> None:
    inputs = made().one("Function").inputs
    files = inputs["code"]["assets"]
    assert files["search_setup/documents.json"]["text"] == ARGS.documents
    module, _, function = inputs["handler"].rpartition(".")
    assert f"def {function}(" in files[f"{module.replace('.', '/')}.py"]["text"]
    assert "path" not in str([list(file) for file in files.values()])


def test_it_is_called_with_what_the_stack_knows_and_again_when_the_documents_change() -> None:
    first, same, other = (
        json.loads(made(args).one("Invocation").inputs["input"])
        for args in (ARGS, ARGS, replace(ARGS, documents='[{"path": "/y"}]'))
    )
    assert first["endpoint"] == ARGS.endpoint
    assert first["values"] == {"archive_bucket": "archive"}
    assert first == same
    assert first["digest"] != other["digest"]


def test_it_reaches_the_domain_and_nothing_else() -> None:
    deployed = made()
    group = deployed.one("SecurityGroup")
    assert deployed.one("Function").inputs["vpcConfig"] == {
        "subnetIds": ["subnet-a"],
        "securityGroupIds": ["search-setup-id"],
    }
    rule = deployed.one("SecurityGroupEgressRule")
    assert (rule.inputs["cidrIpv4"], rule.inputs["fromPort"], rule.inputs["toPort"]) == ("10.0.0.0/16", 443, 443)
    assert group.urn in rule.dependencies
    assert not deployed.of("SecurityGroupIngressRule")


def test_its_log_is_there_before_it() -> None:
    deployed = made()
    assert deployed.one("LogGroup").urn in deployed.one("Function").dependencies
