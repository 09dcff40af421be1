"""Offer the known word that is nearest to an unknown one."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import Any


def unknown(kind: str, value: str, known: Iterable[str]) -> str:
    """Return what is wrong with a name that nothing has: the names that there are, and the one that looks meant."""
    names = sorted(known)
    return f"unknown {kind} '{value}': expected one of {', '.join(names) or 'none'}{meant(value, names)}"


def meant(value: str, known: Iterable[str]) -> str:
    """Return the end of a finding that offers the known name nearest to a value; nothing where none is near."""
    by_letters = {name.lower(): name for name in sorted(known, reverse=True)}
    near = get_close_matches(value.lower(), by_letters, n=1)
    return f": did you mean '{by_letters[near[0]]}'?" if near and by_letters[near[0]] != value else ""


def quoted(name: str) -> str:
    """Return an entry's name as a place has it: in quotes where it is several words."""
    return f"'{name}'" if " " in name else name


def keys_at(schema: Mapping[str, Any], path: Sequence[str | int]) -> list[str]:
    """Return the keys that a document's JSON Schema knows beside the last step of a path."""
    nodes = [*_resolved(schema, schema)]
    for step in path[:-1]:
        below = [each for node in nodes for each in _below(schema, node, step)]
        nodes = below or nodes  # pydantic's paths name the tag of a union too, which is no step of the document
    return sorted({key for node in nodes for key in node.get("properties", {})})


def _below(schema: Mapping[str, Any], node: Mapping[str, Any], step: str | int) -> Iterator[Mapping[str, Any]]:
    if isinstance(step, int):
        found = [node.get("items")]
    else:
        # What a mapping holds under names of any kind, or of one that a pattern describes.
        rest = [node.get("additionalProperties"), *node.get("patternProperties", {}).values()]
        found = [node.get("properties", {}).get(step), *rest]
    for each in found:
        yield from _resolved(schema, each) if isinstance(each, dict) else ()


def _resolved(schema: Mapping[str, Any], node: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield what a node stands for: the definition that it names, each of its alternatives, or itself."""
    if "$ref" in node:
        yield from _resolved(schema, schema["$defs"][node["$ref"].rpartition("/")[2]])
    elif alternatives := [*node.get("anyOf", ()), *node.get("oneOf", ())]:
        for each in alternatives:
            yield from _resolved(schema, each)
    else:
        yield node
