"""The folders of components build on one another in one direction."""

import ast
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

COMPONENTS = Path(__file__).resolve().parents[2] / "components"


def imported(source: str) -> Iterator[str]:
    """Yields the folders of components that a module imports from."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("components."):
            yield (node.module or "").split(".")[1]


def order(sources: dict[str, list[str]]) -> list[str]:
    """Returns the folders, each behind those that it imports from; CycleError where there is no such order."""
    graph = {
        folder: {found for text in texts for found in imported(text)} - {folder} for folder, texts in sources.items()
    }
    return [*TopologicalSorter(graph).static_order()]


def test_no_folder_imports_in_a_circle() -> None:
    folders = [path for path in COMPONENTS.iterdir() if (path / "__init__.py").is_file()]
    sources = {path.name: [file.read_text(encoding="utf-8") for file in path.glob("*.py")] for path in folders}
    found = order(sources)
    assert set(found) == set(sources), "every component stands in a folder"
    assert found[0] == "parts"


def test_a_circle_is_noticed() -> None:
    with pytest.raises(CycleError):
        order({"a": ["from components.b.x import X"], "b": ["from components.a.y import Y"]})
