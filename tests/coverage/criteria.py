"""Success criteria, as a document asks for them, and the page that says how each is measured."""

from collections.abc import Iterator
from functools import partial

from compiler.catalog.catalog import Catalog
from compiler.conventions import CRITERION_VALUE
from compiler.model.criteria import Criterion
from compiler.text import number
from compiler.texts.placeholders import criterion_text
from tests.catalog_copy import ROOT
from tests.coverage.findings import Finding, Held, compare, first, same
from tests.coverage.model import CriterionRow, Seed
from tests.coverage.proofs import missing

PAGE = ROOT / "docs" / "success-criteria.md"
_HEAD = """# Success criteria

What the platform measures about itself, each against its target, on the Grafana dashboard `platform/success-criteria`
and in the weekly digest. The figures are those of `catalog/criteria.yaml`.
"""
_SIDES = {">": "at most", "<": "at least", "==": "not"}


def criteria(seed: Seed, held: Held) -> Iterator[Finding]:
    """Yield whether each criterion is measured against its target, is on a dashboard, and is proven."""
    for row in seed.criteria:
        declared = next((each for each in held.catalog.criteria.criteria if each.name == row.name), None)
        gap = _criterion(row, declared, held) if declared else f"no criterion is called {row.name}"
        gap = first(gap, missing(row.proof))
        yield Finding("success criteria", row.name, "held" if row.held is None else "corrected", gap)


def _criterion(row: CriterionRow, declared: Criterion, held: Held) -> str | None:
    shown = f'{CRITERION_VALUE}{{criterion="{row.name}"}}'
    boards = held.shared.dashboards.grafana
    panels = [query.expr for board in boards for part in board.rows for panel in part.panels for query in panel.queries]
    return first(
        same("unit", row.unit, declared.unit),
        compare(row.expected(), declared.bound.limits()),
        None if shown in panels else f"no panel of the platform's shows {shown}",
    )


def page(catalog: Catalog) -> str:
    """Return the page: what each criterion measures, and what it does not see."""
    return "\n".join([_HEAD, *(_section(each) for each in catalog.criteria.criteria)])


def _section(criterion: Criterion) -> str:
    side = _SIDES[criterion.bound.operator]
    said = partial(criterion_text, criterion)
    why = f" {said(criterion.why_bound)}" if criterion.why_bound else ""
    layer = f"- Only with the layer `{criterion.layer}`.\n" if criterion.layer else ""
    return (
        f"## {said(criterion.title)}\n\n"
        f"- Asked: {criterion.asked}\n"
        f"- Target: {side} {number(criterion.bound.value)} {criterion.unit}.{why}\n"
        f"- Measures: {said(criterion.measures)}\n"
        f"- Does not see: {said(criterion.limits)}\n{layer}"
    )
