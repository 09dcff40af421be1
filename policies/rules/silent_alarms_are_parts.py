"""A silent alarm is a part of one that notifies: a composite of the stack names it in its rule.

On purpose is: actions disabled and none given. Any other alarm without a reader is `alarms-have-actions`'s.
"""

from __future__ import annotations

import re
from typing import Final

from pulumi_policy import EnforcementLevel, ReportViolation, StackValidationArgs, StackValidationPolicy

from policies.support.values import UNKNOWN, cannot_judge, properties

ALARM: Final = "aws:cloudwatch/metricAlarm:MetricAlarm"
COMPOSITE: Final = "aws:cloudwatch/compositeAlarm:CompositeAlarm"
# Source: the API reference of PutCompositeAlarm, AlarmRule; a name may stand in quotes, or be the end of an ARN.
_CHILD: Final = re.compile(r'ALARM\(\s*"?(?:[^")]*:)?([^":)]+)"?\s*\)')


def is_silent(alarm: dict[str, object]) -> bool:
    """Return whether a metric alarm is silent on purpose: actions disabled and none given."""
    return alarm.get("actionsEnabled") is False and not alarm.get("alarmActions")


def validate(args: StackValidationArgs, report: ReportViolation) -> None:
    """Report every silent alarm that no composite of the stack names."""
    silent = [
        (each.urn, properties(each.props).get("name"))
        for each in args.resources
        if each.resource_type == ALARM and is_silent(properties(each.props))
    ]
    rules = [properties(each.props).get("alarmRule") for each in args.resources if each.resource_type == COMPOSITE]
    named = {name for rule in rules if isinstance(rule, str) for name in _CHILD.findall(rule)}
    left = [(urn, name) for urn, name in silent if name not in named]
    if left and (UNKNOWN in rules or any(name is UNKNOWN for _, name in left)):
        cannot_judge("alarmRule")
    for urn, name in left:
        report(f"actionsEnabled: expected true, or a composite alarm of the stack that names {name}, found none", urn)


RULE = StackValidationPolicy(
    name="silent-alarms-are-parts",
    description="An alarm that tells nobody is a part of one that does.",
    validate=validate,
    enforcement_level=EnforcementLevel.MANDATORY,
)
