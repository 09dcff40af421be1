"""A valid alarm, alert, budget and subscription are accepted; each property that makes them heard is broken in turn."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.analyzer import PolicyPack
from tests.policies.specs import UNKNOWN, changed, of, one, resource

RULE = "alarms-have-actions"
# Written out again on purpose: routing (labels) and the person who is paged (annotations) rely on exactly these.
LABELS = ("severity", "priority", "workload", "service", "team")
ANNOTATIONS = ("summary", "description", "runbook_url", "dashboard_url")
RULES = "kubernetes:monitoring.coreos.com/v1:PrometheusRule"
BUDGET = "aws:budgets/budget:Budget"
SUBSCRIPTION = "aws:costexplorer/anomalySubscription:AnomalySubscription"
ALARMS = ["aws:cloudwatch/metricAlarm:MetricAlarm", "aws:cloudwatch/compositeAlarm:CompositeAlarm"]
TOPIC = "arn:aws:sns:eu-west-1:123456789012:p1"

VALID_ALARM: dict[str, Any] = {"actionsEnabled": True, "alarmActions": [TOPIC]}
VALID_ALERT = {
    "alert": "HighLatency",
    "expr": "vector(1) > 0",
    "labels": dict.fromkeys(LABELS, "x"),
    "annotations": dict.fromkeys(ANNOTATIONS, "x"),
}
RECORDING = {"record": "job:up:sum", "expr": "sum by (job) (up)"}
VALID_RULES: dict[str, Any] = {"spec": {"groups": [{"name": "g", "rules": [RECORDING, VALID_ALERT]}]}}
ALERT = "spec.groups[0].rules[1]"
VALID_BUDGET: dict[str, Any] = {
    "notifications": [
        {"threshold": 80, "subscriberEmailAddresses": ["sre@example.com"]},
        {"subscriberSnsTopicArns": [TOPIC]},
    ]
}
VALID_SUBSCRIPTION: dict[str, Any] = {"subscribers": [{"type": "EMAIL", "address": "sre@example.com"}]}


@pytest.mark.parametrize("kind", ALARMS)
def test_accepts_an_alarm_that_notifies(pack: PolicyPack, kind: str) -> None:
    for alarm in (VALID_ALARM, {"alarmActions": [UNKNOWN]}):
        assert of(RULE, pack.analyze(resource(kind, alarm))) == []


def test_leaves_an_alarm_that_is_silent_on_purpose_to_the_stack(pack: PolicyPack) -> None:
    silent = {"actionsEnabled": False, "alarmActions": []}
    assert of(RULE, pack.analyze(resource(ALARMS[0], silent))) == []
    assert len(of(RULE, pack.analyze(resource(ALARMS[1], silent)))) == 2


@pytest.mark.parametrize(
    ("path", "value", "place"),
    [
        ("actionsEnabled", False, "actionsEnabled"),
        ("alarmActions", [], "alarmActions"),
        ("alarmActions", None, "alarmActions"),
        ("alarmActions[0]", "", "alarmActions"),
    ],
)
@pytest.mark.parametrize("kind", ALARMS)
def test_reports_an_alarm_that_nobody_hears(pack: PolicyPack, kind: str, path: str, value: object, place: str) -> None:
    finding = one(RULE, pack.analyze(resource(kind, changed(VALID_ALARM, path, value))))
    assert (finding.level, finding.message.startswith(f"{place}: expected")) == ("mandatory", True)


@pytest.mark.parametrize("path", VALID_ALARM)
def test_cannot_judge_unknown_alarms(pack: PolicyPack, path: str) -> None:
    assert one(RULE, pack.analyze(resource(ALARMS[0], changed(VALID_ALARM, path, UNKNOWN)))).not_run


def test_accepts_alerts_that_can_be_routed_and_recording_rules(pack: PolicyPack) -> None:
    assert of(RULE, pack.analyze(resource(RULES, VALID_RULES))) == []


@pytest.mark.parametrize("value", ["", None, " "])
@pytest.mark.parametrize(
    ("part", "name"), [("labels", name) for name in LABELS] + [("annotations", name) for name in ANNOTATIONS]
)
def test_reports_an_alert_without_what_routes_it(pack: PolicyPack, part: str, name: str, value: object) -> None:
    for broken in (
        changed(VALID_RULES, f"{ALERT}.{part}.{name}"),
        changed(VALID_RULES, f"{ALERT}.{part}.{name}", value),
    ):
        finding = one(RULE, pack.analyze(resource(RULES, broken)))
        assert finding.message == f"{ALERT}: alert HighLatency: {part}: missing: {name}"


@pytest.mark.parametrize(("part", "names"), [("labels", LABELS), ("annotations", ANNOTATIONS)])
def test_reports_an_alert_without_labels_or_annotations(pack: PolicyPack, part: str, names: tuple[str, ...]) -> None:
    finding = one(RULE, pack.analyze(resource(RULES, changed(VALID_RULES, f"{ALERT}.{part}"))))
    assert finding.message.endswith(", ".join(names))


@pytest.mark.parametrize("path", ["spec", "spec.groups", "spec.groups[0].rules", ALERT])
def test_cannot_judge_unknown_rules(pack: PolicyPack, path: str) -> None:
    assert one(RULE, pack.analyze(resource(RULES, changed(VALID_RULES, path, UNKNOWN)))).not_run


def test_accepts_a_label_whose_value_is_unknown(pack: PolicyPack) -> None:
    assert of(RULE, pack.analyze(resource(RULES, changed(VALID_RULES, f"{ALERT}.labels.team", UNKNOWN)))) == []


def test_accepts_a_budget_with_subscribers(pack: PolicyPack) -> None:
    assert of(RULE, pack.analyze(resource(BUDGET, VALID_BUDGET))) == []


@pytest.mark.parametrize(
    ("path", "value", "place"),
    [
        ("notifications", [], "notifications"),
        ("notifications", None, "notifications"),
        ("notifications[0].subscriberEmailAddresses", [], "notifications[0]"),
        ("notifications[1].subscriberSnsTopicArns", None, "notifications[1]"),
    ],
)
def test_reports_a_budget_without_subscribers(pack: PolicyPack, path: str, value: object, place: str) -> None:
    finding = one(RULE, pack.analyze(resource(BUDGET, changed(VALID_BUDGET, path, value))))
    assert finding.message.startswith(f"{place}: expected")


def test_cannot_judge_unknown_notifications(pack: PolicyPack) -> None:
    assert one(RULE, pack.analyze(resource(BUDGET, changed(VALID_BUDGET, "notifications[0]", UNKNOWN)))).not_run


def test_judges_the_subscribers_of_a_cost_anomaly(pack: PolicyPack) -> None:
    assert of(RULE, pack.analyze(resource(SUBSCRIPTION, VALID_SUBSCRIPTION))) == []
    assert one(RULE, pack.analyze(resource(SUBSCRIPTION, {"subscribers": []}))).message.startswith(
        "subscribers: expected"
    )


def test_leaves_other_resources_alone(pack: PolicyPack) -> None:
    assert of(RULE, pack.analyze(resource("aws:sns/topic:Topic", {}))) == []
