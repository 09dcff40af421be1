"""Runs of the real program through the sandbox, in folders of their own; each stack's preview is made once."""

from __future__ import annotations

import fcntl
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from sandbox import api
from sandbox.model import PROVIDER_PREFIX, REFERENCE_TYPE, STACK_TYPE, Resource
from sandbox.state import State, known_stacks, stack_path
from sandbox.summary import Summary
from sandbox.values import Secret, from_wire, to_wire

ROOT = Path(__file__).resolve().parents[2]
ENVIRONMENTS = ("local", "dev", "staging", "prod", "dr")
STACKS = tuple(sorted(path.name.removeprefix("Pulumi.").removesuffix(".yaml") for path in ROOT.glob("Pulumi.*.yaml")))


@dataclass(frozen=True)
class Ran:
    """What came of a run: the resources of the stack, those of its base first, and the stack's outputs."""

    resources: list[Resource]
    outputs: dict[str, Any]

    def of(self, kind: str) -> list[Resource]:
        """Return those of one type, by the last part of its token: `Topic` of `aws:sns/topic:Topic`; no components."""
        return [each for each in self.resources if each.custom and each.type.rpartition(":")[2] == kind]

    def one(self, kind: str, name: str | None = None) -> Resource:
        """Return the one of that type, and of that name where there are several."""
        found = [each for each in self.of(kind) if name in {None, each.name}]
        assert len(found) == 1, f"expected one {kind} {name or ''}, found {[each.name for each in found]}"
        return found[0]

    @property
    def real(self) -> list[Resource]:
        """Those that exist in a cloud or a cluster: no components, providers or references."""
        return [each for each in self.resources if each.custom and not each.is_provider and each.type != REFERENCE_TYPE]

    @property
    def aws(self) -> list[Resource]:
        """Those that exist in AWS."""
        return [each for each in self.real if each.package == "aws"]

    @property
    def kubernetes(self) -> list[Resource]:
        """Those that exist in the cluster."""
        return [each for each in self.real if each.package == "kubernetes"]


Runs = Callable[[str], Ran]


@pytest.fixture(scope="session")
def preview(tmp_path_factory: pytest.TempPathFactory) -> Runs:
    """Preview a stack."""
    return _once(tmp_path_factory, "preview", _preview)


@pytest.fixture(scope="session")
def up(tmp_path_factory: pytest.TempPathFactory) -> Runs:
    """Deploy a stack to a cloud of its own, and take it down again."""
    return _once(tmp_path_factory, "up", _up_and_down)


def _preview(stack: str, state: Path) -> Summary:
    return api.run("preview", stack, project=ROOT, state=state)


def _up_and_down(stack: str, state: Path) -> Summary:
    try:
        return api.run("up", stack, project=ROOT, state=state)
    finally:
        release(state)
        assert api.run("destroy", stack, project=ROOT, state=state).left == []


def release(folder: Path) -> None:
    """Remove the protection in the states; test_protection.py tests the documented way."""
    for stack in known_stacks(folder):
        state = State(stack_path(folder, stack))
        for resource in state.resources().values():
            resource.protect = False
            state.put(resource)
        state.close()


def _once(factory: pytest.TempPathFactory, verb: str, run: Callable[[str, Path], Summary]) -> Runs:
    """Run each stack once; the workers of one test run share what the first of them found."""
    own = factory.getbasetemp()
    shared = own.parent if own.name.startswith("popen-") else own
    known: dict[str, Ran] = {}

    def ran(stack: str) -> Ran:
        if stack not in known:
            file = shared / f"{verb}-{stack}.json"
            with file.with_suffix(".lock").open("w") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                if not file.exists():
                    summary = run(stack, own / f"{verb}-{stack}")
                    assert not summary.blocking
                    file.write_text(_to_json(summary), encoding="utf-8")
            known[stack] = _from_json(file.read_text(encoding="utf-8"))
        return known[stack]

    return ran


def _to_json(summary: Summary) -> str:
    resources = [each.to_json() for each in summary.resources]
    return json.dumps({"resources": resources, "outputs": to_wire(summary.outputs)})


def _from_json(text: str) -> Ran:
    kept = json.loads(text)
    return Ran([Resource.from_json(each) for each in kept["resources"]], from_wire(kept["outputs"]))


def leaves(value: Any, path: str = "", *, secret: bool = False) -> Iterator[tuple[str, Any, bool]]:
    """Yield every plain value within, with its path and whether it is secret."""
    if isinstance(value, Secret):
        yield from leaves(value.value, path, secret=True)
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from leaves(item, f"{path}.{key}", secret=secret)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from leaves(item, f"{path}[{index}]", secret=secret)
    else:
        yield path, value, secret


def is_component(urn: str) -> bool:
    """Return whether a URN is that of a component of the project."""
    return urn.split("::")[2].rpartition("$")[2].startswith("observability:index:")


def stands_alone(resource: Resource) -> bool:
    """Return whether a resource has the stack itself for a parent by design: the roots of all others."""
    alone = {STACK_TYPE, REFERENCE_TYPE, "kubernetes:core/v1:Namespace"}
    return resource.type in alone or resource.type.startswith(PROVIDER_PREFIX) or not resource.custom
