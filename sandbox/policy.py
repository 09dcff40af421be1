"""Evaluate the policy pack between the program and the targets."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from importlib import import_module
from typing import TYPE_CHECKING, Any

from compiler.errors import UserError
from sandbox.model import Resource
from sandbox.project import Config, Project
from sandbox.values import from_wire, to_wire

if TYPE_CHECKING:
    from sandbox.analyzer import AnalyzerResource, Finding, PolicyPack


class Judging:
    """Judges each resource of one run; the pack gets ready while the program loads.

    Args:
        project: where `policies/` is looked for; without it nothing is judged.
        stack: stack name.
        config: its configuration.
        dry_run: previews collect mandatory findings; an update stops at the first.
        judged: inputs judged already (by URN, wire form); those are not judged again. Filled in.
    """

    def __init__(self, project: Project, stack: str, config: Config, *, dry_run: bool, judged: dict[str, str]) -> None:
        self.path = project.folder / "policies"
        self.present = self.path.is_dir()
        self.findings: list[Finding] = []
        self.providers: Callable[[Resource], Any] = lambda _resource: {}
        self._arguments: dict[str, Any] = {"project": project.name, "stack": stack, "config": config.values}
        self._dry_run = dry_run
        self._judged = judged
        self._exit = ExitStack()
        self._ready: PolicyPack
        self._pack: PolicyPack | None = None

    def __enter__(self) -> Judging:
        if self.present:
            # Imported only where there is a pack: gRPC takes a while to load.
            made = import_module("sandbox.analyzer").PolicyPack
            self._ready = made(self.path, dry_run=self._dry_run, **self._arguments)
            self._exit.callback(self._ready.close)
            self._ready.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._exit.close()

    def __call__(self, resource: Resource) -> None:
        """Judge one resource and take over its remediations."""
        given = json.dumps(to_wire(resource.inputs), sort_keys=True)
        if not self.present or self._judged.get(resource.urn) == given:
            return
        pack, shown = self._started(), self._shown(resource, resource.inputs)
        found = pack.analyze(shown)
        if any(finding.level == "remediate" for finding in found):
            resource.inputs = from_wire(dict(pack.remediate(shown)))
        self._judged[resource.urn] = given
        self._collect(found)

    def stack(self, resources: Iterable[Resource]) -> None:
        """Judge the stack as a whole, if anything was judged in this run."""
        if self._pack:
            self._collect(self._pack.analyze_stack([self._shown(each, each.outputs) for each in resources]))

    def _started(self) -> PolicyPack:
        if self._pack is None:
            self._pack = self._exit.enter_context(self._ready)
        return self._pack

    def _shown(self, resource: Resource, properties: dict[str, Any]) -> AnalyzerResource:
        made: AnalyzerResource = import_module("sandbox.analyzer").AnalyzerResource(
            urn=resource.urn,
            type=resource.type,
            name=resource.name,
            properties=to_wire(properties),
            parent=resource.parent,
            dependencies=tuple(resource.dependencies),
            property_dependencies=resource.property_dependencies,
            provider=resource.provider,
            provider_properties=to_wire(self.providers(resource)),
            protect=resource.protect,
            ignore_changes=tuple(resource.ignore_changes),
            aliases=tuple(resource.aliases),
            additional_secret_outputs=tuple(resource.additional_secret_outputs),
            custom_timeouts=resource.custom_timeouts,
        )
        return made

    def _collect(self, found: list[Finding]) -> None:
        self.findings += found
        blocking = [finding for finding in found if blocks(finding)]
        if blocking and not self._dry_run:
            raise UserError("\n".join(line(finding) for finding in blocking))


def blocks(finding: Finding) -> bool:
    """Return whether a finding stops an update."""
    return finding.level == "mandatory" and not finding.not_run and not finding.exempted


def line(finding: Finding) -> str:
    """Format a finding in one line."""
    return f"{finding.urn or 'the stack'}: {finding.policy} ({finding.level}): {' '.join(finding.message.split())}"
