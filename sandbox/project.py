"""Pulumi.yaml and Pulumi.<stack>.yaml: the project's name and a stack's configuration, as the engine reads them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from compiler.errors import UserError
from sandbox.values import Value

_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "array": (list,),
    "object": (dict,),
}


@dataclass(frozen=True)
class Project:
    """A project folder and what its Pulumi.yaml says.

    Attributes:
        declared: the `config:` section, by full key (`observability:region`).
    """

    folder: Path
    name: str
    declared: Mapping[str, Mapping[str, Any]]

    def stacks(self) -> list[str]:
        """Return the stacks that have a file here."""
        return sorted(
            path.name.removeprefix("Pulumi.").removesuffix(".yaml") for path in self.folder.glob("Pulumi.*.yaml")
        )

    def base_of(self, stack: str) -> str:
        """Return the stack that must be deployed before this one, or an empty string."""
        base = f"{stack}-base"
        return base if (self.folder / f"Pulumi.{base}.yaml").exists() else ""


@dataclass(frozen=True)
class Config:
    """A stack's configuration as the language runtime receives it: text by full key.

    Attributes:
        secret_keys: keys whose values are secret.
        dummies: the secret keys for which a generated value stands in, since `secure:` cannot be decrypted here.
    """

    values: dict[str, str]
    secret_keys: tuple[str, ...]
    dummies: tuple[str, ...]


def _read_yaml(path: Path) -> dict[str, Any]:
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UserError(f"{path}: {error.strerror}; run from the project's folder or give --project") from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f":{mark.line + 1}" if mark else ""
        problem = getattr(error, "problem", None) or str(error).splitlines()[0]
        raise UserError(f"{path.name}{place}: not valid YAML: {problem}") from error
    if data is None:
        return {}
    if not isinstance(data, dict):
        raise UserError(f"{path.name}:1: expected a mapping, found {type(data).__name__}")
    return data


def _qualified(key: str, project: str) -> str:
    return key if ":" in key else f"{project}:{key}"


def load_project(folder: Path) -> Project:
    """Read Pulumi.yaml.

    Raises:
        UserError: it is missing, is not YAML, or has no name.
    """
    path = folder / "Pulumi.yaml"
    data = _read_yaml(path)
    name = data.get("name")
    if not isinstance(name, str):
        raise UserError(f"{path.name}: name: expected the project's name, found {name!r}")
    section = data.get("config") or {}
    if not isinstance(section, dict):
        raise UserError(f"{path.name}: config: expected a mapping, found {type(section).__name__}")
    declared = {}
    for key, entry in section.items():
        declared[_qualified(str(key), name)] = entry if isinstance(entry, dict) else {"default": entry}
    return Project(folder, name, declared)


def _check_type(place: str, kind: str, value: Value, items: Mapping[str, Any] | None) -> None:
    wanted = _TYPES.get(kind)
    if wanted is None:
        raise UserError(f"Pulumi.yaml: config: {place}: unknown type {kind!r}; use one of {', '.join(_TYPES)}")
    # The engine accepts numbers and booleans that were set from a command line, hence as text.
    if isinstance(value, str) and kind in {"integer", "number", "boolean"}:
        try:
            value = yaml.safe_load(value)
        except yaml.YAMLError:
            value = str(value)
    if not isinstance(value, wanted) or (isinstance(value, bool) and kind != "boolean"):
        raise UserError(f"{place} must be of type {kind}; found {json.dumps(value, default=str)}")
    if items and isinstance(value, list):
        for index, item in enumerate(value):
            _check_type(f"{place}[{index}]", str(items.get("type", "string")), item, items.get("items"))


def _as_text(value: Value) -> str:
    return value if isinstance(value, str) else json.dumps(value, default=str)


def load_config(project: Project, stack: str) -> Config:
    """Merge the project's defaults with a stack's file.

    Raises:
        UserError: the stack has no file, a value is missing or is not of its declared type.
    """
    path = project.folder / f"Pulumi.{stack}.yaml"
    if not path.exists():
        known = ", ".join(project.stacks()) or "none"
        raise UserError(f"stack {stack!r} has no {path.name}; stacks here: {known}")
    section = _read_yaml(path).get("config") or {}
    if not isinstance(section, dict):
        raise UserError(f"{path.name}: config: expected a mapping, found {type(section).__name__}")
    given = {_qualified(str(key), project.name): value for key, value in section.items()}
    secret, dummies = [], []
    values: dict[str, str] = {}
    for key in {**project.declared, **given}:
        entry = project.declared.get(key, {})
        value = given.get(key, entry.get("value", entry.get("default")))
        if value is None:
            if "type" in entry and key not in given and "default" not in entry:
                raise UserError(f"{path.name}: config: {key} is missing; Pulumi.yaml declares it without a default")
            continue
        if isinstance(value, dict) and set(value) == {"secure"}:
            digest = hashlib.sha256(f"{stack}/{key}".encode()).hexdigest()[:12]
            value = f"sandbox-dummy-{digest}"
            dummies.append(key)
            secret.append(key)
        elif "type" in entry:
            _check_type(f"{path.name}: {key}", str(entry["type"]), value, entry.get("items"))
        if entry.get("secret"):
            secret.append(key)
        values[key] = _as_text(value)
    return Config(values, tuple(dict.fromkeys(secret)), tuple(dummies))
