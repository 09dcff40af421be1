"""What is kept of a CustomResourceDefinition."""

import json
from pathlib import Path
from typing import Any

import pytest

from tools import crds
from tools.facts import FACTS

SCHEMA: dict[str, Any] = {
    "type": "object",
    "description": "A widget.",
    "properties": {
        "description": {"type": "string", "description": "What it says."},
        "size": {"type": "integer", "default": 1, "minimum": 0, "title": "Size", "example": "3"},
        "labels": {"type": "object", "default": {"title": "none"}},
    },
    "x-kubernetes-validations": [
        {"rule": "self.size > 0 &&\n  self.size < 9", "message": "between", "messageExpression": "'x'"}
    ],
}
DEFINITION = {
    "apiVersion": "apiextensions.k8s.io/v1",
    "kind": "CustomResourceDefinition",
    "spec": {
        "group": "example.org",
        "scope": "Namespaced",
        "names": {"kind": "Widget", "plural": "widgets"},
        "versions": [
            {"name": "v1", "served": True, "schema": {"openAPIV3Schema": SCHEMA}},
            {"name": "v1alpha1", "served": False, "schema": {"openAPIV3Schema": SCHEMA}},
        ],
    },
}


def test_structure_stays_and_texts_go() -> None:
    assert crds.structure(SCHEMA) == {
        "type": "object",
        "properties": {
            "description": {"type": "string"},
            "size": {"type": "integer", "default": 1, "minimum": 0},
            "labels": {"type": "object", "default": {"title": "none"}},
        },
        "x-kubernetes-validations": [{"rule": "self.size > 0 && self.size < 9"}],
    }


def test_every_served_version_is_written_with_its_source(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source, folder = tmp_path / "crds.yaml", tmp_path / "facts"
    source.write_text(json.dumps(DEFINITION))  # JSON is YAML
    assert crds.main(["--source", "example/widgets 1.2.3", str(source)], folder) == 0
    assert [path.name for path in folder.iterdir()] == ["example.org_v1_Widget.json"]
    kept = json.loads((folder / "example.org_v1_Widget.json").read_text())
    assert kept.pop("schema") == crds.structure(SCHEMA)
    about = {"group": "example.org", "kind": "Widget", "plural": "widgets", "scope": "Namespaced", "version": "v1"}
    assert kept == {**about, "source": "example/widgets 1.2.3"}
    assert capsys.readouterr().out == "example.org_v1_Widget.json\n"


def test_a_source_without_definitions_is_refused_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "empty.yaml").write_text("kind: Service\n")
    assert crds.main(["--source", "x", str(tmp_path / "empty.yaml")], tmp_path / "facts") == 1
    text = capsys.readouterr().err
    assert "empty.yaml: expected CustomResourceDefinitions, found none" in text
    assert len(text.splitlines()) == 1


@pytest.mark.parametrize("path", sorted((FACTS / "crds").glob("*.json")), ids=lambda path: path.stem)
def test_what_is_kept_is_a_structure_that_names_its_source(path: Path) -> None:
    kept = json.loads(path.read_text(encoding="utf-8"))
    assert path.stem == f"{kept['group']}_{kept['version']}_{kept['kind']}"
    assert kept["schema"] == crds.structure(kept["schema"])
    assert kept["source"]
