"""Every container says what it needs and how much memory it may take: the scheduler and its neighbours rely on it."""

from __future__ import annotations

from pulumi_policy import EnforcementLevel, ReportViolation, ResourceValidationArgs, ResourceValidationPolicy

from policies.support.pods import Container, containers
from policies.support.values import UNKNOWN, at, cannot_judge, properties

EXPECTED = ("requests.cpu", "requests.memory", "limits.memory")


def validate(args: ResourceValidationArgs, report: ReportViolation) -> None:
    """Report containers without requests or a memory limit; CPU needs no limit, since it is only throttled."""
    found = properties(args.props)
    for container in containers(args.resource_type, found):
        if container.overlay:
            continue
        figures = _figures(container, found)
        missing = [name for name, (_, value) in figures.items() if value in (None, "", "0", 0)]
        if missing:
            report(f"{_place(container)}: missing: {', '.join(missing)}", args.urn)


def _figures(container: Container, found: object) -> dict[str, tuple[str, object]]:
    """Return each figure with its place: among the container's settings, or where its operator takes it from."""
    made = container.made
    if made is not None and made.figures:
        return {name: at(found, place)[0] for name, place in made.figures.items()}
    if made is not None and made.resources:
        return {name: at(found, f"{made.resources}.{name}")[0] for name in EXPECTED}
    if container.settings is UNKNOWN:
        cannot_judge(container.where)
    return {name: at(container.settings, f"resources.{name}")[0] for name in EXPECTED}


def _place(container: Container) -> str:
    made = container.made
    if made is not None and made.figures:
        return made.figures[EXPECTED[0]].rpartition(".")[0]
    return made.resources if made is not None and made.resources else f"{container.where}.resources"


RULE = ResourceValidationPolicy(
    name="pods-have-resources",
    description="Containers request CPU and memory and limit memory.",
    validate=validate,
    enforcement_level=EnforcementLevel.MANDATORY,
)
