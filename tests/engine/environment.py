"""One environment under the real engine, and the same one in the sandbox beside it."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from sandbox.aws import moto
from sandbox.guard import isolated
from sandbox.model import Resource
from sandbox.project import load_config, load_project
from sandbox.runner import Phase, Runner
from sandbox.session import Session
from tests.engine import compare
from tests.engine.cli import Operation, Pulumi
from tests.engine.plugin import ROOT
from tests.program.copies import copied
from tests.workloads import first

SECRET = "sandbox-dummy-"
"""What every secret begins with: of the configuration, as the sandbox would replace it, and of Secrets Manager."""
PLANTED = ("observability:slack-alerts-url", "observability:pagerduty-call-key")


def stacks_of(project: Path, name: str) -> list[str]:
    """Return the stack, after its base where it has one."""
    base = load_project(project).base_of(name)
    return [base, name] if base else [name]


class Environment:
    """A stack and its base, in folders of their own.

    Args:
        name: the stack, without `-base`.
        folder: where everything is kept.
    """

    def __init__(self, name: str, folder: Path) -> None:
        self.name = name
        self.project = copied(folder / "project")
        self.stacks = stacks_of(self.project, name)
        self.pulumi = Pulumi(self.project, folder / "engine")
        self._differences: list[compare.Difference] = []
        self._state = folder / "sandbox"
        self._seen: list[Resource] = []
        self._deployed: list[dict[str, Any]] = []
        for stack in self.stacks:
            self.pulumi.init(stack)
            plant(self.pulumi, stack, PLANTED)

    def sandbox(self, stack: str, *, planned: bool) -> Phase:
        """Run the program once in the sandbox; its command line would preview the base and the stack each time."""
        with isolated():
            session = Session(load_project(self.project), self._state, crds=ROOT / "facts" / "crds")
            try:
                runner = Runner(session, lambda _phase, _step: None, lambda _severity, _text: None)
                return runner.phase(stack, dry_run=planned)
            finally:
                session.close()

    def preview(self, stack: str) -> list[str]:
        """Preview a stack in both.

        Returns:
            What they do not agree on, a line each.
        """
        done = _say(stack, "preview", self.pulumi.preview(stack))
        plan = [step["newState"] for step in json.loads(done.output)["steps"]]
        made = self.sandbox(stack, planned=True)
        compared = compare.of_engine(plan, deployed=False), compare.of_sandbox(made.resources)
        computed = compare.Computed(self._deployed, self._seen)
        found = self._unlisted(compare.differences(*compared, computed))
        return found + _findings(done, made)

    def up(self, stack: str) -> list[str]:
        """Deploy a stack to both.

        Returns:
            What they do not agree on, a line each.
        """
        done = self.update(stack, "up")
        state = self.pulumi.state(stack)
        made = self.sandbox(stack, planned=False)
        self._deployed += state
        self._seen += made.resources
        compared = compare.of_engine(state, deployed=True), compare.of_sandbox(made.resources, made.outputs)
        found = self._unlisted(compare.differences(*compared, compare.Computed(self._deployed, self._seen)))
        return found + _findings(done, made)

    def _unlisted(self, found: list[compare.Difference]) -> list[str]:
        self._differences += found
        return compare.unlisted(found)

    def stale(self) -> list[str]:
        """Return the entries of the table of differences that explain nothing here, and could."""
        kinds = {each.type for each in self._seen}
        could = [entry for entry in compare.listed() if any(fnmatchcase(kind, entry.type) for kind in kinds)]
        return [entry.reason for entry in could if not any(map(entry.covers, self._differences))]

    def has(self, kind: str) -> bool:
        """Return whether a resource of that type was deployed."""
        return any(each.type == kind for each in self._seen)

    def update(self, stack: str, step: str) -> Operation:
        """Deploy a stack by the engine alone."""
        return _say(stack, step, self.pulumi.up(stack))

    def refresh(self, stack: str) -> Operation:
        """Compare a stack with the engine's cloud."""
        return _say(stack, "refresh", self.pulumi.refresh(stack))

    def destroy(self, stack: str, *, refused: bool = False) -> Operation:
        """Take a stack down, or see that the engine refuses."""
        step = "destroy, refused" if refused else "destroy"
        return _say(stack, step, self.pulumi.destroy(stack, expect=None if refused else 0))

    def change_a_threshold(self) -> dict[str, str]:
        """Raise the first threshold of a workload.

        Returns:
            What changes by that, as the sandbox says: `update` by the resource's URN.
        """
        workload = first(
            lambda each: any(bound.above for alert in each.alerts for bound in alert.thresholds.values())
        ).name
        folder = self.project / "catalog" / workload
        file, *_ = [*folder.glob("alerts.yaml"), *sorted(folder.glob("alerts/*.yaml"))]
        text = file.read_text("utf-8")
        found = re.search(r"above: (\d+(?:\.\d+)?)", text)
        assert found, f"{file}: no threshold"
        file.write_text(text[: found.start(1)] + str(float(found[1]) * 1.5) + text[found.end(1) :], "utf-8")
        steps = self.sandbox(self.name, planned=True).steps
        expected = {step.resource.urn: step.op for step in steps if step.op not in {"same", "read"}}
        assert all(workload in urn.rpartition("::")[2] for urn in expected), expected
        return expected

    def close(self) -> None:
        """End the sandbox's cloud."""
        moto.stop(self._state)


def plant(pulumi: Pulumi, stack: str, keys: Sequence[str]) -> None:
    """Put into a stack's configuration the secrets that the sandbox takes encrypted ones for, so that both agree."""
    for key in keys:
        pulumi.set_secret(stack, key, "any")
    for key, value in load_config(load_project(pulumi.project), stack).values.items():
        if key in keys:
            pulumi.set_secret(stack, key, value)


def leaks(pulumi: Pulumi) -> Iterator[str]:
    """Yield every file that the engine wrote, or that holds what it printed, with a secret in plain or in Base64."""
    marks = {SECRET.encode(), *(base64.b64encode(b"." * pad + SECRET.encode())[4:-4] for pad in range(3))}
    for folder in ("backend", "logs", "home"):
        for file in sorted(path for path in (pulumi.folder / folder).rglob("*") if path.is_file()):
            content = file.read_bytes()
            if any(mark in content for mark in marks):
                yield str(file)


def _say(stack: str, step: str, done: Operation) -> Operation:
    """Print what an operation did and how long it took."""
    compared = ", ".join(f"{count} {op}" for op, count in sorted(done.counts().items()))
    print(f"{stack}: {step}: {compared or 'nothing'}: {done.seconds:.0f} s", flush=True)
    return done


def _findings(done: Operation, made: Phase) -> list[str]:
    engine, ours = done.findings(), compare.findings_of_sandbox(made.findings)
    return [f"the engine alone found {each}" for each in sorted(engine - ours)] + [
        f"the sandbox alone found {each}" for each in sorted(ours - engine)
    ]
