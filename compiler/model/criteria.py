"""The success criteria of the platform: what it measures about itself, against which targets."""

from typing import Self

from pydantic import Field, model_validator

from compiler.model.base import Bound, Duration, Entry, LayerName, Number, PromQL, Slug, Text
from compiler.model.metrics import Statistic
from compiler.model.traces import SpanName


class CriticalPath(Entry):
    """A way of requests through a workload, on which each request leaves spans."""

    workload: Slug
    name: Slug
    requests: PromQL = Field(description="The selector of a counter of the requests that take it.")
    spans: tuple[SpanName, ...] = Field(
        min_length=1,
        description="Critical spans of the workload's `traces.yaml`: each such request leaves one of each.",
    )


class CloudWatchValue(Entry):
    """A statistic of a CloudWatch metric of the platform's, brought to Prometheus by its exporter."""

    metric: Slug
    statistic: Statistic
    period: Duration = Field(description="What the statistic is of: the last so much time.")
    per: Number = Field(default=1, gt=0, description="How many of the metric's units are one of the criterion's.")


class Criterion(Entry):
    """One criterion: its value, and the bound that is broken where the target is missed.

    Its texts may use {{limit}}, {{window}} (of its value), {{period}} (of CloudWatch's) and, of a share with a lower
    bound, {{allowed}}, which is the rest.
    """

    name: Slug
    title: Text
    asked: Text = Field(description="The document's own words.")
    unit: Slug
    bound: Bound
    why_bound: Text | None = Field(default=None, description="Why the bound is not the document's figure, where so.")
    value: PromQL | None = Field(default=None, description="One number, of metrics and recordings of the platform.")
    cloudwatch: CloudWatchValue | None = Field(default=None, description="Instead of a value: it is CloudWatch's.")
    layer: LayerName | None = Field(default=None, description="The layer without which it cannot be measured.")
    measures: Text
    limits: Text = Field(description="What the figure does not see.")

    @model_validator(mode="after")
    def check(self) -> Self:
        """Refuse a criterion that is measured by nothing, or by two."""
        if (self.value is None) == (self.cloudwatch is None):
            raise ValueError("expected either value or cloudwatch, found both or neither")
        return self


class Criteria(Entry):
    """The file `criteria.yaml`."""

    source: Text
    critical_paths: tuple[CriticalPath, ...] = ()
    criteria: tuple[Criterion, ...] = ()
