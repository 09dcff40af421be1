"""Delete what a program dropped, what was replaced, and whole stacks; always the dependents first."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from compiler.errors import UserError
from sandbox.conditions import meets
from sandbox.model import Resource, Step, deletion_order
from sandbox.state import State
from sandbox.targets import Settings, Targets
from sandbox.values import Change, reveal

SettingsOf = Callable[[Resource], Settings]


class Deleter:
    """Deletes resources from their targets and the state, or previews that."""

    def __init__(self, state: State, targets: Targets, record: Callable[[Step], None], *, dry_run: bool) -> None:
        self._state = state
        self._targets = targets
        self._dry_run = dry_run
        self._record = record
        self._early: set[str] = set()

    def deleted_early(self, urn: str) -> bool:
        """Return whether it was deleted because a dependency of it had to be deleted before its replacement."""
        return urn in self._early

    def delete(self, resources: Mapping[str, Resource], settings: SettingsOf, *, replaced: bool) -> None:
        """Delete live resources in reverse dependency order.

        Raises:
            UserError: one of them is protected; nothing is deleted then.
        """
        refuse_protected(resources.values())
        for resource in deletion_order(resources):
            if not self._dry_run:
                self._call(resource, settings(resource), skip=resource.deleted_with in resources)
            if not replaced:
                self._record(Step("delete", resource))

    def pending(self, rows: Iterable[tuple[int, Resource]], settings: SettingsOf) -> None:
        """Delete the old resources of replacements."""
        waiting = {str(row): resource for row, resource in rows}
        ordered = deletion_order({resource.urn: resource for resource in waiting.values()})
        rank = {resource.urn: place for place, resource in enumerate(ordered)}
        for row, resource in sorted(waiting.items(), key=lambda item: rank[item[1].urn]):
            if not self._dry_run:
                self._call(resource, settings(resource), row=int(row))
            self._record(Step("delete", resource, reason="replaced"))

    def delete_early(self, old: Resource, known: Mapping[str, Resource], settings: SettingsOf) -> None:
        """Delete a resource before its replacement, after every dependent that must be replaced with it."""
        doomed = {urn: known[urn] for urn in _doomed(old, known, self._targets)}
        refuse_protected(doomed.values())
        self.delete({old.urn: old, **doomed}, settings, replaced=True)
        self._early.update(doomed)

    def foretell_early(self, old: Resource, known: Mapping[str, Resource], targets: Targets) -> None:
        """Preview such a replacement: note which dependents would be replaced too."""
        self._early.update(_doomed(old, known, targets))

    def _call(self, resource: Resource, settings: Settings, *, row: int = 0, skip: bool = False) -> None:
        target = self._targets.get(resource.package)
        real = resource.custom and not resource.is_provider and target is not None
        if not real or skip or resource.retain_on_delete or resource.drift == "gone" or target is None:
            self._state.drop(resource.urn, row=row)
            return
        intent = self._state.begin("delete", resource)
        target.delete(resource, settings)
        self._state.drop(resource.urn, row=row, intent=intent)


def refuse_protected(resources: Iterable[Resource]) -> None:
    """Raise a UserError of one line that names every protected resource among these."""
    protected = [resource.urn for resource in resources if resource.protect]
    if protected:
        stacks = {f"Pulumi.{urn.split('::')[0].removeprefix('urn:pulumi:')}.yaml" for urn in protected}
        raise UserError(
            f"{', '.join(protected)}: is protected and would be deleted; nothing was deleted: take the protection off "
            f"(in the program, or by a setting in {', '.join(sorted(stacks))}) and run up first"
        )


def provider_settings(known: Mapping[str, Resource], resource: Resource) -> Settings:
    """Return the inputs of the provider that a resource of the state uses, secrets revealed."""
    provider = known.get(resource.provider.rpartition("::")[0])
    return reveal(provider.inputs) if provider else {}


def _doomed(old: Resource, known: Mapping[str, Resource], targets: Targets) -> list[str]:
    """Return the dependents that must be replaced with `old`: its output is in a property that forces replacement."""
    found = [old.urn]
    for urn, resource in known.items():
        target = targets.get(resource.package)
        if not resource.custom or target is None or resource.is_provider:
            continue
        forcing = target.replaces(resource, provider_settings(known, resource))
        for name, needed in resource.property_dependencies.items():
            if set(needed) & set(found) and any(
                meets(path, when, Change(name, 0, 1)) for path, when in forcing.items()
            ):
                found.append(urn)
                break
    return found[1:]
