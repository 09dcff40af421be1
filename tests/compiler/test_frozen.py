"""The tests of the checker and the compiler name invented services only: a user may rename or remove any other."""

import re
from pathlib import Path

import pytest

from tests.coverage.model import FOLDER
from tests.frozen import FROZEN, frozen_catalog

NAMES = [file.stem for file in FOLDER.glob("*.yaml")]
HERE = Path(__file__).parent
TEXTS = [*HERE.rglob("*.py"), *FROZEN.rglob("*.yaml"), *FROZEN.rglob("*.md")]


@pytest.mark.parametrize("name", NAMES)
def test_nothing_here_names_a_workload_that_a_document_asks_for(name: str) -> None:
    named = re.compile(rf"(?<![\w-]){re.escape(name)}(?![\w-])")
    assert [
        str(file.relative_to(HERE.parent)) for file in TEXTS if named.search(file.read_text(encoding="utf-8"))
    ] == []


def test_the_frozen_catalog_has_no_workload_of_the_documents() -> None:
    assert len(NAMES) == 5
    assert {watched.name for watched in frozen_catalog()}.isdisjoint(NAMES)
