"""Base and environment, drift and its repair, destruction and its proof."""

import pytest

from compiler.errors import UserError
from sandbox.aws import moto
from sandbox.aws.aws_target import AwsTarget
from sandbox.kubernetes.store import FileCluster
from tests.sandbox.lab import Lab

ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"


def test_the_base_comes_first_and_its_secrets_stay_secret(toy: Lab) -> None:
    plan = toy.run("preview", "dev")
    assert plan.ops() == {"create": 25}
    assert repr(plan.get("aws:kms/alias:Alias", "key").inputs["targetKeyId"]) == "<computed>"
    result = toy.run("up", "dev")
    assert repr(result.outputs["password"]) == "<secret>"
    assert result.get("aws:kms/alias:Alias", "key").inputs["targetKeyId"].startswith("arn:aws:kms:")
    assert toy.run("preview", "dev").ops() == {"same": 25}


def test_what_a_base_learns_in_the_same_change_is_there_for_its_stack(cloud: Lab) -> None:
    program = """
        if pulumi.get_stack() == "dev-base":
            key = aws.kms.Key("key")
            pulumi.export("arn", key.arn)
            {also}
        else:
            reference = pulumi.StackReference("organization/toy/dev-base")
            aws.kms.Alias("key", name="alias/dev", target_key_id=reference.require_output("{output}"))
    """
    stacks = {"Pulumi_dev_yaml": "", "Pulumi_dev-base_yaml": ""}
    cloud.write(program.format(also="", output="arn"), **stacks)
    cloud.run("up", "dev")
    cloud.write(program.format(also='pulumi.export("again", key.arn)', output="again"), **stacks)
    assert cloud.run("preview", "dev").ops() == {"same": 2}
    cloud.write(program.format(also='pulumi.export("more", aws.kms.Key("more").arn)', output="more"), **stacks)
    assert cloud.run("up", "dev").ops() == {"create": 1, "same": 1, "update": 1}


def test_two_environments_fit_in_one_account(toy: Lab) -> None:
    toy.run("up")
    toy.run("up", "dev")
    toy.run("destroy", "dev")
    assert toy.run("refresh").drift == []
    assert toy.run("up").ops() == {"same": 26}


def test_drift_is_reported_and_repaired(toy: Lab) -> None:
    toy.run("up")
    assert toy.run("refresh").drift == []
    toy.aws("logs").put_retention_policy(logGroupName="/local/app", retentionInDays=1)
    toy.aws("cloudwatch").delete_alarms(AlarmNames=["local-alarm-0"])
    cluster = FileCluster(toy.state / "cluster.db")
    key = next(key for key in sorted(cluster.keys()) if "ConfigMap" in key)
    cluster._db.execute("""update objects set body = replace(body, '"a": "b', '"a": "x') where key = ?""", (key,))
    found = {
        (each.urn.rpartition("::")[2], each.property): (each.expected, each.found) for each in toy.run("refresh").drift
    }
    assert found == {
        ("app", "retentionInDays"): (30, 1),
        ("alarm-0", "gone"): ("local-alarm-0", None),
        ("settings", "data"): ({"a": "b\nc\n"}, {"a": "x\nc\n"}),
    }
    assert toy.run("up").ops() == {"create": 1, "same": 23, "update": 2}
    assert toy.run("refresh").drift == []


def test_destroy_leaves_nothing_and_stops_moto(toy: Lab) -> None:
    toy.run("up", "dev")
    result = toy.run("destroy", "dev")
    assert result.ops() == {"delete": 25}
    assert result.left == []
    assert moto.running(toy.state) is None
    assert toy.listing() == {}
    assert not list(toy.state.glob("stacks/*"))


def test_what_survives_a_deletion_is_named(cloud: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    cloud.up('aws.sns.Topic("t", name="t")')
    monkeypatch.setattr(AwsTarget, "delete", lambda *_: None)
    result = cloud.run("destroy")
    assert [urn.rpartition("::")[2] for urn in result.left] == ["t"]


def test_what_is_gone_already_is_fine(cloud: Lab) -> None:
    cloud.up('aws.sns.Topic("t", name="t")\naws.s3.Bucket("bbb", bucket="bbb")\naws.kms.Key("k")')
    cloud.aws("s3").delete_bucket(Bucket="bbb")
    assert cloud.run("destroy").left == []


def test_a_base_in_use_is_not_destroyed(toy: Lab) -> None:
    toy.run("up", "dev")
    with pytest.raises(UserError, match="stack dev is deployed on it"):
        toy.run("destroy", "dev-base")


@pytest.mark.parametrize("verb", ["refresh", "destroy"])
def test_a_stack_that_is_not_there(lab: Lab, verb: str) -> None:
    lab.write("pass")
    with pytest.raises(UserError, match="stack 'local' is not deployed"):
        lab.run(verb)


def test_an_object_of_another_owner_is_refused(cloud: Lab) -> None:
    cloud.up('k8s.core.v1.Namespace("a", metadata={"name": "n"})')
    with pytest.raises(UserError, match="Namespace /n exists already and belongs to"):
        cloud.up(
            'k8s.core.v1.Namespace("a", metadata={"name": "n"})\nk8s.core.v1.Namespace("b", metadata={"name": "n"})'
        )


SECRET = """
provider = k8s.Provider("cluster", enable_secret_mutable={mutable})
k8s.core.v1.Secret(
    "s",
    metadata={{"name": "s", "namespace": "default"}},
    string_data={{"key": "{value}"}},
    opts=Opts(provider=provider),
)
"""


@pytest.mark.parametrize(("mutable", "op"), [("True", "update"), ("False", "replace")])
def test_a_changed_secret_is_replaced_unless_the_provider_may_change_it(cloud: Lab, mutable: str, op: str) -> None:
    cloud.write(SECRET.format(mutable=mutable, value="one"))
    cloud.run("up")
    cloud.write(SECRET.format(mutable=mutable, value="two"))
    assert cloud.run("preview").ops()[op] == 1


def test_destroy_says_what_it_listed(toy: Lab) -> None:
    toy.run("up")
    notes = toy.run("destroy").notes
    assert any("both clouds listed" in note and "none are left" in note for note in notes), notes
