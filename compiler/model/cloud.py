"""CloudWatch alarms, log groups, what is counted in logs, and Insights queries."""

import re
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from compiler.model.base import (
    Bound,
    Count,
    Duration,
    Entry,
    EnvironmentName,
    Flag,
    Placed,
    Slug,
    Text,
    TopicName,
    seconds,
)
from compiler.model.metrics import MathLine, Statistic

_LONGEST_LOOK_BACK = 86_400
_LONGEST_LOOK_BACK_HOURLY = 604_800
_HOUR = 3_600
_ID = re.compile(r"\b[a-z][a-zA-Z0-9]*\b")
# Source: the API reference of PutCompositeAlarm, AlarmRule: up to 100 children.
_MOST_CHILDREN = 100


class AlarmLine(MathLine):
    """A line of an alarm's metric math; the one that `returns` is compared with the bound."""

    returns: Flag = False


class Alarm(Entry):
    """A CloudWatch alarm on one metric of the catalog, or on an expression over several."""

    name: Slug
    severity: Slug
    service: Slug
    metric: Slug = Field(description="What the alarm is about; with `metrics`, one of those.")
    statistic: Statistic | None = Field(default=None, description="Of `metric`; left out with `metrics`.")
    metrics: tuple[AlarmLine, ...] = Field(default=(), description="Metric math; one line returns.")
    unit: Slug | None = Field(default=None, description="The bound's unit where metric math changes it.")
    bound: Bound
    period: Duration
    evaluation_periods: Count = Field(ge=1)
    missing_data: Literal["breaching", "notBreaching", "ignore", "missing"] = Field(
        description="What silence means; there is no default, since each answer is wrong for some metric."
    )
    environments: tuple[EnvironmentName, ...] = Field(
        default=(), description="Where `breaching` silence means trouble; empty for wherever the workload runs."
    )
    topics: tuple[TopicName, ...] = Field(default=(), description="Named topics beside the one of the priority.")
    model: Slug | None = Field(default=None, description="The model that the Model tag names.")
    summary: Text
    description: Text = Field(
        description="As the summary: {{limit}}, {{period}}, {{periods}} and {{for}}, all periods, from this entry."
    )
    runbook: Slug
    dashboard: Slug

    @model_validator(mode="after")
    def check(self) -> Self:
        """Refuse what CloudWatch refuses: equality, odd periods, looking back too far, math without one result.

        Source: the API reference of PutMetricAlarm (EvaluationPeriods, Period, Metrics).
        """
        if self.bound.equals is not None:
            raise ValueError("CloudWatch compares with above or below only, found equals")
        period = seconds(self.period)
        if period % 60 and period not in (10, 20, 30):
            raise ValueError(f"expected a period of 10s, 20s, 30s or whole minutes, found {self.period}")
        longest = _LONGEST_LOOK_BACK_HOURLY if period >= _HOUR else _LONGEST_LOOK_BACK
        if period * self.evaluation_periods > longest:
            raise ValueError(f"CloudWatch looks back {longest} s at most, found {period * self.evaluation_periods} s")
        if (self.statistic is None) == (not self.metrics):
            raise ValueError("expected a statistic of the metric, or metrics with an expression")
        if self.metrics:
            self._check_math()
        return self

    def _check_math(self) -> None:
        ids = [line.id for line in self.metrics]
        if len(set(ids)) != len(ids):
            raise ValueError(f"metrics: expected each id once, found {ids}")
        returning = [line.id for line in self.metrics if line.returns]
        if len(returning) != 1:
            raise ValueError(f"metrics: expected one line that returns, found {returning or 'none'}")
        if self.metric not in [line.metric for line in self.metrics]:
            raise ValueError(f"metrics: expected '{self.metric}' among them, since the alarm is about it")
        for line in self.metrics:
            unknown = sorted(set(_ID.findall(line.expression or "")) - set(ids))
            if unknown:
                raise ValueError(f"metrics: {line.id} uses {unknown}: expected ids among {ids}")


class Composite(Entry):
    """A CloudWatch alarm on the states of other alarms of the workload."""

    name: Slug
    severity: Slug
    service: Slug
    when: Literal["any", "all"] = Field(description="How many of the children must be in alarm.")
    alarms: tuple[Slug, ...] = Field(min_length=1, max_length=_MOST_CHILDREN)
    topics: tuple[TopicName, ...] = Field(default=(), description="Named topics beside the one of the priority.")
    summary: Text
    description: Text
    runbook: Slug
    dashboard: Slug


class LogGroup(Entry):
    """A CloudWatch log group; its retention is that of its class in `retention.yaml`."""

    name: Placed = Field(pattern=r"^[A-Za-z0-9_./#{}-]+$", max_length=480, description="May hold {environment}.")
    service: Slug
    retention: Slug = Field(description="A class of `retention.yaml`.")
    help: Text
    note: Text | None = None


class MetricFilter(Entry):
    """Counts what is found in a log group as a metric of the catalog."""

    name: Slug
    group: str = Field(description="A log group of this workload, as declared.")
    pattern: Annotated[str, StringConstraints(min_length=1, max_length=1024)] = Field(
        description="A filter pattern of CloudWatch Logs; each event that matches counts as one."
    )
    metric: Slug = Field(description="The CloudWatch metric that it makes; it has no dimensions.")


class LogQuery(Entry):
    """A saved CloudWatch Logs Insights query."""

    name: Slug
    title: Text
    groups: tuple[str, ...] = Field(min_length=1, description="Log groups of this workload, as declared.")
    query: Text
    note: Text | None = None


class AlarmsFile(Entry):
    """The file `alarms.yaml` in a workload's folder."""

    topics: dict[TopicName, Text] = Field(default={}, description="Topics by name, each with who listens.")
    alarms: tuple[Alarm, ...]
    composites: tuple[Composite, ...] = ()
