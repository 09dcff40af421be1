"""The interface between the engine and a target (AWS, Kubernetes)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from sandbox.model import Resource
from sandbox.values import Change

Settings = Mapping[str, Any]
"""Inputs of the provider that a resource uses, secrets revealed."""


@dataclass(frozen=True)
class Invoked:
    """The answer of a provider function; `note` says what it made up, for the summary."""

    result: Mapping[str, Any]
    note: str = ""


class Target(Protocol):
    """Creates, reads, changes and deletes the resources of one provider package."""

    def check(self, goal: Resource, old: Resource | None, settings: Settings) -> None:
        """Complete the inputs (a generated name, default tags) and set the mode; refuse an unknown type."""

    def validate(self, goal: Resource, settings: Settings) -> None:
        """Check the inputs against the target's schema without a call; unknown values pass."""

    def replaces(self, resource: Resource, settings: Settings) -> Mapping[str, str]:
        """Return property paths whose change needs a replacement, and when it does (`sandbox.conditions`)."""

    def refuses(self, goal: Resource, found: Sequence[Change]) -> str:
        """Return why the target would refuse these changes in place, and what to do; empty when it accepts them."""

    def identity(self, resource: Resource, settings: Settings) -> str:
        """Return the key that identifies it before it exists; empty when the target assigns it."""

    def create(self, goal: Resource, settings: Settings) -> None:
        """Create it and set its id and outputs."""

    def update(self, old: Resource, goal: Resource, settings: Settings) -> None:
        """Change it and set its id and outputs."""

    def read(self, resource: Resource, settings: Settings) -> dict[str, Any] | None:
        """Return the target's present values, under the names of the inputs it can report; None when it is gone."""

    def adopt(self, goal: Resource, settings: Settings) -> None:
        """Set the outputs of an existing resource whose id is set."""

    def delete(self, resource: Resource, settings: Settings) -> None:
        """Delete it; already gone is success."""

    def find(self, goal: Resource, taken: set[str], settings: Settings) -> str:
        """Return the id under which an announced creation landed, or an empty string."""

    def invoke(self, token: str, arguments: Mapping[str, Any], settings: Settings) -> Invoked:
        """Answer a provider function."""


Targets = Mapping[str, Target]
Judge = Callable[[Resource], None]
