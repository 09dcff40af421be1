"""What many tests share: the project's catalog, an environment to compile for, a copy to break."""

import gc
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import settings

from compiler.catalog.catalog import Catalog
from compiler.target import Target
from tests.catalog_copy import ROOT, CatalogCopy, copies
from tests.targets import target_for
from tests.workloads import project_catalog

# The SDKs' modules are millions of objects that live as long as the tests: the collector need not walk them so often.
gc.set_threshold(200_000, 50, 100)


@pytest.fixture(scope="module", autouse=True)
def _long_lived() -> None:
    """Keep the collector from what is there by now: modules, catalogs and previews live as long as the tests.

    After a program that failed the sandbox collects everything (`sandbox/program.py`), which on the heap of a whole run
    took four seconds a test.
    """
    gc.freeze()


# The same examples in every run: a test that fails today fails tomorrow, on every machine.
settings.register_profile("repeatable", derandomize=True, deadline=None, database=None)
settings.load_profile("repeatable")


@pytest.fixture(scope="session")
def catalog() -> Catalog:
    """Return the project's catalog."""
    return project_catalog()


@pytest.fixture(scope="session")
def target() -> Target:
    """Return an environment in which every workload is expected."""
    return target_for()


@pytest.fixture
def catalog_copy(tmp_path: Path) -> Callable[[], CatalogCopy]:
    """Return a factory of copies of the project's catalog."""
    return copies(tmp_path, ROOT)


@pytest.fixture
def copy(catalog_copy: Callable[[], CatalogCopy]) -> CatalogCopy:
    return catalog_copy()
