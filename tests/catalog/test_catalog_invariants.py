"""Invariants of what the catalog compiles to; what an edit can break, loading it or `make check` refuses."""

from dataclasses import replace

import pytest

from compiler.catalog.catalog import Catalog
from compiler.catalog.schema import schemas
from compiler.target import Target
from tests.catalog.holds import HOLDS, Compiled, Hold, every_alert_says_how_bad_whose_and_where_to_look
from tests.catalog_copy import ROOT


def test_the_schemas_are_those_of_the_model() -> None:
    written = {file.name: file.read_text(encoding="utf-8") for file in (ROOT / "catalog" / ".schema").iterdir()}
    assert written == schemas(), "run `make schemas`"


@pytest.fixture(scope="module")
def made(catalog: Catalog, target: Target) -> Compiled:
    return Compiled(catalog, target)


@pytest.mark.parametrize("hold", HOLDS, ids=lambda hold: hold.__name__)
def test_the_catalog_holds(hold: Hold, made: Compiled) -> None:
    hold(made)


@pytest.mark.parametrize("environment", ["local", "dev", "staging", "dr"])
def test_alerts_are_complete_in_every_environment(catalog: Catalog, target: Target, environment: str) -> None:
    every_alert_says_how_bad_whose_and_where_to_look(Compiled(catalog, replace(target, environment=environment)))
