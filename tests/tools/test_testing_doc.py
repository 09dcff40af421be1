"""The page on testing names files that exist and cases that are valid."""

import re
from typing import get_args

import pytest
import yaml

from tests.e2e import scale
from tests.rules.cases import CaseFile, Kind
from tests.tools.finder import ROOT

PAGE = (ROOT / "docs/testing.md").read_text()
PATHS = sorted(set(re.findall(r"`((?:tests|tools)/[\w./]+)`", PAGE)))


@pytest.mark.parametrize("path", PATHS)
def test_named_file_exists(path: str) -> None:
    assert (ROOT / path).exists()


def test_page_names_some_files() -> None:
    assert len(PATHS) > 5


def test_example_is_a_valid_case_file() -> None:
    example = re.search(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    assert example
    assert CaseFile.model_validate(yaml.safe_load(example[1])).cases[0].kind == "trickle"


def test_every_kind_is_explained() -> None:
    assert all(f"`{kind}`" in PAGE for kind in get_args(Kind))


def test_factor_is_the_one_in_force() -> None:
    assert f"duration in rules and routes by {scale.FACTOR:g}," in " ".join(PAGE.split())
