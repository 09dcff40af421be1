"""The pages that are made of the documents' files and the catalog: what is held, corrected and measured."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path

from compiler.catalog.catalog import Catalog
from tests.catalog_copy import ROOT
from tests.coverage import criteria, sampling_page
from tests.coverage.findings import Finding
from tests.coverage.judge import findings
from tests.coverage.model import Correction, Seed, load_all

COVERAGE = ROOT / "docs" / "seed-coverage.md"
CORRECTIONS = ROOT / "docs" / "seed-corrections.md"
_MADE = "<!-- Made by `make coverage-table` of tests/seeds/*.yaml and the catalog: change those. -->"
_MADE_OF_CATALOG = "<!-- Made by `make coverage-table` of catalog/criteria.yaml: change that. -->"
_COVERAGE_HEAD = f"""{_MADE}
# What the documents ask for, and what the catalog holds

Asked: things that a document names, counted in `tests/seeds/<workload>.yaml`, which were written by reading it. Held:
the catalog has them with the document's figures. Corrected: it has them with other figures, for a reason that stands
beside them. A gap fails `tests/coverage`; the limit or duration of an alert that a team has changed since does not, and
is printed by `make coverage-table`. The last row counts where the catalog departs from the document's letter, listed in
[seed-corrections.md](seed-corrections.md).

Logs other than CloudWatch's and analytics are not counted yet.
"""
_CORRECTIONS_HEAD = f"""{_MADE}
# Where the catalog departs from the documents

Each with what the document says, what is wrong with it, what the catalog does instead, and the test that shows it.
Tests in `tests/seeds_wrong` run the document's own rule beside ours on the same series.
"""


def pages(catalog: Catalog) -> Mapping[Path, str]:
    """Return the text of each page by its path."""
    seeds = load_all()
    criteria_page = f"{_MADE_OF_CATALOG}\n{criteria.page(catalog)}"
    return {
        COVERAGE: table(seeds, catalog),
        CORRECTIONS: corrections(seeds, catalog),
        criteria.PAGE: criteria_page,
        sampling_page.PAGE: sampling_page.page(catalog),
    }


def table(seeds: Iterable[Seed], catalog: Catalog) -> str:
    """Return the page with a table for each document."""
    return "\n".join([_COVERAGE_HEAD, *(_table(seed, catalog) for seed in seeds)])


def _table(seed: Seed, catalog: Catalog) -> str:
    by_kind: dict[str, list[Finding]] = {}
    for finding in findings(seed, catalog):
        by_kind.setdefault(finding.kind, []).append(finding)
    departures = len(by_kind.pop("corrections", []))
    rows = [_row(kind, found) for kind, found in by_kind.items()]
    rows.append(_row("**all**", [finding for found in by_kind.values() for finding in found]))
    head = f"## {_title(seed, catalog)}\n\n| | asked | held | corrected |\n|---|---:|---:|---:|\n"
    return head + "\n".join(rows) + f"\n| departures from its letter | | | {departures} |\n"


def _row(kind: str, found: list[Finding]) -> str:
    count = Counter(finding.status for finding in found if not finding.gap)
    return f"| {kind} | {len(found)} | {count['held']} | {count['corrected']} |"


def corrections(seeds: Iterable[Seed], catalog: Catalog) -> str:
    """Return the page with every correction, and what is wrong in parts that are not built yet."""
    parts, later = [_CORRECTIONS_HEAD], []
    for seed in seeds:
        title = _title(seed, catalog)
        parts += [f"## {title}\n", *(_correction(row) for row in seed.corrected)]
        later += [f"- {title}: {text}" for text in seed.later]
    parts.append("## Not built yet, or not shown by a test\n\nWhat is wrong there:\n")
    return "\n".join([*parts, *later]) + "\n"


def _correction(row: Correction) -> str:
    # An expression or a name is code; a sentence is not, whatever names it holds.
    code = re.search(r"[_({=]", row.what) and not re.search(r"(?:^|\s)[a-z]{2,} [a-z]{2,} [a-z]{2,}(?:\s|$)", row.what)
    title = f"`{row.what}`" if code else row.what
    held = ", ".join(f"`{name}`" for name in row.held_by)
    return f"### {title}\n\n- Wrong: {row.why}\n- The catalog: {row.does} ({held})\n- Shown by: `{row.test}`\n"


def _title(seed: Seed, catalog: Catalog) -> str:
    return next(watched.workload.title for watched in catalog if watched.name == seed.workload)
