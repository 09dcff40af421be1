"""Conditions on a changed property: for a replacement in the AWS rows, for a replacement or refusal in Kubernetes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from sandbox.values import Change, Value, covers, has_unknown

ALWAYS: Final = "changes"
_SIZE: Final = re.compile(r"(\d+(?:\.\d+)?)(|[kMGTPE]|[KMGTPE]i)")
_POWERS: Final = ("", "k", "M", "G", "T", "P", "E")
_NUMBER: Final = re.compile(r"\d+")


def meets(path: str, when: str, change: Change) -> bool:
    """Return whether a change of a property meets a condition.

    Args:
        path: the property, as an option names it (`tags.team`, `rules[*]`).
        when: `changes`, always; `differs`, where a value was there and still is; `comes`, where it was not there or is
            there no longer; `goes`, only the latter; `set`, once it is true; `shrinks`, to a smaller quantity;
            `lower`, to an older version; `from X`, where it was X; `to X`, where it becomes X.
        change: what differs.
    """
    if when == ALWAYS:
        return covers(path, change.path) or covers(change.path, path)
    there = (change.old is not None, change.new is not None)
    if when == "differs":
        return covers(path, change.path) and (path != change.path or all(there))
    if when.startswith("to ") and covers(change.path, path):
        return bool(_below(change.new, path.removeprefix(change.path)) == when.removeprefix("to "))
    if path != change.path or has_unknown(change.new):
        return False
    return {
        "comes": there[0] != there[1],
        "goes": there == (True, False),
        "set": change.old is True,
        "shrinks": all(there) and _bytes(change.new) < _bytes(change.old),
        "lower": all(there) and _version(change.new) < _version(change.old),
    }.get(when, when == f"from {change.old}")


def _below(value: Value, path: str) -> Value:
    for part in filter(None, path.split(".")):
        value = value.get(part) if isinstance(value, Mapping) else None
    return value


def _bytes(quantity: Value) -> float:
    """Return a quantity such as `10Gi` or `500M` in bytes (k8s.io/apimachinery/pkg/api/resource); 0 for none."""
    found = _SIZE.fullmatch(str(quantity))
    if not found:
        return 0
    unit = found[2]
    base = 1024.0 if unit.endswith("i") else 1000.0
    return float(found[1] or 0) * float(base ** _POWERS.index(unit.removesuffix("i").replace("K", "k")))


def _version(text: Value) -> list[int]:
    """Return the numbers of a version in their order: `OpenSearch_2.19` as 2 and 19."""
    return [int(number) for number in _NUMBER.findall(str(text))]
