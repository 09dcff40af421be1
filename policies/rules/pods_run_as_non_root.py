"""No container runs as root: one that breaks out of its container would be root on the machine."""

from __future__ import annotations

from pulumi_policy import EnforcementLevel, ReportViolation, ResourceValidationArgs, ResourceValidationPolicy

from policies.support.pods import OPERATED, Container, containers, pod_of
from policies.support.values import UNKNOWN, at, cannot_judge, properties

_CONTEXT = "securityContext"


def validate(args: ResourceValidationArgs, report: ReportViolation) -> None:
    """Reports pods whose containers may be root: neither they nor the pod say `runAsNonRoot`, or one says user 0."""
    found = properties(args.props)
    pod = pod_of(args.resource_type, found)
    if pod is None:
        return
    where, settings = pod
    key = OPERATED[args.resource_type].security if args.resource_type in OPERATED else _CONTEXT
    for container in containers(args.resource_type, found):
        own = container.settings if container.settings is UNKNOWN or _has_own(container, key) else {}
        inherited = {name: _context(settings, name, key) for name in ("runAsNonRoot", "runAsUser")}
        said = {name: _context(own, name) for name in inherited}
        effective = {name: inherited[name] if said[name] is None else said[name] for name in inherited}
        if container.overlay and not any(value is not None for value in said.values()):
            continue
        own_word = any(value is not None for value in said.values())
        place = f"{container.where}.{_CONTEXT}" if own_word else f"{where}.{key}"
        if effective["runAsUser"] == 0:
            report(f"{place}.runAsUser: expected a user other than root, found 0", args.urn)
        elif effective["runAsNonRoot"] is UNKNOWN:
            cannot_judge(f"{place}.runAsNonRoot")
        elif effective["runAsNonRoot"] is not True:
            shown = "false" if effective["runAsNonRoot"] is False else "nothing"
            report(f"{place}.runAsNonRoot: expected true, found {shown}", args.urn)


def _has_own(container: Container, key: str) -> bool:
    """Whether its settings have a security context of their own: an operator's may be those of the pod."""
    return not container.operated or key != _CONTEXT


def _context(settings: object, name: str, key: str = _CONTEXT) -> object:
    return at(settings, f"{key}.{name}")[0][1]


RULE = ResourceValidationPolicy(
    name="pods-run-as-non-root",
    description="Containers run as a user other than root.",
    validate=validate,
    enforcement_level=EnforcementLevel.MANDATORY,
)
