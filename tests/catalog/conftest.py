"""Leaves out the tests of a document's workload where the catalog no longer has it."""

from tests.catalog_copy import ROOT
from tests.coverage.model import FOLDER

collect_ignore = [
    f"test_{seed.stem.replace('-', '_')}.py"
    for seed in FOLDER.glob("*.yaml")
    if not (ROOT / "catalog" / seed.stem).is_dir()
]
