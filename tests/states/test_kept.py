"""What a release has deployed is brought up to the present program, and nothing that holds data is lost on the way."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from sandbox.model import Resource, Step
from tests.program.copies import copied
from tests.states import kept
from tests.states.kept import HERE, HOLDS_DATA, holds_data, keep, losses, preview, read, releases, renamed, stacks

_PROGRAM = ("components", "settings", "stacks")


@pytest.fixture
def afresh(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the program be imported from a copy, though other tests have imported the project's own."""
    for name in [name for name in sys.modules if name.partition(".")[0] in _PROGRAM]:
        monkeypatch.delitem(sys.modules, name)


_CASES = [(release, stack) for release in releases() for stack in stacks(release)]


@pytest.mark.parametrize(("release", "stack"), _CASES)
def test_nothing_that_holds_data_is_lost(release: str, stack: str, tmp_path: Path) -> None:
    _, steps = preview(release, stack, tmp_path / "state")
    assert steps
    assert [*losses(steps)] == []
    assert [*renamed(steps)] == []


def test_the_state_of_each_stack_is_kept() -> None:
    deployable = {path.name.split(".")[1] for path in HERE.parents[1].glob("Pulumi.*.yaml")}
    for release in releases():
        assert {path.name.split(".")[0] for path in (HERE / release).glob("*.json.gz")} <= deployable


def test_a_kept_state_holds_what_the_table_names() -> None:
    kinds = {each.type for release, stack in _CASES for each in read(release, stack)[0]}
    kinds |= {each.type for release in releases() for each in read(release, "prod-base")[0]}
    later = {"aws:dynamodb/table:Table", "aws:msk/cluster:Cluster", "kubernetes:core/v1:PersistentVolumeClaim"}
    unknown = {name for name in HOLDS_DATA if not any(kind.startswith(name.rstrip("*")) for kind in kinds)}
    assert unknown <= later, "types that no kept state has: a misspelt name protects nothing"


@pytest.mark.usefixtures("afresh")
def test_a_changed_name_of_a_bucket_is_noticed(tmp_path: Path) -> None:
    project = copied(tmp_path / "project", judged=False)
    file = project / "components" / "base" / "archive_bucket.py"
    text = file.read_text("utf-8")
    assert "bucket=args.name" in text
    file.write_text(text.replace("bucket=args.name", 'bucket=f"{args.name}-2"'), "utf-8")
    _, steps = preview(releases()[0], "local", tmp_path / "state", project)
    assert any("replace" in line and "s3/bucket:Bucket" in line for line in losses(steps))


@pytest.mark.usefixtures("afresh")
def test_a_renamed_component_is_noticed(tmp_path: Path) -> None:
    project = copied(tmp_path / "project", judged=False)
    file = project / "stacks" / "foundation.py"
    text = file.read_text("utf-8")
    assert text.count('"platform",\n        metadata') == 1
    file.write_text(text.replace('"platform",\n        metadata', '"all",\n        metadata'), "utf-8")
    _, steps = preview(releases()[0], "local", tmp_path / "state", project)
    assert any("delete" in line and "Namespace::platform" in line for line in losses(steps))
    assert any("Namespace::platform becomes" in line for line in renamed(steps))


def test_a_rename_is_one_of_the_same_type_and_name_only() -> None:
    def topic(urn: str, name: str, kind: str = "aws:sns/topic:Topic") -> Resource:
        return Resource(urn, kind, urn, inputs={"name": name})

    gone = Step("delete", topic("old", "alerts"))
    assert [*renamed([gone, Step("create", topic("new", "alerts"))])]
    assert not [*renamed([gone, Step("create", topic("new", "other"))])]
    assert not [*renamed([gone, Step("create", topic("new", "alerts", "aws:sqs/queue:Queue"))])]


def test_whole_families_of_types_hold_data() -> None:
    assert holds_data("kubernetes:kafka.strimzi.io/v1:KafkaTopic")
    assert not holds_data("kubernetes:core/v1:Service")


def test_keeping_a_state_again_changes_no_byte(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept.restore("0.1.0", "account", tmp_path / "state")
    monkeypatch.setattr(kept, "HERE", tmp_path)
    assert keep(tmp_path / "state", "again") == ["account"]
    first = (tmp_path / "again" / "account.json.gz").read_bytes()
    assert keep(tmp_path / "state", "again") == ["account"]
    assert (tmp_path / "again" / "account.json.gz").read_bytes() == first
