"""Every setting has a test of what its description in `Pulumi.yaml` promises."""

import re
from pathlib import Path

import pytest

from settings import Settings
from tests.catalog_copy import ROOT
from tests.program.odd_settings import ARRIVES, WITHIN
from tests.test_settings import DECLARED, differences

_PROMISE = re.compile(r"^@pytest\.mark\.promise\(([^)]*)\)$", re.MULTILINE)


def promised(tests: Path) -> set[str]:
    """Return the settings of which a test proves the description: it is marked so, or shows that the value arrives."""
    marked = (_PROMISE.findall(path.read_text(encoding="utf-8")) for path in tests.rglob("test_*.py"))
    return {key for found in marked for keys in found for key in re.findall(r'"(\w+)"', keys)} | {*ARRIVES, *WITHIN}


@pytest.mark.parametrize("key", DECLARED)
def test_every_setting_has_a_test_of_what_its_description_promises(key: str) -> None:
    message = f'Pulumi.yaml: {key}: expected a test with @pytest.mark.promise("{key}"), found none: write one'
    assert key in promised(ROOT / "tests"), message


def test_no_test_promises_a_setting_that_there_is_not() -> None:
    assert promised(ROOT / "tests") <= set(DECLARED)


def test_a_setting_without_a_test_would_be_seen(tmp_path: Path) -> None:
    text = '@pytest.mark.promise("one", "two")\n@pytest.mark.parametrize("a", [1])\ndef test_it() -> None: ...\n'
    (tmp_path / "test_it.py").write_text(text)
    assert promised(tmp_path) == {"one", "two", *ARRIVES, *WITHIN}


@pytest.mark.parametrize("key", [key for key, each in DECLARED.items() if " in prod" in each["description"]])
def test_production_has_as_many_as_the_description_says(key: str) -> None:
    found = re.search(r"(two|three) in prod", DECLARED[key]["description"])
    if found:
        assert differences("prod")[key] == {"two": 2, "three": 3}[found[1]]
    else:
        assert "policies ask for it in prod and dr" in DECLARED[key]["description"]
        assert all(differences(stack)[key] for stack in ("prod", "dr", "prod-base", "dr-base"))


@pytest.mark.promise("storageClass")
def test_volumes_take_the_class_that_is_made_or_the_clusters_own() -> None:
    def volume_class(**changed: object) -> str | None:
        values = {key: declared.get("default") for key, declared in DECLARED.items()}
        return Settings.model_validate({"stack": "dev", **values, "environment": "dev", **changed}).volume_class

    assert volume_class(cluster="eks") == "gp3"
    assert volume_class(cluster="own") is None
    assert volume_class(cluster="own", storageClass="fast.example.com") == "fast.example.com"
