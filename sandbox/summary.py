"""The result of a run as data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol, cast

from sandbox.model import REFERENCE_TYPE, Resource, Step
from sandbox.policy import blocks, line
from sandbox.program import ask
from sandbox.project import Project
from sandbox.values import Value, masked

if TYPE_CHECKING:
    from decimal import Decimal

    from sandbox.analyzer import Finding


class Cost(Protocol):
    """The estimate of the project's `stacks/report.py`."""

    monthly_usd: Decimal
    unpriced: int

    def to_json(self) -> Value:
        """Return the report as JSON data."""


@dataclass(frozen=True)
class Drift:
    """A property that differs from the state; `property` is "gone" when the resource is."""

    urn: str
    property: str
    expected: Value
    found: Value


@dataclass
class Summary:
    """The result of a run or a preview.

    Attributes:
        steps: every step of the last phase, components included.
        resources: every resource as registered, base stack first, in order of registration.
        findings: of the policy pack.
        cost: None when the project estimates none.
        left: what destroy should have removed and did not.
    """

    verb: str
    stack: str
    steps: list[Step] = field(default_factory=list)
    resources: list[Resource] = field(default_factory=list)
    outputs: dict[str, Any] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    drift: list[Drift] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    cost: Cost | None = None
    where: str = ""

    def of_type(self, token: str) -> list[Resource]:
        """Return the resources of one type."""
        return [resource for resource in self.resources if resource.type == token]

    def get(self, token: str, name: str) -> Resource:
        """Return the one resource of that type and name; LookupError when there is none."""
        for resource in self.of_type(token):
            if resource.name == name:
                return resource
        raise LookupError(f"no {token} named {name!r}; there are {[each.name for each in self.of_type(token)]}")

    def ops(self, *, custom_only: bool = True) -> dict[str, int]:
        """Count the steps of each kind; components and providers only when asked for."""
        counts: dict[str, int] = {}
        for step in self.steps:
            if not custom_only or step.resource.mode not in {"component", "provider", "read"}:
                counts[step.op] = counts.get(step.op, 0) + 1
        return counts

    @property
    def blocking(self) -> list[str]:
        """Return the mandatory findings, a line each."""
        return [line(finding) for finding in self.findings if blocks(finding)]


def plain(resource: Resource) -> Mapping[str, Value]:
    """Return a resource as data: type, name, urn and inputs, masked."""
    return {"type": resource.type, "name": resource.name, "urn": resource.urn, "inputs": masked(resource.inputs)}


def estimate(project: Project, resources: list[Resource]) -> Cost | None:
    """Return the monthly cost by the project's own price table; None when it has none."""
    priced = [plain(each) for each in resources if each.custom and each.type != REFERENCE_TYPE]
    return cast("Cost | None", ask(project, "cost", project.folder, priced))
