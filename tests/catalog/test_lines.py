"""The catalog is read in a diff: an entry that does not fit a line is a block, with a line for each of its parts."""

from collections.abc import Iterator
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
WIDTH = 130
"""Characters; an expression or a pattern in a block may be longer, where it has no place to break."""


def long_lines(text: str) -> Iterator[int]:
    """Yield the numbers of lines that are too long and in no block scalar."""
    lines = {number for number, line in enumerate(text.splitlines(), 1) if len(line) > WIDTH}
    blocks = (each for each in yaml.scan(text) if isinstance(each, yaml.ScalarToken) and each.style in {"|", ">"})
    inside = {number for each in blocks for number in range(each.start_mark.line + 2, each.end_mark.line + 1)}
    yield from sorted(lines - inside) if lines else ()


def test_an_entry_is_a_block_where_it_does_not_fit_a_line() -> None:
    files = sorted((ROOT / "catalog").rglob("*.yaml"))
    assert files
    texts = {file: file.read_text("utf-8") for file in files}
    long = {file: text for file, text in texts.items() if any(len(line) > WIDTH for line in text.splitlines())}
    assert [f"{file.relative_to(ROOT)}:{line}" for file, text in long.items() for line in long_lines(text)] == []


def test_a_long_entry_is_found_and_a_long_expression_is_not() -> None:
    words = "x" * WIDTH
    assert [*long_lines(f"a: 1\nb: {{c: {words}}}\nd: >-\n  {words}\ne: {words}\n")] == [2, 5]
