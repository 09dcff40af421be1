"""All answers for one document."""

from collections.abc import Callable, Iterator

from compiler.catalog.catalog import Catalog
from tests.coverage import alerting, criteria, shown, signals, traces
from tests.coverage.findings import Finding, Held
from tests.coverage.model import Seed

PARTS: tuple[Callable[[Seed, Held], Iterator[Finding]], ...] = (
    *(signals.metrics, signals.thresholds, signals.latencies),
    *(alerting.alerts, alerting.alarms, alerting.slos, criteria.criteria),
    *(traces.spans, traces.sampling),
    *(shown.dashboards, shown.runbooks, shown.logs, shown.budgets, shown.corrections),
)


def findings(seed: Seed, catalog: Catalog) -> list[Finding]:
    """Return what became of everything that a document asks for, in the order of the file."""
    held = Held.of(seed, catalog)
    return [finding for part in PARTS for finding in part(seed, held)]


def departures(seed: Seed, catalog: Catalog) -> list[str]:
    """Return one line for each limit or duration that is another than the document's."""
    return [f"{seed.workload}: {each.name}: {each.departure}" for each in findings(seed, catalog) if each.departure]


def gaps(seed: Seed, catalog: Catalog) -> list[str]:
    """Return one line for each gap and each stale row: file, place, expected and found."""
    place = f"tests/seeds/{seed.workload}.yaml"
    return [f"{place}: {each.kind}: {each.name}: {each.gap}" for each in findings(seed, catalog) if each.gap]
