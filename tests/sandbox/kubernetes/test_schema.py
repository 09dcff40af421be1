"""Kubernetes objects against their schemas."""

import json
from pathlib import Path
from typing import Any

import pytest

from compiler.errors import UserError
from sandbox.kubernetes.schema import check
from sandbox.values import UNKNOWN

WIDGET = {
    "group": "example.org",
    "schema": {
        "type": "object",
        "required": ["spec"],
        "properties": {
            "spec": {
                "type": "object",
                "properties": {
                    "port": {"x-kubernetes-int-or-string": True, "anyOf": [{"type": "integer"}, {"type": "string"}]},
                    "size": {"type": "integer", "nullable": True},
                    "free": {"type": "object", "x-kubernetes-preserve-unknown-fields": True, "properties": {}},
                    "labels": {"type": "object", "additionalProperties": {"type": "string"}},
                    "list": {"type": "array", "items": {"type": "object", "properties": {"a": {"type": "string"}}}},
                },
            }
        },
    },
}


@pytest.fixture
def crds(tmp_path: Path) -> Path:
    (tmp_path / "example.org_v1_Widget.json").write_text(json.dumps(WIDGET))
    return tmp_path


def widget(**spec: Any) -> Any:
    return {"apiVersion": "example.org/v1", "kind": "Widget", "metadata": {"name": "w"}, "spec": spec}


def test_what_a_custom_schema_allows_passes(crds: Path) -> None:
    spec = {"port": "http", "size": None, "free": {"anything": [1]}, "labels": {"a": "b"}, "list": [{"a": "b"}]}
    assert check(widget(**spec), crds, "p")
    assert check(widget(port=80, size=UNKNOWN, list=UNKNOWN), crds, "p")


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ({"prot": 1}, "p: example.org/v1 Widget: spec: .*'prot' was unexpected"),
        ({"list": [{"b": 1}]}, r"spec.list.0: .*'b' was unexpected"),
        ({"size": "big"}, "spec.size: 'big' is not of type 'integer'"),
        ({"labels": {"a": 1}}, "spec.labels.a"),
        ({"prot": 1, "size": UNKNOWN}, "'prot' was unexpected"),
    ],
)
def test_what_it_does_not_allow_is_refused(crds: Path, spec: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError, match=message):
        check(widget(**spec), crds, "p")


def test_core_kinds_are_strict(crds: Path) -> None:
    config_map = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}, "data": {"a": "b"}}
    assert check(config_map, crds, "p")
    with pytest.raises(UserError, match="'dta' was unexpected"):
        check({**config_map, "dta": {}}, crds, "p")
    with pytest.raises(UserError, match=r"data\.a: 1 is not of type"):
        check({**config_map, "data": {"a": 1}}, crds, "p")


def test_without_a_schema_nothing_is_claimed(crds: Path) -> None:
    unknown = {"apiVersion": "example.org/v1", "kind": "Gadget", "metadata": {"name": "g"}}
    assert not check(unknown, crds, "p")
    assert not check(unknown, None, "p")
