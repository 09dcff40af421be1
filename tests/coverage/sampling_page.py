"""The table in `docs/sampling.md`: each rule, who decides it and why there, and what is lost."""

from compiler.catalog.catalog import Catalog
from compiler.text import number
from compiler.traces.sampling import Decision, decisions
from tests.catalog_copy import ROOT

PAGE = ROOT / "docs" / "sampling.md"
_BEGIN = "<!-- Made by `make coverage-table` of catalog/*/traces.yaml: change those. -->"
_END = "<!-- End of what is made. -->"
_HEAD = "| rule | kept of them | holds where | decided by | why there | lost |\n|---|---:|---|---|---|---|\n"


def page(catalog: Catalog) -> str:
    """Return the page with the table as the catalog has it now."""
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(_BEGIN)
    after = rest.partition(_END)[2]
    tables = [_table(watched.workload.title, decisions(watched)) for watched in catalog if watched.traces.sampling]
    return f"{before}{_BEGIN}\n" + "\n".join(tables) + f"\n{_END}{after}"


def _table(title: str, rows: tuple[Decision, ...]) -> str:
    return f"### {title}\n\n{_HEAD}" + "\n".join(map(_row, rows)) + "\n"


def _row(row: Decision) -> str:
    asked = f"{number(row.rule.keep)} %"
    share = asked if row.held else f"{asked} asked, not held"
    cells = (row.rule.name, share, row.holds_for, f"{row.by}, at the {row.rule.decided}", row.rule.why, row.lost)
    return f"| {' | '.join(cells)} |"
