"""Every container says what it needs and how much memory it may take: the scheduler and its neighbours rely on it."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_policy import EnforcementLevel, ReportViolation, ResourceValidationArgs, ResourceValidationPolicy

from policies.support.pods import containers
from policies.support.values import UNKNOWN, at, cannot_judge, properties

EXPECTED = ("requests.cpu", "requests.memory", "limits.memory")


def validate(args: ResourceValidationArgs, report: ReportViolation) -> None:
    """Reports containers without requests or without a limit of memory; CPU needs none, since it is only throttled."""
    for container in containers(args.resource_type, properties(args.props)):
        if container.overlay:
            continue
        if container.settings is UNKNOWN:
            cannot_judge(container.where)
        missing = [*_missing(container.settings)]
        if missing:
            report(f"{container.where}.resources: missing: {', '.join(missing)}", args.urn)


def _missing(settings: object) -> Iterator[str]:
    for path in EXPECTED:
        if at(settings, f"resources.{path}")[0][1] in (None, "", "0"):
            yield path


RULE = ResourceValidationPolicy(
    name="pods-have-resources",
    description="Containers request CPU and memory and limit memory.",
    validate=validate,
    enforcement_level=EnforcementLevel.MANDATORY,
)
