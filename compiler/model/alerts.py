"""Alerts on Prometheus metrics, and service level objectives."""

from typing import Annotated, ClassVar, Self

from pydantic import Field, model_validator

from compiler.model.base import (
    Bound,
    Duration,
    Entry,
    LabelName,
    LabelValue,
    LayerName,
    MetricName,
    Number,
    PascalName,
    PromQL,
    Slug,
    Text,
    TopicName,
    seconds,
)
from compiler.model.metrics import Statistic

_CLOUDWATCH_PERIOD = 60
"""Seconds; periods of CloudWatch are multiples of it, but for high-resolution metrics."""


class Threshold(Bound):
    """When one severity of an alert begins, and for how long it must hold."""

    KEYS: ClassVar[tuple[str, ...]] = (*Bound.KEYS, "outside")

    outside: tuple[Number, Number] | None = Field(
        default=None, description="A low and a high limit: broken below the one and above the other."
    )
    for_: Duration = Field(alias="for", description="How long the bound must be broken before the alert fires.")
    keep: Duration | None = Field(
        default=None,
        description="How long it stays on afterwards: what comes and goes is one incident, and what it silences waits.",
    )

    @model_validator(mode="after")
    def check_range(self) -> Self:
        """Refuse a range whose ends are the wrong way round: every value would break it."""
        if self.outside and self.outside[0] >= self.outside[1]:
            raise ValueError(f"outside: expected a low and a higher limit, found {list(self.outside)}")
        return self

    def sides(self) -> dict[str, float]:
        """Return the sides that are set, by name; a range has two."""
        return super().sides() if self.outside is None else {"below": self.outside[0], "above": self.outside[1]}


class Traffic(Entry):
    """The least traffic on which the alert's value means something."""

    value: PromQL = Field(description="A rate, aggregated to the same labels as the alert's value.")
    at_least: Number = Field(gt=0, description="In the unit of the value, usually requests a second.")


class Absence(Entry):
    """A series whose disappearance is the same trouble as the alert itself."""

    metric: MetricName = Field(description="A metric of the workload, or what scraping makes: up, probe_success.")
    where: dict[LabelName, LabelValue] = Field(default={}, description="Labels that narrow the series down.")
    each: tuple[LabelName, ...] = Field(
        default=(), description="Labels whose every declared value must be there; of up, job: each producer's name."
    )


class Alert(Entry):
    """One alert: a value, and where each severity begins."""

    name: PascalName
    aliases: tuple[Text, ...] = Field(default=(), description="Other names the documents give it.")
    service: Slug
    value: PromQL = Field(description="What is compared; every operator joins sides with the same labels.")
    unit: Slug
    thresholds: dict[Slug, Threshold] = Field(min_length=1, description="By the workload's severities.")
    layer: LayerName | None = Field(
        default=None, description="The layer that deploys what it watches, where a stack may lack that."
    )
    traffic: Traffic | None = None
    absence: Absence | None = None
    summary: Text = Field(description="One line; the figures of this entry as placeholders, as in the description.")
    description: Text = Field(
        description="May use {{ $value }} and {{ $labels.x }}, which Prometheus fills in, and, from this entry, "
        "{{limit}}, {{for}}, {{keep}}, {{traffic}}, {{window}} (of its value) and {{target}} (of its metric)."
    )
    runbook: Slug
    dashboard: Slug


class AlertsFile(Entry):
    """The file `alerts.yaml` in a workload's folder."""

    alerts: tuple[Alert, ...]


class Events(Entry):
    """The events that an objective counts, as selectors of counters: all, and either the bad or the good ones."""

    total: PromQL
    bad: PromQL | None = None
    good: PromQL | None = None

    @model_validator(mode="after")
    def check(self) -> Self:
        """Refuse events with neither or both of bad and good."""
        if (self.bad is None) == (self.good is None):
            raise ValueError("expected either bad or good events, found both or neither")
        return self


class CloudWatchEvents(Entry):
    """The events that an objective counts, as CloudWatch metrics of the catalog, each by its sum."""

    total: Slug
    bad: Slug
    dashboard: Slug = Field(description="The CloudWatch dashboard that the alarms name.")
    topics: tuple[TopicName, ...] = Field(default=(), description="Named topics beside the one of the priority.")


class BurnSeverities(Entry):
    """The severities of the two burn-rate alerts."""

    page: Slug
    ticket: Slug
    absence: Slug


class Each(Entry):
    """Objectives of their own for some values of a label of the events."""

    label: LabelName
    objectives: dict[LabelValue, Annotated[Number, Field(gt=0, lt=100)]] = Field(
        min_length=1, description="Percent of events that are good, by the label's value."
    )


class Slo(Entry):
    """An event-based service level objective."""

    name: Slug
    service: Slug
    title: Text = Field(
        description="May use {{objective}}, {{allowed}} (the share that may be bad), {{window}} and, where good events "
        "are a bucket, {{limit}}."
    )
    objective: Number = Field(gt=0, lt=100, description="Percent of events that are good.")
    each: Each | None = Field(
        default=None, description="A budget for each value of a label; a value that is not named has the objective."
    )
    window: Duration
    events: Events | None = Field(default=None, description="Counted by Prometheus.")
    cloudwatch: CloudWatchEvents | None = Field(
        default=None, description="Counted by CloudWatch, instead: alarms there see the fast burn, Prometheus the rest."
    )
    at_least: Number = Field(gt=0, description="Events a second below which no burn-rate alert fires.")
    or_bad: Number | None = Field(
        default=None, gt=0, description="Bad events within the long window that are enough on less traffic than that."
    )
    severities: BurnSeverities
    runbook: Slug
    dashboard: Slug

    @model_validator(mode="after")
    def check(self) -> Self:
        """Refuse an objective without events, or with those of two sources."""
        if (self.events is None) == (self.cloudwatch is None):
            raise ValueError("expected either events or cloudwatch, found both or neither")
        if self.each and self.cloudwatch:
            raise ValueError("each: expected events of Prometheus, found CloudWatch's, which have no labels")
        return self


class ThresholdSeverities(Entry):
    """The severities of a threshold objective's alerts."""

    missed: Slug | None = Field(default=None, description="Left out where an alarm tells it already.")
    absence: Slug


class ThresholdSlo(Entry):
    """An objective on a value rather than on events: quality, parity, freshness, a percentile of CloudWatch's."""

    name: Slug
    service: Slug
    title: Text = Field(description="May use {{limit}}, {{window}} and {{period}}.")
    window: Duration
    metrics: tuple[Slug, ...] = Field(min_length=1, description="CloudWatch metrics; of several the worst counts.")
    statistic: Statistic
    period: Duration = Field(description="What the statistic is of: the last so much time.")
    bound: Bound = Field(description="Broken when the value's average over the window breaks it.")
    severities: ThresholdSeverities
    runbook: Slug
    dashboard: Slug

    @model_validator(mode="after")
    def check(self) -> Self:
        """Refuse a bound without a worse side, and a period that no window holds or that CloudWatch refuses."""
        if self.bound.equals is not None:
            raise ValueError("bound: expected above or below, found equals: neither side of it would be worse")
        period, window = seconds(self.period), seconds(self.window)
        if period > window or period % _CLOUDWATCH_PERIOD:
            raise ValueError(f"period: expected minutes and at most the window of {self.window}, found {self.period}")
        return self


class SlosFile(Entry):
    """The file `slos.yaml` in a workload's folder."""

    slos: tuple[Slo, ...] = ()
    thresholds: tuple[ThresholdSlo, ...] = ()


class BurnWindow(Entry):
    """A share of the error budget spent within a window, as seen in a long and a short window."""

    budget_percent: Number = Field(gt=0, le=100)
    long: Duration
    short: Duration


class Stance(Entry):
    """The policy while more than this share of an error budget is left."""

    name: Slug
    above: Number | None = Field(default=None, description="Share of the budget; the last stance has none.")
    text: Text


class BurnRates(Entry):
    """The file `burn-rates.yaml`: which burn rates page, which open a ticket, and what a budget's rest allows."""

    source: Text
    page: tuple[BurnWindow, ...] = Field(min_length=1)
    ticket: tuple[BurnWindow, ...] = Field(min_length=1)
    policy_source: Text
    policy: tuple[Stance, ...] = Field(min_length=2, description="From the most that is left to the least.")

    @model_validator(mode="after")
    def check(self) -> Self:
        """Refuse stances out of order: each begins below the one before, and the last takes all the rest."""
        limits = [stance.above for stance in self.policy]
        known = [limit for limit in limits[:-1] if limit is not None]
        if limits[-1] is not None or len(known) < len(limits) - 1 or known != sorted(set(known), reverse=True):
            raise ValueError(f"policy: expected falling limits and none for the last stance, found {limits}")
        return self
