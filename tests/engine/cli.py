"""The Pulumi CLI on a copy of the project, with everything that it needs in one folder and nothing of the user's."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from sandbox.model import STACK_TYPE
from tests.engine.plugin import ROOT, write_script
from tests.tools import finder

PASSPHRASE = "a passphrase of the tests"
_NOWHERE = "http://127.0.0.1:9"
"""The port `discard`: nobody listens there, so that whatever leaves this machine fails at once."""
_KEPT = ("LANG", "LC_ALL", "TMPDIR", "GRPC_VERBOSITY")
_SECONDS = 900.0


@cache
def program_runner() -> Path:
    """Return `pulumi-language-python-exec`, which lies in the sources of Pulumi's SDK for Go, of the CLI's version."""
    if shutil.which("go") is None:
        pytest.skip("no go on PATH: it finds Pulumi's SDK; install Go from https://go.dev/dl")
    found = subprocess.run(
        ["go", "mod", "download", "-json", "github.com/pulumi/pulumi/sdk/v3"],
        cwd=ROOT / "tools" / "pulumi",
        env={**os.environ, "GOWORK": "off"},
        capture_output=True,
        text=True,
        check=True,
    )
    return Path(json.loads(found.stdout)["Dir"]) / "python" / "cmd" / "pulumi-language-python-exec"


@dataclass(frozen=True)
class Operation:
    """What one command did.

    Attributes:
        output: what it printed to standard output; `errors` what to standard error.
        events: what the engine logged, one object an event.
        seconds: how long it took.
    """

    code: int
    output: str
    errors: str
    seconds: float
    events: list[dict[str, Any]] = field(default_factory=list)

    def changed(self) -> dict[str, str]:
        """Return the operation on each resource, by URN: create, update, replace, delete; others are left out."""
        made = (event["resourcePreEvent"]["metadata"] for event in self.events if "resourcePreEvent" in event)
        return {each["urn"]: each["op"] for each in made if each["op"] not in {"same", "read"}}

    def counts(self) -> dict[str, int]:
        """Return how many resources were created, updated, deleted or the same, as the engine sums it up."""
        found = [event["summaryEvent"].get("resourceChanges") or {} for event in self.events if "summaryEvent" in event]
        return dict(found[-1]) if found else {}

    def findings(self) -> set[tuple[str, str, str, str]]:
        """Return the policy pack's findings: policy, level, URN and message.

        What is said of the stack as a whole has no URN, as the pack says it; the engine puts that of its root there.
        """
        found = (event["policyEvent"] for event in self.events if "policyEvent" in event)
        return {(f["policyName"], f["enforcementLevel"], _subject(f), _said(f["message"])) for f in found}


def _subject(event: Mapping[str, Any]) -> str:
    urn = str(event.get("resourceUrn", ""))
    return "" if f"::{STACK_TYPE}::" in urn else urn


def _said(message: str) -> str:
    """Return what a rule said: the engine puts the rule's description before it, in a line of its own."""
    first, _, rest = message.strip().partition("\n")
    return rest or first


class Pulumi:
    """The CLI on one project folder, with a backend, a home, plugins and a cloud of its own.

    Args:
        project: a copy of the project: `pulumi stack init` writes into its stack files.
        folder: where everything else is kept.
    """

    def __init__(self, project: Path, folder: Path) -> None:
        self.project = project
        self.folder = folder
        self.cloud = folder / "cloud"
        program = finder.require("pulumi")
        for each in (self.cloud, folder / "home", folder / "backend", folder / "logs"):
            each.mkdir(parents=True)
        if not (project / ".venv").exists():
            (project / ".venv").symlink_to(ROOT / ".venv")
        plugins, hosts = folder / "plugins", folder / "hosts"
        for package in ("aws", "kubernetes"):
            write_script(plugins, f"pulumi-resource-{package}", "tests.engine.provider", [package, str(self.cloud)])
        path = [str(plugins), str(program.parent), os.environ["PATH"]]
        if shutil.which("pulumi-language-python", path=os.pathsep.join(path)) is None:
            write_script(hosts, "pulumi-language-python", "tests.engine.language", [str(program_runner())])
            path.append(str(hosts))
        self._program = str(program)
        self._environment = self._isolated(os.pathsep.join(path))

    def _isolated(self, path: str) -> dict[str, str]:
        """Return an environment with dummy credentials, in which nothing but this machine can be reached."""
        return {
            **{name: os.environ[name] for name in _KEPT if name in os.environ},
            "PATH": path,
            "HOME": str(self.folder / "home"),
            "PULUMI_HOME": str(self.folder / "home"),
            "PULUMI_BACKEND_URL": f"file://{self.folder / 'backend'}",
            "PULUMI_CONFIG_PASSPHRASE": PASSPHRASE,
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            "PULUMI_DEBUG_COMMANDS": "true",  # makes the flag --event-log known
            "PYTHONDONTWRITEBYTECODE": "1",
            "AWS_ACCESS_KEY_ID": "dummy",
            "AWS_SECRET_ACCESS_KEY": "dummy",
            "AWS_EC2_METADATA_DISABLED": "true",
            "KUBECONFIG": os.devnull,
            **dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"), _NOWHERE),
            **dict.fromkeys(("NO_PROXY", "no_proxy"), "127.0.0.1,localhost"),
        }

    def run(self, *arguments: str, expect: int | None = 0, given: str | None = None, kept: bool = True) -> Operation:
        """Run one command; fails the test when its exit code is not the expected one.

        What it prints is `kept` in the folder of logs, where nothing secret may be found.
        """
        started = time.monotonic()
        done = subprocess.run(
            [self._program, *arguments, "--non-interactive", "--color", "never"],
            cwd=self.project,
            env=self._environment,
            input=given,
            capture_output=True,
            text=True,
            check=False,
            timeout=_SECONDS,
        )
        output = f"pulumi {' '.join(arguments)}: {done.stdout}{done.stderr}"
        if kept:
            self._log(arguments[0], "txt").write_text(output, "utf-8")
        assert expect is None or done.returncode == expect, output[-6000:]
        return Operation(done.returncode, done.stdout, done.stderr, time.monotonic() - started)

    def _log(self, name: str, ending: str) -> Path:
        folder = self.folder / "logs"
        return folder / f"{len(list(folder.iterdir()))}-{name}.{ending}"

    def operate(self, verb: str, stack: str, *options: str, expect: int | None = 0) -> Operation:
        """Run an operation on a stack and read the events that the engine logged."""
        log = self._log(f"{verb}-{stack}", "json")
        done = self.run(verb, "--stack", stack, "--event-log", str(log), *options, expect=expect)
        return replace(done, events=_lines(log))

    def init(self, stack: str) -> None:
        """Make a stack."""
        self.run("stack", "init", stack)

    def set_secret(self, stack: str, key: str, value: str) -> None:
        """Put a secret into a stack's configuration, encrypted."""
        self.run("config", "set", "--secret", "--stack", stack, key, given=value)

    def preview(self, stack: str, *options: str) -> Operation:
        """Preview a stack with the policy pack."""
        return self.operate("preview", stack, *self._policies(), "--json", *options)

    def up(self, stack: str, *options: str, expect: int | None = 0) -> Operation:
        """Deploy a stack with the policy pack."""
        return self.operate("up", stack, *self._policies(), "--skip-preview", "--yes", *options, expect=expect)

    def _policies(self) -> Sequence[str]:
        return ("--policy-pack", "policies") if (self.project / "policies").is_dir() else ()

    def refresh(self, stack: str) -> Operation:
        """Compare a stack with the cloud."""
        return self.operate("refresh", stack, "--skip-preview", "--yes")

    def destroy(self, stack: str, expect: int | None = 0) -> Operation:
        """Take a stack down, as people do: its preview refuses before anything is deleted."""
        return self.operate("destroy", stack, "--yes", expect=expect)

    def state(self, stack: str) -> list[dict[str, Any]]:
        """Return the resources of a stack's state, their secrets in plain."""
        found = json.loads(self.run("stack", "export", "--stack", stack, "--show-secrets", kept=False).output)
        resources: list[dict[str, Any]] = found["deployment"].get("resources", [])
        return resources


def _lines(log: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in log.read_text("utf-8").splitlines()] if log.exists() else []
