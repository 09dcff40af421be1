"""Fit arguments to botocore's service model and validate them without a call."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any

from compiler.errors import UserError
from sandbox.aws.expressions import MISSING
from sandbox.values import UNKNOWN, Value

_PLACEHOLDERS: dict[str, Any] = {"integer": 1, "long": 1, "float": 1.0, "double": 1.0, "boolean": True, "blob": b"x"}


def conform(value: Value, shape: Value, place: str) -> Value:
    """Rename members to the shape's spelling and cast scalars to its type; unknown values stay.

    Raises:
        UserError: the shape has no such member, or a value is not one of its enumeration.
    """
    if value is UNKNOWN or value is MISSING:
        return value
    kind = shape.type_name
    if kind == "structure" and isinstance(value, Mapping):
        return _conform_structure(value, shape, place)
    if kind == "list" and isinstance(value, list):
        return [conform(item, shape.member, f"{place}[{index}]") for index, item in enumerate(value)]
    if kind == "map" and isinstance(value, Mapping):
        return {key: conform(item, shape.value, f"{place}.{key}") for key, item in value.items()}
    return _conform_scalar(value, shape, place)


def _conform_structure(value: Mapping[str, Any], shape: Value, place: str) -> dict[str, Any]:
    spelled = {name.lower(): name for name in shape.members}
    conformed = {}
    for key, item in value.items():
        low = key.lower()
        name = next((spelled[each] for each in (low, f"{low}s", low.removesuffix("s")) if each in spelled), None)
        if name is None:
            raise UserError(f"{place}.{key}: {shape.name} has no such member; it has {', '.join(shape.members)}")
        if item is not None:
            conformed[name] = conform(item, shape.members[name], f"{place}.{name}")
    return conformed


def _conform_scalar(value: Value, shape: Value, place: str) -> Value:
    kind = shape.type_name
    if kind == "string":
        value = _as_text(value)
        if shape.enum and value not in shape.enum:
            raise UserError(f"{place}: expected one of {', '.join(shape.enum)}, found {value!r}")
    elif kind == "boolean" and value in {"true", "false"}:
        return value == "true"
    elif kind in {"integer", "long"} and isinstance(value, str | float):
        return int(value) if str(value).removeprefix("-").isdigit() or isinstance(value, float) else value
    elif kind in {"float", "double"} and isinstance(value, str | int) and not isinstance(value, bool):
        try:
            return float(value)
        except ValueError:
            return value
    return value


def _as_text(value: Value) -> Value:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int | float) else value


def placeholders(value: Value, shape: Value) -> Value:
    """Replace unknown values by placeholders of the right type, so that the rest can be checked."""
    if value is UNKNOWN:
        if shape.type_name == "string":
            length = max(int(shape.metadata.get("min", 1)), 1)
            return (shape.enum or ["x" * length])[0]
        if shape.type_name == "list":
            return [placeholders(UNKNOWN, shape.member)]
        if shape.type_name == "structure":
            return {name: placeholders(UNKNOWN, shape.members[name]) for name in shape.required_members}
        return _PLACEHOLDERS.get(shape.type_name, {})
    if isinstance(value, dict):
        of = shape.members if shape.type_name == "structure" else dict.fromkeys(value, getattr(shape, "value", None))
        return {key: placeholders(item, of[key]) for key, item in value.items()}
    return [placeholders(item, shape.member) for item in value] if isinstance(value, list) else value


def check(arguments: Mapping[str, Any], shape: Value, place: str) -> None:
    """Check required members, types, lengths and ranges.

    Raises:
        UserError: with botocore's own finding.
    """
    report = import_module("botocore.validate").ParamValidator().validate(placeholders(dict(arguments), shape), shape)
    if report.has_errors():
        raise UserError(f"{place}: {'; '.join(report.generate_report().splitlines())}")
