"""Validate Kubernetes objects: core kinds by kubernetes-validate's schemas, custom kinds by a folder of CRD schemas.

CRD schemas are open; unknown fields are refused here except where `x-kubernetes-preserve-unknown-fields` allows them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import cache
from importlib import import_module
from importlib.resources import files
from pathlib import Path
from typing import Any

from compiler.errors import UserError
from sandbox.values import Value, has_unknown

_VERSION = "v1.36.0-local-strict"  # the API server that e2e builds
_COMBINING = {"anyOf", "oneOf", "allOf", "not", "pattern", "format", "enum"}


def check(manifest: Mapping[str, Any], crds: Path | None, place: str) -> bool:
    """Validate one object; unknown values pass.

    Returns:
        Whether there was a schema to check it by.

    Raises:
        UserError: the first thing that is wrong, with its path.
    """
    validator = _core(str(manifest["apiVersion"]), str(manifest["kind"])) or (
        _custom(crds, str(manifest["apiVersion"]), str(manifest["kind"])) if crds else None
    )
    if validator is None:
        return False
    for error in validator.iter_errors(manifest):
        if not (has_unknown(error.instance) and _excused(error)):
            path = ".".join(map(str, error.absolute_path)) or "the object"
            raise UserError(f"{place}: {manifest['apiVersion']} {manifest['kind']}: {path}: {error.message[:300]}")
    return True


def _excused(error: Value) -> bool:
    return not isinstance(error.instance, dict | list) or error.validator in _COMBINING


@cache
def _definitions() -> tuple[Path, Any, Any]:
    folder = Path(str(files("kubernetes_validate"))) / "kubernetes-json-schema" / _VERSION
    referencing = import_module("referencing")
    definitions = referencing.Resource.from_contents(
        json.loads((folder / "_definitions.json").read_text(encoding="utf-8"))
    )
    return folder, referencing.Resource, definitions @ referencing.Registry()


@cache
def _core(api: str, kind: str) -> Value:
    folder, resource, registry = _definitions()
    name = re.sub(r"^([^./]*)(?:\.[^/]*)?/", r"\1-", api)
    path = folder / f"{kind.lower()}-{name}.json"
    if not path.exists() or ("." in api and not api.partition("/")[0].endswith(".k8s.io")):
        return None
    schema = json.loads(path.read_text(encoding="utf-8"))
    return import_module("jsonschema").Draft202012Validator(schema, registry=resource.from_contents(schema) @ registry)


@cache
def of_custom(crds: Path | None, api: str, kind: str) -> Value:
    """Read the schema of a custom kind from its CRD; None where there is none."""
    path = (crds or Path()) / f"{api.replace('/', '_')}_{kind}.json"
    return json.loads(path.read_text(encoding="utf-8"))["schema"] if crds and path.exists() else None


@cache
def _custom(crds: Path, api: str, kind: str) -> Value:
    schema = of_custom(crds, api, kind)
    if schema is None:
        return None
    known = {"apiVersion": {"type": "string"}, "kind": {"type": "string"}, "metadata": {"type": "object"}}
    return import_module("jsonschema").Draft202012Validator(
        _closed({**schema, "properties": {**schema.get("properties", {}), **known}})
    )


def _closed(schema: Value) -> Value:
    """Return a structural schema as JSON Schema: closed objects, int-or-string and nullable spelled out."""
    if isinstance(schema, list):
        return [_closed(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    if schema.get("x-kubernetes-int-or-string"):
        return {"type": ["integer", "string"]}
    closed = {
        key: _closed(item) if key != "properties" else {k: _closed(v) for k, v in item.items()}
        for key, item in schema.items()
    }
    open_object = schema.get("x-kubernetes-preserve-unknown-fields") or "additionalProperties" in schema
    if "properties" in schema and not open_object:
        closed["additionalProperties"] = False
    if schema.get("x-kubernetes-embedded-resource") and "properties" in closed:
        closed["properties"] |= {"apiVersion": True, "kind": True, "metadata": True}
    if schema.get("nullable") and isinstance(schema.get("type"), str):
        closed["type"] = [schema["type"], "null"]
    return closed
