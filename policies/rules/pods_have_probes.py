"""Every container that runs for long has a liveness and a readiness probe."""

from __future__ import annotations

from pulumi_policy import EnforcementLevel, ReportViolation, ResourceValidationArgs, ResourceValidationPolicy

from policies.support.operated import LIVENESS, READINESS
from policies.support.pods import Container, containers
from policies.support.values import UNKNOWN, at, cannot_judge, properties

PROBES = (LIVENESS, READINESS)


def validate(args: ResourceValidationArgs, report: ReportViolation) -> None:
    """Report containers without probes; jobs end by themselves, and operators add some of the probes."""
    found = properties(args.props)
    for container in containers(args.resource_type, found):
        if container.ends or container.overlay:
            continue
        brought = _brought(container, found, args, report)
        if brought is None:
            continue
        if container.settings is UNKNOWN:
            cannot_judge(container.where)
        missing = [probe for probe in PROBES if probe not in brought and _absent(container, probe)]
        if missing:
            report(f"{container.where}: missing: {', '.join(missing)}", args.urn)


def _absent(container: Container, probe: str) -> bool:
    return at(container.settings, probe)[0][1] in (None, {})


def _brought(
    container: Container, found: object, args: ResourceValidationArgs, report: ReportViolation
) -> frozenset[str] | None:
    """Return the probes that the container's operator adds; None, with a report, where a setting prevents them."""
    made = container.made
    if made is None:
        return frozenset()
    if made.probed and at(found, made.probed)[0][1] is None:
        report(f"{made.probed}: expected it, since the operator makes the probes of it", args.urn)
        return None
    return made.probes


RULE = ResourceValidationPolicy(
    name="pods-have-probes",
    description="Containers that run for long have liveness and readiness probes.",
    validate=validate,
    enforcement_level=EnforcementLevel.MANDATORY,
)
