"""The image: Python as the platform has it, versions as tested, no root, and everything that its program imports."""

import ast
import re
import sys
import tomllib
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "examples" / "recommendation-service"
DOCKERFILE = (EXAMPLE / "Dockerfile").read_text(encoding="utf-8")
_PIN = re.compile(r"^([a-z0-9.-]+)==(\S+)", re.MULTILINE)
COPIED = ("instrumentation", "plumbing", "recommendation")


def _lines(word: str) -> list[str]:
    return re.findall(rf"^{word} (.+)$", DOCKERFILE, re.MULTILINE)


def _pins(path: Path) -> dict[str, str]:
    return dict(_PIN.findall(path.read_text(encoding="utf-8")))


def test_python_is_the_one_of_the_versions_file() -> None:
    version = yaml.safe_load((ROOT / "versions.yaml").read_text(encoding="utf-8"))["servers"]["python"]
    assert _lines("FROM") == [f"docker.io/library/python:{version}-slim-bookworm"]


def test_it_is_not_root_and_brings_no_secret() -> None:
    (user,) = _lines("USER")
    assert int(user) > 0
    assert not re.search(r"(?i)secret|password|token|key", "\n".join(_lines("(?:ENV|ARG)")))


def test_what_is_copied_is_let_through_to_the_builder() -> None:
    let_in = [
        line[1:].removesuffix("**")
        for line in (EXAMPLE / "Dockerfile.dockerignore").read_text().splitlines()
        if line[0] == "!"
    ]
    sources = [line.split()[0] for line in _lines("COPY")]
    assert sorted(let_in) == sorted(sources)
    # What is made by `make render` is not there in a fresh clone.
    assert all((ROOT / source).exists() for source in sources if not source.startswith("build/"))
    assert {Path(source).name for source in sources if source.endswith("/")} == set(COPIED)


def test_versions_are_those_that_the_tests_run_with_and_have_hashes() -> None:
    ours, tested = _pins(EXAMPLE / "requirements.txt"), _pins(ROOT / "requirements-dev.txt")
    assert ours
    assert ours.items() <= tested.items()
    text = (EXAMPLE / "requirements.txt").read_text(encoding="utf-8")
    assert len(re.findall(r"^[a-z].*\\\n    --hash=sha256:", text, re.MULTILINE)) == len(ours)
    assert "http://" not in text
    assert "https://" not in text


def test_ranges_are_those_of_the_project_and_of_the_package() -> None:
    declared = _declared(EXAMPLE)
    dev = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]["dev"]
    assert set(_declared(ROOT / "instrumentation")) <= set(declared)
    assert set(declared) - set(_declared(ROOT / "instrumentation")) <= set(dev)


def test_the_program_imports_nothing_that_the_image_lacks() -> None:
    pinned = {name.replace("-", "_") for name in _pins(EXAMPLE / "requirements.txt")}
    # Names of modules that differ from their packages', or that packages share.
    pinned |= {"opentelemetry", "google"}
    folders = [ROOT / "instrumentation", EXAMPLE / "plumbing", EXAMPLE / "recommendation"]
    imported = {name for folder in folders for path in folder.glob("*.py") for name in _at_import(path)}
    assert imported - set(sys.stdlib_module_names) - set(COPIED) - pinned == set()


def _declared(folder: Path) -> list[str]:
    return list(tomllib.loads((folder / "pyproject.toml").read_text())["project"]["dependencies"])


def _at_import(path: Path) -> set[str]:
    """Return the modules that are imported with the file: not those within functions, which are optional."""
    body = ast.parse(path.read_text(encoding="utf-8")).body
    plain = {alias.name for node in body if isinstance(node, ast.Import) for alias in node.names}
    of = {node.module for node in body if isinstance(node, ast.ImportFrom) and node.level == 0 and node.module}
    return {name.partition(".")[0] for name in plain | of}
