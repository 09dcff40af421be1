"""Topics and users of MSK: as declared, passwords secret everywhere, and the clients' secrets as Strimzi makes them."""

from __future__ import annotations

import json
from pathlib import Path

import certifi
import pulumi
import pytest

from compiler.catalog.catalog import Catalog
from compiler.logs.kafka import topics, users
from compiler.target import Target
from components.logs.kafka import CA_SECRET
from components.logs.msk_access import MskAccess, MskAccessArgs
from sandbox.values import Secret
from tests.components.isolated import TAGS, Deployed, deploy, in_aws, in_cluster

KEY = "arn:aws:kms:us-east-1:123456789012:key/1"
CLUSTER = "arn:aws:kafka:us-east-1:123456789012:cluster/observability-prod-logs/1"
WORD = "correct-horse"


@pytest.fixture(scope="module")
def deployed(catalog: Catalog, target: Target) -> Deployed:
    def program() -> None:
        passwords = {user.name: pulumi.Output.secret(f"{WORD}-{user.name}") for user in users(catalog, target)}
        args = MskAccessArgs(
            "observability-prod", CLUSTER, topics(catalog, target), passwords, "observability", KEY, TAGS
        )
        MskAccess("kafka", args, pulumi.ResourceOptions.merge(in_aws(), in_cluster()))

    return deploy(program)


def test_every_topic_is_there_with_its_limits(deployed: Deployed, catalog: Catalog, target: Target) -> None:
    found = {each.inputs["name"]: each.inputs for each in deployed.of("Topic")}
    wanted = {topic.name: topic for topic in topics(catalog, target)}
    assert set(found) == set(wanted)
    for name, inputs in found.items():
        assert (inputs["partitionCount"], inputs["replicationFactor"]) == (wanted[name].partitions, 3)
        assert inputs["clusterArn"] == CLUSTER
        assert json.loads(inputs["configs"]) == {key: str(value) for key, value in wanted[name].config.items()}


def test_each_user_has_a_secret_that_msk_takes(deployed: Deployed, catalog: Catalog, target: Target) -> None:
    names = {each.name for each in users(catalog, target)}
    secrets = [each.inputs for each in deployed.of("Secret") if each.type.startswith("aws:")]
    assert {each["name"] for each in secrets} == {f"AmazonMSK_observability-prod-{name}" for name in names}
    assert {each["kmsKeyId"] for each in secrets} == {KEY}
    assert len(deployed.of("SingleScramSecretAssociation")) == len(names)
    for version in deployed.of("SecretVersion"):
        hidden = version.inputs["secretString"]
        assert isinstance(hidden, Secret)
        credentials = json.loads(hidden.value)
        assert credentials["password"] == f"{WORD}-{credentials['username']}"


def test_no_password_is_anywhere_in_the_clear(deployed: Deployed) -> None:
    def plain(value: object) -> str:
        if isinstance(value, Secret):
            return ""
        if isinstance(value, dict):
            return "".join(map(plain, value.values()))
        return "".join(map(plain, value)) if isinstance(value, list) else str(value)

    assert WORD not in "".join(plain(each.inputs) for each in deployed.resources)


def test_clients_find_what_strimzi_would_give_them(deployed: Deployed, catalog: Catalog, target: Target) -> None:
    mounted = {
        each.inputs["metadata"]["name"]: each.inputs["stringData"]
        for each in deployed.of("Secret")
        if "metadata" in each.inputs
    }
    assert set(mounted) == {CA_SECRET} | {user.name for user in users(catalog, target)}
    assert all(set(mounted[user.name].value) == {"password"} for user in users(catalog, target))
    assert set(mounted[CA_SECRET].value) == {"ca.crt"}


def test_the_roots_are_amazons_as_everybody_has_them() -> None:
    roots = Path("components/logs/amazon-roots.pem").read_text(encoding="utf-8")
    known = Path(certifi.where()).read_text(encoding="utf-8")
    begin, end = "-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----"
    bodies = [part.partition(end)[0].strip() for part in roots.split(begin)[1:]]
    assert len(bodies) == 5
    assert all(body in known for body in bodies)
