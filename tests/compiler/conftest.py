"""What the checker's and the compiler's tests share: a catalog that no user edits, and copies of it to break."""

from collections.abc import Callable
from pathlib import Path

import pytest

from compiler.catalog.catalog import Catalog, Watched
from tests.catalog_copy import CatalogCopy, copies
from tests.frozen import FROZEN, frozen_catalog
from tests.workloads import project_catalog


@pytest.fixture(scope="session")
def catalog() -> Catalog:
    """The frozen catalog, in place of the project's."""
    return frozen_catalog()


@pytest.fixture(scope="session")
def shop(catalog: Catalog) -> Watched:
    """A workload on Prometheus."""
    return next(watched for watched in catalog if watched.name == "shop")


@pytest.fixture(scope="session")
def billing(catalog: Catalog) -> Watched:
    """A workload on CloudWatch."""
    return next(watched for watched in catalog if watched.name == "billing")


@pytest.fixture(params=["frozen", "project"])
def each_catalog(request: pytest.FixtureRequest) -> Catalog:
    """The frozen catalog and then the project's: for what must hold of whatever people declare."""
    return frozen_catalog() if request.param == "frozen" else project_catalog()


@pytest.fixture
def catalog_copy(tmp_path: Path) -> Callable[[], CatalogCopy]:
    """A factory of copies of the frozen catalog."""
    return copies(tmp_path, FROZEN)
