"""A silent alarm under a composite is accepted; the composite is taken away, and made to name another."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.analyzer import AnalyzerResource, PolicyPack
from tests.policies.specs import UNKNOWN, of, one, resource, urn

RULE = "silent-alarms-are-parts"
ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
COMPOSITE = "aws:cloudwatch/compositeAlarm:CompositeAlarm"
SILENT = resource(ALARM, {"name": "burn-1h-prod", "actionsEnabled": False, "alarmActions": []})


def composite(rule: Any) -> AnalyzerResource:
    return resource(COMPOSITE, {"alarmName": "burn", "alarmRule": rule, "alarmActions": ["arn"]})


@pytest.mark.parametrize(
    "rule",
    [
        '(ALARM("burn-1h-prod") AND ALARM("burn-5m-prod")) OR ALARM("other")',
        "ALARM(burn-1h-prod)",
        'ALARM("arn:aws:cloudwatch:eu-west-1:123456789012:alarm:burn-1h-prod")',
    ],
)
def test_accepts_a_part_of_a_composite(pack: PolicyPack, rule: str) -> None:
    assert of(RULE, pack.analyze_stack([SILENT, composite(rule)])) == []


def test_accepts_alarms_that_tell_somebody(pack: PolicyPack) -> None:
    loud = resource(ALARM, {"name": "loud", "actionsEnabled": True, "alarmActions": ["arn"]})
    assert of(RULE, pack.analyze_stack([loud])) == []


@pytest.mark.parametrize("rule", ['ALARM("burn-1h")', 'OK("burn-1h-prod")', 'ALARM("x-burn-1h-prod")'])
def test_reports_an_alarm_that_no_composite_names(pack: PolicyPack, rule: str) -> None:
    finding = one(RULE, pack.analyze_stack([SILENT, composite(rule)]))
    assert (finding.level, finding.urn) == ("mandatory", urn(ALARM))
    assert "names burn-1h-prod" in finding.message


def test_reports_a_silent_alarm_alone(pack: PolicyPack) -> None:
    assert one(RULE, pack.analyze_stack([SILENT])).level == "mandatory"


def test_cannot_judge_a_rule_that_is_not_known_yet(pack: PolicyPack) -> None:
    finding = one(RULE, pack.analyze_stack([SILENT, composite(UNKNOWN)]))
    assert (finding.level, finding.not_run) == ("advisory", True)
