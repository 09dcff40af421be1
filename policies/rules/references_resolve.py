"""References between objects of the cluster resolve: to objects of the stack, of its charts, or of an operator.

Host names, ports, selectors of pods, monitors, accounts, roles, Secrets, ConfigMaps and their keys. Charts and
operators make what the lists in `facts/` say. What lies outside on purpose stands in `tables/outside.yaml`, each row
with its reason.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from pulumi_policy import EnforcementLevel, ReportViolation, StackValidationArgs, StackValidationPolicy

from policies.references import hosts, monitors, named, selectors
from policies.references.facts import charts, operators
from policies.references.inventory import RELEASE, Rendered, take
from policies.references.outside import Outside, load
from policies.references.stack import Check, Dangling, Stack
from policies.support.values import UNKNOWN, cannot_judge, properties

CHECKS: Final[Sequence[Check]] = (hosts.check, monitors.check, named.check, selectors.check)
_SEEN: Final = ("kubernetes:", "aws:eks/podIdentityAssociation:")


def validate(args: StackValidationArgs, report: ReportViolation) -> None:
    """Report every reference that does not resolve; where objects are not known yet, that it could not judge."""
    rendered = [
        Rendered(each.urn, each.resource_type, properties(each.props))
        for each in args.resources
        if each.resource_type.startswith(_SEEN)
    ]
    # With a provider that is not known yet, an engine gives objects without any properties.
    if not all(each.properties for each in rendered):
        cannot_judge("metadata")
    for each in dangling(rendered, load()):
        report(f"{each.place}: {each.message}", each.of.urn)
    if any(UNKNOWN in (each.namespace, each.name) for each in rendered):
        cannot_judge("metadata")


def dangling(rendered: Sequence[Rendered], outside: Sequence[Outside]) -> Iterator[Dangling]:
    """Yield references that do not resolve, without those that lead outside on purpose."""
    yield from _unlisted(rendered)
    present = frozenset(f"{each.kind}/{each.name}" for each in rendered) | frozenset(each.kind for each in rendered)
    for each in every(rendered):
        if not any(row.covers(each, present) for row in outside):
            yield each


def every(rendered: Sequence[Rendered]) -> Iterator[Dangling]:
    """Yield references that do not resolve, on purpose or not."""
    namespaces = frozenset(str(each.name) for each in rendered if each.kind == "Namespace")
    stack = Stack(rendered, take(rendered, charts(), operators()), namespaces)
    for check in CHECKS:
        yield from check(stack)


def _unlisted(rendered: Sequence[Rendered]) -> Iterator[Dangling]:
    """Yield releases whose chart has no list of this version: references to them cannot be checked."""
    for each in rendered:
        if each.type == RELEASE:
            name, version = (str(each.properties.get(key)) for key in ("name", "version"))
            listed = charts().get(name)
            if listed is None or listed.version != version:
                found = f"found one of {listed.version}" if listed else "found none"
                expected = f"expected a list of what version {version} of chart {name} makes in facts/charts"
                yield Dangling(each, "version", f"{expected}, {found}: python3 tools/charts.py")


RULE = StackValidationPolicy(
    name="references-resolve",
    description="Hosts, ports, selectors, accounts, Secrets and ConfigMaps that objects name are there.",
    validate=validate,
    enforcement_level=EnforcementLevel.MANDATORY,
)
