"""Where there is a Prometheus there is a Watchdog: an alert that always fires, so that silence means alerting died."""

from __future__ import annotations

import operator
import re
from typing import Final

from pulumi_policy import EnforcementLevel, ReportViolation, StackValidationArgs, StackValidationPolicy

from policies.support.values import UNKNOWN, at, cannot_judge, properties

PROMETHEUS: Final = "kubernetes:monitoring.coreos.com/v1:Prometheus"
RULES: Final = "kubernetes:monitoring.coreos.com/v1:PrometheusRule"
ALERT: Final = "Watchdog"
_NUMBER: Final = r"(\d+(?:\.\d+)?)"
_CONSTANT: Final = re.compile(rf"vector\({_NUMBER}\)(?:(>=|<=|==|!=|>|<){_NUMBER})?")
_BRACKETS: Final = re.compile(r"(?<!vector)\((vector\([^()]*\)[^()]*)\)")
_COMPARE: Final = {
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
    "==": operator.eq,
    "!=": operator.ne,
}


def validate(args: StackValidationArgs, report: ReportViolation) -> None:
    """Report every Prometheus of a stack without a Watchdog that always fires."""
    servers = [resource for resource in args.resources if resource.resource_type == PROMETHEUS]
    if not servers:
        return
    specs = [properties(each.props).get("spec", UNKNOWN) for each in args.resources if each.resource_type == RULES]
    rules = [rule for spec in specs for _, rule in at(spec, "groups[].rules[]")]
    found = [rule for rule in rules if isinstance(rule, dict) and rule.get("alert") == ALERT]
    if any(is_always_true(str(rule.get("expr"))) for rule in found):
        return
    # With a provider that is not known yet, an engine gives objects without any properties.
    if UNKNOWN in rules or any(rule.get("expr") is UNKNOWN for rule in found):
        cannot_judge("spec.groups")
    shown = f"found {found[0].get('expr')}" if found else "found none"
    for server in servers:
        report(f"expected an alert {ALERT} in the stack whose expression always holds, {shown}", server.urn)


def is_always_true(expression: str) -> bool:
    """Return whether an expression always alerts: `vector(1)`, or one compared with a number it passes."""
    plain = re.sub(r"\s+", "", expression)
    while plain != (bare := _BRACKETS.sub(r"\1", plain)):
        plain = bare
    found = _CONSTANT.fullmatch(plain)
    if found is None:
        return False
    value, sign, limit = found.groups()
    return sign is None or bool(_COMPARE[sign](float(value), float(limit)))


RULE = StackValidationPolicy(
    name="watchdog-present",
    description="A stack with a Prometheus has a Watchdog.",
    validate=validate,
    enforcement_level=EnforcementLevel.MANDATORY,
)
