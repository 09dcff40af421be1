"""Findings with their place: file, line and path in the document."""

from collections.abc import Collection, Iterator, Sequence

from compiler.catalog.catalog import Watched

Path = Sequence[str | int]


def finding(watched: Watched, file: str, path: Path, message: str) -> str:
    """Return one line that says what is wrong, and where in the workload's file."""
    return f"{watched.sources[file].place(path)}: {message}"


def unless_known(
    watched: Watched, file: str, path: Path, value: str, known: Collection[str], kind: str
) -> Iterator[str]:
    """Yield a finding unless the value at `path` is one of the known names of its kind."""
    if value not in known:
        expected = ", ".join(sorted(known)) or "none"
        yield finding(watched, file, path, f"unknown {kind} '{value}': expected one of {expected}")
