"""Crashes: a run that is killed at any point loses nothing and doubles nothing."""

import multiprocessing
import os
import random
import re
import signal
import warnings
from collections.abc import Callable
from typing import Any
from zlib import crc32

import pytest

from sandbox.aws import moto
from sandbox.aws.aws_target import AwsTarget
from sandbox.kubernetes.kubernetes_target import KubernetesTarget
from sandbox.state import State
from tests.sandbox.lab import Lab

CALLS = [(AwsTarget, "create"), (AwsTarget, "update"), (AwsTarget, "delete"), (KubernetesTarget, "create"),
         (KubernetesTarget, "delete"), (State, "begin"), (State, "put"), (State, "drop")]  # fmt: skip
PROGRAM = """
    key = aws.kms.Key("key", description="logs", tags={{"team": "{team}"}})
    topic = aws.sns.Topic("t", name="{name}", kms_master_key_id=key.arn)
    aws.sns.TopicSubscription("s", topic=topic.arn, protocol="email", endpoint="a@example.org")
    space = k8s.core.v1.Namespace("n", metadata={{"name": "n"}})
    k8s.core.v1.ConfigMap("c", metadata={{"namespace": space.metadata["name"]}}, data={{"x": "{name}"}})
    aws.secretsmanager.Secret("s", name="{name}", tags={{"team": "{team}"}})
"""


def _run_until(lab: Lab, stop: Callable[[str, str], bool]) -> None:
    """Run up and kill the process at the first event that `stop` picks; events are "before/after Class.method"."""
    for owner, name in CALLS:
        original, label = getattr(owner, name), f"{owner.__name__}.{name}"

        def wrapped(*args: Any, _original: Any = original, _label: str = label, **kwargs: Any) -> Any:
            if stop("before", _label):
                os.kill(os.getpid(), signal.SIGKILL)
            result = _original(*args, **kwargs)
            if stop("after", _label):
                os.kill(os.getpid(), signal.SIGKILL)
            return result

        setattr(owner, name, wrapped)
    lab.run("up")


def crash(lab: Lab, stop: Callable[[str, str], bool]) -> bool:
    """Run up in a process of its own; return whether it was killed."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # fork in a process with threads: nothing of them is used
        process = multiprocessing.get_context("fork").Process(target=_run_until, args=(lab, stop))
        process.start()
    process.join()
    assert process.exitcode in {0, -signal.SIGKILL}
    return process.exitcode != 0


def names(lab: Lab) -> dict[str, list[str]]:
    """Return the listing without what the cloud makes up."""
    found = lab.listing()
    counted = {"aws:kms/key:Key", "aws:sns/topicSubscription:TopicSubscription", "aws:secretsmanager/secret:Secret"}
    made_up = re.compile("-[0-9a-f]{8}$")  # a generated name counts its replacements
    return {
        kind: [str(len(ids))] if kind in counted else [made_up.sub("", each) for each in ids]
        for kind, ids in found.items()
    }


@pytest.mark.parametrize("when", ["before AwsTarget.create", "after AwsTarget.create", "after State.put"])
@pytest.mark.parametrize("count", [1, 2, 3, 4])
def test_a_crash_around_a_creation_is_repaired(cloud: Lab, when: str, count: int) -> None:
    cloud.write(PROGRAM.format(name="one", team="ml"))
    seen = {"n": 0}

    def stop(moment: str, label: str) -> bool:
        seen["n"] += f"{moment} {label}" == when
        return seen["n"] == count

    assert crash(cloud, stop)
    result = cloud.run("up")
    assert not [each for each in cloud.state.glob("stacks/*.db") if State(each).open_intents()]
    assert names(cloud)["aws:kms/key:Key"] == ["1"]
    assert names(cloud)["aws:sns/topicSubscription:TopicSubscription"] == ["1"]
    assert names(cloud)["aws:secretsmanager/secret:Secret"] == ["1"]
    assert result.ops().get("replace", 0) == 0
    assert cloud.run("up").ops() == {"same": 6}
    adopted = when == "after AwsTarget.create"
    assert any("adopted" in note for note in result.notes) == adopted


@pytest.mark.parametrize("when", ["before AwsTarget.update", "after AwsTarget.update", "after AwsTarget.delete"])
def test_a_crash_around_a_change_or_deletion_is_repaired(cloud: Lab, when: str) -> None:
    cloud.up(PROGRAM.format(name="one", team="ml"))
    cloud.write(PROGRAM.format(name="two", team="data"))
    assert crash(cloud, lambda moment, label: f"{moment} {label}" == when)
    cloud.run("up")
    assert names(cloud)["aws:sns/topic:Topic"] == ["arn:aws:sns:eu-west-1:123456789012:two"]
    assert cloud.run("refresh").drift == []
    assert cloud.run("up").ops() == {"same": 6}


@pytest.mark.parametrize("when", ["before AwsTarget.update", "after AwsTarget.update"])
def test_a_crash_while_something_renamed_is_changed_deletes_nothing(cloud: Lab, when: str) -> None:
    """The state has the former name and the journal the new one: two rows would have the one thing deleted."""
    cloud.up('aws.sns.Topic("old", name="t", display_name="one")')
    cloud.write('aws.sns.Topic("new", name="t", display_name="two", opts=Opts(aliases=[pulumi.Alias(name="old")]))')
    assert crash(cloud, lambda moment, label: f"{moment} {label}" == when)
    assert cloud.run("up").ops() == {"update": 1}
    assert cloud.run("up").ops() == {"same": 1}
    assert names(cloud) == {"aws:sns/topic:Topic": ["arn:aws:sns:eu-west-1:123456789012:t"]}


def test_twenty_kills_at_random_converge_to_what_an_uninterrupted_run_gives(cloud: Lab) -> None:
    seed = int(os.environ.get("SANDBOX_TEST_SEED", random.SystemRandom().randrange(10**6)))
    print(f"seed {seed}: repeat with SANDBOX_TEST_SEED={seed}")
    kills = 0
    for attempt in range(60):
        cloud.write(PROGRAM.format(name=f"name{attempt % 3}", team=f"team{attempt % 2}"))
        left = [1 + crc32(f"{seed}/{attempt}".encode()) % 44]

        def stop(_moment: str, _label: str, left: list[int] = left) -> bool:
            left[0] -= 1
            return left[0] == 0

        kills += crash(cloud, stop)
        if kills == 20:
            break
    assert kills == 20
    cloud.up(PROGRAM.format(name="last", team="ml"))
    interrupted, drift = names(cloud), cloud.run("refresh").drift
    assert cloud.run("destroy").left == []
    cloud.up(PROGRAM.format(name="last", team="ml"))
    assert (interrupted, drift) == (names(cloud), [])
    moto.stop(cloud.state)


def test_a_moto_that_lost_everything_is_said_and_repaired(cloud: Lab) -> None:
    cloud.up(PROGRAM.format(name="one", team="ml"))
    before = names(cloud)
    moto.stop(cloud.state)
    plan = cloud.run("preview")
    assert plan.notes == ["moto was started anew: 4 resources are created again"]
    assert plan.ops() == {"create": 4, "same": 2}
    result = cloud.run("up")
    assert result.ops() == {"create": 4, "same": 2}
    assert names(cloud) == before
    moto.stop(cloud.state)


def test_what_vanished_with_an_interrupted_replacement_comes_back(cloud: Lab) -> None:
    """The old topic takes its subscription along when it is deleted; the state still has that subscription."""
    program = """
        topic = aws.sns.Topic("t", name="{}")
        aws.sns.TopicSubscription("s", topic=topic.arn, protocol="email", endpoint="a@example.org")
    """
    cloud.up(program.format("one"))
    cloud.write(program.format("two"))
    assert crash(cloud, lambda moment, label: f"{moment} {label}" == "after AwsTarget.create")
    cloud.up(program.format("one"))
    assert names(cloud)["aws:sns/topicSubscription:TopicSubscription"] == ["1"]
    assert cloud.run("refresh").drift == []
