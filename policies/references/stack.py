"""The stack as the checks of references see it, and their findings."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from policies.references.inventory import Inventory, Rendered


@dataclass(frozen=True)
class Dangling:
    """A reference to something that does not exist.

    Attributes:
        of: the object that refers.
        place: the field, as Pulumi writes it.
        message: what was expected and what was found.
    """

    of: Rendered
    place: str
    message: str


@dataclass(frozen=True)
class Stack:
    """The rendered objects, the inventory, and the names of the stack's own namespaces."""

    rendered: Sequence[Rendered]
    found: Inventory
    namespaces: frozenset[str]


Check = Callable[[Stack], Iterator[Dangling]]


def port_text(value: object) -> str:
    """Format a port: engines hand over every number as a float."""
    return f"{value:g}" if isinstance(value, float) else str(value)
