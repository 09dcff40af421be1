"""The comparison finds differences: the real engine deploys a small program, the sandbox one with one change."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from sandbox import api
from sandbox.aws import moto
from sandbox.summary import Summary
from tests.engine import compare, former
from tests.engine.cli import Operation, Pulumi
from tests.engine.environment import leaks, plant
from tests.states import kept

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("small program")]

PROGRAM = """
import pulumi
import pulumi_aws as aws
import pulumi_kubernetes as kubernetes

secret = pulumi.Config().require_secret("key")
in_aws = pulumi.ResourceOptions(provider=aws.Provider("aws", region="eu-west-1"))
in_cluster = pulumi.ResourceOptions(provider=kubernetes.Provider("cluster"))
topic = aws.sns.Topic("alerts", name="alerts", display_name="Alerts", opts=in_aws)
limit = pulumi.CustomTimeouts(create="90s", update="1m30s")
after = pulumi.ResourceOptions(depends_on=[topic], protect=False, custom_timeouts=limit)
queue = aws.sqs.Queue("waiting", name="waiting", opts=pulumi.ResourceOptions.merge(in_aws, after))
read = {"name": "read", "namespace": "default"}
kubernetes.core.v1.ConfigMap("read", metadata=read, data={"key": secret}, opts=in_cluster)
kubernetes.apiextensions.CustomResource(
    "store",
    api_version="example.org/v1",
    kind="Store",
    metadata={"name": "store", "namespace": "default", "annotations": {"pulumi.com/waitFor": "condition=Ready"}},
    spec={"topic": topic.arn},
    opts=in_cluster,
)
pulumi.export("topic", topic.arn)
"""
CHANGED = {
    "an input": ('display_name="Alerts"', 'display_name="Others"', "inputs.displayName"),
    "a dependency left out": ("depends_on=[topic]", "depends_on=[]", "dependencies"),
    "a secret made plain": ("require_secret", "require", "inputs.data.key"),
    "a wait removed": ('"pulumi.com/waitFor": "condition=Ready"', "", "inputs.metadata.annotations.pulumi.com/waitFor"),
    "a time-out": ('update="1m30s"', 'update="2m"', "customTimeouts.update"),
    "a protection": ("protect=False", "protect=True", "protect"),
    "a value that is known early": ('{"topic": topic.arn}', '{"topic": topic.name}', "inputs.spec.topic"),
    "a resource that is missing": ('queue = aws.sqs.Queue("waiting"', 'queue = aws.sqs.Queue("other"', "resource"),
}


@dataclass(frozen=True)
class Deployed:
    """The small program under the real engine."""

    folder: Path
    pulumi: Pulumi
    planned: Operation
    state: list[dict[str, Any]]

    def sandbox(self, verb: str, old: str = "", new: str = "") -> Summary:
        """Run it in the sandbox, with one text replaced."""
        assert PROGRAM.count(old) == 1 or not old
        program = self.pulumi.project / "__main__.py"
        program.write_text(PROGRAM.replace(old, new) if old else PROGRAM, "utf-8")
        state = self.folder / "sandbox"
        try:
            return api.run(verb, "local", project=self.pulumi.project, state=state)
        finally:
            moto.stop(state)

    def compare_plans(self, made: Summary) -> list[compare.Difference]:
        """Return what the engine's preview and the sandbox's do not agree on, listed differences apart."""
        plan = [step["newState"] for step in json.loads(self.planned.output)["steps"]]
        found = compare.differences(compare.of_engine(plan, deployed=False), compare.of_sandbox(made.resources))
        return [each for each in found if not any(entry.covers(each) for entry in compare.listed())]

    def compare_states(self, made: Summary) -> list[str]:
        """Return what the two deployments do not agree on, listed differences apart."""
        compared = compare.of_engine(self.state, deployed=True), compare.of_sandbox(made.resources, made.outputs)
        return compare.unlisted(compare.differences(*compared, compare.Computed(self.state, made.resources)))


def _project(folder: Path) -> Path:
    folder.mkdir()
    settings = "name: toy\nruntime: {name: python, options: {toolchain: pip, virtualenv: .venv}}\n"
    (folder / "Pulumi.yaml").write_text(f"{settings}config:\n  aws:region: {{value: eu-west-1}}\n", "utf-8")
    (folder / "Pulumi.local.yaml").write_text("", "utf-8")
    (folder / "__main__.py").write_text(PROGRAM, "utf-8")
    return folder


@pytest.fixture(scope="module")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployed]:
    folder = tmp_path_factory.mktemp("broken")
    pulumi = Pulumi(_project(folder / "project"), folder / "engine")
    pulumi.init("local")
    plant(pulumi, "local", ["toy:key"])
    planned = pulumi.preview("local")
    pulumi.up("local")
    yield Deployed(folder, pulumi, planned, pulumi.state("local"))
    pulumi.destroy("local")


def test_the_program_as_it_is_agrees(deployed: Deployed) -> None:
    assert deployed.compare_plans(deployed.sandbox("preview")) == []
    assert deployed.compare_states(deployed.sandbox("up")) == []
    assert [*leaks(deployed.pulumi)] == []


@pytest.mark.parametrize("change", CHANGED)
def test_what_is_changed_in_the_sandbox_only_is_noticed(deployed: Deployed, change: str) -> None:
    old, new, fact = CHANGED[change]
    assert fact in {each.fact for each in deployed.compare_plans(deployed.sandbox("preview", old, new))}


def test_another_resources_value_is_noticed_once_it_is_known(deployed: Deployed) -> None:
    """Both are unknown in the preview: there, only what they depend on differs."""
    found = deployed.compare_states(deployed.sandbox("up", '{"topic": topic.arn}', '{"topic": queue.arn}'))
    assert any("inputs.spec.topic" in line for line in found)


def test_what_would_lose_data_is_noticed(deployed: Deployed) -> None:
    """A topic of another name is made anew, and the subscriptions that people confirmed are gone with the old one."""
    program = deployed.pulumi.project / "__main__.py"
    program.write_text(PROGRAM.replace('name="alerts"', 'name="others"'), "utf-8")
    (line, *_) = kept.losses([*former.steps(deployed.pulumi.preview("local"))])
    assert line.startswith("replace urn:pulumi:local::toy::aws:sns/topic:Topic::alerts")


def test_a_listed_difference_that_is_gone_is_noticed() -> None:
    one = {"urn": {"type": "aws:x:Y", "inputs.tagsAll": 1}}
    (listed,) = [entry for entry in compare.listed() if entry.fact.startswith("inputs.tagsAll")]
    (found,) = compare.differences({"a::b::aws:x:Y::c": {}}, {"a::b::aws:x:Y::c": one["urn"]})[:1]
    assert listed.covers(found)
    assert not listed.covers(compare.Difference(found.urn, found.fact, engine=1, sandbox=2))


def test_a_secret_in_the_state_is_noticed(tmp_path: Path) -> None:
    pulumi = Pulumi(_project(tmp_path / "project"), tmp_path / "engine")
    pulumi.init("local")
    plant(pulumi, "local", ["toy:key"])
    program = pulumi.project / "__main__.py"
    program.write_text(PROGRAM.replace("require_secret", "require"), "utf-8")
    pulumi.up("local")
    assert any("backend" in file for file in leaks(pulumi))
