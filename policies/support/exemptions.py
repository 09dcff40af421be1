"""Exemptions: findings that are accepted until a day, each with a reason and an owner."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from fnmatch import fnmatchcase
from pathlib import Path

import yaml

FILE = Path(__file__).resolve().parent.parent / "exemptions.yaml"
_FIELDS = ("rule", "resource", "reason", "owner", "expires")


class PackError(Exception):
    """A mistake in the pack's own files; each line names the file, the place, what was expected and what was found."""


@dataclass(frozen=True)
class Exemption:
    """One entry of exemptions.yaml; `expires` is the last day on which it holds."""

    rule: str
    resource: str
    reason: str
    owner: str
    expires: date

    def covers(self, rule: str, urn: str) -> bool:
        """Return whether this entry is about that rule and that resource, expired or not."""
        return rule == self.rule and fnmatchcase(
            urn if self.resource.startswith("urn:") else short_name(urn), self.resource
        )

    def holds(self, today: date) -> bool:
        """Return whether the entry has not expired."""
        return today <= self.expires


def short_name(urn: str) -> str:
    """Return `type::name` of a URN, without stack, project and parents' types."""
    *_, kind, name = ["", "", *urn.split("::", 3)]
    return f"{kind.rpartition('$')[2]}::{name}"


def load(file: Path, rules: Collection[str]) -> tuple[Exemption, ...]:
    """Read and check the exemptions.

    Raises:
        PackError: Not YAML, a field is missing, empty, unknown or of the wrong kind, or no rule has that name. One
            line for each mistake.
    """
    try:
        document = yaml.safe_load(file.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        raise PackError(f"{file.name}: expected YAML: {' '.join(str(error).split())}") from error
    entries = document.get("exemptions") if isinstance(document, dict) else None
    if not isinstance(entries, list):
        raise PackError(f"{file.name}: expected a list `exemptions`, found {type(entries).__name__}")
    checked = [_mistakes(f"{file.name}: exemptions[{index}]", entry, rules) for index, entry in enumerate(entries)]
    if any(checked):
        raise PackError("\n".join(mistake for mistakes in checked for mistake in mistakes))
    return tuple(Exemption(**entry) for entry in entries)


def _mistakes(where: str, entry: object, rules: Collection[str]) -> list[str]:
    if not isinstance(entry, dict):
        return [f"{where}: expected the fields {', '.join(_FIELDS)}, found {entry!r}"]
    found = [f"{where}: {name}: expected one, found nothing: add it" for name in _FIELDS if not entry.get(name)]
    found += [f"{where}: {name}: no such field: expected {', '.join(_FIELDS)}" for name in entry if name not in _FIELDS]
    texts = [name for name in _FIELDS if name != "expires" and entry.get(name)]
    found += [
        f"{where}: {name}: expected text, found {entry[name]!r}" for name in texts if not isinstance(entry[name], str)
    ]
    if entry.get("expires") and type(entry["expires"]) is not date:
        found.append(f"{where}: expires: expected a date such as 2027-03-31, found {entry['expires']!r}")
    if isinstance(entry.get("rule"), str) and entry["rule"] and entry["rule"] not in rules:
        found.append(f"{where}: rule: no rule '{entry['rule']}': expected one of {', '.join(sorted(rules))}")
    if isinstance(entry.get("resource"), str) and entry["resource"] and "::" not in entry["resource"]:
        found.append(f"{where}: resource: expected `type::name` or a URN, found '{entry['resource']}'")
    return found
