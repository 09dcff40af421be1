"""The data that the parts of the digest share."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass


class SourceError(Exception):
    """A server did not answer as expected; the text holds no secret and no address."""


@dataclass(frozen=True)
class Criterion:
    """A success criterion: its name in series, its title for people, its target."""

    name: str
    title: str
    unit: str
    side: str
    limit: float


@dataclass(frozen=True)
class Settings:
    """The settings that the compiler writes.

    Attributes:
        title: the message's.
        room: the Slack channel.
        dashboard: where the success criteria are shown.
        filters: matchers of alerts that wait for the digest; each list is one way to it.
        queries: PromQL by what it finds.
        stances: what to do with the rest of an error budget, by the recorded number.
        criteria: in the order of the message.
    """

    title: str
    room: str
    dashboard: str
    filters: Sequence[Sequence[str]]
    queries: Mapping[str, str]
    stances: Sequence[str]
    criteria: Sequence[Criterion]

    @classmethod
    def parse(cls, text: str) -> "Settings":
        """Parse the settings."""
        data = json.loads(text)
        return cls(criteria=[Criterion(**each) for each in data.pop("criteria")], **data)


@dataclass(frozen=True)
class Sample:
    """One element of a PromQL result."""

    labels: Mapping[str, str]
    value: float


@dataclass(frozen=True)
class Firing:
    """An alert in Alertmanager: its labels, its summary, and whether it is silenced or inhibited."""

    labels: Mapping[str, str]
    summary: str
    quiet: bool


@dataclass(frozen=True)
class Section:
    """A part of the message; `failed` means that a server did not answer, so that it is incomplete."""

    title: str
    lines: Sequence[str]
    failed: bool = False
