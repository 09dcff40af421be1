"""Prints what the documents ask for and what the catalog holds, and writes the pages below `docs/`."""

import sys

from tests.coverage.judge import departures, gaps
from tests.coverage.model import load_all
from tests.coverage.pages import COVERAGE, pages
from tests.workloads import project_catalog


def main() -> int:
    """Write the pages, print the table and every gap; return 1 when there is one."""
    catalog = project_catalog()
    made = pages(catalog)
    for path, text in made.items():
        path.write_text(text, encoding="utf-8")
    print(made[COVERAGE])
    for line in (line for seed in load_all() for line in departures(seed, catalog)):
        print(f"another figure than the document's: {line}", file=sys.stderr)
    lines = [line for seed in load_all() for line in gaps(seed, catalog)]
    print("\n".join(lines), file=sys.stderr, end="\n" if lines else "")
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main())
