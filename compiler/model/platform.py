"""What all workloads share: routing, retention, probe modules."""

from collections.abc import Iterator
from functools import cache
from typing import Annotated, Literal, Self
from zoneinfo import available_timezones

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from compiler.model.base import (
    Count,
    Duration,
    Email,
    Entry,
    LabelName,
    LabelValue,
    PascalName,
    Priority,
    Slug,
    Text,
)
from compiler.nearest import meant

Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
TimeOfDay = Annotated[str, StringConstraints(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]
# Alertmanager ends a day at 24:00.
Clock = Annotated[str, StringConstraints(pattern=r"^([01]\d|2[0-3]):[0-5]\d$|^24:00$")]


def _is_zone(value: str) -> str:
    """Refuse a zone that Go's and Kubernetes' time zone database does not have; `Local` is none of a cluster's."""
    if value not in _zones():
        raise ValueError(f"unknown time zone '{value}': expected one such as Europe/Berlin{meant(value, _zones())}")
    return value


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


Zone = Annotated[str, AfterValidator(_is_zone)]


class PagerDuty(Entry):
    """A PagerDuty service reached by Events v2; its routing key is a secret mounted as a file."""

    kind: Literal["pagerduty"]
    secret: Slug
    severity: Literal["critical", "error", "warning", "info"]
    urgency: Text = Field(description="How PagerDuty reaches a person: set on its side, said here.")


class Slack(Entry):
    """A Slack channel; its webhook address is a secret mounted as a file."""

    kind: Literal["slack"]
    secret: Slug
    channel: str = Field(pattern="^#[a-z0-9-]+$")


class Mail(Entry):
    """An e-mail address."""

    kind: Literal["email"]
    to: Email


class Digest(Entry):
    """A weekly digest: one message a week on these alerts and on the platform; nobody is notified at once."""

    kind: Literal["digest"]
    through: Slug = Field(description="The Slack channel that the message goes to, by its name here.")
    weekday: Weekday
    at: TimeOfDay
    zone: Zone = Field(default="Etc/UTC", description="An IANA time zone, such as Europe/Berlin.")


class Webhook(Entry):
    """An address that takes Alertmanager's own JSON; the address is a secret mounted as a file."""

    kind: Literal["webhook"]
    secret: Slug
    title: Text = Field(description="What listens there, in words.")


Secretive = PagerDuty | Slack | Webhook
"""Channels that are reached by a secret, named by their `secret`."""

Channel = Annotated[PagerDuty | Slack | Mail | Digest | Webhook, Field(discriminator="kind")]


class Route(Entry):
    """The channels of one priority, and their timing."""

    channels: tuple[Slug, ...] = Field(min_length=1)
    group_by: tuple[LabelName, ...] = Field(
        default=("alertname", "workload", "service", "severity", "priority"),
        description="What one message is about; PagerDuty always gets one for each alert.",
    )
    group_wait: Duration
    group_interval: Duration
    repeat_interval: Duration


class Maintenance(Entry):
    """A time at which alerts that may wait are muted: they are sent afterwards if they still fire."""

    reason: Text
    workload: Slug
    priorities: tuple[Priority, ...] = Field(min_length=1)
    weekdays: tuple[Weekday, ...] = Field(min_length=1)
    start: Clock
    end: Clock
    zone: Zone = Field(default="UTC", description="An IANA time zone, such as Europe/Berlin.")

    @model_validator(mode="after")
    def check(self) -> Self:
        """Refuse what would hide an outage, and a time that ends before it begins."""
        if {"P0", "P1"} & set(self.priorities):
            raise ValueError(f"priorities: expected P2 to P4, since others page; found {list(self.priorities)}")
        if self.start >= self.end:
            raise ValueError(f"end: expected a time after {self.start} of the same day, found {self.end}")
        return self


class Inhibition(Entry):
    """While an alert that matches `source` fires, those of the same thing that match `target` are inhibited.

    That both speak of the same thing follows: of the same workload and service, with equal labels of what both values
    keep. A severity needs no entry: it holds back the lower ones of its own alert.
    """

    reason: Text
    source: dict[LabelName, LabelValue] = Field(min_length=1)
    target: dict[LabelName, LabelValue] = Field(min_length=1)
    equal: tuple[LabelName, ...] = Field(
        default=(), description="Labels that must be equal besides those that follow, which are never fewer."
    )


class Routing(Entry):
    """The file `routing.yaml`: channels, routes by priority, inhibitions and maintenance."""

    channels: dict[Slug, Channel]
    priorities: dict[Priority, Route]
    foreign_severities: dict[LabelValue, Priority] = Field(
        description="Alerts that are not of this catalog (the chart's own) have a severity only: its priority."
    )
    alerts: dict[PascalName, Route] = Field(
        default={}, description="Alerts that travel on a way of their own, whatever their priority, by name."
    )
    workloads: dict[Slug, dict[Priority, Route]] = Field(
        default={}, description="Where a workload's own table sends a priority another way."
    )
    fallback: Slug = Field(description="The channel of alerts that no route takes: somebody should still see them.")
    inhibitions: tuple[Inhibition, ...] = ()
    maintenance: dict[Slug, Maintenance] = Field(default={}, description="When what does not page is kept back.")

    def route(self, workload: str, priority: Priority, alert: str) -> Route:
        """Return the route of a workload's alert: its own, its workload's, or its priority's."""
        own = self.workloads.get(workload, {})
        return self.alerts.get(alert) or own.get(priority) or self.priorities[priority]

    def routes(self) -> Iterator[tuple[str, Route]]:
        """Yield every route with its path in the file."""
        for priority, route in self.priorities.items():
            yield f"priorities.{priority}", route
        for name, route in self.alerts.items():
            yield f"alerts.{name}", route
        for workload, own in self.workloads.items():
            for priority, route in own.items():
                yield f"workloads.{workload}.{priority}", route


class RetentionClass(Entry):
    """The retention of one class, in whole days from arrival, in each tier."""

    source: Text
    cloudwatch_days: Count | None = Field(default=None, ge=1)
    hot_days: Count | None = Field(default=None, ge=1)
    standard_days: Count | None = Field(default=None, ge=1, description="S3 Standard, from arrival.")
    glacier_days: Count | None = Field(default=None, ge=1, description="Kept until, from arrival; then deleted.")

    @property
    def archive_days(self) -> int | None:
        """Days from arrival until a record leaves the archive; None when the class keeps none there."""
        return self.glacier_days or self.standard_days


class Retention(Entry):
    """The file `retention.yaml`: classes by name."""

    classes: dict[Slug, RetentionClass]


class ProbeModule(Entry):
    """A module of the blackbox exporter: what counts as a good answer."""

    help: Text
    timeout: Duration = Field(description="How long the answer may take.")
    status_codes: tuple[Count, ...] = Field(min_length=1, description="The HTTP status codes that are good.")
    body: str | None = Field(default=None, description="A regular expression that the body of a good answer matches.")


class Probes(Entry):
    """The file `probes.yaml`: the blackbox exporter's modules by name."""

    modules: dict[Slug, ProbeModule] = Field(min_length=1)
