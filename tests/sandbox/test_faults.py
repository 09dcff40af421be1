"""Throttling, calls that fail or lose their answer, a full disk, two runs at once: one line each, and nothing lost.

A disk is full here when a file would grow over a limit of the kernel's (`RLIMIT_FSIZE`): a write fails with EFBIG where
a full disk says ENOSPC, at the same calls and for every file of the run.
"""

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from compiler.errors import UserError
from sandbox import faults
from sandbox.aws.aws_target import AwsTarget
from sandbox.aws.rows import row
from sandbox.faults import AWS, KUBERNETES, Faults, Patience, ThrottledError, from_text
from sandbox.kubernetes.store import FileCluster
from sandbox.state import State, known_stacks, stack_path
from sandbox.summary import Summary
from tests.sandbox.lab import Lab
from tests.sandbox.test_session import PROGRAM

ROOT = Path(__file__).parents[2]


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Return the waits between two tries, without waiting."""
    found: list[float] = []
    monkeypatch.setattr("sandbox.faults.sleep", found.append)
    return found


def tried(lab: Lab, verb: str, monkeypatch: pytest.MonkeyPatch, odds: str) -> Summary:
    """Run a verb under faults until it gets through; what does not ends in one line and leaves a state that opens."""
    for seed in range(60):
        monkeypatch.setenv(faults.VARIABLE, f"{odds},seed={seed}")
        try:
            return lab.run(verb)
        except UserError as error:
            message = str(error)
        assert "SANDBOX_FAULTS" in message
        assert "\n" not in message
        for stack in known_stacks(lab.state):
            State(stack_path(lab.state, stack)).close()
    raise AssertionError("never through")


def held(lab: Lab) -> dict[str, int]:
    """Return how many of each type both clouds hold."""
    target, settings = AwsTarget(lab.clients()), {"region": "eu-west-1"}
    tokens = ("aws:kms/key:Key", "aws:sns/topic:Topic", "aws:sns/topicSubscription:TopicSubscription")
    counts = {token: len(target.listing(row(token), settings)) for token in tokens}
    return counts | {"kubernetes": len(FileCluster(lab.state / "cluster.db").keys())}


FAILING = """
    key = aws.kms.Key("key", description="logs", tags={{"team": "{team}"}})
    topic = aws.sns.Topic("t", name="{team}", kms_master_key_id=key.arn)
    aws.sns.TopicSubscription("s", topic=topic.arn, protocol="email", endpoint="a@example.org")
    k8s.core.v1.ConfigMap("c", data={{"x": "{team}"}})
"""


@pytest.mark.parametrize("odds", ["fail=0.08,throttle=0.2", "lost=0.1"])
def test_an_api_that_fails_at_random_doubles_and_loses_nothing(
    cloud: Lab, monkeypatch: pytest.MonkeyPatch, waits: list[float], odds: str
) -> None:
    for team in ("ml", "data"):
        cloud.write(FAILING.format(team=team))
        tried(cloud, "up", monkeypatch, odds)
        assert set(held(cloud).values()) == {1}
    monkeypatch.delenv(faults.VARIABLE)
    assert cloud.run("refresh").drift == []
    assert cloud.run("up").ops() == {"same": 4}
    assert tried(cloud, "destroy", monkeypatch, odds).left == []
    assert bool(waits) == ("throttle" in odds)


def test_throttled_calls_are_tried_again_and_counted(
    cloud: Lab, monkeypatch: pytest.MonkeyPatch, waits: list[float]
) -> None:
    monkeypatch.setenv(faults.VARIABLE, "throttle=0.5,seed=1")
    result = cloud.up(PROGRAM.format(name="one", team="ml"))
    assert result.ops() == {"create": 6}
    assert result.notes == [f"{len(waits)} throttled calls were tried again, as the providers' clients do"]
    assert waits
    assert max(waits) <= AWS.longest


def test_what_is_throttled_for_ever_is_one_line_and_the_next_run_goes_on(
    cloud: Lab, monkeypatch: pytest.MonkeyPatch, waits: list[float]
) -> None:
    cloud.write('aws.sns.Topic("t", name="t")')
    monkeypatch.setenv(faults.VARIABLE, "throttle=1")
    with pytest.raises(
        UserError, match=r"^urn:.*::t: sns\.create_topic: rate exceeded .*; throttled 25 times: wait and"
    ):
        cloud.run("up")
    assert len(waits) == AWS.attempts - 1
    monkeypatch.delenv(faults.VARIABLE)
    assert cloud.run("up").ops() == {"create": 1}


def test_a_server_that_throttles_is_given_time(monkeypatch: pytest.MonkeyPatch, cloud: Lab, waits: list[float]) -> None:
    """By the answer itself, as AWS words it, and not by a fault of ours."""
    client, left = cloud.aws("sns"), [3]
    made = client.create_topic

    def busy(**arguments: object) -> object:
        left[0] -= 1
        if left[0] >= 0:
            raise ClientError({"Error": {"Code": "Throttling", "Message": "Rate exceeded"}}, "CreateTopic")
        return made(**arguments)

    monkeypatch.setattr("sandbox.aws.cloud.Cloud.client", lambda *_: client)
    monkeypatch.setattr(client, "create_topic", busy)
    assert cloud.up('aws.sns.Topic("t", name="t")').notes == [
        "3 throttled calls were tried again, as the providers' clients do"
    ]
    assert len(waits) == 3


@pytest.mark.parametrize("patience", [AWS, KUBERNETES])
def test_patience_ends(patience: Patience, waits: list[float]) -> None:
    def busy() -> None:
        raise ThrottledError("x")

    with pytest.raises(UserError, match=f"^x; throttled {patience.attempts} times: wait and run again$"):
        Faults().call("x", busy, patience)
    assert len(waits) == patience.attempts - 1
    assert max(waits) <= patience.longest


def test_faults_come_as_often_as_asked_for(waits: list[float]) -> None:
    given = from_text("fail=0.25, lost=0.25, seed=3")
    seen = {"made": 0, "fail": 0, "lost": 0}

    def made() -> None:
        seen["made"] += 1

    for _ in range(1000):
        try:
            given.call("x", made, AWS)
        except UserError as error:
            seen["lost" if "lost" in str(error) else "fail"] += 1
    assert seen["made"] == 1000 - seen["fail"]
    assert 200 < seen["fail"] < 300
    assert 200 < seen["lost"] < 300
    assert waits == []


@pytest.mark.parametrize(
    "text", ["throtle=0.1", "fail", "fail=often", "lost=2", "fail=-1", "seed=x", "fail=0.6,lost=0.6"]
)
def test_a_fault_that_does_not_exist_is_one_line(lab: Lab, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv(faults.VARIABLE, text)
    with pytest.raises(UserError, match=r"^SANDBOX_FAULTS: expected .*, found"):
        lab.preview("pass")


COMMAND = """
import resource, sys
limit = int(sys.argv.pop(1))
if limit:
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
from sandbox.cli import main
sys.exit(main())
"""


@pytest.fixture
def command(cloud: Lab) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Start the command line in a process of its own; files may grow to a size, where one is given."""
    started: list[subprocess.Popen[str]] = []

    def start(verb: str, limit: int = 0) -> subprocess.Popen[str]:
        where = ["--project", str(cloud.project), "--state", str(cloud.state)]
        line = [sys.executable, "-c", COMMAND, str(limit), verb, *where]
        started.append(subprocess.Popen(line, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.communicate()


LARGE = """
    for n in range(12):
        aws.sns.Topic(f"t{{n}}", name=f"t{{n}}", display_name="{name}")
        k8s.core.v1.ConfigMap(f"c{{n}}", metadata={{"name": f"c{{n}}"}}, data={{"x": "{name}" * 1000}})
"""


@pytest.mark.parametrize("kib", [20, 80, 140])
def test_a_full_disk_is_one_line_and_the_next_run_goes_on(
    cloud: Lab, command: Callable[..., subprocess.Popen[str]], kib: int
) -> None:
    cloud.write(LARGE.format(name="one"))
    full = command("up", kib * 1024)
    _, message = full.communicate(timeout=120)
    print(message)
    assert full.returncode == 1
    first, *rest = message.strip().splitlines()
    assert "free" in first
    assert "Traceback" not in message
    assert len(rest) <= 1
    result = cloud.run("up")
    assert set(result.ops()) <= {"create", "update", "same"}
    assert cloud.run("up").ops() == {"same": 24}
    assert {kind: len(ids) for kind, ids in cloud.listing().items()} == {"aws:sns/topic:Topic": 12, "kubernetes": 12}
    assert cloud.run("destroy").left == []
    assert cloud.listing() == {}


def test_of_two_runs_at_once_one_is_told_to_wait(cloud: Lab, command: Callable[..., subprocess.Popen[str]]) -> None:
    cloud.write("import time\ntime.sleep(4)\n" + 'aws.sns.Topic("t", name="t")')
    both = [command("up"), command("up")]
    message = [process.communicate(timeout=120)[1] for process in both]
    assert sorted(process.returncode for process in both) == [0, 1]
    (loser,) = [text for process, text in zip(both, message, strict=True) if process.returncode]
    assert loser.startswith(f"{cloud.state}: in use by `up local` (pid ")
    assert len(loser.strip().splitlines()) == 1
    assert cloud.run("up").ops() == {"same": 1}
    assert cloud.listing() == {"aws:sns/topic:Topic": ["arn:aws:sns:eu-west-1:123456789012:t"]}
