"""Tests name no workload of the catalog, which users add and remove; those that must are listed with a reason."""

import re
from fnmatch import fnmatch
from pathlib import Path

from compiler.conventions import SHARED_WORKLOAD
from tests.catalog_copy import ROOT
from tests.workloads import project_catalog

NAMED = {
    "tests/seeds/*": "they hold the requirements documents, each of one workload",
    "tests/seeds_wrong/*": "they show what is wrong in a document's own rules",
    "tests/coverage/*": "they hold the catalog against those documents",
    "tests/catalog/conftest.py": "the workloads of the documents' modules, which go where the catalog lacks them",
    "tests/catalog/test_logs.py": "what each document logs",
    "tests/rules/*/*.yaml": "cases of a workload's alerts, in its folder, which goes with it",
    "tests/check/test_proofs.py": "it changes the threshold of an alert whose case it knows",
    "tests/e2e/*": "incidents, lines and traces as the documents have them, from a service to a phone",
    "tests/pipelines/*": "lines in each document's own format",
    "tests/examples/*": "the example services are those of two documents",
    "tests/instrumentation/*": "what each document lets a service log, count and sample, by its contract",
    "benchmarks/instrumentation.py": "the request that the budget is for is the example service's",
    "benchmarks/log_servers.py": "a stream and a search in the form of their document",
}
"""Where a workload is named on purpose, by a pattern of the path. A document's own module is one by its name."""
SUFFIXES = {".py", ".yaml", ".yml", ".json", ".md", ".java"}


def _texts() -> dict[str, str]:
    """Return every text of the tests and benchmarks by its path, but this one."""
    files = [file for folder in ("tests", "benchmarks") for file in (ROOT / folder).rglob("*")]
    texts = [file for file in files if file.suffix in SUFFIXES and file.is_file() and file != Path(__file__)]
    return {file.relative_to(ROOT).as_posix(): file.read_text(encoding="utf-8") for file in texts}


def _naming() -> dict[str, set[str]]:
    """Return the workloads that each text names; a word within a longer name is none."""
    names = [watched.name for watched in project_catalog() if watched.name != SHARED_WORKLOAD]
    pattern = re.compile(rf"(?<![\w-])(?:{'|'.join(map(re.escape, names))})(?!\w)")
    found = {path: {str(each) for each in pattern.findall(text)} for path, text in _texts().items()}
    return {path: named for path, named in found.items() if named}


def _own(path: str, named: set[str]) -> bool:
    """Tell whether a path is that of a workload's own module among the catalog's tests."""
    return any(path == f"tests/catalog/test_{name.replace('-', '_')}.py" for name in named)


def test_no_other_test_names_a_workload() -> None:
    found = {path: named for path, named in _naming().items() if not _own(path, named)}
    wrong = {path: named for path, named in found.items() if not any(fnmatch(path, each) for each in NAMED)}
    assert not wrong, f"use tests.workloads.first, the frozen catalog, or an entry of NAMED with its reason: {wrong}"


def test_every_exception_is_still_one() -> None:
    naming = _naming()
    assert [pattern for pattern in NAMED if not any(fnmatch(path, pattern) for path in naming)] == []
