"""Whether the test that a row or a page names is there."""

import re
from pathlib import Path

import yaml

from tests.catalog_copy import ROOT


def missing(proof: str, root: Path = ROOT) -> str | None:
    """Return what is wrong with `file`, `file.py::test_name` or `file.yaml::name of a case`; None when it is there."""
    file, _, name = proof.partition("::")
    path = root / file
    if not file.startswith("tests/") or not path.is_file():
        return f"test {file}: no such file under tests/"
    if path.suffix == ".py" and not name:
        return f"test {file}: expected ::test_name behind it"
    if name and name not in _names(path):
        return f"test {file}: nothing in it is called '{name}'"
    return None


def _names(path: Path) -> set[str]:
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".py":
        return set(re.findall(r"^def (test_\w+)\(", text, re.MULTILINE))
    return {case["name"] for case in yaml.safe_load(text)["cases"]}
