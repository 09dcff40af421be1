"""Invariants of every file and entry of the catalog, whoever edits it."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from compiler.catalog.catalog import SHARED_FILES, WORKLOAD_FILES, Catalog
from compiler.catalog.schema import schemas
from compiler.target import Target
from tests.catalog.holds import HOLDS, Compiled, Hold, every_alert_says_how_bad_whose_and_where_to_look
from tests.catalog_copy import ROOT, catalog_files, kind_of

FOLDER = ROOT / "catalog"
WORKLOADS = sorted(path.name for path in FOLDER.iterdir() if path.is_dir() and not path.name.startswith("."))

every_file = pytest.mark.parametrize("file", catalog_files(), ids=lambda file: str(file.relative_to(FOLDER)))


# Every file


@every_file
def test_a_file_has_a_known_name_and_place(file: Path) -> None:
    assert kind_of(file) in (SHARED_FILES if file.parent == FOLDER else WORKLOAD_FILES)
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", file.stem)


@every_file
def test_a_file_names_its_schema_for_editors(file: Path) -> None:
    depth = "../" * (len(file.relative_to(FOLDER).parts) - 1)
    first = file.read_text(encoding="utf-8").splitlines()[0]
    assert first == f"# yaml-language-server: $schema={depth}.schema/{kind_of(file)}.json"


@every_file
def test_a_file_is_small_enough_to_read(file: Path) -> None:
    assert len(file.read_text(encoding="utf-8").splitlines()) < 400


def test_the_schemas_are_those_of_the_model() -> None:
    written = {file.name: file.read_text(encoding="utf-8") for file in (FOLDER / ".schema").iterdir()}
    assert written == schemas(), "run `make schemas`"


@pytest.mark.parametrize("workload", WORKLOADS)
def test_a_workload_is_a_folder_of_its_name(workload: str) -> None:
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", workload)
    data = yaml.safe_load((FOLDER / workload / "workload.yaml").read_text(encoding="utf-8"))
    assert data["name"] == workload


# Every entry


@pytest.fixture(scope="module")
def made(catalog: Catalog, target: Target) -> Compiled:
    return Compiled(catalog, target)


@pytest.mark.parametrize("hold", HOLDS, ids=lambda hold: hold.__name__)
def test_the_catalog_holds(hold: Hold, made: Compiled) -> None:
    hold(made)


@pytest.mark.parametrize("environment", ["local", "dev", "staging", "dr"])
def test_alerts_are_complete_in_every_environment(catalog: Catalog, target: Target, environment: str) -> None:
    every_alert_says_how_bad_whose_and_where_to_look(Compiled(catalog, replace(target, environment=environment)))
