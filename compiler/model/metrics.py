"""Metrics that a workload produces: for Prometheus, and in CloudWatch."""

from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from compiler.model.base import (
    Bound,
    Duration,
    Entry,
    Flag,
    LabelName,
    LabelValue,
    MetricName,
    Number,
    Placed,
    Slug,
    Text,
)

Region = Annotated[str, StringConstraints(pattern=r"^[a-z]{2}(-[a-z]+)+-\d$")]
Statistic = Literal["Average", "Sum", "Minimum", "Maximum", "SampleCount", "p50", "p90", "p95", "p99"]
MetricType = Literal["counter", "gauge", "histogram", "summary"]
"""A summary is taken to have a sum and a count only: its quantiles cannot be aggregated."""


class Goal(Entry):
    """The target of a metric: missed when the bound holds of the named aggregate."""

    of: Text = Field(description="What is measured: p95, ratio, average ...")
    bound: Bound = Field(description="The limit that the target must not cross.")


# The exporter takes two components at least, and within one neither two hyphens in a row nor a digit in front.
_COMPONENT = r"(\*|[a-zA-Z_](-?[a-zA-Z0-9_])*)"
StatsdMatch = Annotated[str, StringConstraints(pattern=rf"^{_COMPONENT}(\.{_COMPONENT})+$", max_length=200)]


class StatsdMapping(Entry):
    """The StatsD names that a metric is mapped from, where its producer speaks StatsD."""

    match: StatsdMatch = Field(description="Dots divide a name; * stands for one part: automator.dag.*.runs.")
    labels: dict[LabelName, LabelValue] = Field(
        default={}, description="Each label's value; $1 is what the first * took."
    )
    buckets: tuple[Number, ...] = Field(default=(), description="Of a histogram: upper bounds, in the metric's unit.")
    ttl: Duration | None = Field(
        default=None,
        description="How long a series outlives its last sample; without one, until the exporter restarts.",
    )


class Metric(Entry):
    """A metric that Prometheus scrapes."""

    name: MetricName
    type: MetricType
    unit: Slug = Field(description="The unit of a value: seconds, bytes, ratio, requests ...")
    help: Text
    service: Slug
    producer: Slug = Field(description="Who exposes it: a producer of the workload.")
    labels: dict[LabelName, tuple[LabelValue, ...]] = Field(
        default={}, description="Each label with the values that are known; an empty list means any value."
    )
    targets: tuple[Goal, ...] = ()
    buckets: tuple[Number, ...] = Field(
        default=(), description="Of a histogram: upper bounds, in the metric's unit, where its document gives them."
    )
    statsd: StatsdMapping | None = None
    rises: Flag = Field(
        default=False, description="A gauge by its program's word, a count by its meaning: it rises or begins anew."
    )
    note: Text | None = None

    @model_validator(mode="after")
    def check(self) -> Self:
        """Refuse buckets of what is no histogram, those of two kinds, and those that do not rise."""
        if self.buckets and (self.type != "histogram" or self.statsd):
            raise ValueError("buckets: expected with a histogram that is scraped; statsd has its own")
        if self.rises and self.type != "gauge":
            raise ValueError(f"rises: expected with a gauge that only rises, found a {self.type}")
        if list(self.buckets) != sorted(set(self.buckets)):
            raise ValueError(f"buckets: expected rising bounds, found {list(self.buckets)}")
        return self


class CloudWatchMetric(Entry):
    """A metric in CloudWatch, with the dimensions without which it has no data."""

    id: Slug = Field(description="How alarms and widgets of this catalog name it.")
    namespace: str = Field(min_length=3)
    name: Placed = Field(min_length=1, description="May hold {environment}.")
    dimensions: dict[str, Placed] = Field(
        description="Values may hold {environment}, {region}, {account}; * stands for every value there is (Grafana)."
    )
    no_dimensions: Text | None = Field(default=None, description="Why it has none, where it has none.")
    region: Region | None = Field(default=None, description="Where it is published, if not in the stack's region.")
    unit: Slug
    help: Text
    service: Slug
    producer: Text = Field(description="Who publishes it, and what must be switched on to have it.")
    targets: tuple[Goal, ...] = ()
    thresholds: dict[Slug, Bound] = Field(default={}, description="When a severity begins, by severity.")

    @model_validator(mode="after")
    def check(self) -> Self:
        """Refuse a metric without dimensions that does not say why: with the wrong ones it never has data."""
        if bool(self.dimensions) == bool(self.no_dimensions):
            raise ValueError("expected dimensions, or no_dimensions with the reason why it has none")
        return self

    @property
    def many(self) -> bool:
        """Whether this stands for a metric for each value of a dimension, which only Grafana can draw."""
        return "*" in self.dimensions.values()


class MathLine(Entry):
    """A line of metric math: a metric of the catalog with its statistic, or an expression over the others' ids."""

    id: str = Field(pattern="^[a-z][a-zA-Z0-9]*$")
    metric: Slug | None = None
    statistic: Statistic | None = None
    expression: str | None = None

    @model_validator(mode="after")
    def check_line(self) -> Self:
        """Refuse a line that is neither a metric with its statistic nor an expression."""
        if (self.metric is None) == (self.expression is None) or (self.metric is None) != (self.statistic is None):
            raise ValueError("expected a metric with its statistic, or an expression")
        return self


class MetricsFile(Entry):
    """The file `metrics.yaml` in a workload's folder."""

    prometheus: tuple[Metric, ...] = ()
    cloudwatch: tuple[CloudWatchMetric, ...] = ()
