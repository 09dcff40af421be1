"""Every alarm reaches a person: alarms act, Prometheus alerts carry what routes them, budgets have readers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from pulumi_policy import EnforcementLevel, ReportViolation, ResourceValidationArgs, ResourceValidationPolicy

from policies.rules.silent_alarms_are_parts import is_silent
from policies.support.values import UNKNOWN, at, cannot_judge, properties

LABELS = ("severity", "priority", "workload", "service", "team")
ANNOTATIONS = ("summary", "description", "runbook_url", "dashboard_url")


def validate(args: ResourceValidationArgs, report: ReportViolation) -> None:
    """Report alarms without a receiver; an action whose ARN is not known yet counts."""
    judge = JUDGES.get(args.resource_type)
    for mistake in judge(properties(args.props)) if judge else ():
        report(mistake, args.urn)


def _metric_alarm(alarm: dict[str, object]) -> Iterator[str]:
    """Yield a metric alarm without actions; one that is silent on purpose is judged by a rule on the stack."""
    return iter(()) if is_silent(alarm) else _alarm(alarm)


def _alarm(alarm: dict[str, object]) -> Iterator[str]:
    enabled = alarm.get("actionsEnabled")
    if enabled is False:
        yield "actionsEnabled: expected true, found false: the alarm would change state and tell nobody"
    if not _has_items(alarm.get("alarmActions")):
        yield "alarmActions: expected at least one ARN to notify, found none"
    if UNKNOWN in (enabled, alarm.get("alarmActions")):
        cannot_judge("actionsEnabled" if enabled is UNKNOWN else "alarmActions")


def _prometheus_rule(resource: dict[str, object]) -> Iterator[str]:
    for where, rule in at(resource, "spec.groups[].rules[]"):
        if rule is UNKNOWN:
            cannot_judge(where)
        if not isinstance(rule, dict) or "alert" not in rule:
            continue  # a recording rule
        for part, names in (("labels", LABELS), ("annotations", ANNOTATIONS)):
            if missing := _missing(rule.get(part), names):
                yield f"{where}: alert {rule['alert']}: {part}: missing: {', '.join(missing)}"


def _missing(found: object, names: tuple[str, ...]) -> list[str]:
    if found is UNKNOWN:
        return []
    values = found if isinstance(found, dict) else {}
    return [name for name in names if not str(values.get(name) or "").strip()]


def _budget(budget: dict[str, object]) -> Iterator[str]:
    notifications = at(budget, "notifications[]")
    for where, notification in notifications:
        if notification is UNKNOWN:
            cannot_judge(where)
        lists = notification if isinstance(notification, dict) else {}
        if not any(_has_items(lists.get(name)) for name in ("subscriberEmailAddresses", "subscriberSnsTopicArns")):
            yield f"{where}: expected an e-mail address or an SNS topic that subscribes, found none"


def _anomaly_subscription(subscription: dict[str, object]) -> Iterator[str]:
    if not _has_items(subscription.get("subscribers")):
        yield "subscribers: expected at least one, found none"


def _has_items(values: object) -> bool:
    return values is UNKNOWN or (isinstance(values, list) and any(value not in (None, "") for value in values))


JUDGES: Final[Mapping[str, Callable[[dict[str, object]], Iterator[str]]]] = {
    "aws:cloudwatch/metricAlarm:MetricAlarm": _metric_alarm,
    "aws:cloudwatch/compositeAlarm:CompositeAlarm": _alarm,
    "aws:budgets/budget:Budget": _budget,
    "aws:costexplorer/anomalySubscription:AnomalySubscription": _anomaly_subscription,
    "kubernetes:monitoring.coreos.com/v1:PrometheusRule": _prometheus_rule,
}

RULE = ResourceValidationPolicy(
    name="alarms-have-actions",
    description="Alarms, alerts and budgets reach a person.",
    validate=validate,
    enforcement_level=EnforcementLevel.MANDATORY,
)
