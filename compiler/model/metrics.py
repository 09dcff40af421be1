"""Metrics that a workload produces: for Prometheus, and in CloudWatch."""

from typing import Literal

from pydantic import Field

from compiler.model.base import Bound, Entry, LabelName, LabelValue, MetricName, Placed, Slug, Text

Statistic = Literal["Average", "Sum", "Minimum", "Maximum", "SampleCount", "p50", "p90", "p95", "p99"]
MetricType = Literal["counter", "gauge", "histogram"]


class Goal(Entry):
    """What a metric should be (its target): broken when the bound holds of the named aggregate."""

    of: Text = Field(description="What is measured: p95, ratio, average ...")
    bound: Bound = Field(description="The limit that the target must not cross.")


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
    note: Text | None = None


class CloudWatchMetric(Entry):
    """A metric in CloudWatch, with the dimensions without which it has no data."""

    id: Slug = Field(description="How alarms and widgets of this catalog name it.")
    namespace: str = Field(min_length=3)
    name: str = Field(min_length=1)
    dimensions: dict[str, Placed] = Field(
        min_length=1, description="Values may hold {environment}, {region}, {account}."
    )
    unit: Slug
    help: Text
    service: Slug
    producer: Text = Field(description="Who publishes it, and what must be switched on to have it.")
    targets: tuple[Goal, ...] = ()
    thresholds: dict[Slug, Bound] = Field(default={}, description="When a severity begins, by severity.")


class MetricsFile(Entry):
    """The file `metrics.yaml` in a workload's folder."""

    prometheus: tuple[Metric, ...] = ()
    cloudwatch: tuple[CloudWatchMetric, ...] = ()
