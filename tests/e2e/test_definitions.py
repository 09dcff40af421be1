"""Custom kinds made from schema files."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.definitions import definitions

RULE = {"rule": "self.size > 0", "message": "must be positive"}
RULES = {"x-kubernetes-validations": [RULE]}


@pytest.fixture
def schemas(tmp_path: Path) -> Path:
    """Return two versions of one kind, and another kind of the same group."""

    def put(kind: str, version: str, properties: dict[str, Any]) -> None:
        schema = {"type": "object", "properties": {"spec": {"type": "object", **RULES}, **properties}}
        about = {"group": "example.org", "kind": kind, "plural": f"{kind.lower()}s", "scope": "Namespaced"}
        path = tmp_path / f"example.org_{version}_{kind}.json"
        path.write_text(json.dumps({**about, "version": version, "schema": schema}))

    put("Widget", "v1alpha1", {})
    put("Widget", "v1beta1", {"status": {"type": "object"}})
    put("Gadget", "v1", {})
    return tmp_path


def test_versions_of_a_kind_share_a_definition(schemas: Path) -> None:
    made = {each["metadata"]["name"]: each["spec"] for each in definitions(schemas)}
    assert set(made) == {"widgets.example.org", "gadgets.example.org"}
    versions = made["widgets.example.org"]["versions"]
    assert [(each["name"], each["storage"]) for each in versions] == [("v1alpha1", False), ("v1beta1", True)]
    assert ["subresources" in each for each in versions] == [False, True]
    assert made["gadgets.example.org"]["names"]["listKind"] == "GadgetList"


def test_rules_stay_as_they_are(schemas: Path) -> None:
    for each in definitions(schemas):
        for version in each["spec"]["versions"]:
            assert version["schema"]["openAPIV3Schema"]["properties"]["spec"]["x-kubernetes-validations"] == [RULE]
