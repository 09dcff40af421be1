"""One answer for each thing that a document asks for: held as asked, held otherwise with a reason, or a gap."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from compiler.catalog.catalog import Catalog, Watched
from compiler.conventions import SHARED_WORKLOAD
from compiler.model.metrics import Metric
from tests.coverage.model import Seed

Status = Literal["held", "corrected"]
Limits = Iterable[tuple[str, float]]


@dataclass(frozen=True)
class Finding:
    """What became of one thing.

    A gap says in one line what is expected and what is not there. A departure says which limit or duration of an alert
    or alarm is another than the document's: those are the team's to change, and the next one is one line.
    """

    kind: str
    name: str
    status: Status = "held"
    gap: str | None = None
    departure: str | None = None


@dataclass(frozen=True)
class Held:
    """The catalog as one document's workload sees it."""

    watched: Watched
    shared: Watched
    catalog: Catalog

    @classmethod
    def of(cls, seed: Seed, catalog: Catalog) -> "Held":
        """Return the part of the catalog that is to hold what the document asks for."""
        named = {watched.name: watched for watched in catalog}
        return cls(named[seed.workload], named[SHARED_WORKLOAD], catalog)

    def metric(self, name: str) -> Metric | None:
        """Return the workload's Prometheus metric, or the one that the platform declares for everybody."""
        return self.watched.metric(name) or self.shared.metric(name)

    def read_by(self, expression: str) -> str:
        """Return an expression with what the recordings that it reads are made of."""
        made = {each.name: each.value for each in self.watched.recordings}
        while found := [name for name in made if name in expression]:
            for name in found:
                expression = expression.replace(name, f"({made[name]})")
        return expression


def in_words(limits: Limits) -> str:
    """Write comparisons as text."""
    return " or ".join(f"{side} {value:g}" for side, value in sorted(limits)) or "no figure"


def compare(expected: Limits, found: Limits) -> str | None:
    """Return what differs when not every expected comparison is among those found."""
    missing = set(expected) - set(found)
    return f"expected {in_words(missing)}, found {in_words(found)}" if missing else None


def same(what: str, expected: object, found: object) -> str | None:
    """Return what differs when a figure is asked for and another is there."""
    if expected is None or expected == found:
        return None
    return f"{what}: expected {expected}, found {found}"


def first(*differences: str | None) -> str | None:
    """Return the first difference."""
    return next((each for each in differences if each), None)
