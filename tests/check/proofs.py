"""Proofs that only a real program can give: which are needed, which were given before, and how they are run.

A proof is known by a digest of everything that its answer depends on. What the base commit has is taken for proven,
since its tests passed before it was merged; what a run here has proven is remembered.
"""

import hashlib
import json
import os
import sys
import time
from collections.abc import Callable, Collection, Iterable, Mapping
from concurrent.futures import ALL_COMPLETED, FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path

REMEMBERED = 5_000
"""Keys that are kept, the newest last: some twenty times as many as the project has proofs."""
_QUIET_SECONDS = 1.0
"""A run that takes longer reports its progress, and does so again after as long."""


@dataclass(frozen=True)
class Proof:
    """A question to a program: whether rules are accepted, an alert behaves as its cases say, a command exists.

    Attributes:
        key: a digest of all that the answer depends on (`key_of`).
        answer: runs the program and returns a line for each mistake; it may be called from any thread.
    """

    key: str
    answer: Callable[[], list[str]]


def key_of(*parts: object) -> str:
    """Return the digest of what an answer depends on: texts, numbers, and lists and mappings of these."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


class Ledger:
    """The keys of proofs that were given on this machine: a file with one a line, which may be removed at any time."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._keys = path.read_text(encoding="utf-8").split() if path.exists() else []

    def __contains__(self, key: object) -> bool:
        return key in set(self._keys)

    def add(self, keys: Iterable[str]) -> None:
        """Write more keys down; the oldest are forgotten first."""
        more = list(keys)
        if more:
            self._keys = [*(key for key in self._keys if key not in more), *more][-REMEMBERED:]
            self._path.parent.mkdir(parents=True, exist_ok=True)
            beside = self._path.with_suffix(f".{os.getpid()}")
            beside.write_text("\n".join(self._keys) + "\n", encoding="utf-8")
            beside.replace(self._path)


def needed(proofs: Iterable[Proof], base: Collection[str], ledger: Ledger) -> list[Proof]:
    """Return the proofs that neither the base commit nor an earlier run has given, each once."""
    asked = {proof.key: proof for proof in proofs}
    return [proof for key, proof in asked.items() if key not in base and key not in ledger]


def run(proofs: Collection[Proof], ledger: Ledger, report: Callable[[str], None] | None = None) -> list[str]:
    """Run proofs on every core; remember those that were given, and return a line for each mistake of the others.

    Args:
        proofs: what to run.
        ledger: where the keys of proofs without a mistake are kept.
        report: called with the progress where the run takes longer than a second; standard error by default.
    """
    answers: Mapping[Future[list[str]], Proof]
    with ThreadPoolExecutor(os.cpu_count()) as threads:
        answers = {threads.submit(proof.answer): proof for proof in proofs}
        _follow(answers, report or (lambda line: print(line, file=sys.stderr, flush=True)))
    ledger.add(proof.key for answer, proof in answers.items() if not answer.result())
    return [line for answer in answers for line in answer.result()]


def _follow(answers: Collection[Future[list[str]]], report: Callable[[str], None]) -> None:
    pending, said = set(answers), time.monotonic()
    while pending:
        last = len(pending) == 1
        _, pending = wait(pending, _QUIET_SECONDS, ALL_COMPLETED if last else FIRST_COMPLETED)
        if pending and time.monotonic() - said >= _QUIET_SECONDS:
            said = time.monotonic()
            report(f"proven by the real programs: {len(answers) - len(pending)} of {len(answers)}")
