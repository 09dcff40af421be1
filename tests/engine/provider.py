"""Stand-ins for the providers of AWS and Kubernetes: they return the inputs and computed outputs.

They stand for pulumi-aws (pulumi/pulumi-terraform-bridge, pkg/tfbridge/provider.go) and pulumi-kubernetes
(provider/pkg/provider/provider.go). What those do otherwise:

- `Check`: AWS's adds the Terraform schema's defaults, a generated name, `__defaults` and the provider's default tags to
  the inputs, and refuses what the schema does not know. Kubernetes's adds a generated name, a namespace and the label
  `app.kubernetes.io/managed-by`. Here inputs stay as the program gave them.
- `Diff`: the real ones ask the schema and, for Kubernetes, a dry run of server-side apply. Here the sandbox's table of
  replacements decides, so that engine and sandbox cannot differ in it: it is held against the real provider elsewhere.
- `Create`, `Update`, `Read`, `Delete`: a file per object stands for the cloud, which has no rules. Kubernetes's waits
  until an object is ready; nothing is waited for here.
- Functions: the sandbox's answers, whose secrets are recognisable dummies.
- Secrets: both mark further outputs as secret by their schemas. Here a secret input is a secret output, and what the
  options name is.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from importlib import metadata
from pathlib import Path
from typing import Any

import grpc
from google.protobuf import empty_pb2, json_format, struct_pb2
from pulumi.runtime.proto import plugin_pb2, provider_pb2
from pulumi.runtime.proto.provider_pb2_grpc import ResourceProviderServicer, add_ResourceProviderServicer_to_server

from compiler.errors import UserError
from sandbox.aws.aws_target import AwsTarget
from sandbox.aws.cloud import Cloud
from sandbox.kubernetes.kubernetes_target import KubernetesTarget
from sandbox.kubernetes.store import FileCluster
from sandbox.model import Resource
from sandbox.targets import Target
from sandbox.values import Change, changes, covers, from_struct, has_unknown, reveal, to_struct
from tests.engine.compare import type_of
from tests.engine.computed import Computed
from tests.engine.plugin import run

_SOME, _NONE = provider_pb2.DiffResponse.DIFF_SOME, provider_pb2.DiffResponse.DIFF_NONE


class Provider(ResourceProviderServicer):
    """One provider, as a resource of the stack configures it.

    Args:
        target: the sandbox's table of replacements, and its functions.
        cloud: the folder that stands for the cloud.
        version: what the plugin calls itself.
    """

    def __init__(self, target: Target, cloud: Path, version: str) -> None:
        self._version = version
        self._target = target
        self._cloud = cloud
        self._settings: Mapping[str, Any] = {}

    def GetPluginInfo(self, _request: Any, _context: Any) -> plugin_pb2.PluginInfo:  # noqa: N802
        """Return the version of the installed SDK, whose classes say what is computed."""
        return plugin_pb2.PluginInfo(version=self._version)

    def CheckConfig(self, request: provider_pb2.CheckRequest, _context: Any) -> provider_pb2.CheckResponse:  # noqa: N802
        """Accept the configuration."""
        return provider_pb2.CheckResponse(inputs=request.news)

    def DiffConfig(self, request: provider_pb2.DiffRequest, _context: Any) -> provider_pb2.DiffResponse:  # noqa: N802
        """Name what changed; nothing replaces a provider."""
        return _answer(list(changes(from_struct(request.olds), from_struct(request.news))))

    def Configure(  # noqa: N802
        self, request: provider_pb2.ConfigureRequest, _context: Any
    ) -> provider_pb2.ConfigureResponse:
        """Keep the configuration."""
        self._settings = reveal(from_struct(request.args))
        return provider_pb2.ConfigureResponse(acceptSecrets=True, supportsPreview=True)

    def Cancel(self, _request: Any, _context: Any) -> empty_pb2.Empty:  # noqa: N802
        """End nothing: every call is short."""
        return empty_pb2.Empty()

    def Invoke(  # noqa: N802
        self, request: provider_pb2.InvokeRequest, context: grpc.ServicerContext
    ) -> provider_pb2.InvokeResponse:
        """Answer a function as the sandbox does."""
        try:
            done = self._target.invoke(request.tok, reveal(from_struct(request.args)), self._settings)
        except UserError as error:
            context.abort(grpc.StatusCode.UNIMPLEMENTED, str(error))
        fields: dict[str, Any] = {"return": to_struct(done.result)}
        return provider_pb2.InvokeResponse(**fields)

    def Check(self, request: provider_pb2.CheckRequest, _context: Any) -> provider_pb2.CheckResponse:  # noqa: N802
        """Accept the inputs as they are."""
        return provider_pb2.CheckResponse(inputs=request.news)

    def Diff(self, request: provider_pb2.DiffRequest, _context: Any) -> provider_pb2.DiffResponse:  # noqa: N802
        """Name what changed, and what of it replaces the resource."""
        old, new = from_struct(request.old_inputs), from_struct(request.news)
        found = list(changes(old, new))
        forced = self._target.replaces(_resource(request.urn, new), self._settings)
        replaces = [each for each in found if any(_touch(path, each.path) for path in forced)]
        same_name = bool(replaces) and self._identity(request.urn, old) == self._identity(request.urn, new) != ""
        return _answer(found, replaces, delete_first=same_name)

    def Create(self, request: provider_pb2.CreateRequest, _context: Any) -> provider_pb2.CreateResponse:  # noqa: N802
        """Make the object, or say what it would be."""
        inputs = from_struct(request.properties)
        computed = Computed(unknown=request.preview)
        outputs = {**inputs, **computed.missing(type_of(request.urn), inputs)}
        identity = "" if request.preview else computed.text("id")
        if not request.preview:
            put(self._cloud, identity, request.urn, outputs)
        return provider_pb2.CreateResponse(id=identity, properties=to_struct(outputs))

    def Update(self, request: provider_pb2.UpdateRequest, _context: Any) -> provider_pb2.UpdateResponse:  # noqa: N802
        """Change the object; what was computed stays."""
        given, before = from_struct(request.news), from_struct(request.olds)
        kept = {name: item for name, item in before.items() if name not in from_struct(request.old_inputs)}
        outputs = {**kept, **given}
        if not request.preview:
            put(self._cloud, request.id, request.urn, outputs)
        return provider_pb2.UpdateResponse(properties=to_struct(outputs))

    def Read(self, request: provider_pb2.ReadRequest, _context: Any) -> provider_pb2.ReadResponse:  # noqa: N802
        """Read the object; without an id when it is gone."""
        file = _file(self._cloud, request.urn, request.id)
        if not file.exists():
            return provider_pb2.ReadResponse()
        held = struct_pb2.Struct()
        held.update(json.loads(file.read_text("utf-8"))["outputs"])
        return provider_pb2.ReadResponse(id=request.id, properties=held, inputs=request.inputs)

    def Delete(self, request: provider_pb2.DeleteRequest, context: grpc.ServicerContext) -> empty_pb2.Empty:  # noqa: N802
        """Delete the object; what is gone already is a mistake of the engine's."""
        file = _file(self._cloud, request.urn, request.id)
        if not file.exists():
            context.abort(grpc.StatusCode.NOT_FOUND, f"{request.urn}: the cloud has no {request.id}")
        file.unlink()
        return empty_pb2.Empty()

    def _identity(self, urn: str, inputs: Mapping[str, Any]) -> str:
        identity = self._target.identity(_resource(urn, inputs), self._settings)
        return "" if has_unknown(identity) else identity


def _answer(
    found: list[Change], replaces: list[Change] | None = None, *, delete_first: bool = False
) -> provider_pb2.DiffResponse:
    return provider_pb2.DiffResponse(
        changes=_SOME if found else _NONE,
        diffs=list(_tops(found)),
        replaces=list(_tops(replaces or [])),
        deleteBeforeReplace=delete_first,
    )


def _tops(found: list[Change]) -> Iterator[str]:
    """Yield the top-level properties that the changes are in, each once."""
    yield from dict.fromkeys(each.path.partition(".")[0].partition("[")[0] for each in found)


def _touch(forced: str, path: str) -> bool:
    return covers(forced, path) or covers(path, forced)


def _resource(urn: str, inputs: Mapping[str, Any]) -> Resource:
    return Resource(urn, type_of(urn), urn.rpartition("::")[2], inputs=dict(inputs))


def put(cloud: Path, identity: str, urn: str, outputs: Mapping[str, Any]) -> None:
    """Write an object into the cloud."""
    held = json_format.MessageToDict(to_struct(outputs))
    _file(cloud, urn, identity).write_text(json.dumps({"urn": urn, "outputs": held}), "utf-8")


def _file(cloud: Path, urn: str, identity: str) -> Path:
    return cloud / hashlib.sha256(f"{type_of(urn)} {identity}".encode()).hexdigest()


def held(cloud: Path) -> list[str]:
    """Return the URNs of everything that the cloud holds."""
    return sorted(json.loads(file.read_text("utf-8"))["urn"] for file in cloud.iterdir())


def main(arguments: list[str]) -> None:
    """Serve the package named first on the cloud in the folder named second."""
    package, cloud = arguments
    target: Target = AwsTarget(Cloud(None))
    if package == "kubernetes":
        target = KubernetesTarget(FileCluster(None), None)
    provider = Provider(target, Path(cloud), metadata.version(f"pulumi-{package}"))
    run(lambda server: add_ResourceProviderServicer_to_server(provider, server))
