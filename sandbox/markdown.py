"""A preview as Markdown, for a pull request or a job's summary."""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import escape
from typing import TYPE_CHECKING

from compiler.errors import UserError
from sandbox.report import sums

if TYPE_CHECKING:
    from pathlib import Path

    from sandbox.model import Step
    from sandbox.summary import Summary

_LONGEST = 200
"""Rows of a table; GitHub shows a summary of a megabyte at most, and nobody reads more."""


def markdown(summary: Summary, *, policies: bool) -> str:
    """Return the summary as a list, mandatory findings first, and every change in a collapsed table.

    Args:
        summary: of the run.
        policies: whether a policy pack judged it.
    """
    parts = [
        f"## {_text(summary.verb)} `{summary.stack}`",
        _list(_text(line) for line in sums(summary, policies=policies)),
    ]
    if summary.blocking:
        parts += ["### Mandatory findings", _list(map(_text, summary.blocking))]
    steps = [each for each in summary.steps if each.op not in {"same", "read"} and each.resource.custom]
    if steps:
        rows = [
            f"| {each.op} | {_code(each.resource.type)} | {_code(each.resource.name)} |" for each in steps[:_LONGEST]
        ]
        rows += [f"| ... | {len(steps) - _LONGEST} more | |"] if len(steps) > _LONGEST else []
        table = "\n".join(["| change | type | name |", "|---|---|---|", *rows])
        parts.append(f"<details><summary>{_changes(steps)}</summary>\n\n{table}\n\n</details>")
    return "\n\n".join(parts) + "\n"


def append(path: Path, text: str) -> None:
    """Append the text to a file, as a job's summary is written: several stacks, one after another.

    Raises:
        UserError: it cannot be written.
    """
    try:
        with path.open("a", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise UserError(f"{path}: cannot be written: {error.strerror}; give --markdown a file in a folder") from error


def _changes(steps: list[Step]) -> str:
    return f"{len(steps)} change{'s' if len(steps) > 1 else ''}"


def _list(lines: Iterable[str]) -> str:
    return "\n".join(f"- {line}" for line in lines)


def _text(text: str) -> str:
    """Escape text so that nothing in it is markup."""
    return re.sub(r"([\\`*_\[\]|~#])", r"\\\1", escape(" ".join(text.split()), quote=False))


def _code(text: str) -> str:
    return f"`{' '.join(text.split()).replace('`', '').replace('|', ' ')}`"
