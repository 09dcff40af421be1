"""What a changed field of a Kubernetes object comes to: a replacement or a refusal; anything else changes in place."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml

from sandbox.values import Change, Value, covers, has_unknown

TABLE: Final = Path(__file__).with_name("changes.yaml")
SOURCE: Final = "pulumi-kubernetes provider/pkg/provider/diff.go"
_ALWAYS: Final = ("metadata.name", "metadata.namespace")
_SIZE: Final = re.compile(r"(\d+(?:\.\d+)?)([numkMGTPE]?|[KMGTPE]i)")
_POWERS: Final = ("", "k", "M", "G", "T", "P", "E")
_SAME: Final = "self == oldSelf"
_STAYS: Final = re.compile(
    r"\(\(!has\(oldSelf\.(\w+)\) && !has\(self\.\1\)\) \|\| \(has\(oldSelf\.\1\) && has\(self\.\1\)\)\)"
)


@dataclass(frozen=True)
class Refusal:
    """Why an API server refuses a change of one field, when it does, and what a user can do.

    Attributes:
        when: `changes`, always; `set`, once it is true; `shrinks`, to a smaller quantity; `differs`, where a value was
            there and still is; `comes`, where it was not there or is there no longer.
    """

    why: str
    when: str = "changes"
    do: str = (
        "take the change back, or name the field in the resource's replace_on_changes to have it deleted and made anew"
    )

    def meets(self, change: Change) -> bool:
        """Tells whether this change is one that is refused; what is not known yet is not."""
        if has_unknown(change.new):
            return False
        there = (change.old is not None, change.new is not None)
        return {
            "changes": True,
            "set": change.old is True,
            "shrinks": all(there) and _bytes(change.new) < _bytes(change.old),
            "differs": all(there),
            "comes": there[0] != there[1],
        }[self.when]


@cache
def table() -> Mapping[str, Any]:
    """The rows of changes.yaml."""
    return dict(yaml.safe_load(TABLE.read_text(encoding="utf-8")))


def cluster_wide(kind: str) -> bool:
    """Tells whether objects of a kind belong to no namespace."""
    return kind in table()["cluster_wide"]


def replaced(token: str, inputs: Mapping[str, Any], settings: Mapping[str, Any]) -> list[str]:
    """The paths whose change makes the provider delete the object and make it anew."""
    row = table()["kinds"].get(token, {})
    content = row.get("content", {})
    mutable = str(settings.get(content.get("setting"))).lower() == "true" and inputs.get("immutable") is not True
    return [*_ALWAYS, *row.get("replace", []), *([] if mutable else content.get("fields", []))]


def refused(changes: Iterable[Change], rules: Mapping[str, Iterable[Refusal]]) -> str:
    """The first change that the API server refuses, with the reason and what to do; empty when it takes them all."""
    for change in changes:
        for path, refusals in rules.items():
            for refusal in refusals if covers(path, change.path) else ():
                at = path if refusal.when in {"shrinks", "comes", "set"} else change.path
                if at == change.path and refusal.meets(change):
                    return f"{change}: the API server refuses this: {refusal.why}; {refusal.do}"
    return ""


def rules(token: str, schema: Value) -> dict[str, list[Refusal]]:
    """The refusals of a kind by path: those of the table, and those of its CRD's own transition rules."""
    found = {path: [Refusal(**row)] for path, row in table()["kinds"].get(token, {}).get("refuse", {}).items()}
    for path, refusal in _transitions(schema or {}, ""):
        found.setdefault(path, []).append(refusal)
    return found


def _transitions(schema: Mapping[str, Any], path: str) -> Iterator[tuple[str, Refusal]]:
    """The two forms of CEL rules by which CRDs fix a field; any other is left to a real API server.

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


def _bytes(quantity: Value) -> float:
    """A quantity such as `10Gi` or `500M` as a number (k8s.io/apimachinery/pkg/api/resource); 0 for what is none."""
    found = _SIZE.fullmatch(str(quantity))
    if not found:
        return 0
    unit = found[2]
    base = 1024 if unit.endswith("i") else 1000
    return float(float(found[1]) * base ** _POWERS.index(unit.removesuffix("i").replace("K", "k")))
