"""The sandbox stays small: docs/adr/0032-refusals-and-faults-in-the-sandbox.md."""

import ast
import io
import tokenize
from pathlib import Path

LIMIT = 3_700
_NO_CODE = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER}


def code_lines(source: str) -> int:
    """Return the number of lines of code: blank lines, comments and docstrings apart."""
    code = set[int]()
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type not in _NO_CODE:
            code.update(range(token.start[0], token.end[0] + 1))
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            code.difference_update(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    return len(code)


def test_comments_docstrings_and_blank_lines_are_no_code() -> None:
    assert code_lines('"""Doc."""\n\n# Why.\nx = 1  # here\n\n\ndef f() -> None:\n    """Doc\n    two."""\n') == 2


def test_the_sandbox_stays_under_its_limit() -> None:
    files = sorted((Path(__file__).parents[2] / "sandbox").rglob("*.py"))
    assert files
    total = sum(code_lines(path.read_text(encoding="utf-8")) for path in files)
    assert total < LIMIT, f"{total} lines of code in sandbox/: make room before you add"
