"""What the tests of the examples share."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from compiler.catalog.catalog import Catalog
from tests.examples.watched import Emitted, write_contracts


@pytest.fixture(scope="session")
def contracts(catalog: Catalog, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the contracts of the examples' workloads."""
    return write_contracts(catalog, tmp_path_factory.mktemp("contracts"))


@pytest.fixture
def emitted(contracts: Path) -> Iterator[Emitted]:
    """Yield what the test's services say."""
    emitted = Emitted(contracts)
    yield emitted
    emitted.close()
