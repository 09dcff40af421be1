"""Kafka by one setting: Strimzi or MSK, and clients that know none of it."""

from __future__ import annotations

import pytest
import yaml

from sandbox import api
from sandbox.values import UNKNOWN, Secret
from tests.program.copies import copied
from tests.program.previews import Ran, Runs

INSTANCE = "observability:kafkaInstanceType"
CLIENTS = {"fluent-bit", "log-collector", "log-job"}


@pytest.fixture(scope="module")
def msk(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    """Return a deployment of dev with MSK, to the sandbox's cloud."""
    folder = tmp_path_factory.mktemp("msk")
    project = copied(folder / "project")
    file = project / "Pulumi.dev.yaml"
    document = yaml.safe_load(file.read_text(encoding="utf-8"))
    document["config"] |= {"observability:kafka": "msk", "observability:kafkaBrokers": 2, INSTANCE: "kafka.m5.4xlarge"}
    file.write_text(yaml.safe_dump(document), encoding="utf-8")
    summary = api.run("preview", "dev", project=project, state=folder / "state")
    assert not summary.blocking
    return Ran(summary.resources, summary.outputs)


def strimzi(ran: Ran) -> list[str]:
    return [each.type for each in ran.kubernetes if "kafka.strimzi.io" in each.type]


def test_strimzi_is_what_a_stack_has_that_says_nothing(preview: Runs) -> None:
    ran = preview("dev")
    assert strimzi(ran)
    assert [each for each in ran.aws if each.type.startswith("aws:msk/")] == []


@pytest.mark.promise("kafka")
def test_msk_takes_the_place_of_all_of_strimzi(msk: Ran, preview: Runs) -> None:
    assert strimzi(msk) == []
    assert "strimzi" not in {each.name for each in msk.of("Release")}
    topics = {each.inputs["name"] for each in msk.aws if each.type == "aws:msk/topic:Topic"}
    assert topics == {each.inputs["spec"]["topicName"] for each in preview("dev").of("KafkaTopic")}
    assert len(msk.of("SingleScramSecretAssociation")) == len(CLIENTS)


@pytest.mark.promise("kafkaInstanceType")
def test_brokers_of_msk_have_the_type_that_is_set(msk: Ran) -> None:
    (cluster,) = [each for each in msk.aws if each.type == "aws:msk/cluster:Cluster"]
    assert cluster.inputs["brokerNodeGroupInfo"]["instanceType"] == "kafka.m5.4xlarge"


def test_clients_mount_the_same_secrets_either_way(msk: Ran, preview: Runs) -> None:
    for kind in ("DaemonSet", "StatefulSet", "FlinkDeployment"):
        assert mounted(msk, kind) == mounted(preview("dev"), kind)
    made = {str(each.inputs["metadata"]["name"]) for each in msk.kubernetes if each.type.endswith(":Secret")}
    assert CLIENTS | {"kafka-cluster-ca-cert"} <= made


def mounted(ran: Ran, kind: str) -> set[str]:
    pods = [str(each.inputs["spec"]) for each in ran.of(kind) if each.name in CLIENTS]
    assert pods
    return {name for name in (*CLIENTS, "kafka-cluster-ca-cert") if any(f"'secretName': '{name}'" in p for p in pods)}


def test_no_secret_has_two_owners(msk: Ran, preview: Runs) -> None:
    """Strimzi makes a secret of each user's name, and writes over what it finds there."""
    for ran in (msk, preview("dev")):
        ours = [str(each.inputs["metadata"]["name"]) for each in ran.kubernetes if each.type.endswith(":Secret")]
        strimzis = [each.inputs["metadata"]["name"] for each in ran.of("KafkaUser")]
        assert len(ours) == len(set(ours))
        assert not set(ours) & set(strimzis)


def test_passwords_are_secret_on_their_way(msk: Ran) -> None:
    versions = [each for each in msk.of("SecretVersion") if "AmazonMSK_" in each.name]
    assert len(versions) == len(CLIENTS)
    assert all(
        isinstance(each.inputs["secretString"], Secret) or each.inputs["secretString"] is UNKNOWN for each in versions
    )


def test_secrets_of_msk_are_named_as_msk_wants_them(msk: Ran) -> None:
    names = {each.inputs["name"] for each in msk.aws if each.type.endswith(":Secret")}
    assert {name for name in names if name.startswith("AmazonMSK_")} == {
        f"AmazonMSK_observability-dev-logs-{client}" for client in CLIENTS
    }
