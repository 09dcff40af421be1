"""What an engine recorded of a stack, for its page."""

from decimal import Decimal
from typing import Literal

from compiler.model.base import Entry

Level = Literal["mandatory", "advisory", "remediate"]
Verdict = Literal["mandatory", "advisory", "remediate", "exempt", "not run"]
VERDICTS: tuple[Verdict, ...] = ("mandatory", "advisory", "remediate", "exempt", "not run")


class Resource(Entry):
    """A resource as registered; `mode` says how far the engine could check it."""

    urn: str
    type: str
    name: str
    parent: str
    dependencies: tuple[str, ...]
    mode: str

    @property
    def kind(self) -> str:
        """The last part of the type: `Topic` of `aws:sns/topic:Topic`."""
        return self.type.rpartition(":")[2]

    @property
    def stack(self) -> str:
        """The stack that holds it."""
        return self.urn.split(":")[2]


class Finding(Entry):
    """What a policy says of a resource; `urn` is empty for the stack as a whole."""

    policy: str
    level: Level
    urn: str
    message: str
    not_run: bool
    exempted: bool

    @property
    def verdict(self) -> Verdict:
        """The effective result: not judged, exempted, or the policy's level."""
        return "not run" if self.not_run else "exempt" if self.exempted else self.level


class CostLine(Entry):
    """What one resource costs a month, in USD; None where that depends on its use."""

    type: str
    name: str
    workload: str
    monthly_usd: Decimal | None
    basis: str


class Cost(Entry):
    """The monthly estimate, as in `cost.json`."""

    as_of: str
    currency: str
    monthly: Decimal
    by_workload: dict[str, Decimal]
    unpriced: int
    lines: tuple[CostLine, ...]


class Recorded(Entry):
    """A stack with its base: resources, findings, cost, and the files beside the page."""

    resources: tuple[Resource, ...]
    findings: tuple[Finding, ...]
    cost: Cost | None
    files: tuple[str, ...]
