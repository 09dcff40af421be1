"""The engine's model of a resource, and the steps on it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from sandbox.values import Change, from_wire, to_wire

STACK_TYPE = "pulumi:pulumi:Stack"
REFERENCE_TYPE = "pulumi:pulumi:StackReference"
PROVIDER_PREFIX = "pulumi:providers:"


@dataclass
class Resource:
    """A resource as registered (inputs, options) and as it came out (id, outputs).

    Attributes:
        id: the physical id; empty for components and for what a preview would create.
        custom_timeouts: how long `create`, `update` and `delete` may take, in seconds, where it is said. It is kept and
            shown to the policy pack; nothing here takes so long that it would be given up.
        drift: "" in step with the target; "changed" or "gone" when a refresh, or a lost answer, says otherwise.
        generation: counts replacements, so that a generated physical name never collides with its predecessor's.
    """

    urn: str
    type: str
    name: str
    custom: bool = True
    id: str = ""
    inputs: dict[str, Any] = field(default_factory=dict)
    outputs: dict[str, Any] = field(default_factory=dict)
    parent: str = ""
    dependencies: list[str] = field(default_factory=list)
    property_dependencies: dict[str, list[str]] = field(default_factory=dict)
    provider: str = ""
    protect: bool = False
    ignore_changes: list[str] = field(default_factory=list)
    replace_on_changes: list[str] = field(default_factory=list)
    delete_before_replace: bool | None = None
    retain_on_delete: bool = False
    deleted_with: str = ""
    additional_secret_outputs: list[str] = field(default_factory=list)
    aliases: list[str] = field(default_factory=list)
    import_id: str = ""
    custom_timeouts: dict[str, float] = field(default_factory=dict)
    mode: str = ""
    drift: str = ""
    generation: int = 0

    @property
    def package(self) -> str:
        """The provider package: `aws` of `aws:s3/bucket:Bucket`, also of `pulumi:providers:aws`."""
        kind = self.type.removeprefix(PROVIDER_PREFIX)
        return kind.split(":")[0]

    @property
    def is_provider(self) -> bool:
        """Whether this is a provider, which configures others and exists in no cloud."""
        return self.type.startswith(PROVIDER_PREFIX)

    def to_json(self) -> str:
        """Return the resource for the state, secrets and unknowns in wire form."""
        return json.dumps(to_wire(vars(self)), sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> Resource:
        """Read a resource from the state; fields that this version does not know are ignored."""
        data = from_wire(json.loads(text))
        known = {item.name for item in fields(cls)}
        return cls(**{key: value for key, value in data.items() if key in known})

    def needs(self) -> set[str]:
        """Return the URNs that must exist before this one and be deleted after it."""
        provider = self.provider.rpartition("::")[0]
        return {urn for urn in [self.parent, provider, *self.dependencies] if urn}


@dataclass(frozen=True)
class Step:
    """One step, done or previewed: op is create, update, replace, delete, same, read or import.

    `before` are the inputs that `changes` start from.
    """

    op: str
    resource: Resource
    changes: tuple[Change, ...] = ()
    reason: str = ""
    before: Mapping[str, Any] = field(default_factory=dict)


def make_urn(stack: str, project: str, parent: str, kind: str, name: str) -> str:
    """Build a URN with the full chain of parent types; the stack itself is not part of the chain."""
    chain = parent.split("::")[2] if parent else STACK_TYPE
    qualified = kind if chain == STACK_TYPE else f"{chain}${kind}"
    return f"urn:pulumi:{stack}::{project}::{qualified}::{name}"


def deletion_order(resources: Mapping[str, Resource]) -> list[Resource]:
    """Order resources so that each comes before what it needs; the latest first among equals."""
    done: dict[str, Resource] = {}

    def visit(urn: str) -> None:
        if urn in done or urn not in resources:
            return
        for needed in sorted(resources[urn].needs()):
            if needed != urn:
                visit(needed)
        done[urn] = resources[urn]

    for urn in resources:
        visit(urn)
    return list(done.values())[::-1]
