"""The table of AWS resource types, rows.yaml."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from compiler.errors import UserError

TABLE = Path(__file__).with_name("rows.yaml")


@dataclass(frozen=True)
class Row:
    """The mapping of one resource type to the AWS API; docs/sandbox.md explains the fields."""

    type: str
    service: str
    mode: str
    source: str
    replace: Sequence[str]
    create: Sequence[Mapping[str, Any]]
    id: str
    replace_when: Mapping[str, str] = field(default_factory=dict)
    name: str = ""
    name_format: str = "{}"
    tags: str = ""
    outputs: Mapping[str, Any] = field(default_factory=dict)
    read: Sequence[Mapping[str, Any]] = ()
    update: Sequence[Any] | str = "create"
    delete: Sequence[Mapping[str, Any]] = ()
    list: Mapping[str, Any] = field(default_factory=dict)
    find: Sequence[str] = ()
    vanishes: bool = True

    @property
    def applied(self) -> bool:
        """Whether moto implements it."""
        return self.mode == "applied"

    def updates(self) -> Sequence[Mapping[str, Any]]:
        """Return the calls of an update; the word `create` stands for those of the creation."""
        entries: Sequence[Any] = [self.update] if isinstance(self.update, str) else self.update
        return [call for entry in entries for call in (self.create if entry == "create" else [entry])]


@cache
def rows() -> Mapping[str, Row]:
    """Return the table by type token."""
    data = yaml.safe_load(TABLE.read_text(encoding="utf-8"))
    return {token: Row(type=token, **fields) for token, fields in data.items()}


def row(token: str) -> Row:
    """Return the row of a type.

    Raises:
        UserError: there is none.
    """
    found = rows().get(token)
    if found is None:
        raise UserError(
            f"{token}: the sandbox has no row for this type; add one to sandbox/aws/rows.yaml "
            "(docs/sandbox.md, 'Adding an AWS row')"
        )
    return found
