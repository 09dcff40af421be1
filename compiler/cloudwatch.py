"""CloudWatch alarms, dashboards, log groups and queries, as data that the components turn into resources."""

import json
from dataclasses import dataclass

from compiler import conventions as names
from compiler.catalog import Catalog, Watched
from compiler.model.base import seconds
from compiler.model.cloud import Alarm
from compiler.model.dashboards import CloudWatchDashboard, Widget, WidgetMetric
from compiler.retention import cloudwatch_days
from compiler.target import Target

_COLUMNS = 24
_MINUTE = 60
_HEADING_HEIGHT, _WIDGET_HEIGHT = 1, 6
_OPERATORS = {"above": "GreaterThanThreshold", "below": "LessThanThreshold"}


@dataclass(frozen=True)
class AlarmSpec:
    """An alarm of one environment; names are complete, `topics` are names of topics, not ARNs."""

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


@dataclass(frozen=True)
class LogGroupSpec:
    """A log group; `retention_note` says when a period was rounded up to one that CloudWatch allows."""

    name: str
    retention_days: int
    retention_note: str | None
    help: str


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
    silence = alarm.missing_data
    if silence == "breaching" and not watched.expected_in(target.environment):
        silence = "notBreaching"
    return AlarmSpec(
        name=names.in_environment(alarm.name, target.environment),
        namespace=metric.namespace,
        metric_name=metric.name,
        dimensions=_dimensions(metric.dimensions, target),
        statistic=alarm.statistic,
        comparison_operator=_OPERATORS[side],
        threshold=alarm.bound.value,
        period=seconds(alarm.period),
        evaluation_periods=alarm.evaluation_periods,
        treat_missing_data=silence,
        topics=tuple(names.topic(topic) for topic in (priority, *alarm.topics)),
        description=_alarm_description(watched, alarm, priority, target),
        model=alarm.model,
    )


def _alarm_description(watched: Watched, alarm: Alarm, priority: str, target: Target) -> str:
    """The facts that an alert carries as labels and annotations: an alarm has its description only."""
    facts = {
        "severity": alarm.severity,
        "priority": priority,
        "workload": watched.name,
        "service": alarm.service,
        "team": watched.workload.owner.team,
        "runbook": names.runbook_url(target, watched.name, alarm.runbook),
        "dashboard": names.cloudwatch_url(target, alarm.dashboard),
    }
    lines = [alarm.summary, alarm.description, *(f"{name}: {value}" for name, value in facts.items())]
    return "\n".join(lines)


def _dimensions(dimensions: dict[str, str], target: Target) -> dict[str, str]:
    return {name: names.resolve(value, target) for name, value in dimensions.items()}


def dashboard_body(watched: Watched, dashboard: CloudWatchDashboard, target: Target) -> str:
    """Return the body of a dashboard; `{account}` stays for the component, which knows the account."""
    widgets: list[dict[str, object]] = []
    y = 0
    for section in dashboard.sections:
        text = {"markdown": f"## {section.title}"}
        widgets.append(_place("text", 0, y, _COLUMNS, _HEADING_HEIGHT, text))
        y += _HEADING_HEIGHT
        x = 0
        for widget in section.widgets:
            if x + widget.width > _COLUMNS:
                x, y = 0, y + _WIDGET_HEIGHT
            properties = _widget(watched, widget, target)
            widgets.append(_place("metric", x, y, widget.width, _WIDGET_HEIGHT, properties))
            x += widget.width
        y += _WIDGET_HEIGHT
    body = {"start": f"-PT{seconds(dashboard.window) // _MINUTE}M", "periodOverride": "inherit", "widgets": widgets}
    return json.dumps(body, ensure_ascii=False, sort_keys=True)


def _place(kind: str, x: int, y: int, width: int, height: int, properties: object) -> dict[str, object]:
    return {"type": kind, "x": x, "y": y, "width": width, "height": height, "properties": properties}


def _widget(watched: Watched, widget: Widget, target: Target) -> dict[str, object]:
    properties: dict[str, object] = {
        "title": widget.title,
        "view": widget.view,
        "region": target.region,
        "period": seconds(widget.period),
        "metrics": [_line(watched, line, target) for line in widget.metrics],
    }
    if widget.view == "timeSeries":
        properties |= {"stacked": False, "yAxis": {"left": {"label": widget.axis or "", "min": 0, "showUnits": False}}}
    return properties


def _line(watched: Watched, line: WidgetMetric, target: Target) -> list[object]:
    options: dict[str, object] = {"id": line.id, "label": line.label, "visible": not line.hidden}
    if line.metric is None:
        return [{**options, "expression": line.expression}]
    metric = watched.cloudwatch_metric(line.metric)
    pairs = [part for pair in _dimensions(metric.dimensions, target).items() for part in pair]
    return [metric.namespace, metric.name, *pairs, {**options, "stat": line.statistic}]


def log_groups(watched: Watched, catalog: Catalog, target: Target) -> list[LogGroupSpec]:
    """Return the workload's log groups with the retention of their class."""
    specs = []
    for group in watched.logs.groups:
        days, note = cloudwatch_days(group.retention, catalog.retention.classes[group.retention])
        specs.append(LogGroupSpec(names.resolve(group.name, target), days, note, group.help))
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
