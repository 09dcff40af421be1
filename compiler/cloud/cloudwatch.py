"""CloudWatch alarms, log groups and queries, as data that the components turn into resources."""

from dataclasses import dataclass, field
from typing import Protocol

from compiler import conventions as names
from compiler.catalog.catalog import Catalog, Watched
from compiler.cloud.retention import cloudwatch_days
from compiler.model.base import seconds
from compiler.model.cloud import Alarm, AlarmLine, Composite
from compiler.model.metrics import CloudWatchMetric
from compiler.target import Target
from compiler.texts.placeholders import Facts, alarm_facts, fill

MATH = "metric math"
_OPERATORS = {"above": "GreaterThanThreshold", "below": "LessThanThreshold"}


@dataclass(frozen=True)
class LineSpec:
    """A line of metric math: a metric with its dimensions and statistic, or an expression."""

    id: str
    returns: bool
    expression: str | None = None
    namespace: str | None = None
    metric_name: str | None = None
    dimensions: dict[str, str] = field(default_factory=dict)
    statistic: str | None = None


@dataclass(frozen=True)
class AlarmSpec:
    """An alarm of one environment; names are complete, `topics` are names of topics, not ARNs.

    With `lines` the alarm is on metric math, and `metric_name` is what it is about. `{account}` in dimensions stays
    for the component, which knows the account. Without topics it notifies nobody: a composite alarm on it does.
    """

    name: str
    namespace: str
    metric_name: str
    dimensions: dict[str, str]
    statistic: str
    comparison_operator: str
    threshold: float
    period: int
    evaluation_periods: int
    treat_missing_data: str
    topics: tuple[str, ...]
    description: str
    model: str | None
    lines: tuple[LineSpec, ...] = ()


@dataclass(frozen=True)
class CompositeSpec:
    """An alarm on other alarms' states; `children` are complete names of alarms."""

    name: str
    rule: str
    children: tuple[str, ...]
    topics: tuple[str, ...]
    description: str


@dataclass(frozen=True)
class MetricFilterSpec:
    """Counts the events of a log group that match a pattern."""

    name: str
    log_group_name: str
    pattern: str
    namespace: str
    metric_name: str


@dataclass(frozen=True)
class LogGroupSpec:
    """A log group.

    `retention_note` says when a period was rounded up to one that CloudWatch allows; `archive` names the retention
    class of its copy in the archive, None where it has none.
    """

    name: str
    retention_days: int
    retention_note: str | None
    help: str
    archive: str | None = None


@dataclass(frozen=True)
class QuerySpec:
    """A saved Logs Insights query."""

    name: str
    log_group_names: tuple[str, ...]
    query: str


def alarms(watched: Watched, target: Target) -> list[AlarmSpec]:
    """Return the workload's alarms."""
    return [_alarm(watched, alarm, target) for alarm in watched.alarms.alarms]


def _alarm(watched: Watched, alarm: Alarm, target: Target) -> AlarmSpec:
    metric = watched.cloudwatch_metric(alarm.metric)
    priority = watched.severity(alarm.severity).priority
    side = next(iter(alarm.bound.sides()))
    return AlarmSpec(
        name=names.in_environment(alarm.name, target.environment),
        namespace=metric.namespace,
        metric_name=names.resolve(metric.name, target),
        dimensions=dimensions(metric.dimensions, target),
        statistic=alarm.statistic or MATH,
        comparison_operator=_OPERATORS[side],
        threshold=alarm.bound.value,
        period=seconds(alarm.period),
        evaluation_periods=alarm.evaluation_periods,
        treat_missing_data=_silence(watched, alarm, target),
        topics=tuple(names.topic(topic) for topic in (priority, *alarm.topics)),
        description=described(watched, alarm, target, alarm_facts(watched, alarm)),
        model=alarm.model,
        lines=tuple(_math(watched, line, target) for line in alarm.metrics),
    )


def _silence(watched: Watched, alarm: Alarm, target: Target) -> str:
    """Return how CloudWatch treats missing data: as an alarm only of a live service whose traffic is steady.

    CloudWatch cannot learn what has had data once: live is what the stack declares.
    """
    environment, live = target.environment, names.declared_live(watched.name, alarm.service, target)
    expected = environment in alarm.environments if alarm.environments else watched.expected_in(environment)
    return "notBreaching" if alarm.missing_data == "breaching" and not (expected and live) else alarm.missing_data


def _math(watched: Watched, line: AlarmLine, target: Target) -> LineSpec:
    if line.metric is None:
        return LineSpec(line.id, line.returns, line.expression)
    return metric_line(
        line.id, watched.cloudwatch_metric(line.metric), line.statistic or "", target, returns=line.returns
    )


def metric_line(
    name: str, metric: CloudWatchMetric, statistic: str, target: Target, *, returns: bool = False
) -> LineSpec:
    """Return a line of metric math that reads a metric."""
    return LineSpec(
        name,
        returns,
        namespace=metric.namespace,
        metric_name=names.resolve(metric.name, target),
        dimensions=dimensions(metric.dimensions, target),
        statistic=statistic,
    )


def composites(watched: Watched, target: Target) -> list[CompositeSpec]:
    """Return the workload's alarms on other alarms."""
    return [_composite(watched, composite, target) for composite in watched.alarms.composites]


def _composite(watched: Watched, composite: Composite, target: Target) -> CompositeSpec:
    priority = watched.severity(composite.severity).priority
    children = tuple(names.in_environment(name, target.environment) for name in composite.alarms)
    joint = " OR " if composite.when == "any" else " AND "
    return CompositeSpec(
        name=names.in_environment(composite.name, target.environment),
        rule=joint.join(f'ALARM("{child}")' for child in children),
        children=children,
        topics=tuple(names.topic(topic) for topic in (priority, *composite.topics)),
        description=described(watched, composite, target),
    )


class Described(Protocol):
    """The fields of an alarm that its description repeats."""

    @property
    def severity(self) -> str:
        """One of the workload's severities."""
        ...

    @property
    def service(self) -> str:
        """Whose trouble it is."""
        ...

    @property
    def summary(self) -> str:
        """One line."""
        ...

    @property
    def description(self) -> str:
        """What is measured."""
        ...

    @property
    def runbook(self) -> str:
        """The page."""
        ...

    @property
    def dashboard(self) -> str:
        """The CloudWatch dashboard."""
        ...


def described(watched: Watched, alarm: Described, target: Target, figures: Facts | None = None) -> str:
    """Return the facts that an alert carries as labels and annotations: an alarm has its description only.

    Args:
        watched: the alarm's workload.
        alarm: what it says of itself.
        target: the environment.
        figures: what the placeholders of its texts stand for; none where the texts are made, not written.
    """
    facts = {
        "severity": alarm.severity,
        "priority": watched.severity(alarm.severity).priority,
        "workload": watched.name,
        "service": alarm.service,
        "team": watched.workload.owner.team,
        "runbook": names.runbook_url(target, watched.name, alarm.runbook),
        "dashboard": names.cloudwatch_url(target, alarm.dashboard),
    }
    texts = (alarm.summary, alarm.description)
    sentences = texts if figures is None else [fill(text, figures) for text in texts]
    lines = [*sentences, *(f"{name}: {value}" for name, value in facts.items())]
    return "\n".join(lines)


def dimensions(declared: dict[str, str], target: Target) -> dict[str, str]:
    """Return a metric's dimensions in an environment; `{account}` stays."""
    return {name: names.resolve(value, target) for name, value in declared.items()}


def log_groups(watched: Watched, catalog: Catalog, target: Target) -> list[LogGroupSpec]:
    """Return the workload's log groups with the retention of their class."""
    specs = []
    for group in watched.logs.groups:
        days, note = cloudwatch_days(group.retention, catalog.retention.classes[group.retention])
        archive = group.retention if catalog.retention.classes[group.retention].archive_days else None
        specs.append(LogGroupSpec(names.resolve(group.name, target), days, note, group.help, archive))
    return specs


def metric_filters(watched: Watched, target: Target) -> list[MetricFilterSpec]:
    """Return the metric filters of the workload's logs."""
    specs = []
    for found in watched.logs.metric_filters:
        metric = watched.cloudwatch_metric(found.metric)
        name, group = names.in_environment(found.name, target.environment), names.resolve(found.group, target)
        metric_name = names.resolve(metric.name, target)
        specs.append(MetricFilterSpec(name, group, found.pattern, metric.namespace, metric_name))
    return specs


def queries(watched: Watched, target: Target) -> list[QuerySpec]:
    """Return the workload's saved queries; their names make a folder for each workload in the console."""
    return [
        QuerySpec(
            f"{names.in_environment(watched.name, target.environment)}/{query.name}",
            tuple(names.resolve(group, target) for group in query.groups),
            query.query,
        )
        for query in watched.logs.queries
    ]
