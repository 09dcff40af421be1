"""The runbooks' pages, and what the catalog compiles to for them."""

import re
from functools import cache
from pathlib import Path

import pytest

from compiler.artefacts import rule_groups
from compiler.catalog.catalog import Catalog, Watched
from compiler.load import load_catalog
from compiler.metrics.rules import Rule
from compiler.model.alerts import Slo, ThresholdSlo
from tests.targets import target_for

ROOT = Path(__file__).parents[2]
RUNBOOKS = ROOT / "docs" / "runbooks"
PAGES = sorted(str(page.relative_to(RUNBOOKS).with_suffix("")) for page in RUNBOOKS.glob("*/*.md"))
TARGET = target_for()

every_page = pytest.mark.parametrize("page", PAGES)


@cache
def catalog() -> Catalog:
    return load_catalog(ROOT / "catalog")


@cache
def rules(workload: str) -> tuple[Rule, ...]:
    """Return every rule that is compiled for a workload."""
    watched = next(watched for watched in catalog() if watched.name == workload)
    return tuple(rule for group in rule_groups(watched, catalog(), TARGET) for rule in group.rules)


def objectives(watched: Watched) -> tuple[Slo | ThresholdSlo, ...]:
    """Return a workload's objectives, on events and on values."""
    return (*watched.slos, *watched.thresholds)


def text(page: str) -> str:
    return (RUNBOOKS / f"{page}.md").read_text(encoding="utf-8")


def blocks(page: str, language: str) -> list[str]:
    """Return the fenced blocks of a language, each without the indentation of its list item."""
    found = re.findall(rf"^( *)```{language}\n(.*?)^ *```$", text(page), re.DOTALL | re.MULTILINE)
    return [re.sub(rf"^{indent}", "", code, flags=re.MULTILINE) for indent, code in found]
