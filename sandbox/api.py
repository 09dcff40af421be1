"""The command line as a library: `run(verb, stack, project=..., state=...)` returns a `Summary`."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from sandbox import verbs
from sandbox.faults import VARIABLE, from_text
from sandbox.guard import isolated
from sandbox.project import load_project
from sandbox.runner import Emit, Runner
from sandbox.session import Session
from sandbox.state import locked
from sandbox.summary import Summary

_VERBS: dict[str, Callable[[Runner, str], Summary]] = {
    "up": verbs.up,
    "preview": verbs.preview,
    "refresh": verbs.refresh,
    "destroy": verbs.destroy,
    "render": verbs.render,
}


def run(
    verb: str,
    stack: str = "local",
    *,
    project: Path | None = None,
    state: Path | None = None,
    emit: Emit | None = None,
    say: Callable[[str, str], None] | None = None,
) -> Summary:
    """Run one verb (up, preview, refresh, destroy, render) for a stack.

    Args:
        verb: what to do.
        stack: the stack; its `<stack>-base` is taken along.
        project: the project's folder; default the current one.
        state: the sandbox's folder; default `<project>/.sandbox`.
        emit: called with every step.
        say: called with every message of the program, and its severity.

    Raises:
        UserError: anything that the user can mend; nothing was changed unless the message says so.
    """
    folder = (project or Path.cwd()).resolve()
    loaded = load_project(folder)
    home = (state or folder / ".sandbox").resolve()
    kubeconfig, crds = os.environ.get("SANDBOX_KUBECONFIG", ""), folder / "facts" / "crds"
    with ExitStack() as stack_of:
        stack_of.enter_context(isolated())
        if verb != "render":
            stack_of.enter_context(locked(home, f"{verb} {stack}"))
        faults = from_text(os.environ.get(VARIABLE, ""))
        session = Session(loaded, None if verb == "render" else home, kubeconfig=kubeconfig, crds=crds, faults=faults)
        stack_of.callback(session.close)
        runner = Runner(session, emit or (lambda _phase, _step: None), say or (lambda _severity, _text: None))
        summary = _VERBS[verb](runner, stack)
        if faults.throttled:
            session.note(f"{faults.throttled} throttled calls were tried again, as the providers' clients do")
        summary.notes = sorted(session.notes)
        return summary


def preview(stack: str = "local", *, project: Path | None = None, state: Path | None = None) -> Summary:
    """Return what `up` would do; `preview("prod").of_type("aws:sns/topic:Topic")`."""
    return run("preview", stack, project=project, state=state)
