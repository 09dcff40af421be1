"""What all workloads share: routing, retention."""

from typing import Annotated, Literal

from pydantic import Field

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
    """Nobody is told at once: the weekly digest reads these alerts from Alertmanager and Prometheus."""

    kind: Literal["digest"]


class Webhook(Entry):
    """An address that takes Alertmanager's own JSON; the address is a secret mounted as a file."""

    kind: Literal["webhook"]
    secret: Slug
    title: Text = Field(description="What listens there, in words.")


Secretive = PagerDuty | Slack | Webhook
"""Channels that are reached by a secret, named by their `secret`."""

Channel = Annotated[PagerDuty | Slack | Mail | Digest | Webhook, Field(discriminator="kind")]


class Route(Entry):
    """How alerts of one priority travel."""

    channels: tuple[Slug, ...] = Field(min_length=1)
    group_wait: Duration
    group_interval: Duration
    repeat_interval: Duration


class Inhibition(Entry):
    """While an alert that fits `source` fires, those that fit `target` with equal labels are kept quiet."""

    reason: Text
    source: dict[LabelName, LabelValue] = Field(min_length=1)
    target: dict[LabelName, LabelValue] = Field(min_length=1)
    equal: tuple[LabelName, ...] = Field(min_length=1)


class Routing(Entry):
    """The file `routing.yaml`: priorities to channels, and what silences what."""

    channels: dict[Slug, Channel]
    priorities: dict[Priority, Route]
    foreign_severities: dict[LabelValue, Priority] = Field(
        description="Alerts that are not of this catalog (the chart's own) have a severity only: its priority."
    )
    alerts: dict[PascalName, Route] = Field(
        default={}, description="Alerts that travel on a way of their own, whatever their priority, by name."
    )
    inhibitions: tuple[Inhibition, ...] = ()


class RetentionClass(Entry):
    """How long records of one class are kept, in whole days from their arrival in each tier."""

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
