"""States of former releases, as the sandbox kept them, for the real engine to bring up to the present program."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sandbox.model import REFERENCE_TYPE, STACK_TYPE, Resource, Step
from sandbox.values import ASSET_SIGNATURE, SECRET_SIGNATURE, SIGNATURE, Secret, transform
from tests.engine import compare
from tests.engine.cli import Operation, Pulumi
from tests.engine.provider import put
from tests.states import kept


def restore(pulumi: Pulumi, release: str, stack: str) -> None:
    """Give a new stack the kept state, and the cloud what the state says that it holds."""
    resources, outputs = kept.read(release, stack)
    document = json.loads(pulumi.run("stack", "export", "--stack", stack).output)
    root, *others = (_state(each, outputs) for each in resources)
    document["deployment"]["resources"] = [root, *_references(resources, stack), *others]
    pulumi.run("stack", "import", "--stack", stack, given=json.dumps(document), kept=False)
    for each in resources:
        if each.custom and not each.is_provider:
            put(pulumi.cloud, each.id, each.urn, each.outputs)


def steps(done: Operation) -> Iterator[Step]:
    """Yield what an operation changed, as the sandbox's steps."""
    for urn, op in done.changed().items():
        resource = Resource(urn, compare.type_of(urn), urn.rpartition("::")[2])
        yield Step("replace" if "replace" in op else op, resource)


def _references(resources: Sequence[Resource], stack: str) -> Iterator[dict[str, Any]]:
    """Yield the states of references to other stacks: the engine keeps them, the sandbox reads them anew each time."""
    had = {each.urn for each in resources}
    for urn in sorted({urn for each in resources for urn in each.dependencies} - had):
        assert compare.type_of(urn) == REFERENCE_TYPE, f"{stack}: {urn} is depended on and is no resource"
        name = urn.rpartition("::")[2]
        options = {"custom": True, "external": True, "parent": resources[0].urn}
        yield {
            "urn": urn,
            "type": REFERENCE_TYPE,
            "id": name,
            "inputs": {"name": name},
            "outputs": {"name": name},
            **options,
        }


def _state(resource: Resource, outputs: Mapping[str, Any]) -> dict[str, Any]:
    """Return a resource in the engine's form of a state, without what the sandbox alone adds to inputs."""
    added = compare.added_by_sandbox(resource.type)
    given = {name: item for name, item in resource.inputs.items() if name not in added}
    held = outputs if resource.type == STACK_TYPE else resource.outputs
    state = {
        "urn": resource.urn,
        "type": resource.type,
        "id": resource.id,
        "inputs": _wire(given),
        "outputs": _wire(held),
        **{name: getattr(resource, attribute) for name, attribute in compare.OPTIONS.items()},
    }
    return {name: item for name, item in state.items() if item or name == "custom"}


def _wire(value: Any) -> Any:
    """Return data with markers as the text of a state that shows its secrets; assets are hashed anew by the engine."""
    if isinstance(value, dict):
        asset = value.get(SIGNATURE) == ASSET_SIGNATURE
        return {name: _wire(item) for name, item in value.items() if not (asset and name == "hash")}
    if isinstance(value, list):
        return [_wire(item) for item in value]
    if isinstance(value, Secret):
        return {SIGNATURE: SECRET_SIGNATURE, "plaintext": json.dumps(transform(value.value, lambda item: item))}
    return value
