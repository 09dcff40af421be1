"""The benchmarks: the compiler in this process, the commands as whole processes."""

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from compiler.artefacts import compile_artefacts
from compiler.catalog.catalog import Catalog, Watched
from compiler.catalog.yaml_source import parse_once
from compiler.conventions import SHARED_WORKLOAD
from compiler.load import load_catalog, load_once
from compiler.target import Target

PROJECT = Path(__file__).resolve().parent.parent


def target() -> Target:
    """Return an environment to compile for; its addresses do not exist."""
    address = "https://example.com"
    mail = ("smtp.example.com:587", "alerts@example.com", "", True)
    return Target("prod", "us-east-1", (), address, address, address, *mail, "/secrets", "", "/config/*.tmpl")


def compile_catalog(folder: Path) -> int:
    """Load the catalog and compile it, without caches; return the number of artefacts."""
    parse_once.cache_clear()
    load_once.cache_clear()
    return len(compile_artefacts(load_catalog(folder), target()))


def command(*arguments: str) -> Callable[[], object]:
    """Return a call that runs a Python module as a whole process, and raises when it fails."""

    def run() -> object:
        return subprocess.run([sys.executable, "-m", *arguments], cwd=PROJECT, check=True, capture_output=True)

    return run


@contextmanager
def generated_catalog(workloads: int) -> Iterator[Path]:
    """Make a catalog of that many copies of a workload; metrics are renamed, since names are unique."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "catalog"
        shutil.copytree(PROJECT / "catalog", folder)
        runbooks = Path(name) / "docs" / "runbooks"
        shutil.copytree(PROJECT / "docs" / "runbooks", runbooks)
        catalog = load_catalog(PROJECT / "catalog")
        copied = copied_workload(catalog)
        declared = [metric.name for metric in copied.metrics.prometheus]
        for n in range(workloads - 2):
            _copy_workload(folder, runbooks, copied.name, f"generated{n}", sorted(declared, key=len, reverse=True))
        yield folder


def copied_workload(catalog: Catalog) -> Watched:
    """Return the workload that copies are made of: the one with the most metrics of those that use Prometheus alone."""
    others = [each for each in catalog if each.name != SHARED_WORKLOAD and not each.alarms.alarms and each.slos]
    return max(others, key=lambda each: len(each.metrics.prometheus))


def _copy_workload(folder: Path, runbooks: Path, copied: str, name: str, metrics: list[str]) -> None:
    shutil.copytree(runbooks / copied, runbooks / name)
    for source in (folder / copied).rglob("*.yaml"):
        text = source.read_text(encoding="utf-8").replace(copied, name)
        for metric in metrics:
            text = text.replace(metric, f"{name}_{metric}")
        # The class of retention is not the workload's own, though it has its name.
        text = text.replace(f"retention: {name}\n", f"retention: {copied}\n")
        copy = folder / name / source.relative_to(folder / copied)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_text(text, encoding="utf-8")
