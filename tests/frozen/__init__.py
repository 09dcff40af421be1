"""The frozen catalog of invented services, which no user edits: tests of the compiler name only what is in it."""

from functools import cache
from pathlib import Path

from compiler.catalog.catalog import Catalog
from compiler.load import load_catalog
from compiler.model.platform import Routing

FROZEN = Path(__file__).parent
"""Holds `catalog` and `docs/runbooks`, as the project does."""

ROUTING = FROZEN / "catalog" / "routing.yaml"


@cache
def frozen_catalog() -> Catalog:
    """Return the frozen catalog."""
    return load_catalog(FROZEN / "catalog")


def routing() -> Routing:
    """Return the frozen routing."""
    return frozen_catalog().routing
