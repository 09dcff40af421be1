"""Keep the state of every stack of a release, and preview the present program on it."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from sandbox import api
from sandbox.model import Resource, Step
from sandbox.state import State, known_stacks, stack_path
from sandbox.summary import Summary
from sandbox.values import from_wire, reveal, to_wire
from tests.program.copies import linked

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
HOLDS_DATA: Mapping[str, str] = yaml.safe_load((HERE / "holds_data.yaml").read_text(encoding="utf-8"))


def releases() -> list[str]:
    """Return the names of the releases whose states are kept."""
    return sorted(path.name for path in HERE.iterdir() if any(path.glob("*.json.gz")))


def stacks(release: str) -> list[str]:
    """Return the stacks of a release, without the bases: these come along."""
    names = {path.name.removesuffix(".json.gz") for path in (HERE / release).glob("*.json.gz")}
    return sorted(name for name in names if not name.endswith("-base"))


def read(release: str, stack: str) -> tuple[list[Resource], dict[str, Any]]:
    """Return the resources of a kept state, in the order of registration, and the stack's outputs."""
    kept = json.loads(gzip.decompress((HERE / release / f"{stack}.json.gz").read_bytes()))
    return [Resource.from_json(json.dumps(each)) for each in kept["resources"]], from_wire(kept["outputs"])


def keep(folder: Path, release: str) -> list[str]:
    """Write the states of a sandbox's folder as those of a release; return the stacks.

    The bytes depend on the states alone, so that keeping them again changes no file.
    """
    (HERE / release).mkdir(exist_ok=True)
    for stack in known_stacks(folder):
        state = State(stack_path(folder, stack))
        kept = {
            "resources": [_without_defaults(each) for each in state.resources().values()],
            "outputs": to_wire(state.meta("outputs")),
        }
        state.close()
        text = json.dumps(kept, sort_keys=True, separators=(",", ":"))
        (HERE / release / f"{stack}.json.gz").write_bytes(gzip.compress(text.encode(), mtime=0))
    return known_stacks(folder)


def _without_defaults(resource: Resource) -> dict[str, Any]:
    defaults = json.loads(Resource("", "", "").to_json())
    return {key: value for key, value in json.loads(resource.to_json()).items() if value != defaults[key]}


def restore(release: str, stack: str, folder: Path) -> None:
    """Write the kept states of a stack and its base where the sandbox looks for them.

    Their AWS resources count as recorded: there is no cloud that holds them, and a preview asks none.
    """
    for each in (f"{stack}-base", stack):
        if not (HERE / release / f"{each}.json.gz").exists():
            continue
        resources, outputs = read(release, each)
        state = State(stack_path(folder, each))
        for resource in resources:
            resource.mode = "recorded" if resource.mode == "applied" else resource.mode
            state.put(resource)
        state.set_meta("outputs", outputs)
        state.close()


def preview(release: str, stack: str, folder: Path, project: Path | None = None) -> tuple[Summary, list[Step]]:
    """Preview the present program on a kept state.

    Args:
        release: the release whose state it is.
        stack: the stack; its base comes along.
        folder: where to write the state.
        project: a changed copy; without it the project, which no policy judges here.

    Returns:
        The summary, and every step of the stack and of its base.
    """
    restore(release, stack, folder)
    steps: list[Step] = []
    program = project or linked(folder.with_name(f"{folder.name}-project"))
    summary = api.run("preview", stack, project=program, state=folder, emit=lambda _phase, step: steps.append(step))
    return summary, steps


def holds_data(kind: str) -> str:
    """Return what is lost with a resource of a type; empty where it can be made again."""
    for pattern, lost in HOLDS_DATA.items():
        if kind == pattern or (pattern.endswith("*") and kind.startswith(pattern[:-1])):
            return lost
    return ""


def losses(steps: list[Step]) -> Iterator[str]:
    """Yield a line for each step that replaces or deletes what holds data."""
    for step in steps:
        lost = holds_data(step.resource.type)
        if lost and step.op in {"replace", "delete"}:
            yield f"{step.op} {step.resource.urn} ({step.reason or 'no longer registered'}): lost is {lost}"


def renamed(steps: list[Step]) -> Iterator[str]:
    """Yield a line for each resource that is deleted while another of its type and physical name is made: a rename.

    The engine makes the new one first, which fails or takes over the old one's name, and then deletes it: an alias is
    what keeps the resource.
    """
    made = {(s.resource.type, name): s.resource.urn for s in steps if s.op == "create" for name in _names(s.resource)}
    for step in steps:
        for name in _names(step.resource) if step.op == "delete" else ():
            if (urn := made.get((step.resource.type, name))) is not None:
                yield f"{step.resource.urn} becomes {urn} and keeps its name {name}: give the new one an alias"


def _names(resource: Resource) -> list[str]:
    """Return what the cloud or the cluster knows a resource by."""
    inputs = reveal(resource.inputs)
    metadata = inputs.get("metadata")
    if isinstance(metadata, Mapping):
        return [f"{metadata.get('namespace', '')}/{metadata.get('name', '')}"]
    given = [inputs.get(key) for key in ("name", "bucket", "domainName", "clusterName", "functionName")]
    return [each for each in given if isinstance(each, str)]
