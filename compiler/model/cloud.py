"""CloudWatch alarms, log groups and Insights queries."""

from typing import Literal, Self

from pydantic import Field, model_validator

from compiler.model.base import Bound, Count, Duration, Entry, Placed, Slug, Text, TopicName, seconds
from compiler.model.metrics import Statistic

_LONGEST_LOOK_BACK = 86_400
_LONGEST_LOOK_BACK_HOURLY = 604_800
_HOUR = 3_600


class Alarm(Entry):
    """A CloudWatch alarm on one metric of the catalog."""

    name: Slug
    severity: Slug
    service: Slug
    metric: Slug
    statistic: Statistic
    bound: Bound
    period: Duration
    evaluation_periods: Count = Field(ge=1)
    missing_data: Literal["breaching", "notBreaching", "ignore", "missing"] = Field(
        description="What silence means; there is no default, since each answer is wrong for some metric."
    )
    topics: tuple[TopicName, ...] = Field(default=(), description="Named topics beside the one of the priority.")
    model: Slug | None = Field(default=None, description="The model that the Model tag names.")
    summary: Text
    description: Text
    runbook: Slug
    dashboard: Slug

    @model_validator(mode="after")
    def check(self) -> Self:
        """Refuse what CloudWatch refuses: equality, odd periods, and looking back too far.

        Source: the API reference of PutMetricAlarm (EvaluationPeriods, Period).
        """
        if self.bound.equals is not None:
            raise ValueError("CloudWatch compares with above or below only, found equals")
        period = seconds(self.period)
        if period % 60 and period not in (10, 20, 30):
            raise ValueError(f"expected a period of 10s, 20s, 30s or whole minutes, found {self.period}")
        longest = _LONGEST_LOOK_BACK_HOURLY if period >= _HOUR else _LONGEST_LOOK_BACK
        if period * self.evaluation_periods > longest:
            raise ValueError(f"CloudWatch looks back {longest} s at most, found {period * self.evaluation_periods} s")
        return self


class LogGroup(Entry):
    """A CloudWatch log group; its retention is that of its class in `retention.yaml`."""

    name: Placed = Field(pattern=r"^[A-Za-z0-9_./#{}-]+$", max_length=480, description="May hold {environment}.")
    service: Slug
    retention: Slug = Field(description="A class of `retention.yaml`.")
    help: Text


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


class LogsFile(Entry):
    """The file `logs.yaml` in a workload's folder."""

    groups: tuple[LogGroup, ...] = ()
    queries: tuple[LogQuery, ...] = ()
