"""The command line: `python -m sandbox up --stack prod`."""

from __future__ import annotations

import argparse
import sqlite3
import traceback
from collections import Counter
from pathlib import Path

from compiler.errors import UserError
from sandbox import api
from sandbox.aws import moto
from sandbox.markdown import append, markdown
from sandbox.report import Printer
from sandbox.state import State, known_stacks, stack_path

_VERBS = {
    "up": "deploy the base stack, if there is one, and then the stack",
    "preview": "show what up would change, the policy findings and the monthly cost",
    "refresh": "compare the state with the sandbox's clouds",
    "destroy": "delete the stack, then its base, and prove that nothing is left",
    "render": "write every artefact of the stack under build/<stack>/",
    "list": "show the stacks and what they hold",
}


def main(arguments: list[str] | None = None) -> int:
    """Run one verb; return 0, 1 (an error or finding that the user can mend) or 2 (wrong usage)."""
    parser = argparse.ArgumentParser(prog="python -m sandbox", description="The hermetic engine of the project.")
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    for verb, text in _VERBS.items():
        each = verbs.add_parser(verb, help=text, description=text)
        each.add_argument("--stack", default="local", help="stack name (default: local)")
        each.add_argument("--project", type=Path, default=Path.cwd(), help="the project's folder (default: here)")
        each.add_argument("--state", type=Path, help="the sandbox's folder (default: <project>/.sandbox)")
    verbs.choices["preview"].add_argument("--markdown", type=Path, help="a file to append the summary to")
    given = parser.parse_args(arguments)
    state = (given.state or given.project / ".sandbox").resolve()
    with Printer() as printer:
        try:
            return _list(state) if given.verb == "list" else _run(printer, given, state)
        except UserError as error:
            printer.error(str(error) + _trace_note(error, state))
        except (sqlite3.Error, OSError) as error:
            printer.error(
                f"{state}: {error}; free space or repair the folder and run again: nothing is lost"
                + _trace_note(error, state)
            )
        except Exception as error:
            printer.error(f"the sandbox broke: {type(error).__name__}: {error}" + _trace_note(error, state))
        except KeyboardInterrupt:
            printer.error("interrupted; the next run picks up where this one stopped")
    return 1


def _run(printer: Printer, given: argparse.Namespace, state: Path) -> int:
    quiet = given.verb == "render"
    emit = (lambda _phase, _step: None) if quiet else printer.step
    summary = api.run(given.verb, given.stack, project=given.project, state=state, emit=emit, say=printer.say)
    if given.verb == "refresh":
        printer.drift(summary)
    server = moto.running(state)
    following = {"preview": "up", "up": "refresh", "refresh": "up" if summary.drift else ""}.get(given.verb, "")
    following = "preview" if summary.blocking else following
    where = {
        "policies": "yes" if (given.project / "policies").is_dir() else "",
        "state": "" if quiet else str(state),
        "build": summary.where if quiet else "",
        "moto": server.url if server else summary.where if not quiet else "",
        "next": f"python -m sandbox {following} --stack {given.stack}" if following else "",
    }
    printer.summary(summary, where)
    if given.verb == "preview" and given.markdown:
        append(given.markdown, markdown(summary, policies=bool(where["policies"])))
    blocking = [] if quiet else summary.blocking
    for text in [*blocking, *(f"{urn}: is still there" for urn in summary.left)]:
        printer.error(text)
    if given.verb == "up" and blocking:
        printer.error(f"{len(blocking)} mandatory findings: nothing was changed")
    return 1 if blocking or summary.left else 0


def _list(state: Path) -> int:
    stacks = known_stacks(state)
    server = moto.running(state)
    print(f"state: {state}; moto: {server.url if server else 'not running'}")
    for stack in stacks:
        resources = State(stack_path(state, stack)).resources().values()
        print(f"{stack}: {len(resources)} resources in {stack_path(state, stack)}")
        counts = Counter((each.type, each.mode) for each in resources if each.custom and not each.is_provider)
        for (kind, mode), count in sorted(counts.items()):
            print(f"  {count:4}  {kind}  ({mode})")
    if not stacks:
        print("no stack is deployed; run: python -m sandbox up")
    return 0


def _trace_note(error: BaseException, state: Path) -> str:
    """Write the traceback of an internal error to a file, and say where."""
    trace = getattr(error, "trace", "") or ("" if isinstance(error, UserError) else traceback.format_exc())
    if not trace:
        return ""
    path = state / "last-error.log"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(trace, encoding="utf-8")
    except OSError:
        return f"\n{trace}"
    return f"\nthe traceback is in {path}"
