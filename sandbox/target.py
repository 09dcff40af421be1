"""What the engine asks of a target (AWS, Kubernetes): the shape both fulfil."""

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
    """Answer of a provider function; `note` says what it made up, for the summary."""

    result: Mapping[str, Any]
    note: str = ""


class Target(Protocol):
    """Creates, reads, changes and deletes the resources of one provider package."""

    def check(self, goal: Resource, old: Resource | None, settings: Settings) -> None:
        """Completes the inputs (a generated name, default tags) and sets the mode; refuses an unknown type."""

    def validate(self, goal: Resource, settings: Settings) -> None:
        """Checks the inputs against the target's schema without a call; unknown values pass."""

    def replaces(self, resource: Resource, settings: Settings) -> Mapping[str, str]:
        """Property paths whose change needs a replacement, and when it does (`sandbox.conditions`)."""

    def refuses(self, goal: Resource, found: Sequence[Change]) -> str:
        """Why the target would refuse these changes in place, and what to do; empty when it takes them."""

    def identity(self, resource: Resource, settings: Settings) -> str:
        """What makes it unique in the target and is known beforehand; empty when the target assigns it."""

    def create(self, goal: Resource, settings: Settings) -> None:
        """Creates it and sets its id and outputs."""

    def update(self, old: Resource, goal: Resource, settings: Settings) -> None:
        """Changes it and sets its id and outputs."""

    def read(self, resource: Resource, settings: Settings) -> dict[str, Any] | None:
        """What the target holds now, under the names of the inputs it can report; None when it is gone."""

    def adopt(self, goal: Resource, settings: Settings) -> None:
        """Sets the outputs of something that exists and whose id is set."""

    def delete(self, resource: Resource, settings: Settings) -> None:
        """Deletes it; already gone is success."""

    def find(self, goal: Resource, taken: set[str], settings: Settings) -> str:
        """The id under which an announced creation landed, or an empty string."""

    def invoke(self, token: str, arguments: Mapping[str, Any], settings: Settings) -> Invoked:
        """Answers a provider function."""


Targets = Mapping[str, Target]
Judge = Callable[[Resource], None]
