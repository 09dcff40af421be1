"""Every container that runs for long tells whether it works and whether it is ready."""

from __future__ import annotations

from pulumi_policy import EnforcementLevel, ReportViolation, ResourceValidationArgs, ResourceValidationPolicy

from policies.support.pods import containers
from policies.support.values import UNKNOWN, at, cannot_judge, properties

PROBES = ("livenessProbe", "readinessProbe")


def validate(args: ResourceValidationArgs, report: ReportViolation) -> None:
    """Reports containers without probes; jobs end by themselves, and operators bring their own probes."""
    for container in containers(args.resource_type, properties(args.props)):
        if container.ends or container.operated or container.overlay:
            continue
        if container.settings is UNKNOWN:
            cannot_judge(container.where)
        missing = [probe for probe in PROBES if at(container.settings, probe)[0][1] in (None, {})]
        if missing:
            report(f"{container.where}: missing: {', '.join(missing)}", args.urn)


RULE = ResourceValidationPolicy(
    name="pods-have-probes",
    description="Containers that run for long have liveness and readiness probes.",
    validate=validate,
    enforcement_level=EnforcementLevel.MANDATORY,
)
