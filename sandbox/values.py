"""Property values of resources: plain JSON data plus two markers, Unknown and Secret.

The wire form is the engine's own (pulumi/sdk/go/common/resource/plugin/rpc.go): an unknown is a reserved string, a
secret is an object with a signature key.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from google.protobuf import struct_pb2

Value = Any
"""Nested data: JSON with the markers below, or what a library hands over."""

SIGNATURE: Final = "4dabf18193072939515e22adb298388d"
SECRET_SIGNATURE, ASSET_SIGNATURE, ARCHIVE_SIGNATURE = (
    "1b47061264138c4ac30d75fd1eb44270",
    "c44067f5952c0a294b673a41bacd8c17",
    "0def7320c3a5731c473e5ecbe6d01bc7",
)
UNKNOWN_WIRE: Final = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"


class UnknownType:
    """The value is computed by a step that has not happened yet. There is one instance, `UNKNOWN`."""

    def __repr__(self) -> str:
        return "<computed>"


UNKNOWN: Final = UnknownType()


@dataclass(frozen=True)
class Secret:
    """A value that must never be shown."""

    value: Value

    def __repr__(self) -> str:
        return "<secret>"


def transform(value: Value, leaf: Callable[[Any], Any]) -> Value:
    """Return a copy of nested data with `leaf` applied to everything that is neither an object nor a list."""
    if isinstance(value, Mapping):
        return {key: transform(item, leaf) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [transform(item, leaf) for item in value]
    return leaf(value)


def from_wire(value: Value) -> Value:
    """Turn JSON in the engine's wire form into data with markers."""
    if isinstance(value, dict):
        if value.get(SIGNATURE) == SECRET_SIGNATURE:
            return Secret(from_wire(value.get("value")))
        return {key: from_wire(item) for key, item in value.items()}
    if isinstance(value, list):
        return [from_wire(item) for item in value]
    return UNKNOWN if value == UNKNOWN_WIRE else value


def to_wire(value: Value) -> Value:
    """Turn data with markers into JSON in the engine's wire form."""

    def leaf(item: Value) -> Value:
        if isinstance(item, Secret):
            return {SIGNATURE: SECRET_SIGNATURE, "value": to_wire(item.value)}
        return UNKNOWN_WIRE if item is UNKNOWN else item

    return transform(value, leaf)


def _plain_number(number: float) -> float | int:
    return int(number) if number.is_integer() else number


def _from_proto(value: struct_pb2.Value) -> Value:
    kind = value.WhichOneof("kind")
    if kind == "struct_value":
        return {key: _from_proto(item) for key, item in value.struct_value.fields.items()}
    if kind == "list_value":
        return [_from_proto(item) for item in value.list_value.values]
    if kind == "number_value":
        return _plain_number(value.number_value)
    return None if kind in {None, "null_value"} else getattr(value, str(kind))


def from_struct(struct: struct_pb2.Struct) -> dict[str, Any]:
    """Read the properties of a request. Numbers without a fraction become integers; nulls are left out."""
    found = {key: from_wire(_from_proto(item)) for key, item in struct.fields.items()}
    return {key: item for key, item in found.items() if item is not None}


def to_struct(properties: Mapping[str, Any]) -> struct_pb2.Struct:
    """Build the properties of a response."""
    struct = struct_pb2.Struct()
    struct.update(to_wire(dict(properties)))
    return struct


def reveal(value: Value) -> Value:
    """Take every secret out of its wrapper, for a target that needs the value itself. Unknowns stay."""
    return transform(value, lambda item: reveal(item.value) if isinstance(item, Secret) else item)


def masked(value: Value) -> Value:
    """Return printable JSON: secrets become "<secret>" and unknowns "<computed>"."""
    return transform(value, lambda item: repr(item) if isinstance(item, Secret | UnknownType) else item)


def _any_leaf(value: Value, wanted: Callable[[Any], bool]) -> bool:
    if isinstance(value, Mapping):
        return any(_any_leaf(item, wanted) for item in value.values())
    if isinstance(value, list | tuple):
        return any(_any_leaf(item, wanted) for item in value)
    return wanted(value)


def has_unknown(value: Value) -> bool:
    """Return whether anything within is not known yet."""
    return _any_leaf(value, lambda item: item is UNKNOWN or (isinstance(item, Secret) and has_unknown(item.value)))


def has_secret(value: Value) -> bool:
    """Return whether anything within is secret."""
    return _any_leaf(value, lambda item: isinstance(item, Secret))


@dataclass(frozen=True)
class Change:
    """One property that differs: its path as Pulumi writes it, and both values (None where there is none)."""

    path: str
    old: Value
    new: Value

    def __str__(self) -> str:
        return f"{self.path}: {_short(self.old)} => {_short(self.new)}"


def _short(value: Value) -> str:
    text = json.dumps(masked(value), sort_keys=True, default=str)
    limit = 60
    return text if len(text) <= limit else f"{text[: limit - 3]}..."


def changes(old: Value, new: Value, path: str = "") -> Iterator[Change]:
    """Yield every leaf that differs. A secret is compared by value and reported as a secret."""
    if isinstance(old, Secret) or isinstance(new, Secret):
        if reveal(old) != reveal(new) or has_unknown(new):
            yield Change(path, Secret(None) if old is not None else None, Secret(None) if new is not None else None)
    elif isinstance(old, Mapping) and isinstance(new, Mapping):
        for key in sorted({*old, *new}):
            yield from changes(old.get(key), new.get(key), f"{path}.{key}" if path else key)
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for index, (before, after) in enumerate(zip(old, new, strict=True)):
            yield from changes(before, after, f"{path}[{index}]")
    elif old != new:
        yield Change(path, old, new)


def covers(pattern: str, path: str) -> bool:
    """Return whether an option's property path (`tags.team`, `rules[*]`, `*`) covers the path of a change."""
    if pattern == "*":
        return True
    wanted, found = (text.replace("[", ".[").replace('"', "").split(".") for text in (pattern, path))
    if len(wanted) > len(found):
        return False
    return all(want in {"*", "[*]", have} for want, have in zip(wanted, found, strict=False))


def hash_assets(value: Value, root: Path) -> Value:
    """Add the digest of a file's or folder's content to each asset, so that a change of content is a change."""
    if isinstance(value, list):
        return [hash_assets(item, root) for item in value]
    if not isinstance(value, dict):
        return value
    if value.get(SIGNATURE) not in {ASSET_SIGNATURE, ARCHIVE_SIGNATURE} or "path" not in value:
        return {key: hash_assets(item, root) for key, item in value.items()}
    base = root / value["path"]
    digest = hashlib.sha256()
    for file in sorted(base.rglob("*")) if base.is_dir() else [base]:
        if file.is_file() and "__pycache__" not in file.parts:
            digest.update(f"{file.relative_to(base.parent)}\0".encode() + file.read_bytes())
    return {**value, "hash": digest.hexdigest()}
