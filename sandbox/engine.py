"""The engine: compare what a program registers with the state, and apply or preview the difference."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from compiler.errors import UserError
from sandbox.conditions import ALWAYS, meets
from sandbox.deletion import Deleter
from sandbox.model import PROVIDER_PREFIX, Resource, Step, make_urn
from sandbox.state import State
from sandbox.targets import Judge, Settings, Target, Targets
from sandbox.values import Secret, changes, has_secret, has_unknown, reveal

_PROVIDER_SPACE = uuid.UUID("6f3c1f0e-5d6b-4d61-9a57-0c1f3a0b7a11")


@dataclass(frozen=True)
class Run:
    """The parameters of a run of the engine."""

    stack: str
    project: str
    folder: Path
    dry_run: bool
    defaults: dict[str, dict[str, Any]]
    """Configuration of default providers by package: `aws:region` of the stack's configuration."""


class Engine:
    """One preview or update of one stack."""

    def __init__(self, run: Run, state: State, targets: Targets, judge: Judge, emit: Callable[[Step], None]) -> None:
        self.run = run
        self.state = state
        self.targets = targets
        self.old = state.resources()
        self.new: dict[str, Resource] = {}
        self.steps: list[Step] = []
        self._judge = judge
        self._emit = emit
        self._matched: set[str] = set()
        self._deleter = Deleter(state, targets, self.record, dry_run=run.dry_run)

    def record(self, step: Step) -> None:
        """Note a step and report it."""
        self.steps.append(step)
        self._emit(step)

    def register(self, goal: Resource) -> Resource:
        """Create, update or replace one resource; the same object comes back with id and outputs set.

        Raises:
            UserError: the real engine or provider would refuse it.
        """
        if goal.urn in self.new:
            raise UserError(f"duplicate resource URN {goal.urn}: give one of the two another name or parent")
        old = self._old_of(goal)
        if old:
            self._matched.add(old.urn)
        if goal.custom and not goal.provider and not goal.is_provider:
            goal.provider = self.default_provider(goal.package)
        self._check_references(goal)
        if goal.custom and not goal.is_provider:
            self._custom(goal, old)
        else:
            self._own(goal, old)
        self.new[goal.urn] = goal
        return goal

    def settings(self, resource: Resource) -> Settings:
        """Return the inputs of the resource's provider."""
        urn = resource.provider.rpartition("::")[0]
        provider = self.new.get(urn) or self.old.get(urn)
        return reveal(provider.inputs) if provider else {}

    def target(self, resource: Resource) -> Target:
        """Return the target of the resource's package."""
        found = self.targets.get(resource.package)
        if found is None:
            raise UserError(f"{resource.urn}: the sandbox has no target for package {resource.package!r}")
        return found

    def read(self, goal: Resource) -> None:
        """Read an existing resource outside the stack (`Resource.get`); unknown during a preview."""
        goal.provider = goal.provider or self.default_provider(goal.package)
        self._check_references(goal)
        if self.run.dry_run:
            return
        target, settings = self.target(goal), self.settings(goal)
        target.check(goal, goal, settings)
        if target.read(goal, settings) is None:
            raise UserError(f"{goal.urn}: the target has no {goal.type} with id {goal.id!r}")
        target.adopt(goal, settings)
        goal.mode = "read"

    def finish(self) -> None:
        """Delete what was replaced and what the program no longer registers."""
        gone = {urn: item for urn, item in self.old.items() if urn not in self._matched and urn not in self.new}
        if not self.run.dry_run:
            self._deleter.pending(self.state.pending(), self.settings)
        self._deleter.delete(gone, self.settings, replaced=False)

    def _old_of(self, goal: Resource) -> Resource | None:
        for urn in [goal.urn, *goal.aliases]:
            if urn in self.old and urn not in self._matched:
                return self.old[urn]
        return None

    def _check_references(self, goal: Resource) -> None:
        for role, urns in {
            "parent": [goal.parent] if goal.parent else [],
            "dependency": goal.dependencies,
            "deletedWith": [goal.deleted_with] if goal.deleted_with else [],
            "provider": [goal.provider.rpartition("::")[0]] if goal.provider else [],
        }.items():
            for urn in urns:
                if urn not in self.new:
                    raise UserError(f"{goal.urn}: {role} {urn or goal.provider!r} is not registered in this run")

    def default_provider(self, package: str) -> str:
        """Return the reference of the default provider; it is registered when first needed."""
        urn = make_urn(self.run.stack, self.run.project, "", f"{PROVIDER_PREFIX}{package}", "default")
        if urn not in self.new:
            inputs = self.run.defaults.get(package, {})
            self.register(Resource(urn, f"{PROVIDER_PREFIX}{package}", "default", inputs=dict(inputs)))
        return f"{urn}::{self.new[urn].id}"

    def _own(self, goal: Resource, old: Resource | None) -> None:
        """Register a component or a provider, which live in the engine alone."""
        goal.mode = "provider" if goal.is_provider else "component"
        goal.outputs = old.outputs if old and not goal.is_provider else dict(goal.inputs)
        if goal.is_provider:
            goal.id = str(uuid.uuid5(_PROVIDER_SPACE, goal.urn))
            self._judge(goal)
        found = tuple(changes(old.inputs, goal.inputs)) if old else ()
        self._store(goal, old)
        self.record(Step("create" if old is None else "update" if found else "same", goal, found))

    def _custom(self, goal: Resource, old: Resource | None) -> None:
        target, settings = self.target(goal), self.settings(goal)
        if old:
            for pattern in goal.ignore_changes:
                goal.inputs = _ignoring(old.inputs, goal.inputs, pattern)
            goal.generation = old.generation
        given = dict(goal.inputs)
        target.check(goal, old, settings)
        self._judge(goal)
        step = self._decide(goal, old, target)
        if step.op == "replace":
            goal.generation += 1
            goal.inputs = given
            target.check(goal, None, settings)
        if step.op != "same":
            target.validate(goal, settings)
        if step.op in {"replace", "delete"} and old and old.protect:
            raise UserError(f"{goal.urn}: is protected and would be replaced ({step.reason}); unprotect it first")
        if self.run.dry_run:
            self._foretell(goal, old, step)
        else:
            self._perform(goal, old, step)
        self.record(step)

    def _decide(self, goal: Resource, old: Resource | None, target: Target) -> Step:
        if old is None:
            return Step("import", goal, reason=f"id {goal.import_id}") if goal.import_id else Step("create", goal)
        if old.drift == "gone":
            return Step("create", goal, reason="it is gone from the target")
        if self._deleter.deleted_early(old.urn):
            return Step("create", goal, reason="deleted before what it depends on was replaced")
        found = tuple(changes(old.inputs, goal.inputs))
        forcing = {**target.replaces(goal, self.settings(goal)), **dict.fromkeys(goal.replace_on_changes, ALWAYS)}
        hit = [change.path for change in found if any(meets(path, when, change) for path, when in forcing.items())]
        if old.provider != goal.provider and self._scope(old) != self._scope(goal):
            hit.append("provider")
        if hit:
            return Step("replace", goal, found, ", ".join(hit), old.inputs)
        if found and (why := target.refuses(goal, found)):
            raise UserError(f"{goal.urn}: {why}")
        if found or old.drift:
            return Step("update", goal, found, "it drifted" if old.drift else "", old.inputs)
        return Step("same", goal)

    def _scope(self, resource: Resource) -> tuple[Any, ...]:
        settings = self.settings(resource)
        return tuple(settings.get(key) for key in ("region", "kubeconfig", "context", "cluster"))

    def _foretell(self, goal: Resource, old: Resource | None, step: Step) -> None:
        if old and step.op == "same":
            goal.id, goal.outputs = old.id, old.outputs
        elif old and step.op == "update":
            goal.id, goal.outputs = old.id, {**old.outputs, **goal.inputs}
        else:
            goal.outputs = dict(goal.inputs)
            if old and step.op == "replace" and self._deletes_first(goal, old):
                self._deleter.foretell_early(old, self.old, self.targets)
        hide(goal)

    def _deletes_first(self, goal: Resource, old: Resource) -> bool:
        if goal.delete_before_replace is not None:
            return goal.delete_before_replace
        target = self.target(goal)
        identity = target.identity(goal, self.settings(goal))
        return not has_unknown(identity) and bool(identity) and identity == target.identity(old, self.settings(old))

    def _perform(self, goal: Resource, old: Resource | None, step: Step) -> None:
        target, settings = self.target(goal), self.settings(goal)
        if has_unknown(goal.inputs):
            raise UserError(f"{goal.urn}: an input is still unknown during the update")
        if step.op == "same" and old:
            goal.id, goal.outputs, goal.mode = old.id, old.outputs, old.mode
            self._store(goal, old)
            return
        if step.op == "import":
            self._import(goal, target, settings)
            return
        supersede = False
        if old and step.op == "replace":
            supersede = not self._deletes_first(goal, old)
            if not supersede:
                self._deleter.delete_early(old, self.old, self.settings)
        update = step.op == "update" and old is not None
        goal.id = old.id if update and old else ""
        intent = self.state.begin("update" if update else "create", goal)
        if update and old:
            target.update(old, goal, settings)
        else:
            target.create(goal, settings)
        hide(goal)
        self.state.put(goal, intent=intent, supersede=supersede, was=old.urn if old else "")

    def _import(self, goal: Resource, target: Target, settings: Settings) -> None:
        goal.id = goal.import_id
        live = target.read(goal, settings)
        if live is None:
            raise UserError(f"{goal.urn}: import: the target has no {goal.type} with id {goal.import_id!r}")
        inputs = reveal(goal.inputs)
        differing = [key for key, value in live.items() if key in inputs and inputs[key] != value]
        if differing:
            raise UserError(f"{goal.urn}: import: the existing resource differs in {', '.join(differing)}")
        target.adopt(goal, settings)
        hide(goal)
        self.state.put(goal)

    def _store(self, goal: Resource, old: Resource | None) -> None:
        if not self.run.dry_run and (old is None or old.to_json() != goal.to_json()):
            self.state.put(goal, was=old.urn if old else "")


def hide(goal: Resource) -> None:
    """Mark outputs as secret that were secret as inputs, or that the options name."""
    secret = {key for key in goal.outputs if has_secret(goal.inputs.get(key))} | set(goal.additional_secret_outputs)
    for key in secret & set(goal.outputs):
        goal.outputs[key] = Secret(reveal(goal.outputs[key]))


def _ignoring(old: dict[str, Any], new: dict[str, Any], pattern: str) -> dict[str, Any]:
    """Return the new inputs with the old value at the ignored path (`tags`, `tags.team`, `rules[0].id`, `*`)."""
    if pattern == "*":
        return dict(old)
    head, _, rest = pattern.replace("[", ".").replace("]", "").replace('"', "").partition(".")
    merged = dict(new)
    if rest and isinstance(old.get(head), dict) and isinstance(new.get(head), dict):
        merged[head] = _ignoring(old[head], new[head], rest)
    elif rest and isinstance(old.get(head), list) and isinstance(new.get(head), list):
        before, after = (dict(zip(map(str, range(len(side))), side, strict=True)) for side in (old[head], new[head]))
        merged[head] = list(_ignoring(before, after, rest).values())
    elif head in old:
        merged[head] = old[head]
    else:
        merged.pop(head, None)
    return merged
