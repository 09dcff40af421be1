"""Compare what the real engine registered with what the sandbox registered, property by property."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from sandbox.analyzer import Finding
from sandbox.model import STACK_TYPE, Resource
from sandbox.values import SECRET_SIGNATURE, SIGNATURE, UNKNOWN, UNKNOWN_WIRE, Secret, has_unknown
from tests.engine.computed import texts

_TABLE = Path(__file__).with_name("differences.yaml")
_MASK = "[secret]"
"""What a preview's JSON shows in place of a secret."""
OPTIONS = {
    "custom": "custom",
    "parent": "parent",
    "protect": "protect",
    "ignoreChanges": "ignore_changes",
    "replaceOnChanges": "replace_on_changes",
    "retainOnDelete": "retain_on_delete",
    "deletedWith": "deleted_with",
    "additionalSecretOutputs": "additional_secret_outputs",
    "aliases": "aliases",
    "importID": "import_id",
    "provider": "provider",
    "dependencies": "dependencies",
    "propertyDependencies": "property_dependencies",
    "customTimeouts": "custom_timeouts",
}
"""What a resource is registered with, as the engine's state and the sandbox's call it."""

Facts = dict[str, dict[str, Any]]
"""By URN, what is known of a resource: `type`, `parent`, `inputs.name`, `dependencies`, each with its value."""


@dataclass(frozen=True)
class Listed:
    """A difference that is known, with its reason.

    Attributes:
        type: a glob on the resource's type.
        fact: a glob on the name of what differs, such as `inputs.tagsAll*`.
        only: `engine` or `sandbox` where the other has nothing there, `both` where the values differ.
    """

    type: str
    fact: str
    only: str
    reason: str

    def covers(self, difference: Difference) -> bool:
        """Return whether this is the difference."""
        side = "sandbox" if difference.engine is None else "engine" if difference.sandbox is None else "both"
        return self.only == side and fnmatchcase(difference.type, self.type) and fnmatchcase(difference.fact, self.fact)


@dataclass(frozen=True)
class Difference:
    """One fact of one resource that the two do not agree on; None where one of them has nothing."""

    urn: str
    fact: str
    engine: Any
    sandbox: Any

    @property
    def type(self) -> str:
        """The resource's type."""
        return type_of(self.urn)

    def __str__(self) -> str:
        return f"{self.urn}: {self.fact}: the engine has {self.engine!r}, the sandbox {self.sandbox!r}"


def type_of(urn: str) -> str:
    """Return the type of the resource that a URN names."""
    return urn.split("::")[2].rpartition("$")[2]


def added_by_sandbox(kind: str) -> set[str]:
    """Return the inputs that the sandbox alone adds to a resource of that type."""
    entries = (entry for entry in listed() if entry.only == "sandbox" and fnmatchcase(kind, entry.type))
    return {entry.fact.removeprefix("inputs.").rstrip("*") for entry in entries if entry.fact.startswith("inputs.")}


@cache
def listed() -> Sequence[Listed]:
    """Return the known differences."""
    return [Listed(**entry) for entry in yaml.safe_load(_TABLE.read_text("utf-8"))["differences"]]


def of_sandbox(resources: Iterable[Resource], outputs: Mapping[str, Any] | None = None) -> Facts:
    """Return what the sandbox registered; with `outputs` of the stack, those of components as well."""
    found: Facts = {}
    for each in resources:
        registered = {name: getattr(each, attribute) for name, attribute in OPTIONS.items()}
        given: dict[str, Any] = {"inputs": each.inputs}
        if outputs is not None and not each.custom:
            given["outputs"] = outputs if each.type == STACK_TYPE else each.outputs
        found[each.urn] = _facts(each.type, registered, given, masked=outputs is None)
    return found


def of_engine(resources: Iterable[Mapping[str, Any]], *, deployed: bool) -> Facts:
    """Return what the engine registered: the `newState` of a preview's steps, or the resources of a state."""
    found: Facts = {}
    for each in resources:
        registered = {name: each.get(name) for name in OPTIONS}
        given = {"inputs": plain(each.get("inputs") or {})}
        if deployed and not each["custom"]:
            given["outputs"] = plain(each.get("outputs") or {})
        found[each["urn"]] = _facts(each["type"], registered, given, masked=not deployed)
    return found


def plain(value: Any) -> Any:
    """Turn the JSON of a preview, or of a state made with its secrets shown, into data with the sandbox's markers."""
    if isinstance(value, list):
        return [plain(item) for item in value]
    if not isinstance(value, dict):
        return {UNKNOWN_WIRE: UNKNOWN, _MASK: Secret(None)}.get(value, value) if isinstance(value, str) else value
    if value.get(SIGNATURE) == SECRET_SIGNATURE:
        return Secret(plain(json.loads(value["plaintext"])))
    return {name: plain(item) for name, item in value.items()}


def _facts(kind: str, registered: Mapping[str, Any], given: Mapping[str, Any], *, masked: bool) -> dict[str, Any]:
    facts: dict[str, Any] = {"type": kind}
    for name, item in registered.items():
        if name == "provider":
            # What follows the URN is the provider's id, which the engine draws.
            facts[name] = (item or "").rpartition("::")[0] or None
        elif name == "propertyDependencies":
            facts |= {f"{name}.{each}": tuple(sorted(set(urns))) for each, urns in (item or {}).items()}
        elif name == "customTimeouts":
            facts |= {f"{name}.{each}": seconds for each, seconds in (item or {}).items()}
        else:
            facts[name] = tuple(sorted(set(item))) if isinstance(item, list) else item or None
    for name, values in given.items():
        facts |= dict(_leaves(values, name, masked=masked))
    return {name: item for name, item in facts.items() if item is False or item not in ((), None)}


def _leaves(value: Any, path: str, *, masked: bool) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping) and value and all(isinstance(item, Secret) for item in value.values()):
        # The SDK marks the data of a Kubernetes Secret as a whole, the sandbox item by item, as the provider's Check.
        value = Secret({name: item.value for name, item in value.items()})
    if isinstance(value, Secret):
        yield path, _MASK if masked else ("secret", json.dumps(_comparable(value.value), sort_keys=True))
    elif isinstance(value, Mapping) and value:
        for name, item in value.items():
            if name != "hash" or SIGNATURE not in value:
                yield from _leaves(item, f"{path}.{name}", masked=masked)
    elif isinstance(value, list) and value:
        for index, item in enumerate(value):
            yield from _leaves(item, f"{path}[{index}]", masked=masked)
    elif value is not None:
        yield path, _comparable(value)


def _comparable(value: Any) -> Any:
    return UNKNOWN_WIRE if has_unknown(value) else value


class Computed:
    """Which computed text of the engine's stands for which of the sandbox's, wherever it is part of an input.

    A stand-in provider's texts are unique, so each leads to one property of one resource. What the sandbox has in its
    place must be that very property's value, and the same one everywhere.
    """

    def __init__(self, engine: Iterable[Mapping[str, Any]], sandbox: Iterable[Resource]) -> None:
        self._known: dict[str, str] = {}
        self._seen: dict[str, str] = {}
        outputs = {each.urn: {**dict(_swapped(texts(each.outputs))), "id": each.id} for each in sandbox}
        for each in (each for each in engine if each["custom"]):
            there = outputs.get(each["urn"], {})
            for text, path in [(each.get("id", ""), "id"), *texts(plain(each.get("outputs") or {}))]:
                if _COMPUTED.fullmatch(text):
                    # What it was computed for comes first: a state is in the order of dependencies.
                    self._known.setdefault(text, there.get(path, ""))

    def same(self, engine: Any, sandbox: Any) -> bool:
        """Return whether two values agree, what was computed apart."""
        if not isinstance(engine, str) or not isinstance(sandbox, str):
            return bool(engine == sandbox)
        parts = _COMPUTED.split(engine)
        marks = _COMPUTED.findall(engine)
        found = re.fullmatch("(.*?)".join(re.escape(part) for part in parts), sandbox, re.DOTALL)
        return found is not None and all(map(self._agrees, marks, found.groups()))

    def _agrees(self, mark: str, text: str) -> bool:
        expected = self._known.get(mark)
        return expected in {"", text} and self._seen.setdefault(mark, text) == text


_COMPUTED = re.compile(r"(?:arn:aws:engine:[\w:-]+:)?computed-[0-9a-f]{12}-[\w.\[\]]+")


def _swapped(pairs: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    return ((path, text) for text, path in pairs)


def differences(engine: Facts, sandbox: Facts, computed: Computed | None = None) -> list[Difference]:
    """Return everything that the two do not agree on, listed or not."""
    found = []
    for urn in sorted({*engine, *sandbox}):
        one, other = engine.get(urn), sandbox.get(urn)
        if one is None or other is None:
            found.append(Difference(urn, "resource", one and "it", other and "it"))
            continue
        for fact in sorted({*one, *other}):
            left, right = one.get(fact), other.get(fact)
            if left != right and not (computed and computed.same(left, right)):
                found.append(Difference(urn, fact, left, right))
    return found


def unlisted(found: Iterable[Difference]) -> list[str]:
    """Return the differences that no entry of the table explains, a line each."""
    return [str(each) for each in found if not any(entry.covers(each) for entry in listed())]


def findings_of_sandbox(found: Iterable[Finding]) -> set[tuple[str, str, str, str]]:
    """Return findings as the engine reports them: policy, level, URN, message."""
    return {
        (f"{each.policy}-exempt" if each.exempted else each.policy, each.level, each.urn, each.message.strip())
        for each in found
    }
