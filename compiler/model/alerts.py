"""Alerts on Prometheus metrics, and service level objectives."""

from typing import ClassVar, Self

from pydantic import Field, model_validator

from compiler.model.base import Bound, Duration, Entry, LabelName, MetricName, Number, PascalName, PromQL, Slug, Text


class Threshold(Bound):
    """When one severity of an alert begins, and for how long it must hold."""

    KEYS: ClassVar[tuple[str, ...]] = (*Bound.KEYS, "outside")

    outside: tuple[Number, Number] | None = Field(
        default=None, description="A low and a high limit: broken below the one and above the other."
    )
    for_: Duration = Field(alias="for", description="How long the bound must be broken before the alert fires.")

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

    metric: MetricName
    each: tuple[LabelName, ...] = Field(default=(), description="Labels whose every declared value must be there.")


class Alert(Entry):
    """One alert: a value, and where each severity begins."""

    name: PascalName
    aliases: tuple[Text, ...] = Field(default=(), description="Other names the documents give it.")
    service: Slug
    value: PromQL = Field(description="What is compared; every operator joins sides with the same labels.")
    unit: Slug
    thresholds: dict[Slug, Threshold] = Field(min_length=1, description="By the workload's severities.")
    traffic: Traffic | None = None
    absence: Absence | None = None
    summary: Text
    description: Text = Field(description="May use {{ $value }} and {{ $labels.x }}.")
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


class BurnSeverities(Entry):
    """Which severities the two burn-rate alerts have."""

    page: Slug
    ticket: Slug
    absence: Slug


class Slo(Entry):
    """An event-based service level objective."""

    name: Slug
    service: Slug
    title: Text
    objective: Number = Field(gt=0, lt=100, description="Percent of events that are good.")
    window: Duration
    events: Events
    at_least: Number = Field(gt=0, description="Events a second below which no burn-rate alert fires.")
    severities: BurnSeverities
    runbook: Slug
    dashboard: Slug


class SlosFile(Entry):
    """The file `slos.yaml` in a workload's folder."""

    slos: tuple[Slo, ...]


class BurnWindow(Entry):
    """A share of the error budget spent within a window, as seen in a long and a short window."""

    budget_percent: Number = Field(gt=0, le=100)
    long: Duration
    short: Duration


class BurnRates(Entry):
    """The file `burn-rates.yaml`: which burn rates page and which open a ticket."""

    source: Text
    page: tuple[BurnWindow, ...] = Field(min_length=1)
    ticket: tuple[BurnWindow, ...] = Field(min_length=1)
