"""The engine's side of a policy pack: start the pack as Pulumi's Python host does, and call it by gRPC.

The order of calls is the engine's (pulumi `step_generator.go`): `Remediate`, then `Analyze` on the remediated inputs
of each resource, then `AnalyzeStack` once at the end. A pack therefore answers here as it does under
`pulumi preview --policy-pack`.
"""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Literal, Self, TypeVar

import grpc
from google.protobuf import empty_pb2, json_format
from google.protobuf.message import Message
from pulumi.runtime.proto import analyzer_pb2 as wire
from pulumi.runtime.proto.analyzer_pb2_grpc import AnalyzerStub

from compiler.errors import UserError
from sandbox.analyzer_wire import AnalyzerResource, analyze_request, as_struct, plain, stack_resource

__all__ = ["EXEMPTION_TAG", "AnalyzerResource", "Finding", "Level", "PolicyPack", "Rule"]

Level = Literal["mandatory", "advisory", "remediate"]

EXEMPTION_TAG = "exemptions-of:"
"""A policy with the tag `exemptions-of:<rule>` reports the exempted findings of `<rule>`, as advice."""

_LEVELS: dict[int, Level] = {wire.ADVISORY: "advisory", wire.MANDATORY: "mandatory", wire.REMEDIATE: "remediate"}
_NOT_RUN = ("can't run policy '", "can't run remediation '")
_ENVIRONMENT = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "VIRTUAL_ENV", "PYTHONHOME", "PYTHONDONTWRITEBYTECODE")
_START_SECONDS = 60.0
_CALL_SECONDS = 120.0
_END_SECONDS = 10.0
_CHANNEL = [
    ("grpc.enable_http_proxy", 0),  # loopback only, whatever the user's proxy settings
    ("grpc.max_send_message_length", -1),  # a stack of dashboards passes gRPC's 4 MB
    ("grpc.max_receive_message_length", -1),
]


@dataclass(frozen=True)
class Finding:
    """A policy's finding on a resource; `urn` is empty for the stack as a whole.

    `not_run`: a value is unknown in this preview, so the rule could not judge. `exempted`: a finding that an exemption
    turns into advice; `policy` then is the rule that was exempted. Level `remediate`: the pack changed the resource.
    """

    policy: str
    level: Level
    urn: str
    message: str
    not_run: bool = False
    exempted: bool = False


@dataclass(frozen=True)
class Rule:
    """A rule of the pack, from `GetAnalyzerInfo`; companions that report exemptions are left out."""

    name: str
    description: str
    level: Level
    kind: Literal["resource", "stack"]


_Response = TypeVar("_Response")


class PolicyPack:
    """A running policy pack; a context manager that ends the pack's process.

    `start` may be called before it is entered: the process then gets ready while something else is done.

    Args:
        path: The pack's folder, with `PulumiPolicy.yaml` and `__main__.py`.
        project: The Pulumi project's name, as its rules see it; `stack` likewise.
        dry_run: Whether this is a preview.
        config: The stack's configuration, `namespace:key` to text.
        organization: The backend's organization.

    Raises:
        UserError: The pack does not start, or one of its rules fails with an exception.
    """

    def __init__(
        self,
        path: Path,
        *,
        project: str,
        stack: str,
        dry_run: bool,
        config: Mapping[str, str] | None = None,
        organization: str = "organization",
    ) -> None:
        self._path = path.resolve()
        self._request = wire.AnalyzerStackConfigureRequest(
            stack=stack, project=project, organization=organization, dry_run=dry_run, config=dict(config or {})
        )
        self._open = ExitStack()
        self._port: Callable[[], int] | None = None
        self._exempts: dict[str, str] = {}
        self.rules: tuple[Rule, ...] = ()

    def start(self) -> Callable[[], int]:
        """Start the pack's process, once, without waiting for it; the result waits for its port.

        Raises:
            UserError: The folder is no pack.
        """
        if self._port is None:
            self._port = self._spawn()
        return self._port

    def __enter__(self) -> Self:
        try:
            port = self.start()()
            channel = self._open.enter_context(grpc.insecure_channel(f"127.0.0.1:{port}", options=_CHANNEL))
            self._stub = AnalyzerStub(channel)
            self._call(self._stub.ConfigureStack, self._request)
            self._read_info(self._call(self._stub.GetAnalyzerInfo, empty_pb2.Empty()))
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the pack's process, by its own id, and close the channel; may be called twice."""
        self._open.close()

    def analyze(self, resource: AnalyzerResource) -> list[Finding]:
        """Judge one resource's inputs before it is made or changed; see `remediate` for what may change first."""
        properties, findings = self._remediate(resource)
        request = analyze_request(resource, as_struct(properties, internal=False))
        response = self._call(self._stub.Analyze, request, of=resource.urn)
        return findings + [self._finding(d, d.urn or resource.urn) for d in response.diagnostics]

    def remediate(self, resource: AnalyzerResource) -> Mapping[str, Any]:
        """Return the resource's inputs as the pack's remediations leave them; the engine uses these from there on."""
        return self._remediate(resource)[0]

    def analyze_stack(self, resources: Iterable[AnalyzerResource]) -> list[Finding]:
        """Judge the whole stack, from the outputs of every resource, at the end of a preview or an update."""
        request = wire.AnalyzeStackRequest(resources=[stack_resource(resource) for resource in resources])
        return [self._finding(d, d.urn) for d in self._call(self._stub.AnalyzeStack, request).diagnostics]

    def _remediate(self, resource: AnalyzerResource) -> tuple[Mapping[str, Any], list[Finding]]:
        properties = plain(resource.properties)
        request = analyze_request(resource, as_struct(properties, internal=True))
        response = self._call(self._stub.Remediate, request, of=resource.urn)
        findings = []
        for done in response.remediations:
            text = done.diagnostic or f"remediated: {done.description}"
            level: Level = "advisory" if done.diagnostic else "remediate"
            findings.append(Finding(done.policyName, level, resource.urn, text, not_run=_is_not_run(text)))
            properties = properties if done.diagnostic else json_format.MessageToDict(done.properties)
        return properties, findings

    def _finding(self, diagnostic: wire.AnalyzeDiagnostic, urn: str) -> Finding:
        return Finding(
            policy=self._exempts.get(diagnostic.policyName, diagnostic.policyName),
            level=_LEVELS[diagnostic.enforcementLevel],
            urn=urn,
            message=diagnostic.message.removeprefix(f"{diagnostic.description}\n"),
            not_run=_is_not_run(diagnostic.message),
            exempted=diagnostic.policyName in self._exempts,
        )

    def _read_info(self, info: wire.AnalyzerInfo) -> None:
        rules = []
        for policy in info.policies:
            exempts = [tag.removeprefix(EXEMPTION_TAG) for tag in policy.tags if tag.startswith(EXEMPTION_TAG)]
            if exempts:
                self._exempts[policy.name] = exempts[0]
            kind: Literal["resource", "stack"] = "stack" if policy.policy_type == wire.POLICY_TYPE_STACK else "resource"
            if not exempts and policy.enforcementLevel in _LEVELS:
                rules.append(Rule(policy.name, policy.description, _LEVELS[policy.enforcementLevel], kind))
        self.rules = tuple(rules)

    def _call(self, method: Callable[..., _Response], request: Message, of: str = "") -> _Response:
        try:
            return method(request, timeout=_CALL_SECONDS)
        except grpc.RpcError as error:
            subject = f" for {of}" if of else ""
            details = error.details() if isinstance(error, grpc.Call) else str(error)
            raise UserError(f"{self._path}: a rule of the policy pack failed{subject}: {details}") from error

    def _spawn(self) -> Callable[[], int]:
        """Start the pack as pulumi-language-python does (`python -u -m pulumi.policy ENGINE PACK`, in the pack).

        Returns:
            What waits for the port that it prints.
        """
        if not (self._path / "__main__.py").is_file():
            raise UserError(f"{self._path}: not a policy pack: expected a file __main__.py in it")
        errors = Path(self._open.enter_context(tempfile.TemporaryDirectory())) / "stderr"
        # The first argument is the engine's address; the Python SDK parses it and never calls back.
        command = [sys.executable, "-u", "-m", "pulumi.policy", "127.0.0.1:0", str(self._path)]
        with errors.open("w") as stream:
            process = subprocess.Popen(
                command,
                cwd=self._path,
                env=_environment(self._request),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=stream,
                text=True,
            )
        self._open.callback(_end, process)
        lines: queue.Queue[str] = queue.Queue()
        threading.Thread(target=_read_lines, args=(process.stdout, lines), daemon=True).start()

        def port() -> int:
            try:
                return int(lines.get(timeout=_START_SECONDS))
            except (queue.Empty, ValueError) as error:
                _end(process)
                raise UserError(f"{self._path}: the policy pack did not start: {_last_line(errors)}") from error

        return port


def _end(process: subprocess.Popen[str]) -> None:
    """End one process, by its own id, and wait until it is gone; do nothing to one that has ended."""
    process.terminate()
    try:
        process.wait(timeout=_END_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _last_line(file: Path) -> str:
    lines = [line.strip() for line in file.read_text(errors="replace").splitlines() if line.strip()]
    return lines[-1] if lines else f"it printed no port within {_START_SECONDS:.0f} s and gave no reason"


def _read_lines(stream: IO[str], lines: queue.Queue[str]) -> None:
    """Pass on the first line (the port; empty when the process ends) and drop the rest, so the pipe never fills."""
    with stream:
        lines.put(stream.readline())
        for _ in stream:
            pass


def _environment(request: wire.AnalyzerStackConfigureRequest) -> dict[str, str]:
    """Return the environment of a pack: what the engine sets, and nothing of the user's clouds or clusters."""
    names = {"ORGANIZATION": request.organization, "PROJECT": request.project, "STACK": request.stack}
    variables = {f"PULUMI_{name}": value for name, value in names.items()}
    variables["PULUMI_DRY_RUN"] = "true" if request.dry_run else "false"
    variables["PULUMI_CONFIG"] = json.dumps(dict(request.config))
    return {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ} | variables


def _is_not_run(message: str) -> bool:
    """Return whether the SDK says that a rule met an unknown value (`UnknownValueError` in pulumi_policy)."""
    return message.startswith(_NOT_RUN)
