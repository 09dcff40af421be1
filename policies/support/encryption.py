"""The table of resources that hold data, and the check of one resource by it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import yaml

from policies.support.values import UNKNOWN, at, cannot_judge

FILE = Path(__file__).resolve().parent.parent / "tables" / "encryption.yaml"


@dataclass(frozen=True)
class Row:
    """The property of a type that names its key (`key`), its condition, and the resources that it covers."""

    key: str
    require: Mapping[str, Sequence[object]] = field(default_factory=dict)
    when: Mapping[str, Sequence[object]] = field(default_factory=dict)

    @property
    def key_property(self) -> str:
        """The resource's own property that holds the key, by which its dependencies are known."""
        return self.key.split(".")[0].removesuffix("[]")

    def applies(self, properties: object) -> bool:
        """Return whether this resource holds data that is encrypted by the key; an unknown answer counts as yes."""
        return all(_is(found, allowed) for path, allowed in self.when.items() for _, found in at(properties, path))

    def keys(self, properties: object) -> list[tuple[str, object]]:
        """Return each place of a key with its value: text, UNKNOWN, or None."""
        return at(properties, self.key)


@cache
def table() -> Mapping[str, Row]:
    """Return the rows by type token."""
    return {token: Row(**row) for token, row in yaml.safe_load(FILE.read_text(encoding="utf-8")).items()}


def is_aws_managed(key: object) -> bool:
    """Return whether this names an AWS-managed key, which no policy of this account governs."""
    return isinstance(key, str) and key.rpartition(":")[2].startswith("alias/aws/")


def mistakes(row: Row, properties: object) -> Iterator[str]:
    """Yield what is wrong with one resource's encryption, as far as it alone shows it.

    Raises:
        UnknownValueError: A value that switches encryption on is not known yet; raised after all other mistakes.
    """
    for path, key in row.keys(properties):
        if key in (None, ""):
            yield f"{path}: expected the stack's customer-managed key, found nothing"
        elif is_aws_managed(key):
            yield f"{path}: expected the stack's customer-managed key, found the AWS-managed {key}"
    unknown = []
    for path, allowed in row.require.items():
        for where, found in at(properties, path):
            unknown += [where] if found is UNKNOWN else []
            if not _is(found, allowed):
                shown = "nothing" if found is None else found
                yield f"{where}: expected {' or '.join(map(str, allowed))}, found {shown}"
    if unknown:
        cannot_judge(unknown[0])


def _is(found: object, allowed: Sequence[object]) -> bool:
    return found is UNKNOWN or any(str(found).lower() == str(value).lower() for value in allowed)
