"""The folders of each package build on one another in one direction."""

import ast
from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter

import pytest

from tests.catalog_copy import ROOT

PACKAGES = ("compiler", "components", "stacks", "sandbox", "policies")


def sources_of(package: str) -> dict[str, list[str]]:
    """Return the sources of each part of a package: a folder is one part, and so is a module beside the folders."""
    found: dict[str, list[str]] = {}
    for path in sorted((ROOT / package).rglob("*.py")):
        part = path.relative_to(ROOT / package).parts[0].removesuffix(".py")
        found.setdefault(part, []).append(path.read_text(encoding="utf-8"))
    return found


def imported(package: str, source: str) -> Iterator[str]:
    """Yield the parts of a package that a module imports, those that only the type checker reads too."""
    for node in ast.walk(ast.parse(source)):
        names: list[str] = []
        if isinstance(node, ast.ImportFrom):
            module = node.module or ""
            names = [f"{module}.{each.name}" for each in node.names] if module == package else [module]
        elif isinstance(node, ast.Import):
            names = [each.name for each in node.names]
        yield from (name.split(".")[1] for name in names if name.startswith(f"{package}."))


def order(package: str, sources: Mapping[str, list[str]]) -> list[str]:
    """Return the parts, each behind those that it imports; CycleError where there is no such order."""
    graph = {
        part: {found for text in texts for found in imported(package, text)} - {part} for part, texts in sources.items()
    }
    return [*TopologicalSorter(graph).static_order()]


@pytest.mark.parametrize("package", PACKAGES)
def test_no_folder_imports_in_a_circle(package: str) -> None:
    sources = sources_of(package)
    assert set(order(package, sources)) == set(sources), "what is imported is there"


def test_every_component_stands_in_a_folder_and_all_are_made_of_parts() -> None:
    assert [path.name for path in (ROOT / "components").glob("*.py")] == ["__init__.py"]
    assert next(part for part in order("components", sources_of("components")) if part != "__init__") == "parts"


@pytest.mark.parametrize("form", ["from house.b.x import X", "from house import b", "import house.b.x as x"])
def test_a_circle_is_noticed(form: str) -> None:
    assert order("house", {"a": [form], "b": []}) == ["b", "a"]
    with pytest.raises(CycleError):
        order("house", {"a": [form], "b": ["from house.a.y import Y"]})
