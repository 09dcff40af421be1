"""`python -m tests.check`: prints a line for each finding on the catalog, its runbooks, its cases and made files."""

import gc
import sys
import time

from compiler.errors import UserError
from tests.catalog_copy import ROOT
from tests.check.findings import compiled, findings
from tests.check.prove import prove


def main() -> int:
    """Print what `make test` would refuse; return 1 when there is something."""
    started = time.monotonic()
    gc.disable()  # one short process, whose objects all live as long as it
    try:
        made = compiled(ROOT)
        proven = prove(made)
    except UserError as error:
        return _said(str(error).splitlines(), "", started)
    for note in proven.notes:
        print(note, file=sys.stderr)
    tried = f"; {proven.asked} proofs run by the real programs" if proven.asked else ""
    return _said(sorted({*findings(made), *proven.findings}), tried, started)


def _said(found: list[str], tried: str, started: float) -> int:
    for line in found:
        print(line, file=sys.stderr)
    said = f"{len(found)} findings" if found else "the catalog, runbooks, cases and made files agree"
    print(f"{said}{tried} ({time.monotonic() - started:.1f} s)")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
