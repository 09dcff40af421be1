"""Every container that runs for long tells whether it works and whether it is ready."""

from __future__ import annotations

from pulumi_policy import EnforcementLevel, ReportViolation, ResourceValidationArgs, ResourceValidationPolicy

from policies.support.pods import OPERATED, Container, containers
from policies.support.values import UNKNOWN, at, cannot_judge, properties

PROBES = ("livenessProbe", "readinessProbe")


def validate(args: ResourceValidationArgs, report: ReportViolation) -> None:
    """Reports containers without probes; jobs end by themselves, and most operators bring their own probes."""
    for container in containers(args.resource_type, properties(args.props)):
        if container.operated:
            _operated(args, container, report)
            continue
        if container.ends or container.overlay:
            continue
        if container.settings is UNKNOWN:
            cannot_judge(container.where)
        missing = [probe for probe in PROBES if at(container.settings, probe)[0][1] in (None, {})]
        if missing:
            report(f"{container.where}: missing: {', '.join(missing)}", args.urn)


def _operated(args: ResourceValidationArgs, container: Container, report: ReportViolation) -> None:
    """Reports what keeps an operator from making probes."""
    probed = OPERATED[args.resource_type].probed
    if probed and at(container.settings, probed)[0][1] is None:
        report(f"{container.where}.{probed}: expected it, since the operator makes the probes of it", args.urn)


RULE = ResourceValidationPolicy(
    name="pods-have-probes",
    description="Containers that run for long have liveness and readiness probes.",
    validate=validate,
    enforcement_level=EnforcementLevel.MANDATORY,
)
