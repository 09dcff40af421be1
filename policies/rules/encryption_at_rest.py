"""Data at rest is encrypted with a customer-managed key, never with none and never with AWS's own."""

from __future__ import annotations

from pulumi_policy import EnforcementLevel, ReportViolation, ResourceValidationArgs, ResourceValidationPolicy

from policies.support.encryption import mistakes, table
from policies.support.values import properties


def validate(args: ResourceValidationArgs, report: ReportViolation) -> None:
    """Report a missing or AWS-managed key; an unknown key counts, encryption-own-key checks its origin."""
    row = table().get(args.resource_type)
    found = properties(args.props)
    if row is not None and row.applies(found):
        for mistake in mistakes(row, found):
            report(mistake, args.urn)


RULE = ResourceValidationPolicy(
    name="encryption-at-rest",
    description="Resources that hold data are encrypted with a customer-managed key.",
    validate=validate,
    enforcement_level=EnforcementLevel.MANDATORY,
)
