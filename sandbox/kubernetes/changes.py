"""The effect of a changed field of a Kubernetes object: a replacement, a refusal, or an update in place."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml

from sandbox.conditions import ALWAYS, meets
from sandbox.values import Change, Value, has_unknown

TABLE: Final = Path(__file__).with_name("changes.yaml")
_NAMES: Final = ("metadata.name", "metadata.namespace")
_SAME: Final = "self == oldSelf"
_STAYS: Final = re.compile(
    r"\(\(!has\(oldSelf\.(\w+)\) && !has\(self\.\1\)\) \|\| \(has\(oldSelf\.\1\) && has\(self\.\1\)\)\)"
)


@dataclass(frozen=True)
class Refusal:
    """Why an API server refuses a change of one field, and what a user can do.

    Attributes:
        when: which changes it refuses (`sandbox.conditions`).
        unless: another field; where that changes as well, the server takes both.
    """

    why: str
    when: str = ALWAYS
    unless: str = ""
    do: str = (
        "take the change back, or name the field in the resource's replace_on_changes to have it deleted and made anew"
    )


@cache
def table() -> Mapping[str, Any]:
    """Return the rows of changes.yaml."""
    return dict(yaml.safe_load(TABLE.read_text(encoding="utf-8")))


def cluster_wide(kind: str) -> bool:
    """Return whether objects of a kind belong to no namespace."""
    return kind in table()["cluster_wide"]


def replaced(token: str, inputs: Mapping[str, Any], settings: Mapping[str, Any]) -> list[str]:
    """Return the paths whose change makes the provider delete the object and make it anew."""
    row = table()["kinds"].get(token, {})
    content = row.get("content", {})
    mutable = str(settings.get(content.get("setting"))).lower() == "true" and inputs.get("immutable") is not True
    return [*_NAMES, *row.get("replace", []), *([] if mutable else content.get("fields", []))]


def refused(changes: Iterable[Change], rules: Mapping[str, Iterable[Refusal]]) -> str:
    """Return the first change that the API server refuses, with the reason and what to do; empty for none."""
    found = list(changes)
    for change in found:
        for path, refusals in () if has_unknown(change.new) else rules.items():
            for refusal in refusals:
                together = refusal.unless and any(meets(refusal.unless, "goes", each) for each in found)
                if not together and meets(path, refusal.when, change):
                    return f"{change}: the API server refuses this: {refusal.why}; {refusal.do}"
    return ""


def rules(token: str, schema: Value) -> dict[str, list[Refusal]]:
    """Return the refusals of a kind by path: those of the table, and those of its CRD's own transition rules."""
    found = {path: [Refusal(**row)] for path, row in table()["kinds"].get(token, {}).get("refuse", {}).items()}
    for path, refusal in _transitions(schema or {}, ""):
        found.setdefault(path, []).append(refusal)
    return found


def _transitions(schema: Mapping[str, Any], path: str) -> Iterator[tuple[str, Refusal]]:
    """Yield the two forms of CEL rules by which CRDs fix a field; any other is left to a real API server.

    An API server evaluates a rule with `oldSelf` only where the value is there before and after
    (https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#transition-rules).
    """
    for rule in schema.get("x-kubernetes-validations", ()):
        text, why = str(rule.get("rule")), str(rule.get("message") or "the field is immutable")
        if text == _SAME and path:
            yield path, Refusal(why, "differs")
        elif stays := _STAYS.fullmatch(text):
            yield f"{path}.{stays[1]}".lstrip("."), Refusal(why, "comes")
    for name, inner in schema.get("properties", {}).items():
        yield from _transitions(inner, f"{path}.{name}".lstrip("."))
