"""Findings with their place: file, line and path in the document; an unknown name with the nearest known one."""

from collections.abc import Collection, Iterator, Sequence

from compiler.catalog.catalog import Watched
from compiler.nearest import unknown

Path = Sequence[str | int]


def finding(watched: Watched, file: str, path: Path, message: str) -> str:
    """Return one line that says what is wrong, and where in the workload's file."""
    return f"{watched.sources[file].place(path)}: {message}"


def unless_known(
    watched: Watched, file: str, path: Path, value: str, known: Collection[str], kind: str
) -> Iterator[str]:
    """Yield a finding unless the value at `path` is one of the known names of its kind."""
    if value not in known:
        yield finding(watched, file, path, unknown(kind, value, known))
