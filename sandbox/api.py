"""What the command line does, as a library: `run(verb, stack, project=..., state=...)` gives a `Summary`."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, cast

from compiler.errors import UserError
from sandbox.guard import isolated
from sandbox.model import REFERENCE_TYPE, Resource, Step
from sandbox.monitor import EngineLog, Monitor
from sandbox.policy import Judging, blocks, line
from sandbox.program import run_program
from sandbox.project import load_project
from sandbox.session import Session, crds_folder
from sandbox.state import locked
from sandbox.values import masked

if TYPE_CHECKING:
    from decimal import Decimal

    from sandbox.analyzer import Finding

Emit = Callable[[str, Step], None]
"""Called with the phase (`preview`, `up`, `destroy`) as each step is taken."""


class Cost(Protocol):
    """What `compiler.cost.estimate` gives."""

    monthly_usd: Decimal
    unpriced: int

    def to_json(self) -> Any:
        """The report as JSON data."""


@dataclass(frozen=True)
class Drift:
    """A property that is not what the state says; `property` is "gone" when the resource is."""

    urn: str
    property: str
    expected: Any
    found: Any


@dataclass
class Summary:
    """What a run did, or would do.

    Attributes:
        steps: every step of the last phase, components included.
        resources: every resource as registered, base stack first, in order of registration.
        findings: of the policy pack.
        cost: None when the project estimates none.
        left: what destroy should have removed and did not.
    """

    verb: str
    stack: str
    steps: list[Step] = field(default_factory=list)
    resources: list[Resource] = field(default_factory=list)
    outputs: dict[str, Any] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    drift: list[Drift] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    cost: Cost | None = None
    where: str = ""

    def of_type(self, token: str) -> list[Resource]:
        """Resources of one type."""
        return [resource for resource in self.resources if resource.type == token]

    def get(self, token: str, name: str) -> Resource:
        """The one resource of that type and name; LookupError when there is none."""
        for resource in self.of_type(token):
            if resource.name == name:
                return resource
        raise LookupError(f"no {token} named {name!r}; there are {[each.name for each in self.of_type(token)]}")

    def ops(self, *, custom_only: bool = True) -> dict[str, int]:
        """How many steps of each kind; components and providers count only when asked for."""
        counts: dict[str, int] = {}
        for step in self.steps:
            if not custom_only or step.resource.mode not in {"component", "provider", "read"}:
                counts[step.op] = counts.get(step.op, 0) + 1
        return counts

    @property
    def blocking(self) -> list[str]:
        """Mandatory findings, a line each."""
        return [line(finding) for finding in self.findings if blocks(finding)]


@dataclass(frozen=True)
class Phase:
    """One run of the program: what came out and what was said."""

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
        self.unknown: set[str] = set()
        self.lost: set[str] = set()

    def phase(self, stack: str, *, dry_run: bool) -> Phase:
        """Runs the program for one stack."""
        name = "preview" if dry_run else "up"
        config = self.session.config(stack)
        with Judging(self.session.project, stack, config, dry_run=dry_run, judged=self._judged) as judge:
            engine = self.session.engine(stack, config, judge, lambda step: self.emit(name, step), dry_run=dry_run)
            judge.providers = engine.settings
            for urn in self.lost & set(engine.old):
                engine.old[urn].drift = "gone"
            monitor = Monitor(engine, lambda reference: self.session.outputs_of(reference, self.unknown))
            run_program(self.session.project, config, monitor, EngineLog(self._say))
            judge.stack(engine.new.values())
            engine.finish()
            for note in monitor.notes:
                self.session.note(note)
            if not dry_run:
                self.session.state(stack).set_meta("outputs", monitor.outputs)
        return Phase(engine.steps, list(engine.new.values()), monitor.outputs, judge.findings)


def run(
    verb: str,
    stack: str = "local",
    *,
    project: Path | None = None,
    state: Path | None = None,
    emit: Emit | None = None,
    say: Callable[[str, str], None] | None = None,
) -> Summary:
    """Runs one verb (up, preview, refresh, destroy, render) for a stack.

    Args:
        verb: what to do.
        stack: the stack; its `<stack>-base` is taken along.
        project: the project's folder; default the current one.
        state: the sandbox's folder; default `<project>/.sandbox`.
        emit: told of every step.
        say: told of every message of the program, with its severity.

    Raises:
        UserError: anything that the user can mend; nothing was changed unless the message says so.
    """
    from sandbox import verbs

    folder = (project or Path.cwd()).resolve()
    loaded = load_project(folder)
    home = (state or folder / ".sandbox").resolve()
    kubeconfig, crds = os.environ.get("SANDBOX_KUBECONFIG", ""), crds_folder(folder)
    with ExitStack() as stack_of:
        stack_of.enter_context(isolated())
        if verb != "render":
            stack_of.enter_context(locked(home, f"{verb} {stack}"))
        session = Session(loaded, None if verb == "render" else home, kubeconfig=kubeconfig, crds=crds)
        stack_of.callback(session.close)
        runner = Runner(session, emit or (lambda _phase, _step: None), say or (lambda _severity, _text: None))
        summary = cast("Callable[[Runner, str], Summary]", getattr(verbs, verb))(runner, stack)
        summary.notes = list(session.notes)
        return summary


def preview(stack: str = "local", *, project: Path | None = None, state: Path | None = None) -> Summary:
    """What `up` would do; `preview("prod").of_type("aws:sns/topic:Topic")`."""
    return run("preview", stack, project=project, state=state)


def estimate(resources: list[Resource]) -> Cost | None:
    """The monthly cost by the project's own price table; None when it has no compiler.cost."""
    try:
        from compiler import cost
    except ImportError:
        return None
    priced = [plain(resource) for resource in resources if resource.custom and resource.type != REFERENCE_TYPE]
    return cast("Cost", cost.estimate(priced))


def plain(resource: Resource) -> Mapping[str, Any]:
    """A resource as data: type, name, urn and inputs, masked."""
    return {
        "type": resource.type,
        "name": resource.name,
        "urn": resource.urn,
        "inputs": masked(resource.inputs),
    }


__all__ = ["Drift", "Summary", "UserError", "preview", "run"]
