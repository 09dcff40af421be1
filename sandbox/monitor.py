"""The SDK's resource monitor and engine interfaces, answered in process."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterable
from typing import Any

from google.protobuf import empty_pb2
from pulumi.runtime.proto import engine_pb2, resource_pb2

from compiler.errors import UserError
from sandbox.engine import Engine
from sandbox.model import REFERENCE_TYPE, STACK_TYPE, Resource, Step, make_urn
from sandbox.values import UNKNOWN, Secret, Value, from_struct, has_secret, has_unknown, hash_assets, reveal, to_struct

# pulumi/proto/resource.proto: what this monitor truly does. Resource references are left out, so resources passed as
# values arrive as their ids.
_FEATURES = (
    resource_pb2.RESOURCE_MONITOR_FEATURE_SECRETS,
    resource_pb2.RESOURCE_MONITOR_FEATURE_ALIAS_SPECS,
    resource_pb2.RESOURCE_MONITOR_FEATURE_DELETED_WITH,
    # Announced so that the refusal below can say what is missing; the SDK would ask to update the CLI.
    resource_pb2.RESOURCE_MONITOR_FEATURE_TRANSFORMS,
    resource_pb2.RESOURCE_MONITOR_FEATURE_INVOKE_TRANSFORMS,
    resource_pb2.RESOURCE_MONITOR_FEATURE_PARAMETERIZATION,
    resource_pb2.RESOURCE_MONITOR_FEATURE_RESOURCE_HOOKS,
    resource_pb2.RESOURCE_MONITOR_FEATURE_ERROR_HOOKS,
    resource_pb2.RESOURCE_MONITOR_FEATURE_REPLACE_WITH,
)
_UNITS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 1e-3, "us": 1e-6, "ns": 1e-9}
_PART = re.compile(r"(\d+(?:\.\d+)?)(ms|us|ns|h|m|s)", re.ASCII)
_DURATION = re.compile(f"(?:{_PART.pattern})+", re.ASCII)
_REFUSED_OPTIONS = ("transforms", "state_migrations", "replace_with", "packageRef", "envVarMappings")

OutputsOf = Callable[[str], dict[str, Any] | None]
"""Outputs of a stack by its full name `organization/project/stack`; None when they are not known yet."""


class Monitor:
    """Answers the calls that a running program makes. Method names are the protocol's."""

    def __init__(self, engine: Engine, outputs_of: OutputsOf) -> None:
        self.engine = engine
        self.failure: UserError | None = None
        self.outputs: dict[str, Any] = {}
        self.notes: list[str] = []
        self._outputs_of = outputs_of
        self._lock = threading.RLock()

    def __getattr__(self, name: str) -> Callable[[Any], Any]:
        """Find the method that answers a protocol call (`RegisterResource`); one at a time, none after a failure."""
        if not name[0].isupper():
            raise AttributeError(name)

        def call(request: Value) -> Value:
            with self._lock:
                if self.failure:
                    raise self.failure
                try:
                    return self._answer(name, request)
                except UserError as error:
                    self.failure = error
                    raise

        return call

    def _answer(self, name: str, request: Value) -> Value:
        handlers: dict[str, Callable[[Any], Any]] = {
            "GetDeploymentInfo": lambda _: resource_pb2.DeploymentInfo(supportedFeatures=_FEATURES),
            "SignalAndWaitForShutdown": lambda _: empty_pb2.Empty(),
            "RegisterResource": self._register,
            "RegisterResourceOutputs": self._register_outputs,
            "ReadResource": self._read,
            "Invoke": self._invoke,
        }
        if name not in handlers:
            _refuse(f"monitor call {name}")
        return handlers[name](request)

    def _register(self, request: Value) -> resource_pb2.RegisterResourceResponse:
        run = self.engine.run
        urn = make_urn(run.stack, run.project, request.parent, request.type, request.name)
        _refuse_options(urn, request)
        goal = Resource(
            urn=urn,
            type=request.type,
            name=request.name,
            custom=request.custom,
            inputs=hash_assets(from_struct(request.object), self.engine.run.folder),
            parent=request.parent,
            dependencies=sorted(request.dependencies),
            property_dependencies={
                key: sorted(item.urns) for key, item in sorted(request.propertyDependencies.items())
            },
            provider=request.provider,
            protect=request.protect,
            ignore_changes=list(request.ignoreChanges),
            replace_on_changes=list(request.replaceOnChanges),
            delete_before_replace=request.deleteBeforeReplace if request.deleteBeforeReplaceDefined else None,
            retain_on_delete=request.retainOnDelete,
            deleted_with=request.deletedWith,
            additional_secret_outputs=list(request.additionalSecretOutputs),
            aliases=self._aliases(request),
            import_id=request.importId,
            custom_timeouts=_timeouts(urn, request.customTimeouts),
        )
        done = self.engine.register(goal)
        return resource_pb2.RegisterResourceResponse(urn=urn, id=done.id, object=_known(done.outputs))

    def _aliases(self, request: Value) -> list[str]:
        """Return former URNs: those named, and those that follow from the parent's former URNs."""
        run, parent = self.engine.run, self.engine.new.get(request.parent)
        found: list[str] = [alias.urn for alias in request.aliases if alias.urn]
        identities = [(request.name, request.type)]
        for spec in (alias.spec for alias in request.aliases if not alias.urn):
            name, kind = spec.name or request.name, spec.type or request.type
            identities.append((name, kind))
            above = "" if spec.noParent else spec.parentUrn or request.parent
            found.append(make_urn(spec.stack or run.stack, spec.project or run.project, above, kind, name))
        for former in parent.aliases if parent else []:
            former_name = former.rpartition("::")[2]
            for name, kind in identities:
                # The engine's rule: a child named after its parent was renamed with it.
                follows = parent is not None and name.startswith(parent.name)
                child = former_name + name[len(parent.name) :] if follows and parent else name
                found += [make_urn(run.stack, run.project, former, kind, each) for each in {child, name}]
        return list(dict.fromkeys(found))

    def _register_outputs(self, request: Value) -> empty_pb2.Empty:
        outputs = from_struct(request.outputs)
        resource = self.engine.new.get(request.urn)
        if resource and resource.type == STACK_TYPE:
            self.outputs = outputs
        elif resource and resource.outputs != outputs:
            resource.outputs = outputs
            if not self.engine.run.dry_run:
                self.engine.state.put(resource)
        return empty_pb2.Empty()

    def _read(self, request: Value) -> resource_pb2.ReadResourceResponse:
        run = self.engine.run
        urn = make_urn(run.stack, run.project, request.parent, request.type, request.name)
        inputs = from_struct(request.properties)
        goal = Resource(
            urn, request.type, request.name, inputs=inputs, id=request.id, parent=request.parent, mode="read"
        )
        goal.provider, goal.dependencies = request.provider, sorted(request.dependencies)
        if request.type == REFERENCE_TYPE:
            goal.outputs = self._reference(request.id)
        else:
            self.engine.read(goal)
        self.engine.new[urn] = goal
        self.engine.record(Step("read", goal))
        return resource_pb2.ReadResourceResponse(urn=urn, id=goal.id, properties=_known(goal.outputs))

    def _reference(self, name: str) -> dict[str, Any]:
        outputs = self._outputs_of(name)
        if outputs is None:
            return {"name": name, "outputs": UNKNOWN, "secretOutputNames": UNKNOWN}
        return {
            "name": name,
            "outputs": outputs,
            "secretOutputNames": sorted(key for key, value in outputs.items() if has_secret(value)),
        }

    def _invoke(self, request: Value) -> resource_pb2.ResourceInvokeResponse:
        arguments = from_struct(request.args)
        package = request.tok.split(":")[0]
        if has_unknown(arguments):
            raise UserError(f"invoke {request.tok}: an argument is not known yet; use the output form of the function")
        target = self.engine.targets.get(package)
        if target is None:
            raise UserError(f"invoke {request.tok}: the sandbox has no target for package {package!r}")
        user = Resource("", f"{package}:", "", provider=request.provider or self.engine.default_provider(package))
        done = target.invoke(request.tok, reveal(arguments), self.engine.settings(user))
        if done.note and done.note not in self.notes:
            self.notes.append(done.note)
        fields: dict[str, Any] = {"return": to_struct(done.result)}
        return resource_pb2.ResourceInvokeResponse(**fields)


class EngineLog:
    """The SDK's engine interface: it logs there."""

    def __init__(self, say: Callable[[str, str], None]) -> None:
        self._say = say
        self.errors: list[str] = []

    def __getattr__(self, name: str) -> Callable[[Any], Any]:
        if name == "Log":
            return self._log
        if name == "RequirePulumiVersion":
            return lambda _: engine_pb2.RequirePulumiVersionResponse()
        raise AttributeError(name)

    def _log(self, request: Value) -> empty_pb2.Empty:
        severity = engine_pb2.LogSeverity.Name(request.severity).lower()
        if severity == "error":
            self.errors.append(request.message)
        elif severity != "debug":
            self._say(severity, request.message)
        return empty_pb2.Empty()


def _known(outputs: dict[str, Any]) -> Value:
    """Return a response's properties: wholly unknown ones are left out, which the SDK reads as unknown in a preview."""
    return to_struct(
        {key: value for key, value in outputs.items() if value is not UNKNOWN and value != Secret(UNKNOWN)}
    )


def _timeouts(urn: str, given: Value) -> dict[str, float]:
    """Return the seconds of each operation that a resource limits.

    Raises:
        UserError: for what Go's `time.ParseDuration` would not take, as the engine does.
    """
    timeouts = {name: getattr(given, name) for name in ("create", "update", "delete")}
    found = {name: (_DURATION.fullmatch(text), text) for name, text in timeouts.items() if text}
    for name, (match, text) in found.items():
        if not match:
            raise UserError(
                f"{urn}: customTimeouts.{name}: expected a duration such as 90s, 5m or 1h30m, found '{text}'"
            )
    return {name: sum(float(n) * _UNITS[unit] for n, unit in _PART.findall(text)) for name, (_, text) in found.items()}


def _refuse(what: str) -> None:
    raise UserError(f"{what}: the sandbox does not support it; docs/sandbox.md says what it does")


def _refuse_options(urn: str, request: Value) -> None:
    given: Iterable[str] = [name for name in _REFUSED_OPTIONS if getattr(request, name)]
    if request.remote:
        given = [*given, "remote component"]
    if request.HasField("hooks") and request.hooks.ByteSize():
        given = [*given, "hooks"]
    if request.HasField("replacement_trigger"):
        given = [*given, "replacement_trigger"]
    for name in given:
        _refuse(f"{urn}: option {name}")
