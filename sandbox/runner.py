"""Run the program of a session, once a phase."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sandbox.model import Resource, Step
from sandbox.monitor import EngineLog, Monitor
from sandbox.policy import Judging
from sandbox.program import run_program
from sandbox.session import Session

if TYPE_CHECKING:
    from sandbox.analyzer import Finding

Emit = Callable[[str, Step], None]
"""Called with the phase (`preview`, `up`, `destroy`) as each step is taken."""


@dataclass(frozen=True)
class Phase:
    """One run of the program: its engine's results and its messages."""

    steps: list[Step]
    resources: list[Resource]
    outputs: dict[str, Any]
    findings: list[Finding]


class Runner:
    """Runs programs of one session."""

    def __init__(self, session: Session, emit: Emit, say: Callable[[str, str], None]) -> None:
        self.session = session
        self.emit = emit
        self._say = say
        self._judged: dict[str, str] = {}
        self.previewed: dict[str, dict[str, Any]] = {}
        self.lost: set[str] = set()

    def phase(self, stack: str, *, dry_run: bool) -> Phase:
        """Run the program for one stack."""
        name = "preview" if dry_run else "up"
        config = self.session.config(stack)
        before = self.previewed if dry_run else {}
        with Judging(self.session.project, stack, config, dry_run=dry_run, judged=self._judged) as judge:
            engine = self.session.engine(stack, config, judge, lambda step: self.emit(name, step), dry_run=dry_run)
            judge.providers = engine.settings
            for urn in self.lost & set(engine.old):
                engine.old[urn].drift = "gone"
            monitor = Monitor(engine, lambda reference: self.session.outputs_of(reference, before))
            run_program(self.session.project, config, monitor, EngineLog(self._say))
            judge.stack(engine.new.values())
            engine.finish()
            for note in monitor.notes:
                self.session.note(note)
            if not dry_run:
                self.session.state(stack).set_meta("outputs", monitor.outputs)
        return Phase(engine.steps, list(engine.new.values()), monitor.outputs, judge.findings)
