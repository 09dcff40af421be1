"""A copy of the catalog and its runbooks that a test may break."""

import re
from collections.abc import Callable
from pathlib import Path
from shutil import copytree, rmtree
from typing import Any

import pytest
import yaml

from compiler.catalog.catalog import Catalog
from compiler.catalog.yaml_source import parse
from compiler.errors import UserError
from compiler.load import load_catalog

# The C part of the library, where it is there: ten times as fast.
_Dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
ROOT = Path(__file__).parents[1]
_INHIBITION = re.compile(r"catalog/routing\.yaml: inhibitions\.(\d+)\.")


def catalog_files(source: Path = ROOT) -> list[Path]:
    """Return every file of a catalog, the project's unless another is given."""
    return sorted((source / "catalog").rglob("*.yaml"))


def kind_of(file: Path) -> str:
    """Return what a file of the catalog holds: its name says it, or its folder's within a workload's."""
    return file.parent.name if len(file.relative_to(ROOT / "catalog").parts) > 2 else file.stem


class CatalogCopy:
    """The copy; file names are relative to `catalog/`, as in `<workload>/alerts.yaml`."""

    def __init__(self, folder: Path, source: Path = ROOT) -> None:
        self.catalog = Path(copytree(source / "catalog", folder / "catalog"))
        self.runbooks = Path(copytree(source / "docs" / "runbooks", folder / "docs" / "runbooks"))

    def path(self, file: str) -> Path:
        return self.catalog / file

    def text(self, file: str) -> str:
        return self.path(file).read_text(encoding="utf-8")

    def write(self, file: str, text: str) -> None:
        self.path(file).parent.mkdir(parents=True, exist_ok=True)
        self.path(file).write_text(text, encoding="utf-8")

    def replace(self, file: str, old: str, new: str) -> str:
        """Replace the first `old`, which must be there; return the place as errors name it: file:line."""
        before, found, after = self.text(file).partition(old)
        assert found, f"{file} does not hold {old!r}"
        self.write(file, before + new + after)
        return f"catalog/{file}:{before.count(chr(10)) + 1}"

    def change(self, file: str, edit: Callable[[Any], object]) -> None:
        """Edit the parsed file and write it back."""
        data = parse(self.text(file), file).data
        edit(data)
        self.write(file, yaml.dump(data, Dumper=_Dumper, allow_unicode=True, sort_keys=False))

    def keep_only(self, workload: str) -> None:
        """Remove every other workload: its folders, its routes, and what is measured of it."""
        for folder in (*self.catalog.iterdir(), *self.runbooks.iterdir()):
            if folder.is_dir() and folder.name not in (workload, ".schema"):
                rmtree(folder)
        self.change("routing.yaml", lambda data: data.update(workloads={}, maintenance={}, inhibitions=[], alerts={}))
        self.change("criteria.yaml", lambda data: data.update(critical_paths=[], criteria=[]))

    def remove(self, workload: str) -> None:
        """Remove a workload: its folders, and its own entries in the shared files."""
        rmtree(self.path(workload))
        rmtree(self.runbooks / workload, ignore_errors=True)

        def unrouted(data: dict[str, Any]) -> None:
            data["workloads"] = {name: each for name, each in data["workloads"].items() if name != workload}

        def uncovered(data: dict[str, Any]) -> None:
            data["critical_paths"] = [each for each in data["critical_paths"] if each["workload"] != workload]

        self.change("routing.yaml", unrouted)
        self.change("criteria.yaml", uncovered)
        self.uninhibit()

    def uninhibit(self) -> None:
        """Remove the inhibitions on names that went with a workload, as loading names them."""
        try:
            self.load()
        except UserError as error:
            refused = {int(number) for number in _INHIBITION.findall(str(error))}
            self.change("routing.yaml", lambda data: _without(data["inhibitions"], refused))

    def add(self, source: Path) -> None:
        """Add the workloads below a folder that holds `catalog` and `docs/runbooks`."""
        copytree(source / "catalog", self.catalog, dirs_exist_ok=True)
        copytree(source / "docs" / "runbooks", self.runbooks, dirs_exist_ok=True)

    def load(self) -> Catalog:
        return load_catalog(self.catalog)

    def mistakes(self) -> list[str]:
        """Return the lines that loading refuses the copy with."""
        with pytest.raises(UserError) as refused:
            self.load()
        return str(refused.value).splitlines()


def _without(entries: list[Any], numbers: set[int]) -> None:
    entries[:] = [each for n, each in enumerate(entries) if n not in numbers]


def copies(folder: Path, source: Path) -> Callable[[], CatalogCopy]:
    """Return a factory of copies of a catalog, each in a folder of its own."""
    made: list[CatalogCopy] = []

    def make() -> CatalogCopy:
        below = folder / f"copy-{len(made)}"
        below.mkdir()
        made.append(CatalogCopy(below, source))
        return made[-1]

    return make
