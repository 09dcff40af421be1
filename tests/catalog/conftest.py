"""Documents' workloads, whose tests are left out where the catalog no longer has them."""

import pytest

from compiler.catalog.catalog import Catalog, Watched
from tests.catalog_copy import ROOT
from tests.coverage.model import FOLDER

collect_ignore = [
    f"test_{seed.stem.replace('-', '_')}.py"
    for seed in FOLDER.glob("*.yaml")
    if not (ROOT / "catalog" / seed.stem).is_dir()
]


@pytest.fixture(scope="session")
def personalization(catalog: Catalog) -> Watched:
    return next(watched for watched in catalog if watched.name == "personalization")


@pytest.fixture(scope="session")
def engagement(catalog: Catalog) -> Watched:
    return next(watched for watched in catalog if watched.name == "engagement-prediction")
