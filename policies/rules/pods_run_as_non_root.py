"""No container runs as root: one that breaks out of its container would be root on the machine."""

from __future__ import annotations

from pulumi_policy import EnforcementLevel, ReportViolation, ResourceValidationArgs, ResourceValidationPolicy

from policies.support.pods import containers, pod_of
from policies.support.values import UNKNOWN, at, cannot_judge, properties


def validate(args: ResourceValidationArgs, report: ReportViolation) -> None:
    """Reports pods whose containers may be root: neither they nor the pod say `runAsNonRoot`, or one says user 0."""
    found = properties(args.props)
    pod = pod_of(args.resource_type, found)
    if pod is None:
        return
    where, settings = pod
    for container in containers(args.resource_type, found):
        # An operator's container takes the security context of its pod.
        own = container.settings if container.settings is UNKNOWN or not container.operated else {}
        inherited = {key: _context(settings, key) for key in ("runAsNonRoot", "runAsUser")}
        said = {key: _context(own, key) for key in inherited}
        effective = {key: inherited[key] if said[key] is None else said[key] for key in inherited}
        if container.overlay and not any(value is not None for value in said.values()):
            continue
        place = container.where if any(value is not None for value in said.values()) else where
        if effective["runAsUser"] == 0:
            report(f"{place}.securityContext.runAsUser: expected a user other than root, found 0", args.urn)
        elif effective["runAsNonRoot"] is UNKNOWN:
            cannot_judge(f"{place}.securityContext.runAsNonRoot")
        elif effective["runAsNonRoot"] is not True:
            shown = "false" if effective["runAsNonRoot"] is False else "nothing"
            report(f"{place}.securityContext.runAsNonRoot: expected true, found {shown}", args.urn)


def _context(settings: object, key: str) -> object:
    return at(settings, f"securityContext.{key}")[0][1]


RULE = ResourceValidationPolicy(
    name="pods-run-as-non-root",
    description="Containers run as a user other than root.",
    validate=validate,
    enforcement_level=EnforcementLevel.MANDATORY,
)
