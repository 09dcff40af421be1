"""The JSON Schemas that editors check the catalog with."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from compiler.__main__ import main
from compiler.catalog.catalog import SHARED_FILES, WORKLOAD_FILES
from compiler.catalog.schema import schemas
from tests.catalog_copy import ROOT, catalog_files, kind_of


def check(name: str, data: Any) -> None:
    jsonschema.Draft202012Validator(json.loads(schemas()[f"{name}.json"])).validate(data)


def test_every_kind_of_file_has_a_schema() -> None:
    assert set(schemas()) == {f"{name}.json" for name in (*WORKLOAD_FILES, *SHARED_FILES)}
    for text in schemas().values():
        jsonschema.Draft202012Validator.check_schema(json.loads(text))


@pytest.mark.parametrize("file", catalog_files(), ids=lambda file: str(file.relative_to(ROOT / "catalog")))
def test_the_catalog_obeys_its_schemas(file: Path) -> None:
    check(kind_of(file), yaml.safe_load(file.read_text(encoding="utf-8")))


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("alerts", {"alerts": [], "alert": []}),
        ("alerts", {"alerts": [{"name": "low"}]}),
        ("logs", {"groups": [{"name": "a b"}]}),
        ("burn-rates", {"source": "a book", "page": [], "ticket": []}),
    ],
)
def test_a_schema_refuses_what_the_model_does(name: str, data: Any) -> None:
    with pytest.raises(jsonschema.ValidationError):
        check(name, data)


def test_keys_are_spelled_as_in_the_files() -> None:
    threshold = json.loads(schemas()["alerts.json"])["$defs"]["Threshold"]["properties"]
    assert set(threshold) == {"above", "below", "equals", "outside", "for", "keep"}


def test_the_command_writes_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["schemas"]) == 0
    written = {file.name: file.read_text(encoding="utf-8") for file in (tmp_path / "catalog" / ".schema").iterdir()}
    assert written == schemas()
    assert capsys.readouterr().out == f"wrote {len(written)} schemas to catalog/.schema/\n"


@pytest.mark.parametrize("arguments", [[], ["schema"], ["schemas", "now"]])
def test_another_command_is_refused(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2
    assert capsys.readouterr().err == "usage: python -m compiler schemas|docs\n"
