"""`python -m tests.check`: prints a line for each finding on the catalog, its runbooks, its cases and made files."""

import gc
import sys
import time

from tests.catalog_copy import ROOT
from tests.check.findings import findings


def main() -> int:
    """Print what `make test` would refuse; return 1 when there is something."""
    started = time.process_time()
    gc.disable()  # one short process, whose objects all live as long as it
    found = findings(ROOT)
    for line in found:
        print(line, file=sys.stderr)
    said = f"{len(found)} findings" if found else "the catalog, runbooks, cases and made files agree"
    print(f"{said} ({time.process_time() - started:.1f} s of processor time)")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
