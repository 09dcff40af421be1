"""Any workload of the catalog that has what a test needs: tests name none, since users add and remove them."""

from collections.abc import Callable
from functools import cache

from compiler.catalog.catalog import Catalog, Watched
from compiler.conventions import SHARED_WORKLOAD
from compiler.load import load_catalog
from tests.catalog_copy import ROOT


@cache
def project_catalog() -> Catalog:
    """Return the project's catalog."""
    return load_catalog(ROOT / "catalog")


def first(wanted: Callable[[Watched], object], catalog: Catalog | None = None) -> Watched:
    """Return the first watched workload that has what is wanted; the platform's own is none.

    Args:
        wanted: tells whether a workload has it.
        catalog: the project's unless another is given.

    Raises:
        LookupError: where none has it.
    """
    others = [each for each in catalog or project_catalog() if each.name != SHARED_WORKLOAD]
    found = next((each for each in others if wanted(each)), None)
    if found is None:
        raise LookupError("expected a workload with what this test needs, found none in the catalog")
    return found
