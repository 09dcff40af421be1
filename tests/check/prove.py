"""Prove what has changed by the real programs: what the base commit does not have, and no earlier run has proven."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from compiler.errors import UserError
from tests.check.base import base_commit, checked_out, is_edited
from tests.check.behaviour import accepted_proofs, case_proofs
from tests.check.commands import command_proofs
from tests.check.findings import Compiled, compiled
from tests.check.proofs import Ledger, Proof, needed, run
from tests.tools.finder import find

PROGRAMS = ("promtool", "amtool")
LEDGER = Path(".sandbox") / "proven.txt"


@dataclass(frozen=True)
class Proven:
    """What the programs said: findings, notes on what was not asked, and how many proofs were run."""

    findings: list[str]
    notes: list[str]
    asked: int


def prove(made: Compiled, find: Callable[[str], Path | None] = find) -> Proven:
    """Run what differs from the base commit and is not known to hold.

    Args:
        made: the project as it is edited.
        find: returns a program by its name; None where there is none.
    """
    root, ledger = made.root, Ledger(made.root / LEDGER)
    commit = base_commit(root)
    if commit and not is_edited(root, commit):
        return Proven([], [], 0)
    programs = {name: path for name in PROGRAMS if (path := find(name))}
    base, notes = _of_base(root, commit, programs)
    asked = needed(_proofs(made, root, programs), base, ledger)
    notes += [f"what {name} would say is not known: {_how(name)}" for name in PROGRAMS if name not in programs]
    return Proven(run(asked, ledger), notes, len(asked))


def _how(name: str) -> str:
    return f"there is no {name} on PATH or in .tools/: get it with `python3 tools/build.py --quick {name}`"


def _proofs(made: Compiled, root: Path, programs: dict[str, Path]) -> Iterator[Proof]:
    """Yield every proof of a catalog with the cases below a folder."""
    if "promtool" in programs:
        yield from case_proofs(programs["promtool"], root, made.catalog, made.documents)
    yield from accepted_proofs(programs, made.artefacts())
    yield from command_proofs(made.catalog.runbooks)


def _of_base(root: Path, commit: str | None, programs: dict[str, Path]) -> tuple[set[str], list[str]]:
    """Return the keys of what the base commit has, which is proven; or a note why nothing is taken for that."""
    if commit is None:
        return set(), ["no clone of a repository: everything is tried once"]
    with TemporaryDirectory() as scratch:
        folder = Path(scratch)
        if not checked_out(root, commit, folder):
            return set(), [f"{commit[:10]} has no catalog: everything is tried once"]
        try:
            before = Compiled(root, compiled(folder).catalog)
        except UserError:
            return set(), [f"the catalog of {commit[:10]} is refused today: everything is tried once"]
        return {proof.key for proof in _proofs(before, folder, programs)}, []
