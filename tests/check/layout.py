"""Findings on how catalog files are laid out: named for what they hold, with their schema, and small enough to read."""

import re
from collections.abc import Iterator
from pathlib import Path

import yaml

from compiler.catalog.catalog import SHARED_FILES, WORKLOAD_FILES

LINES = 400
"""A file that is longer becomes a folder of the same name."""
WIDTH = 130
"""Characters; an expression or a pattern in a block may be longer, where it has no place to break."""
_NAME = re.compile(r"[a-z]+(-[a-z]+)*")


def layout_findings(root: Path) -> Iterator[str]:
    """Yield a line for each file of a catalog that is not laid out as its readers and editors need it.

    Args:
        root: the folder that holds `catalog`.
    """
    for file in sorted((root / "catalog").rglob("*.yaml")):
        place, text = file.relative_to(root), file.read_text(encoding="utf-8")
        yield from (f"{place}:{line}: {message}" for line, message in _file(file.relative_to(root / "catalog"), text))


def _file(file: Path, text: str) -> Iterator[tuple[int, str]]:
    known, lines = WORKLOAD_FILES if len(file.parts) > 1 else SHARED_FILES, text.splitlines()
    kind = file.parent.name if len(file.parts) > 2 else file.stem
    if kind not in known or not all(_NAME.fullmatch(part) for part in (*file.parts[:-1], file.stem)):
        yield 1, f"expected words in small letters with hyphens, and one of {', '.join(known)}: rename the file"
    schema = f"# yaml-language-server: $schema={'../' * (len(file.parts) - 1)}.schema/{kind}.json"
    if lines[:1] != [schema]:
        yield 1, f"expected the line '{schema}', by which editors check the file, found '{(lines or [''])[0]}'"
    if len(lines) >= LINES:
        yield LINES, f"expected fewer than {LINES} lines, found {len(lines)}: make a folder of several files of it"
    for line in long_lines(text):
        yield line, f"expected at most {WIDTH} characters: write the entry as a block"


def long_lines(text: str) -> Iterator[int]:
    """Yield the numbers of lines that are too long and in no block scalar."""
    lines = {number for number, line in enumerate(text.splitlines(), 1) if len(line) > WIDTH}
    if lines:
        blocks = (each for each in yaml.scan(text) if isinstance(each, yaml.ScalarToken) and each.style in {"|", ">"})
        inside = {n for each in blocks for n in range(each.start_mark.line + 2, each.end_mark.line + 1)}
        yield from sorted(lines - inside)
