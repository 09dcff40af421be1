"""The catalog's rules on lengths: AWS refuses a longer name or text when a stack is deployed."""

from collections.abc import Iterator, Sequence
from typing import get_args

from compiler.catalog.catalog import Catalog, Watched
from compiler.catalog.places import finding
from compiler.cloud.cloudwatch import Described, described
from compiler.conventions import in_environment
from compiler.model.base import EnvironmentName
from compiler.model.cloud import Alarm
from compiler.target import Target
from compiler.texts.placeholders import alarm_facts

_DESCRIPTION = 1_024  # PutMetricAlarm and PutCompositeAlarm, AlarmDescription
_RULE = 10_240  # PutCompositeAlarm, AlarmRule
_METRIC = 255  # Metric: MetricName, Namespace
_DIMENSIONS, _DIMENSION = 30, 1_024  # Metric: Dimensions; Dimension: Value
_QUERY = 10_000  # PutQueryDefinition, QueryString
_BUDGET = 100  # Budget: BudgetName
_NOTIFICATIONS, _SUBSCRIBERS = 10, 10  # Budgets: quotas of notifications a budget and of addresses a notification
_TAG = 256  # every tag's value
_LONGEST_ADDRESS = 64
"""What a stack's docs_url may have: the description links to a page below it."""
_Length = tuple[str, Sequence[str | int], int, int, str]
"""A file, the path in it, the length that it makes, the longest that AWS takes, and what is counted."""


def length_findings(catalog: Catalog) -> Iterator[str]:
    """Yield a line for each name, text or list that is longer than AWS takes."""
    target = _longest()
    for watched in catalog:
        for file, path, found, longest, what in (
            *_alarms(watched, target),
            *_metrics(watched),
            *_workload(watched),
        ):
            if found > longest:
                yield finding(watched, file, path, f"expected {longest} {what} at most, as AWS takes, found {found}")


def _longest() -> Target:
    """Return a target whose names and addresses are as long as those of any stack."""
    environment = max(get_args(EnvironmentName), key=len)
    address = "https://".ljust(_LONGEST_ADDRESS, "x")
    return Target(
        environment=environment,
        region="ap-southeast-1",
        layers=(),
        docs_url=address,
        grafana_url=address,
        pagerduty_url="",
        smtp_smarthost="",
        smtp_from="",
        smtp_username="",
        smtp_require_tls=False,
        secrets_folder="",
        secrets_prefix="",
        templates_glob="",
    )


def _alarms(watched: Watched, target: Target) -> Iterator[_Length]:
    severities = watched.workload.severities
    for n, alarm in enumerate(watched.alarms.alarms):
        if alarm.severity in severities:
            yield from _described(watched, ("alarms", n), alarm, target)
    for n, composite in enumerate(watched.alarms.composites):
        names = [in_environment(name, target.environment) for name in composite.alarms]
        rule = " AND ".join(f'ALARM("{name}")' for name in names)
        yield "alarms", ("composites", n, "alarms"), len(rule), _RULE, "characters of the rule on them"
        if composite.severity in severities:
            yield from _described(watched, ("composites", n), composite, target)


def _described(watched: Watched, at: tuple[str, int], alarm: Described, target: Target) -> Iterator[_Length]:
    try:
        text = described(watched, alarm, target, alarm_facts(watched, alarm) if isinstance(alarm, Alarm) else None)
    except ValueError:
        return  # an unknown placeholder is told where texts are judged
    what = "characters of summary, description and the facts that follow them"
    yield "alarms", (*at, "description"), len(text), _DESCRIPTION, what


def _metrics(watched: Watched) -> Iterator[_Length]:
    for n, metric in enumerate(watched.metrics.cloudwatch):
        at = ("cloudwatch", n)
        yield "metrics", (*at, "name"), len(metric.name), _METRIC, "characters"
        yield "metrics", (*at, "namespace"), len(metric.namespace), _METRIC, "characters"
        yield "metrics", (*at, "dimensions"), len(metric.dimensions), _DIMENSIONS, "dimensions"
        for name, value in metric.dimensions.items():
            yield "metrics", (*at, "dimensions", name), len(value), _DIMENSION, "characters"
    for n, query in enumerate(watched.logs.queries):
        yield "logs", ("queries", n, "query"), len(query.query), _QUERY, "characters"


def _workload(watched: Watched) -> Iterator[_Length]:
    for key, value in watched.workload.tags.model_dump(by_alias=True).items():
        yield "workload", ("tags", key), len(value), _TAG, "characters"
    budget = watched.workload.budget
    if budget:
        name = in_environment(budget.name, max(budget.environments, key=len))
        yield "workload", ("budget", "name"), len(name), _BUDGET, "characters"
        yield "workload", ("budget", "notifications"), len(budget.notifications), _NOTIFICATIONS, "notifications"
        for n, each in enumerate(budget.notifications):
            path = ("budget", "notifications", n, "emails")
            yield "workload", path, len(each.emails), _SUBSCRIBERS, "addresses"
