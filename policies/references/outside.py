"""References out of the stack on purpose, each with its reason."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Final

import yaml

from policies.references.stack import Dangling

FILE: Final = Path(__file__).resolve().parent.parent / "tables" / "outside.yaml"


@dataclass(frozen=True)
class Outside:
    """References that need not resolve.

    Attributes:
        kind: the referring object's kind.
        name: a glob on its name.
        place: a glob on the field.
        reason: where the other end comes from.
        but: a glob on names that are not meant.
        without: what, once it is in the stack, makes this an error again: `Kafka`, or `Release/cert-manager`.
    """

    kind: str
    name: str
    place: str
    reason: str
    but: str = ""
    without: str = ""

    def covers(self, dangling: Dangling, present: frozenset[str]) -> bool:
        """Return whether it covers this reference, in a stack that has these kinds and objects."""
        return (
            dangling.of.kind == self.kind
            and fnmatchcase(str(dangling.of.name), self.name)
            and not fnmatchcase(str(dangling.of.name), self.but)
            and fnmatchcase(dangling.place, self.place)
            and (not self.without or self.without not in present)
        )


def load(file: Path = FILE) -> tuple[Outside, ...]:
    """Read the table."""
    return tuple(Outside(**row) for row in yaml.safe_load(file.read_text(encoding="utf-8"))["outside"])
