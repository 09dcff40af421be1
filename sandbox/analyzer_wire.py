"""Convert resources to the messages of the analyzer protocol."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from google.protobuf import json_format, struct_pb2
from pulumi.runtime.proto import analyzer_pb2 as wire

from sandbox.values import SECRET_SIGNATURE, SIGNATURE, UNKNOWN_WIRE, to_wire

# Markers of the wire form beyond those in sandbox.values: pulumi/sdk/go/common/resource/properties.go.
_OUTPUT = "d0e6a833031e9bbcd3f4e8bde6ca49a4"
_REFERENCE = "5cf8f73096256a8f31e491e813e4eb8e"


@dataclass(frozen=True)
class AnalyzerResource:
    """One resource as the engine shows it to a pack; `properties` in Pulumi's wire form.

    Unknowns and secrets may also be the markers of `sandbox.values`. `provider` is the provider reference,
    `<urn>::<id>`. For `analyze_stack`, `properties` are the outputs.
    """

    urn: str
    type: str
    name: str
    properties: Mapping[str, Any] | struct_pb2.Struct
    parent: str = ""
    dependencies: tuple[str, ...] = ()
    property_dependencies: Mapping[str, Sequence[str]] = field(default_factory=dict)
    provider: str = ""
    provider_properties: Mapping[str, Any] | struct_pb2.Struct = field(default_factory=dict)
    protect: bool = False
    ignore_changes: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    additional_secret_outputs: tuple[str, ...] = ()
    custom_timeouts: Mapping[str, float] = field(default_factory=dict)


def plain(properties: Mapping[str, Any] | struct_pb2.Struct) -> dict[str, Any]:
    """Return the properties as the engine marshals them for packs: wire form, without nulls."""
    if isinstance(properties, struct_pb2.Struct):
        properties = json_format.MessageToDict(properties)
    data = to_wire(dict(properties))
    return {key: _as_engine(value) for key, value in data.items() if value is not None}


def _as_engine(value: object) -> object:
    """Turn output values and resource references into the plainer forms that packs receive.

    The engine marshals with `KeepUnknowns` and `KeepSecrets` alone (pulumi `analyzer_plugin.go`); the SDK's reader
    fails on any other marker.
    """
    if isinstance(value, list):
        return [_as_engine(item) for item in value]
    if not isinstance(value, dict):
        return value
    if value.get(SIGNATURE) == _REFERENCE:
        return value.get("id", value.get("urn", "")) or UNKNOWN_WIRE
    if value.get(SIGNATURE) == _OUTPUT:
        inner = _as_engine(value.get("value", UNKNOWN_WIRE))
        return {SIGNATURE: SECRET_SIGNATURE, "value": inner} if value.get("secret") else inner
    return {key: _as_engine(item) for key, item in value.items()}


def as_struct(properties: Mapping[str, Any], *, internal: bool) -> struct_pb2.Struct:
    """Return the properties as a Struct; as in the engine, only remediations get internal keys (`__defaults`)."""
    struct = struct_pb2.Struct()
    struct.update({key: value for key, value in properties.items() if internal or not key.startswith("__")})
    return struct


def _options(resource: AnalyzerResource) -> wire.AnalyzerResourceOptions:
    return wire.AnalyzerResourceOptions(
        protect=resource.protect,
        ignoreChanges=resource.ignore_changes,
        aliases=resource.aliases,
        additionalSecretOutputs=resource.additional_secret_outputs,
        customTimeouts=wire.AnalyzerResourceOptions.CustomTimeouts(**resource.custom_timeouts),
        parent=resource.parent,
    )


def _provider(resource: AnalyzerResource) -> wire.AnalyzerProviderResource | None:
    urn = resource.provider.rpartition("::")[0]
    if not urn:
        return None
    *_, kind, name = urn.split("::", 3)
    properties = as_struct(plain(resource.provider_properties), internal=False)
    return wire.AnalyzerProviderResource(type=kind.split("$")[-1], properties=properties, urn=urn, name=name)


def analyze_request(resource: AnalyzerResource, properties: struct_pb2.Struct) -> wire.AnalyzeRequest:
    """Return the request of `Remediate` and `Analyze`, with these properties in place of the resource's own."""
    return wire.AnalyzeRequest(
        type=resource.type,
        properties=properties,
        urn=resource.urn,
        name=resource.name,
        options=_options(resource),
        provider=_provider(resource),
    )


def stack_resource(resource: AnalyzerResource) -> wire.AnalyzerResource:
    """Return one resource of the request of `AnalyzeStack`."""
    found = {key: wire.AnalyzerPropertyDependencies(urns=urns) for key, urns in resource.property_dependencies.items()}
    return wire.AnalyzerResource(
        type=resource.type,
        properties=as_struct(plain(resource.properties), internal=False),
        urn=resource.urn,
        name=resource.name,
        options=_options(resource),
        provider=_provider(resource),
        parent=resource.parent,
        dependencies=resource.dependencies,
        propertyDependencies={key: value for key, value in found.items() if value.urns},
    )
