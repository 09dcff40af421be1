"""The command line's output: a line a step, then a summary."""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table
from rich.text import Text

from sandbox import difference
from sandbox.policy import line

if TYPE_CHECKING:
    from sandbox.model import Step
    from sandbox.summary import Summary

_MARKS = {"create": "+", "update": "~", "replace": "+-", "delete": "-", "import": "=", "read": "?"}
_COLOURS = {"create": "green", "update": "yellow", "replace": "magenta", "delete": "red", "import": "cyan"}
_DONE = {
    "create": "created",
    "update": "updated",
    "replace": "replaced",
    "delete": "deleted",
    "import": "imported",
    "same": "unchanged",
}


class Printer:
    """Prints to a terminal or, plainly, to a pipe."""

    def __init__(self) -> None:
        self._console = Console(highlight=False, soft_wrap=True)
        self._errors = Console(stderr=True, highlight=False, soft_wrap=True)
        self._status = self._console.status("") if sys.stdout.isatty() and not os.environ.get("NO_COLOR") else None
        self._phase = ""

    def __enter__(self) -> Printer:
        if self._status:
            self._status.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._status:
            self._status.stop()

    def step(self, phase: str, step: Step) -> None:
        """Print one step; unchanged ones, components and providers are left to the summary."""
        if phase != self._phase:
            self._phase = phase
            self._console.print(f"[bold]{phase}[/]")
        resource = step.resource
        if self._status:
            self._status.update(f"{phase}: {resource.name}")
        if step.op in {"same", "read"} or resource.mode in {"component", "provider"}:
            return
        within = resource.parent.rpartition("::")[2]
        place = (
            f"{within} > {resource.name}" if within and "pulumi:pulumi:Stack" not in resource.parent else resource.name
        )
        reason = f"  ({step.reason})" if step.reason else ""
        mark = (f"  {_MARKS[step.op]:>2} ", _COLOURS.get(step.op, "white"))
        # In one piece: a terminal's status line would come between two.
        self._console.print(Text.assemble(mark, (f"{resource.type}  ", "dim"), place, (reason, "italic")))
        for change in step.changes if step.op in {"update", "replace"} else ():
            for text in difference.lines(change, step.before, resource.inputs):
                self._console.print(f"       {text}", markup=False)

    def say(self, severity: str, text: str) -> None:
        """Print a message of the program."""
        self._console.print(f"  {severity}: {text.strip()}", markup=False)

    def error(self, text: str) -> None:
        """Print an error, a line each."""
        self._errors.print(text, markup=False)

    def drift(self, summary: Summary) -> None:
        """Print the table of drift."""
        if not summary.drift:
            self._console.print("no drift: every applied resource is as it was left")
            return
        if not self._console.is_terminal:
            for each in summary.drift:
                self._console.print(f"{each.urn}: {each.property}: {each.expected!r} => {each.found!r}", markup=False)
            return
        table = Table("resource", "property", "expected", "found")
        for each in summary.drift:
            table.add_row(each.urn.partition("::")[2], each.property, str(each.expected), str(each.found))
        self._console.print(table)

    def summary(self, summary: Summary, where: Mapping[str, str]) -> None:
        """Print the last lines: counts, findings, cost, and where to look."""
        lines = sums(summary, policies=bool(where.get("policies")))
        lines += [f"{name}: {text}" for name, text in where.items() if text and name != "policies"]
        if self._status:
            self._status.stop()
            self._console.print(_grid(lines))
            return
        for text in lines:
            self._console.print(text, markup=False)


def sums(summary: Summary, *, policies: bool) -> list[str]:
    """Return a run's totals, a line each: counts, findings, cost, notes."""
    lines = [f"{summary.verb} {summary.stack}: {_counts(summary)}", *_kinds(summary)]
    judged = summary.verb in {"up", "preview", "render"}
    if judged:
        lines.append(_findings(summary) if policies else "policies: none")
    lines += [line(finding) for finding in summary.findings if finding.level != "mandatory" and not finding.not_run]
    if judged:
        lines.append(_cost(summary))
    return lines + [f"note: {note}" for note in summary.notes]


def _grid(lines: list[str]) -> Table:
    """Return the summary for a terminal: subjects on the left, values on the right."""
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="bold", no_wrap=True)
    grid.add_column(overflow="fold")
    for text in lines:
        label, _, rest = text.partition(": ")
        grid.add_row(Text(label), Text(rest))
    return grid


def _counts(summary: Summary) -> str:
    ops, would = summary.ops(), summary.verb in {"preview", "render"}
    parts = [f"{count} {op if would else _DONE[op]}" for op, count in sorted(ops.items()) if op in _DONE]
    return ", ".join(parts) or "nothing"


def _kinds(summary: Summary) -> list[str]:
    modes = Counter(each.mode for each in summary.resources)
    if not modes:
        return []
    aws = (
        f"aws: {modes['applied']} applied to moto, {modes['recorded']} recorded (checked against botocore, not called)"
    )
    objects = f"kubernetes: {modes['checked']} checked by schema, {modes['unchecked']} unchecked (no schema)"
    return [aws, f"{objects}, {modes['opaque']} releases whose objects no rule can see"]


def _findings(summary: Summary) -> str:
    counts = Counter(
        "could not run" if each.not_run else "exempt" if each.exempted else each.level for each in summary.findings
    )
    names = ("mandatory", "advisory", "remediate", "exempt", "could not run")
    return "policies: " + ", ".join(f"{counts[name]} {name}" for name in names if counts[name] or name == "mandatory")


def _cost(summary: Summary) -> str:
    if summary.cost is None:
        return "monthly cost: not estimated"
    return f"monthly cost: {summary.cost.monthly_usd:,.2f} USD ({summary.cost.unpriced} resources without a price)"
