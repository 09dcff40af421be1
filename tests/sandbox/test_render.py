"""Artefacts: the same bytes each time, nothing stale, nothing secret."""

import json
from pathlib import Path

import yaml

from tests.sandbox.lab import Lab


def contents(folder: Path) -> dict[str, str]:
    return {str(path.relative_to(folder)): path.read_text() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_the_same_bytes_each_time_and_nothing_stale(toy: Lab) -> None:
    build = toy.project / "build" / "dev"
    build.mkdir(parents=True)
    (build / "stale.txt").write_text("old")
    assert toy.run("render", "dev").where == str(build)
    first = contents(build)
    toy.run("render", "dev")
    assert contents(build) == first
    assert "stale.txt" not in first
    assert [path.name for path in build.parent.iterdir()] == ["dev"]


def test_what_is_written(toy: Lab) -> None:
    toy.run("render")
    files = contents(toy.project / "build" / "local")
    secret = yaml.safe_load(files["kubernetes/secret-local-monitoring-token.yaml"])
    assert secret["stringData"] == {"token": "<secret>"}
    resources = json.loads(files["aws/resources.json"])
    assert resources == sorted(resources, key=lambda each: (each["type"], each["urn"]))
    topic = next(each for each in resources if each["type"] == "aws:sns/topic:Topic")
    assert topic["inputs"]["kmsMasterKeyId"] == "<computed>"
    assert "sandbox-dummy" not in "".join(files.values())
    assert files["graph.mmd"].startswith("flowchart LR\n  subgraph")
    assert json.loads(files["policy.json"]) == []
    assert json.loads(files["cost.json"]) == {"estimated": False}


def test_rendering_needs_no_cloud_and_no_state(toy: Lab) -> None:
    before = contents(toy.state)
    toy.run("render")
    assert contents(toy.state) == before
