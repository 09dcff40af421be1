"""The Kubernetes target: one object a resource, named, validated and stored as the provider would."""

from __future__ import annotations

import hashlib
import time
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from compiler.errors import UserError
from sandbox.conditions import ALWAYS
from sandbox.kubernetes import changes, schema
from sandbox.kubernetes.store import Cluster, Key
from sandbox.model import Resource
from sandbox.targets import Invoked, Settings
from sandbox.values import Change, Secret, has_unknown, reveal

_SPACE = uuid.UUID("c3d0ab5e-2bb2-4a0c-93a4-1f1d6d1f3c22")
_RELEASE: Final = "kubernetes:helm.sh/v3:Release"


class KubernetesTarget:
    """Implements `sandbox.targets.Target` for package `kubernetes`."""

    def __init__(self, cluster: Cluster, crds: Path | None) -> None:
        self.cluster = cluster
        self._crds = crds

    def check(self, goal: Resource, old: Resource | None, settings: Settings) -> None:
        """Set the mode, the generated name and the provider's namespace; hide what a Secret holds."""
        inputs = goal.inputs
        space = settings.get("namespace") or "default"
        generated = f"{goal.name}-{hashlib.sha256(f'{goal.urn}#{goal.generation}'.encode()).hexdigest()[:8]}"
        if goal.type == _RELEASE:
            goal.mode = "opaque"
            inputs.setdefault("name", old.inputs["name"] if old else generated)
            inputs.setdefault("namespace", space)
            return
        if not inputs.get("apiVersion") or not inputs.get("kind") or inputs["kind"].endswith(("List", "Patch")):
            known = "typed objects, CustomResource and helm.v3.Release"
            raise UserError(f"{goal.urn}: {goal.type} is not one Kubernetes object; the sandbox takes {known}")
        metadata = dict(reveal(inputs.get("metadata") or {}))
        if metadata.get("name") is None:
            metadata["name"] = old.inputs["metadata"]["name"] if old else generated
        if not changes.cluster_wide(inputs["kind"]):
            metadata.setdefault("namespace", space)
        inputs["metadata"] = metadata
        if inputs["kind"] == "Secret":
            for key in {"data", "stringData"} & set(inputs):
                held = reveal(inputs[key])
                inputs[key] = {name: Secret(text) for name, text in held.items()} if isinstance(held, dict) else held
        goal.mode = old.mode if old and old.mode else "unchecked"

    def validate(self, goal: Resource, settings: Settings) -> None:
        """Check the object by its schema, where there is one."""
        del settings
        if goal.type != _RELEASE:
            goal.mode = "checked" if schema.check(reveal(goal.inputs), self._crds, goal.urn) else "unchecked"

    def replaces(self, resource: Resource, settings: Settings) -> Mapping[str, str]:
        """Return the fields that the provider, as configured, does not change in place, such as the name."""
        paths = changes.replaced(resource.type, reveal(resource.inputs), settings)
        return dict.fromkeys(("name", "namespace") if resource.type == _RELEASE else paths, ALWAYS)

    def refuses(self, goal: Resource, found: Sequence[Change]) -> str:
        """Return the first changed field that an API server would refuse, and what to do."""
        kind = (str(goal.inputs.get("apiVersion")), str(goal.inputs.get("kind")))
        return changes.refused(found, changes.rules(goal.type, schema.of_custom(self._crds, *kind)))

    def identity(self, resource: Resource, settings: Settings) -> str:
        """Return the object's key."""
        del settings
        key = _key(resource)
        return "" if has_unknown([key.name, key.namespace]) else str(key)

    def create(self, goal: Resource, settings: Settings) -> None:
        """Store the object and fill in what a server adds."""
        self.validate(goal, settings)
        key = _key(goal)
        manifest = dict(reveal(goal.inputs))
        if goal.type != _RELEASE:
            uid = str(uuid.uuid5(_SPACE, f"{goal.urn}#{goal.generation}"))
            since = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
            added = {"uid": uid, "creationTimestamp": since, "resourceVersion": "1", "generation": 1}
            held = self.cluster.apply(key, manifest, goal.urn)["metadata"]
            added |= {name: held[name] for name in added if name in held}
            manifest = {"status": {}, **manifest, "metadata": {**added, **manifest["metadata"]}}
        else:
            self.cluster.apply(key, {"apiVersion": key.api, "kind": key.kind, **manifest}, goal.urn)
            manifest = {"status": {"status": "deployed", "name": key.name, "namespace": key.namespace}, **manifest}
        goal.id = f"{key.namespace}/{key.name}" if key.namespace else key.name
        goal.outputs = manifest

    def update(self, old: Resource, goal: Resource, settings: Settings) -> None:
        """Store the object again, also renamed or under another version of its API; what the server added stays."""
        self.cluster.move(_key(old), _key(goal), goal.urn)
        self.create(goal, settings)
        kept = {k: v for k, v in reveal(old.outputs.get("metadata") or {}).items() if k in {"uid", "creationTimestamp"}}
        if goal.type != _RELEASE:
            goal.outputs["metadata"] |= kept

    def read(self, resource: Resource, settings: Settings) -> dict[str, Any] | None:
        """Return the object as the cluster holds it."""
        del settings
        found = self.cluster.get(_key(resource))
        return (
            None
            if found is None
            else {key: found.get(key) for key in {*resource.inputs, "spec", "data"} if key in found}
        )

    def adopt(self, goal: Resource, settings: Settings) -> None:
        """Fill in the outputs of an existing object and take ownership of it."""
        self.create(goal, settings)

    def delete(self, resource: Resource, settings: Settings) -> None:
        """Delete the object."""
        del settings
        self.cluster.delete(_key(resource))

    def find(self, goal: Resource, taken: set[str], settings: Settings) -> str:
        """Return the object's id, if an announced creation left it."""
        del taken
        key = _key(goal)
        there = self.read(goal, settings) is not None
        return (f"{key.namespace}/{key.name}" if key.namespace else key.name) if there else ""

    def invoke(self, token: str, arguments: Mapping[str, Any], settings: Settings) -> Invoked:
        """Refuse every function: all of them render or read things that no rule would see."""
        del arguments, settings
        raise UserError(f"invoke {token}: not supported in the sandbox; declare typed resources instead")


def _key(resource: Resource) -> Key:
    inputs = reveal(resource.inputs)
    cluster = resource.urn.split(":")[2].removesuffix("-base")
    if resource.type == _RELEASE:
        return Key(cluster, "helm.sh/v3", "Release", inputs.get("namespace", "default"), inputs["name"])
    metadata = inputs["metadata"]
    return Key(cluster, inputs["apiVersion"], inputs["kind"], metadata.get("namespace", ""), metadata["name"])
