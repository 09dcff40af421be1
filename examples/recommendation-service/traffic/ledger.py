"""The ledger: each request with its expected result, a JSON line each."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from http import HTTPStatus
from pathlib import Path
from types import TracebackType
from typing import Self


@dataclass(frozen=True)
class Entry:
    """One request.

    Attributes:
        trace_id: 32 digits in hex, as in the answer; empty where no answer came.
        workload: whose traffic it is.
        kind: the kind's name.
        spans: the names of the spans that the trace should have.
        status: of the answer; 0 where none came.
        expected: the status that was expected.
        slow: whether it was asked to be slow.
        seconds: how long it took.
        sent: when it was sent, in seconds since 1970.
    """

    trace_id: str
    workload: str
    kind: str
    spans: tuple[str, ...]
    status: int
    expected: int
    slow: bool
    seconds: float
    sent: float

    @property
    def failed(self) -> bool:
        """Whether the service was asked to fail, so that its trace has an error."""
        return self.expected >= HTTPStatus.INTERNAL_SERVER_ERROR

    @property
    def as_expected(self) -> bool:
        """Whether the answer was the expected one."""
        return self.status == self.expected and bool(self.trace_id)


class Ledger:
    """A file of entries, written line by line: an interrupted run keeps its entries."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("w", encoding="utf-8", buffering=1)

    def add(self, entry: Entry) -> None:
        """Write one entry."""
        self._file.write(json.dumps(asdict(entry), separators=(",", ":")) + "\n")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._file.close()


def read(path: Path) -> list[Entry]:
    """Return the entries of a ledger.

    Raises:
        ValueError: a line is none: the file, its number.
    """
    return [*_entries(path.read_text(encoding="utf-8").splitlines(), path)]


def _entries(lines: Iterable[str], path: Path) -> Iterable[Entry]:
    for number, line in enumerate(lines, start=1):
        try:
            held = json.loads(line)
            yield Entry(**{**held, "spans": tuple(held["spans"])})
        except (ValueError, TypeError, KeyError) as error:
            raise ValueError(f"{path}:{number}: expected a ledger's line, found {line[:80]!r}") from error
