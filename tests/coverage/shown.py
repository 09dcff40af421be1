"""Dashboards, runbooks, logs and money, as documents ask for them, and what their corrections name."""

from collections.abc import Iterator

from tests.catalog_copy import ROOT
from tests.coverage.findings import Finding, Held, first, same
from tests.coverage.model import DashboardRow, LogGroups, PanelRow, QueryRow, Seed
from tests.coverage.proofs import missing

_ENVIRONMENT = "-{environment}"


def dashboards(seed: Seed, held: Held) -> Iterator[Finding]:
    """Yield whether each panel is on its dashboard."""
    for row in seed.dashboards:
        titles = _titles(row, held)
        for panel in row.panels:
            yield Finding("panels", f"{row.name}: {panel.asked}", gap=_panel(row.name, panel, titles))


def _titles(row: DashboardRow, held: Held) -> list[str] | None:
    boards = held.watched.dashboards
    found = [panel.title for b in boards.grafana if b.name == row.name for part in b.rows for panel in part.panels]
    found += [widget.title for b in boards.cloudwatch if b.name == row.name for s in b.sections for widget in s.widgets]
    return found or None


def _panel(board: str, panel: PanelRow, titles: list[str] | None) -> str | None:
    if titles is None:
        return f"no dashboard is called {board}"
    wanted = panel.held or panel.asked
    there = wanted.casefold() in {title.casefold() for title in titles}
    return None if there else f"no panel is called '{wanted}'"


def runbooks(seed: Seed, held: Held) -> Iterator[Finding]:
    """Yield whether each runbook has a page."""
    for name in seed.runbooks:
        there = f"{seed.workload}/{name}" in held.catalog.runbooks
        yield Finding("runbooks", name, gap=None if there else f"no page docs/runbooks/{seed.workload}/{name}.md")


def logs(seed: Seed, held: Held) -> Iterator[Finding]:
    """Yield whether each log group is there and kept as long as asked, and each query says what is asked."""
    if seed.log_groups:
        declared = {group.name.removesuffix(_ENVIRONMENT): group.retention for group in held.watched.logs.groups}
        for name in seed.log_groups.names:
            gap = _kept(seed.log_groups, declared[name], held) if name in declared else "no such log group"
            yield Finding("log groups", name, gap=gap)
    for row in seed.queries:
        yield Finding("queries", row.title, "corrected" if row.because else "held", _query(row, held))


def _kept(row: LogGroups, retention: str, held: Held) -> str | None:
    kept = held.catalog.retention.classes[retention]
    return first(
        same("hot_days", row.hot_days, kept.cloudwatch_days),
        same("standard_days", row.standard_days, kept.standard_days),
        same("glacier_days", row.glacier_days, kept.glacier_days),
    )


def _query(row: QueryRow, held: Held) -> str | None:
    logs = held.watched.logs
    known = {each.title: each.query for each in logs.queries} | {each.title: each.query for each in logs.searches}
    found = known[row.title].split() if row.title in known else None
    if found is None:
        return "no such query"
    if (found == row.query.split()) == bool(row.because):
        return f"expected {'another query' if row.because else row.query.split()}, found {found}"
    return None


def budgets(seed: Seed, held: Held) -> Iterator[Finding]:
    """Yield whether each budget is there with its sum and its notification."""
    for row in seed.budgets:
        budget = held.watched.workload.budget
        if budget is None:
            yield Finding("budgets", row.name, gap="the workload has no budget")
            continue
        warned = {(each.above_percent, email) for each in budget.notifications for email in each.emails}
        wanted = (row.above_percent, row.email)
        gap = first(
            same("name", row.name, budget.name),
            same("monthly_usd", row.monthly_usd, budget.monthly_usd),
            None if wanted in warned else f"notification: expected {wanted}, found {warned}",
        )
        yield Finding("budgets", row.name, gap=gap)


def corrections(seed: Seed, held: Held) -> Iterator[Finding]:
    """Yield whether what each correction names is there, and the test that shows it."""
    known = _known(seed, held)
    for row in seed.corrected:
        stale = [name for name in row.held_by if name not in known and not _is_file(name)]
        gone = f"held_by names {stale}, which the catalog does not have" if stale else None
        yield Finding("corrections", row.what, "corrected", first(gone, missing(row.test)))

    named = {name for row in seed.corrected for name in row.held_by}
    for departing in sorted(_departing(seed) - named):
        yield Finding(
            "corrections", departing, gap="its figure is another than asked: expected a correction that says so"
        )


def _departing(seed: Seed) -> set[str]:
    """Return what is held with other figures than asked, as corrections name it."""
    return {
        *(f"alert:{row.name}" for row in seed.alerts if row.held),
        *(f"alarm:{row.name}" for row in seed.alarms if row.held),
        *(f"slo:{row.name}" for row in seed.slos if row.held),
        *(f"criterion:{row.name}" for row in seed.criteria if row.held),
        *(f"span:{row.name}" for row in seed.spans if row.held),
        *(f"sampling:{row.rule}" for row in seed.sampling if row.because),
        *(row.held_by if ":" in row.held_by else f"metric:{row.metric}" for row in seed.thresholds if row.held),
    }


def _is_file(reference: str) -> bool:
    kind, _, path = reference.partition(":")
    return kind == "file" and (ROOT / path).is_file()


def _known(seed: Seed, held: Held) -> set[str]:
    watched, boards = held.watched, held.watched.dashboards
    shared = [metric.name for metric in held.shared.metrics.prometheus]
    named = {
        "alert": [each.name for each in watched.alerts],
        "alarm": [*(each.name for each in watched.alarms.alarms), *(each.name for each in watched.alarms.composites)],
        "metric": [*shared, *(m.name for m in watched.metrics.prometheus), *(m.id for m in watched.metrics.cloudwatch)],
        "slo": [*(each.name for each in watched.slos), *(each.name for each in watched.thresholds)],
        "panel": [panel.title for board in boards.grafana for row in board.rows for panel in row.panels],
        "query": [each.name for each in watched.logs.queries],
        "search": [each.name for each in watched.logs.searches],
        "log-group": [each.name.removesuffix(_ENVIRONMENT) for each in watched.logs.groups],
        "topic": list(watched.alarms.topics),
        "severity": list(watched.workload.severities),
        "probe": list(held.catalog.probes.modules),
        "criterion": [each.name for each in held.catalog.criteria.criteria],
        "span": [each.name for each in watched.traces.spans],
        "sampling": [each.name for each in watched.traces.sampling],
        "budget": [watched.workload.budget.name] if watched.workload.budget else [],
        "runbook": [page.split("/")[1] for page in held.catalog.runbooks if page.startswith(f"{seed.workload}/")],
    }
    return {f"{kind}:{name}" for kind, names in named.items() for name in names}
