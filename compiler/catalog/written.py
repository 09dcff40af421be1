"""Find where the parts of a PromQL expression are written: its text can be changed there, and all else stays.

The parser's tree has no positions. Names of series, functions and aggregations are written in the tree's own order, so
each is found behind the one before.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import promql_parser as ast

from compiler.catalog import promql

TEXT = r""""(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|`[^`]*`"""
"""A quoted text."""
BRACES = rf"\{{(?:{TEXT}|[^}}\"'`])*\}}"
"""The matchers of a selector."""
LABELS = r"\b(?i:by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)"
"""A list of labels, with what it is for."""
_SKIPPED = rf"(?:{TEXT})|#[^\n]*"
_TOKEN = re.compile(
    rf"{_SKIPPED}|\[[^\]]*\]|{LABELS}|(?<![\w:])\d[\w.]*|(?P<name>[a-zA-Z_:][\w:]*+)(?P<braces>\s*{BRACES})?"
)
_INSIDE = re.compile(rf"{_SKIPPED}|[(\[{{]|[)\]}}]|,")
_RANGE = re.compile(r"\s*\[[^\]]*\]")
_MOMENT = re.compile(r"(?:\s*(?i:offset)\s+-?[\w$]+|\s*@\s*(?:-?[\d.]+|(?:start|end)\s*\(\s*\)))+")


@dataclass(frozen=True)
class Part:
    """A selector, call or aggregation of a tree, and where it stands in the text.

    Attributes:
        node: of the tree.
        above: the nodes that it is part of, the outermost first.
        start: of its name.
        end: behind its name, and behind its matchers where it has them.
    """

    node: ast.Expr
    above: tuple[ast.Expr, ...]
    start: int
    end: int


def parts(tree: ast.Expr, text: str) -> list[Part]:
    """Return the selectors, calls and aggregations of a tree, each with its place in the text that it is read from."""
    tokens = iter([each for each in _TOKEN.finditer(text) if each["name"]])
    found = []
    for node, above in _named(tree, ()):
        name = _name(node)
        token = next(each for each in tokens if each["name"] == name or each["name"].lower() == name)
        found.append(Part(node, above, token.start("name"), token.end()))
    return found


def _named(node: ast.Expr, above: tuple[ast.Expr, ...]) -> Iterator[tuple[ast.Expr, tuple[ast.Expr, ...]]]:
    if isinstance(node, ast.VectorSelector | ast.Call | ast.AggregateExpr):
        yield node, above
    for child in promql.children(node):
        yield from _named(child, (*above, node))


def _name(node: ast.Expr) -> str:
    if isinstance(node, ast.Call):
        return str(node.func.name)
    if isinstance(node, ast.VectorSelector):
        return str(node.name)
    return str(node.op) if isinstance(node, ast.AggregateExpr) else ""


def last_argument(text: str, end: int) -> tuple[int, int]:
    """Return where the last argument of a call or aggregation begins and ends.

    Args:
        text: the expression.
        end: behind the name; a list of labels may stand before the parenthesis.
    """
    labels = re.compile(rf"\s*{LABELS}").match(text, end)
    opening = text.index("(", labels.end() if labels else end)
    start, depth = opening + 1, 0
    for token in _INSIDE.finditer(text, opening):
        if token[0] in "([{":
            depth += 1
        elif token[0] in ")]}":
            depth -= 1
            if depth == 0:
                return start, token.start()
        elif token[0] == "," and depth == 1:
            start = token.end()
    raise promql.PromQLError("does not parse: a parenthesis is not closed")


def range_end(text: str, end: int) -> int:
    """Return where the bracket of a selector's range closes; `end` is behind its matchers."""
    found = _RANGE.match(text, end)
    return found.end() - 1 if found else end


def moment_end(text: str, end: int) -> int:
    """Return where a selector's offset or its `@` ends; `end` is behind its matchers or its range."""
    found = _MOMENT.match(text, end)
    return found.end() if found else end


def edited(text: str, edits: Sequence[tuple[int, str]]) -> str:
    """Return a text with others put in, each at its place in the old one; of one place the later comes behind."""
    pieces, done = [], 0
    for at, added in sorted(edits, key=lambda each: each[0]):
        pieces += [text[done:at], added]
        done = at
    return "".join([*pieces, text[done:]])
