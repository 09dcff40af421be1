"""The catalog's rules on what is in CloudWatch: every name that is used exists, and can be used there."""

from collections.abc import Iterator

from compiler.catalog.catalog import Catalog, Watched
from compiler.catalog.places import Path, finding, unless_known
from compiler.cloud.retention import cloudwatch_days
from compiler.errors import UserError
from compiler.model.cloud import Alarm, Composite
from compiler.model.metrics import CloudWatchMetric
from compiler.model.platform import RetentionClass

PRIORITIES = ("P0", "P1", "P2", "P3", "P4")


def cloud_findings(watched: Watched, catalog: Catalog) -> Iterator[str]:
    """Yield a line for every rule that a workload's alarms, widgets and logs break."""
    metrics = {metric.id: metric for metric in watched.metrics.cloudwatch}
    yield from _topics(watched)
    for n, alarm in enumerate(watched.alarms.alarms):
        yield from _ends(watched, ("alarms", n), alarm)
        yield from _alarm_metrics(watched, ("alarms", n), alarm, metrics)
    yield from _composites(watched)
    yield from _widgets(watched, metrics)
    yield from _panels(watched, metrics)
    yield from _logs(watched, catalog, metrics)


def _topics(watched: Watched) -> Iterator[str]:
    for name in watched.alarms.topics:
        if name.upper() in PRIORITIES:
            message = f"'{name}' is the topic of a priority: expected another name"
            yield finding(watched, "alarms", ("topics", name), message)


def _ends(watched: Watched, at: tuple[str, int], alarm: Alarm | Composite) -> Iterator[str]:
    """Yield dashboards and topics that an alarm names and that do not exist."""
    dashboards = {dashboard.name for dashboard in watched.dashboards.cloudwatch}
    yield from unless_known(watched, "alarms", (*at, "dashboard"), alarm.dashboard, dashboards, "CloudWatch dashboard")
    for i, topic in enumerate(alarm.topics):
        yield from unless_known(watched, "alarms", (*at, "topics", i), topic, watched.alarms.topics, "topic")


def _alarm_metrics(
    watched: Watched, at: tuple[str, int], alarm: Alarm, metrics: dict[str, CloudWatchMetric]
) -> Iterator[str]:
    used: list[tuple[Path, str]] = [((*at, "metric"), alarm.metric)]
    used += [
        ((*at, "metrics", i, "metric"), line.metric)
        for i, line in enumerate(alarm.metrics)
        if line.metric is not None and line.metric != alarm.metric
    ]
    for path, name in used:
        yield from unless_known(watched, "alarms", path, name, metrics, "CloudWatch metric")
        if name in metrics and metrics[name].many:
            yield finding(watched, "alarms", path, f"'{name}' is many metrics (*): an alarm needs one")
        if name in metrics and metrics[name].region:
            message = f"'{name}' is published in {metrics[name].region}: an alarm sees its own region only"
            yield finding(watched, "alarms", path, message)


def _composites(watched: Watched) -> Iterator[str]:
    alarms = {alarm.name for alarm in watched.alarms.alarms}
    for n, composite in enumerate(watched.alarms.composites):
        at = ("composites", n)
        yield from _ends(watched, at, composite)
        if composite.name in alarms:
            message = f"'{composite.name}' is declared twice: names are unique, an alarm has this one"
            yield finding(watched, "alarms", (*at, "name"), message)
        for i, child in enumerate(composite.alarms):
            yield from unless_known(watched, "alarms", (*at, "alarms", i), child, alarms, "alarm")


def _widgets(watched: Watched, metrics: dict[str, CloudWatchMetric]) -> Iterator[str]:
    for d, dashboard in enumerate(watched.dashboards.cloudwatch):
        for s, section in enumerate(dashboard.sections):
            for w, widget in enumerate(section.widgets):
                for m, line in enumerate(widget.metrics):
                    path = ("cloudwatch", d, "sections", s, "widgets", w, "metrics", m, "metric")
                    if line.metric is not None:
                        yield from unless_known(watched, "dashboards", path, line.metric, metrics, "CloudWatch metric")
                        if line.metric in metrics and metrics[line.metric].many:
                            message = f"'{line.metric}' is many metrics (*): only a Grafana panel can draw it"
                            yield finding(watched, "dashboards", path, message)


def _panels(watched: Watched, metrics: dict[str, CloudWatchMetric]) -> Iterator[str]:
    for d, dashboard in enumerate(watched.dashboards.grafana):
        for r, row in enumerate(dashboard.rows):
            for p, panel in enumerate(row.panels):
                for c, line in enumerate(panel.cloudwatch):
                    path = ("grafana", d, "rows", r, "panels", p, "cloudwatch", c, "metric")
                    if line.metric is not None:
                        yield from unless_known(watched, "dashboards", path, line.metric, metrics, "CloudWatch metric")
                        if line.metric in metrics and "{account}" in str(metrics[line.metric].dimensions):
                            message = (
                                f"the dimensions of '{line.metric}' hold {{account}}, which no Grafana panel fills"
                            )
                            yield finding(watched, "dashboards", path, message)


def _logs(watched: Watched, catalog: Catalog, metrics: dict[str, CloudWatchMetric]) -> Iterator[str]:
    groups = {group.name for group in watched.logs.groups}
    for n, group in enumerate(watched.logs.groups):
        path = ("groups", n, "retention")
        known = catalog.retention.classes
        yield from unless_known(watched, "logs", path, group.retention, known, "retention class")
        if group.retention in known:
            yield from _cloudwatch_keeps(group.retention, known[group.retention])
    for n, query in enumerate(watched.logs.queries):
        for i, name in enumerate(query.groups):
            yield from unless_known(watched, "logs", ("queries", n, "groups", i), name, groups, "log group")
    for n, found in enumerate(watched.logs.metric_filters):
        at = ("metric_filters", n)
        yield from unless_known(watched, "logs", (*at, "group"), found.group, groups, "log group")
        yield from unless_known(watched, "logs", (*at, "metric"), found.metric, metrics, "CloudWatch metric")
        if found.metric in metrics and metrics[found.metric].dimensions:
            message = f"'{found.metric}' has dimensions: expected none, since a filter of free text makes none"
            yield finding(watched, "logs", (*at, "metric"), message)


def _cloudwatch_keeps(name: str, retention: RetentionClass) -> Iterator[str]:
    try:
        cloudwatch_days(name, retention)
    except UserError as error:
        yield str(error)
