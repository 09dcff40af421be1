"""One run of the command: the project, the states, the targets and the notes for the summary."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from compiler.errors import UserError
from sandbox.aws import moto
from sandbox.aws.aws_target import AwsTarget
from sandbox.aws.cloud import Cloud
from sandbox.engine import Engine, Run, hide
from sandbox.faults import Faults
from sandbox.kubernetes.kubernetes_target import KubernetesTarget
from sandbox.kubernetes.store import Cluster, FileCluster, KubectlCluster
from sandbox.model import Resource, Step
from sandbox.project import Config, Project, load_config
from sandbox.state import Intent, State, known_stacks, stack_path
from sandbox.targets import Judge, Targets
from sandbox.values import has_unknown, reveal

Say = Callable[[str], None]


class Session:
    """States and targets of a project.

    Args:
        project: the project.
        folder: where states are; None keeps everything in memory, with no cloud.
        kubeconfig: a real API server to use instead of the object store.
        crds: folder of the structures of custom resources, one JSON file a kind.
    """

    def __init__(
        self,
        project: Project,
        folder: Path | None,
        *,
        kubeconfig: str = "",
        crds: Path | None = None,
        faults: Faults | None = None,
    ) -> None:
        self.project = project
        self.faults = faults or Faults()
        self.folder = folder
        self.notes: list[str] = []
        self._states: dict[str, State] = {}
        cluster: Cluster = (
            KubectlCluster(kubeconfig)
            if kubeconfig
            else FileCluster(folder / "cluster.db" if folder else None, self.faults)
        )
        self.aws = AwsTarget(Cloud(folder, self.faults))
        self.kubernetes = KubernetesTarget(cluster, crds)
        self.targets: Targets = {"aws": self.aws, "kubernetes": self.kubernetes}

    def note(self, text: str) -> None:
        """Add a note to the summary, once."""
        if text not in self.notes:
            self.notes.append(text)

    def config(self, stack: str) -> Config:
        """Return a stack's configuration; note which of its secrets are dummies."""
        config = load_config(self.project, stack)
        for key in config.dummies:
            self.note(f"{stack}: {key} is encrypted: a dummy stands in for it")
        return config

    def state(self, stack: str, *, dry_run: bool = False) -> State:
        """Return a stack's state, opened once; a preview of an undeployed stack leaves no file."""
        if stack not in self._states:
            if dry_run and stack not in self.deployed():
                return State(None)
            self._states[stack] = State(stack_path(self.folder, stack) if self.folder else None)
        return self._states[stack]

    def deployed(self) -> list[str]:
        """Return the stacks that have a state."""
        return known_stacks(self.folder) if self.folder else []

    def close(self) -> None:
        """Close every state."""
        for state in self._states.values():
            state.close()

    def engine(
        self, stack: str, config: Config, judge: Judge, emit: Callable[[Step], None], *, dry_run: bool
    ) -> Engine:
        """Return an engine for one run of the program."""
        defaults: dict[str, dict[str, Any]] = {"aws": {}, "kubernetes": {}}
        for key, value in config.values.items():
            package, _, name = key.partition(":")
            if package in defaults:
                defaults[package][name] = value
        run = Run(stack, self.project.name, self.project.folder, dry_run, defaults)
        return Engine(run, self.state(stack, dry_run=dry_run), self.targets, judge, emit)

    def outputs_of(self, name: str, previewed: Mapping[str, dict[str, Any]]) -> dict[str, Any] | None:
        """Return the outputs of `organization/project/stack`: those it would have, where it was just previewed.

        Returns:
            The outputs; None when some of those are not known before the stack is up.

        Raises:
            UserError: there is no such stack here.
        """
        organization, _, rest = name.partition("/")
        project, _, stack = rest.partition("/")
        if (organization, project) != ("organization", self.project.name) or not stack:
            expected = f"organization/{self.project.name}/<stack>"
            raise UserError(f"StackReference {name!r}: the sandbox knows this project's stacks only: {expected}")
        if stack in previewed:
            return None if has_unknown(previewed[stack]) else dict(previewed[stack])
        outputs = self.state(stack).meta("outputs") if stack in self.deployed() else None
        if outputs is None:
            known = ", ".join(self.deployed()) or "none"
            raise UserError(
                f"StackReference {name!r}: stack {stack!r} is not deployed here (deployed: {known}); run up on it"
            )
        return dict(outputs)

    def notice_lost_cloud(self, *, persist: bool) -> set[str]:
        """Find out whether moto, which keeps its state in memory, lost resources of the states.

        Returns:
            URNs that are gone; with `persist` they are marked in the states.
        """
        lost: set[str] = set()
        if self.folder is None or not self.deployed() or moto.running(self.folder):
            return lost
        for stack in self.deployed():
            state = self.state(stack)
            for urn, resource in state.resources().items():
                if resource.package == "aws" and resource.mode == "applied":
                    lost.add(urn)
                    if persist and resource.drift != "gone":
                        resource.drift = "gone"
                        state.put(resource)
        if lost:
            self.note(f"moto was started anew: {len(lost)} resources are created again")
        return lost

    def recover(self, stack: str) -> None:
        """Resolve calls that were announced and never concluded: adopt what landed, forget what did not."""
        state = self.state(stack)
        for intent in state.open_intents():
            resource = intent.resource
            target = self.targets[resource.package]
            live = state.resources()
            provider = live.get(resource.provider.rpartition("::")[0])
            settings = reveal(provider.inputs) if provider else {}
            if intent.op == "create":
                found = target.find(resource, self._taken(resource.type), settings)
                if not found:
                    state.close_intent(intent.id, "did not land")
                    continue
                resource.id, resource.drift = found, "changed"
                target.adopt(resource, settings)
                hide(resource)
                resource.drift = "changed"
                held = live.get(resource.urn)
                state.put(resource, intent=intent.id, supersede=held is not None and held.id != found)
                self.note(f"{resource.urn}: an interrupted creation had landed; adopted")
            elif intent.op == "update":
                # Under its former name still, where an alias renamed it: a second row would have the first deleted.
                names = [urn for urn in [resource.urn, *resource.aliases] if urn in live]
                current = live[names[0]] if names else resource
                current.drift = "changed"
                state.put(current, intent=intent.id)
            else:
                self._recover_deletion(state, intent, gone=target.read(resource, settings) is None)

    @staticmethod
    def _recover_deletion(state: State, intent: Intent, *, gone: bool) -> None:
        rows = [
            row for row, left in state.pending() if (left.urn, left.id) == (intent.resource.urn, intent.resource.id)
        ]
        if gone:
            state.drop(intent.resource.urn, row=rows[0] if rows else 0, intent=intent.id)
        else:
            state.close_intent(intent.id, "did not land")

    def _taken(self, kind: str) -> set[str]:
        return {each.id for each in self.everywhere() if each.type == kind}

    def everywhere(self) -> Iterator[Resource]:
        """Yield every resource of every stack, those waiting for deletion included."""
        for stack in self.deployed():
            yield from self.state(stack).resources().values()
            yield from (resource for _, resource in self.state(stack).pending())
