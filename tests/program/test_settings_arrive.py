"""What is set arrives where its description says: one preview of production with values that nothing else has."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from sandbox import api
from sandbox.values import to_wire
from settings import PROJECT
from tests.program.copies import linked
from tests.program.odd_settings import ARRIVES, WITHIN
from tests.program.previews import Ran, leaves

OTHERS = {"environment": "prod", "protect": True, "cluster": "eks", "zones": 3, "natPerZone": True}
LAYERS = {"prod": ["foundation", "metrics", "logs", "traces", "cloud"], "prod-base": ["base"]}


@pytest.fixture(scope="module")
def odd(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    """Return a preview of production whose every setting differs from its default."""
    folder = tmp_path_factory.mktemp("odd")
    project = linked(folder / "project")
    set_ = OTHERS | {key: row[0] for key, row in (ARRIVES | WITHIN).items()}
    for stack, layers in LAYERS.items():
        file = project / f"Pulumi.{stack}.yaml"
        file.unlink()
        config = {f"{PROJECT}:{key}": value for key, value in {**set_, "layers": layers}.items()}
        file.write_text(yaml.safe_dump({"config": config}), encoding="utf-8")
    summary = api.run("preview", "prod", project=project, state=folder / "state")
    return Ran(summary.resources, summary.outputs)


def of(ran: Ran, kind: str, name: str) -> Any:
    """Return the inputs of a resource; providers have the name of their package for a kind."""
    found = (each for each in ran.resources if each.custom and each.name == name)
    return next(each.inputs for each in found if each.type.rpartition(":")[2] == kind)


@pytest.mark.parametrize("key", ARRIVES)
def test_what_is_set_arrives(odd: Ran, key: str) -> None:
    _, (kind, name), expected = ARRIVES[key]
    found = {path: value for path, value, _ in leaves(of(odd, kind, name))}
    assert {path: found.get(path) for path in expected} == expected


@pytest.mark.parametrize("key", WITHIN)
def test_what_is_set_is_in_the_text(odd: Ran, key: str) -> None:
    _, (kind, name), expected = WITHIN[key]
    assert expected in json.dumps(to_wire(of(odd, kind, name)), default=str)


def test_no_value_is_what_it_would_be_anyway() -> None:
    declared = yaml.safe_load((Path(__file__).parents[2] / "Pulumi.yaml").read_text(encoding="utf-8"))["config"]
    for key, row in (ARRIVES | WITHIN).items():
        assert row[0] != declared[key]["default"], key
