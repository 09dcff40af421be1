"""No container runs as root: one that breaks out of its container would be root on the machine."""

from __future__ import annotations

from pulumi_policy import EnforcementLevel, ReportViolation, ResourceValidationArgs, ResourceValidationPolicy

from policies.support.pods import Container, Pod, pods
from policies.support.values import UNKNOWN, at, cannot_judge, properties

_CONTEXT = "securityContext"
_SETTINGS = ("runAsNonRoot", "runAsUser")


def validate(args: ResourceValidationArgs, report: ReportViolation) -> None:
    """Report pods whose containers may be root: neither they nor the pod say `runAsNonRoot`, or one says user 0."""
    for pod in pods(args.resource_type, properties(args.props)):
        for container in pod.containers:
            _judge(pod, container, args, report)


def _judge(pod: Pod, container: Container, args: ResourceValidationArgs, report: ReportViolation) -> None:
    own = {name: _own(container, name) for name in _SETTINGS}
    own_word = any(value is not None for value in own.values())
    if container.overlay and not own_word:
        return
    effective = {name: at(pod.security, name)[0][1] if own[name] is None else own[name] for name in _SETTINGS}
    place = f"{container.where}.{_CONTEXT}" if own_word else pod.where
    if effective["runAsUser"] == 0:
        report(f"{place}.runAsUser: expected a user other than root, found 0", args.urn)
    elif effective["runAsNonRoot"] is UNKNOWN:
        cannot_judge(f"{place}.runAsNonRoot")
    elif effective["runAsNonRoot"] is not True:
        shown = "false" if effective["runAsNonRoot"] is False else "nothing"
        report(f"{place}.runAsNonRoot: expected true, found {shown}", args.urn)


def _own(container: Container, name: str) -> object:
    """Return the container's own security context; an operator's container may have only the pod's."""
    if container.made is not None and not container.made.confines and container.settings is not UNKNOWN:
        return None
    return at(container.settings, f"{_CONTEXT}.{name}")[0][1]


RULE = ResourceValidationPolicy(
    name="pods-run-as-non-root",
    description="Containers run as a user other than root.",
    validate=validate,
    enforcement_level=EnforcementLevel.MANDATORY,
)
