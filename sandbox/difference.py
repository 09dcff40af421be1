"""Format a change for readers: list items by name, and of a long text the part that differs."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Final

from sandbox.values import Change, Value, changes, masked

_LIMIT: Final = 60
_CONTEXT: Final = 16
_NAMES: Final = (("name",), ("alert",), ("alert", "labels.severity"), ("record", "labels.service", "labels.quantile"))
"""What identifies the items of a list: the first of these that each item has, with a value of its own."""


def lines(change: Change, old: Value, new: Value) -> Iterator[str]:
    """Describe one change.

    Args:
        change: what differs, with its path.
        old: the inputs before, for the names of the parts on the way.
        new: the inputs after.
    """
    if _names(change.old) and _names(change.new):
        yield from _items(_named_path(change.path, new), change.old, change.new)
    else:
        yield _line(_named_path(change.path, old), change.old, change.new)


def _items(path: str, old: Value, new: Value) -> Iterator[str]:
    """Yield the differences of a list that grew or shrank: added, removed and changed items, by name."""
    before, after = (dict(zip(_names(side), side, strict=True)) for side in (old, new))
    for name in sorted({*before, *after}):
        here = f"{path}[{name}]"
        if name in before and name in after:
            for change in changes(before[name], after[name]):
                yield from (f"{here}.{line}" for line in lines(change, before[name], after[name]))
        else:
            yield _line(here, before.get(name), after.get(name))


def _names(items: Value) -> list[str]:
    """Return the items' names when each has one and no two are the same, else nothing."""
    if not isinstance(items, list) or not items or not all(isinstance(item, Mapping) for item in items):
        return []
    for keys in _NAMES:
        names = [" ".join(filter(None, (_at(item, key) for key in keys))) for item in items]
        if all(_at(item, keys[0]) for item in items) and len(set(names)) == len(names):
            return names
    mixed = [_names([item])[0] if _names([item]) else "" for item in items] if len(items) > 1 else []
    return mixed if all(mixed) and len(set(mixed)) == len(mixed) else []


def _at(item: Value, path: str) -> str:
    for part in path.split("."):
        item = item.get(part) if isinstance(item, Mapping) else None
    return item if isinstance(item, str) else ""


def _named_path(path: str, root: Value) -> str:
    """Put names in place of indices: `spec.groups[personalization-alerts].rules[HighLatency warning].expr`."""
    shown, value = "", root
    for part in path.replace("[", ".[").split("."):
        if part.startswith("["):
            index = int(part[1:-1])
            names = _names(value)
            shown += f"[{names[index]}]" if index < len(names) else part
            value = value[index] if isinstance(value, list) and index < len(value) else None
        else:
            shown += f".{part}" if shown else part
            value = value.get(part) if isinstance(value, Mapping) else None
    return shown


def _line(path: str, old: Value, new: Value) -> str:
    return f"{path}: {' => '.join(_texts(old, new))}"


def _texts(old: Value, new: Value) -> tuple[str, str]:
    before, after = (json.dumps(masked(side), sort_keys=True, default=str, ensure_ascii=False) for side in (old, new))
    same = 0
    for left, right in zip(before, after, strict=False):
        if left != right:
            break
        same += 1
    start = max(0, same - _CONTEXT) if max(len(before), len(after)) > _LIMIT and isinstance(old, str) else 0
    return _cut(before, start), _cut(after, start)


def _cut(text: str, start: int) -> str:
    head = "..." if start else ""
    text = head + text[start:]
    return text if len(text) <= _LIMIT else f"{text[: _LIMIT - 3]}..."
