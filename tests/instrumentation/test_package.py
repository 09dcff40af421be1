"""The package stands on its own: what it imports it declares, as the platform pins it, and nothing of the platform."""

import ast
import re
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from tests.catalog_copy import ROOT

FOLDER = ROOT / "instrumentation"
SOURCES = sorted(FOLDER.glob("*.py"))
EXTRAS = {"sentry_sdk": "sentry", "pyroscope": "profiling"}


def project(folder: Path) -> dict[str, object]:
    found: dict[str, object] = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return found


def requirements(folder: Path) -> set[str]:
    declared = project(folder)
    extras = declared.get("optional-dependencies", {})
    assert isinstance(extras, dict)
    named = declared.get("dependencies", [])
    assert isinstance(named, list)
    return {one for some in (named, *extras.values()) for one in some}


def imported(source: Path) -> set[str]:
    found = set[str]()
    for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add(node.module or "")
    return found


def distribution(module: str) -> str:
    """Return the distribution of a module; OpenTelemetry's share one top-level package."""
    if module.startswith("opentelemetry.exporter"):
        return "opentelemetry-exporter-otlp-proto-http"
    if module.startswith("opentelemetry"):
        return "opentelemetry-sdk"
    top = module.partition(".")[0]
    return packages_distributions()[top][0].lower().replace("_", "-")


def test_what_is_imported_is_declared_and_the_other_way_round() -> None:
    modules = set().union(*map(imported, SOURCES))
    foreign = {one for one in modules if one.partition(".")[0] not in {*sys.stdlib_module_names, "instrumentation"}}
    assert not {one for one in foreign if (ROOT / one.partition(".")[0]).exists()}
    declared = {re.split(r"[<>=]", one)[0] for one in requirements(FOLDER)}
    assert {distribution(one) for one in [*foreign, *EXTRAS]} == declared


def test_its_versions_are_those_that_it_is_tested_with() -> None:
    ours = requirements(FOLDER) - {"typing-extensions>=4.12,<5"}
    assert ours <= requirements(ROOT)


def test_extras_are_imported_when_they_are_asked_for_only() -> None:
    program = "import sys, instrumentation; print(*sorted({name.partition('.')[0] for name in sys.modules}))"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    assert "opentelemetry" in loaded
    assert not loaded & {*EXTRAS, "fastapi", "starlette", "compiler", "pydantic", "yaml", "pulumi", "boto3"}


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.stem)
def test_files_stay_small(source: Path) -> None:
    assert len(source.read_text(encoding="utf-8").splitlines()) < 300


def test_every_variable_that_is_read_is_on_the_page() -> None:
    page = (ROOT / "docs" / "instrumentation.md").read_text(encoding="utf-8")
    declared = set(re.findall(r"^\| `([A-Z_]+)` \|", page, re.MULTILINE))
    read = set(re.findall(r'"([A-Z]{3,}_[A-Z_]+)"', (FOLDER / "settings.py").read_text(encoding="utf-8")))
    assert declared == read
