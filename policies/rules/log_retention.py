"""Log groups keep their events as long as the catalog's retention table says: neither for ever nor as anybody likes."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Final

from pulumi_policy import EnforcementLevel, ReportViolation, ResourceValidationArgs, ResourceValidationPolicy

from compiler.catalog.yaml_source import read
from compiler.cloud.retention import CLOUDWATCH_DAYS, cloudwatch_days
from compiler.model.platform import Retention
from policies.support.values import UNKNOWN, cannot_judge, properties

LOG_GROUP: Final = "aws:cloudwatch/logGroup:LogGroup"
TABLE: Final = Path(__file__).resolve().parents[2] / "catalog" / "retention.yaml"


@cache
def agreed() -> dict[int, list[str]]:
    """Return the catalog's retention classes by the days of their log groups, as the compiler computes them."""
    table = Retention.model_validate(read(TABLE, "catalog/retention.yaml").data)
    found: dict[int, list[str]] = {}
    for name, kept in table.classes.items():
        if kept.cloudwatch_days is not None:
            found.setdefault(cloudwatch_days(name, kept)[0], []).append(name)
    return found


def validate(args: ResourceValidationArgs, report: ReportViolation) -> None:
    """Report a log group without retention, or with days that CloudWatch refuses or no retention class has."""
    if args.resource_type != LOG_GROUP:
        return
    days = properties(args.props).get("retentionInDays")
    if days is UNKNOWN:
        cannot_judge("retentionInDays")
    known = ", ".join(f"{each} ({', '.join(names)})" for each, names in sorted(agreed().items()))
    of_table = f"retentionInDays: expected one of catalog/retention.yaml: {known}; found"
    if not days:
        report(f"{of_table} none, which is for ever", args.urn)
    elif days not in CLOUDWATCH_DAYS:
        allowed = ", ".join(map(str, CLOUDWATCH_DAYS))
        report(f"retentionInDays: expected one that CloudWatch allows ({allowed}), found {_days(days)}", args.urn)
    elif days not in agreed():
        report(f"{of_table} {_days(days)}", args.urn)


def _days(days: object) -> str:
    return f"{days:g}" if isinstance(days, float) else str(days)


RULE = ResourceValidationPolicy(
    name="log-retention",
    description="Log groups are kept as long as the catalog's retention table says.",
    validate=validate,
    enforcement_level=EnforcementLevel.MANDATORY,
)
