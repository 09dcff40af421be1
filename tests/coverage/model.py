"""What a document asks for, as data: one file a document, `tests/seeds/<workload>.yaml`, written by reading it.

Where the catalog departs from a figure, the row says so: `held` is the figure there and `because` the reason.
"""

from pathlib import Path
from typing import Annotated, Self

import yaml
from pydantic import BeforeValidator, Field, ValidationError, model_validator

from compiler.model.base import Bound, Duration, Entry, Number, Text
from tests.catalog_copy import ROOT

FOLDER = ROOT / "tests" / "seeds"
References = Annotated[tuple[str, ...], BeforeValidator(lambda given: [given] if isinstance(given, str) else given)]


ROOT_SPAN = "root"
"""What a row calls the parent of a span that has none."""


class SeedError(Exception):
    """A file that is wrong; one line for each mistake."""


class Numbers(Entry):
    """The figures of one row; a row without any asks for the thing alone."""

    above: Number | None = None
    below: Number | None = None
    equals: Number | None = None

    def limits(self) -> set[tuple[str, float]]:
        """Return the comparisons that are true when the limit is broken."""
        sides = {side: getattr(self, side) for side in Bound.KEYS}
        return {limit for side, value in sides.items() if value is not None for limit in _limit(side, value)}


def _limit(side: str, value: float) -> tuple[tuple[str, float], ...]:
    return Bound.model_validate({side: value}).limits()


class Departing(Numbers):
    """Figures from which the catalog may depart, with a reason."""

    held: Numbers | None = None
    because: Text | None = None

    @model_validator(mode="after")
    def check(self) -> Self:
        """Refuse a departure without a reason, and a reason for none."""
        if (self.held is None) != (self.because is None):
            raise ValueError("expected both held and because, or neither")
        return self

    def expected(self) -> set[tuple[str, float]]:
        """Return what the catalog is to hold."""
        return self.limits() if self.held is None else self.held.limits()


class ThresholdRow(Departing):
    """A limit of a table: held by the metric's target, by an alert or by an alarm."""

    metric: str
    of: Text
    unit: str
    held_by: str = Field(pattern=r"^(target|alert:[A-Z]\w+|alarm:[a-z0-9-]+)$")
    read_as: str | None = Field(default=None, description="The metric that the alert reads in its place.")


class AlertRow(Departing):
    """An alert on Prometheus metrics."""

    name: str
    title: str | None = Field(default=None, description="The name in the document's table, where it has two.")
    severity: str
    for_: Duration | None = Field(default=None, alias="for")
    window: Duration | None = None
    proof: str


class AlarmRow(Departing):
    """A CloudWatch alarm or composite; an example of a severity has a name and a severity only."""

    name: str
    title: str | None = Field(default=None, description="What the document calls it.")
    severity: str
    metric: str | None = Field(default=None, description="Namespace and name, with a slash between them.")
    statistic: str | None = None
    period: Duration | None = None
    evaluation_periods: int | None = None
    topic: str | None = None
    proof: str


class CloudWatchRow(Entry):
    """A metric by the document's name, and the names that it has in CloudWatch."""

    what: Text
    namespace: str
    names: tuple[str, ...] = Field(min_length=1)


class LatencyRow(Entry):
    """Three targets of a component, in milliseconds."""

    component: Text
    metric: str
    p50: Number
    p95: Number
    p99: Number


class SloRow(Departing):
    """An objective: percent of events that are good, or a limit of a value."""

    name: str
    objective: Number | None = None
    window: Duration | None = None
    each: dict[str, Number] | None = None


class PanelRow(Entry):
    """A panel: by the document's title, and by the catalog's where that is another."""

    asked: str
    held: str | None = None


Panel = Annotated[PanelRow, BeforeValidator(lambda given: {"asked": given} if isinstance(given, str) else given)]


class DashboardRow(Entry):
    """A dashboard by the catalog's name."""

    name: str
    panels: tuple[Panel, ...] = Field(min_length=1)


class CriterionRow(Departing):
    """A success criterion, by the name that the catalog gives it; the limit is broken where the target is missed."""

    name: str
    unit: str
    proof: str


class LogGroups(Entry):
    """Log groups, and how long each tier keeps them."""

    names: tuple[str, ...]
    hot_days: int
    standard_days: int
    glacier_days: int


class QueryRow(Entry):
    """A saved query, literally."""

    title: str
    query: str
    because: Text | None = Field(default=None, description="Why the catalog's differs, where it does.")


class BudgetRow(Entry):
    """A monthly budget with its notification."""

    name: str
    monthly_usd: Number
    above_percent: Number
    email: str


class SpanHeld(Entry):
    """What the catalog has in place of what a document says of a span."""

    service: str | None = None
    parent: str | None = None
    attributes: dict[str, str] = Field(default={}, description="By the document's name, the catalog's.")
    withheld: tuple[str, ...] = Field(default=(), description="Attributes that are never stored.")


class SpanRow(Entry):
    """A span, with what the document says of it; what it does not say is left out."""

    name: str
    service: str | None = None
    parent: str | None = Field(default=None, description=f"{ROOT_SPAN}: it has none.")
    attributes: tuple[str, ...] = ()
    held: SpanHeld | None = None
    because: Text | None = None

    @model_validator(mode="after")
    def check(self) -> Self:
        """Refuse a departure without a reason, and a reason for none."""
        if (self.held is None) != (self.because is None):
            raise ValueError("expected both held and because, or neither")
        return self


class SamplingRow(Entry):
    """A sampling rule: the document's words, and what the catalog's rule of that name must have."""

    rule: str
    asked: Text
    keep: Number
    longer_than: str | None = None
    error: bool = False
    services: tuple[str, ...] = ()
    only_services: tuple[str, ...] = ()
    because: Text | None = Field(default=None, description="Why the rule has what the document does not say.")


class Correction(Entry):
    """Where the catalog departs from the document's letter."""

    what: Text = Field(description="What the document says.")
    why: Text = Field(description="What is wrong with it.")
    does: Text = Field(description="What the catalog does.")
    held_by: References = Field(min_length=1, description="kind:name of what is there instead.")
    test: str = Field(description="The test that shows it: a file, with ::name for one test or case.")


class Seed(Entry):
    """Everything that one document asks for."""

    seed: str = Field(pattern=r"^\d{3}$")
    workload: str
    metrics: tuple[str, ...]
    cloudwatch: tuple[CloudWatchRow, ...] = ()
    latencies: tuple[LatencyRow, ...] = ()
    thresholds: tuple[ThresholdRow, ...]
    alerts: tuple[AlertRow, ...]
    alarms: tuple[AlarmRow, ...] = ()
    slos: tuple[SloRow, ...]
    criteria: tuple[CriterionRow, ...] = ()
    log_groups: LogGroups | None = None
    queries: tuple[QueryRow, ...] = ()
    budgets: tuple[BudgetRow, ...] = ()
    dashboards: tuple[DashboardRow, ...]
    runbooks: tuple[str, ...]
    spans: tuple[SpanRow, ...]
    sampling: tuple[SamplingRow, ...] = ()
    corrected: tuple[Correction, ...]
    later: tuple[Text, ...] = Field(default=(), description="What is wrong in parts that are not built yet.")


def load(path: Path) -> Seed:
    """Read one file.

    Raises:
        SeedError: when it is not valid, with one line for each mistake.
    """
    try:
        return Seed.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except ValidationError as error:
        lines = [f"{path.name}: {'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors(include_url=False)]
        raise SeedError("\n".join(lines)) from error


def load_all(folder: Path = FOLDER) -> list[Seed]:
    """Read every file, in the order of the documents."""
    return sorted((load(path) for path in folder.glob("*.yaml")), key=lambda seed: seed.seed)
