"""The verbs of the command line."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Any

from compiler.errors import UserError
from sandbox.aws import moto
from sandbox.aws.aws_target import same
from sandbox.aws.rows import row
from sandbox.deletion import Deleter, provider_settings, refuse_protected
from sandbox.model import Resource, Step
from sandbox.render import write
from sandbox.runner import Phase, Runner
from sandbox.session import Session
from sandbox.state import stack_path
from sandbox.summary import Drift, Summary, estimate
from sandbox.targets import Settings
from sandbox.values import masked, reveal


def preview(runner: Runner, stack: str) -> Summary:
    """Return what `up` would do, to the base as well."""
    runner.lost |= runner.session.notice_lost_cloud(persist=False)
    return _summary("preview", runner, stack, _preview_all(runner, stack))


def up(runner: Runner, stack: str) -> Summary:
    """Preview, judge, and then deploy the base and the stack."""
    session = runner.session
    runner.session.config(stack)  # a wrong stack name must not leave an empty state
    session.notice_lost_cloud(persist=True)
    for each in _stacks(session, stack):
        if each in session.deployed():
            _resume(session, each)
    planned = _preview_all(runner, stack)
    summary = _summary("up", runner, stack, planned)
    if summary.blocking:
        summary.verb = "preview"
        return summary
    done = [runner.phase(each, dry_run=False) for each in _stacks(session, stack)]
    result = _summary("up", runner, stack, done)
    known = {(finding.policy, finding.urn, finding.message) for finding in result.findings}
    result.findings += [
        finding for finding in summary.findings
        if (finding.policy, finding.urn, finding.message) not in known and not finding.not_run
    ]  # fmt: skip
    return result


def _preview_all(runner: Runner, stack: str) -> list[Phase]:
    phases = []
    for each in _stacks(runner.session, stack):
        phases.append(runner.phase(each, dry_run=True))
        runner.previewed[each] = phases[-1].outputs
    return phases


def _stacks(session: Session, stack: str) -> list[str]:
    return [each for each in [session.project.base_of(stack), stack] if each]


def _summary(verb: str, runner: Runner, stack: str, phases: list[Phase]) -> Summary:
    resources = [resource for phase in phases for resource in phase.resources]
    return Summary(
        verb,
        stack,
        steps=[step for phase in phases for step in phase.steps],
        resources=resources,
        outputs=phases[-1].outputs,
        findings=[finding for phase in phases for finding in phase.findings],
        cost=estimate(runner.session.project, resources),
    )


def refresh(runner: Runner, stack: str) -> Summary:
    """Read back every applied resource and note drift."""
    session = runner.session
    session.notice_lost_cloud(persist=True)
    summary = Summary("refresh", stack)
    for each in _deployed(session, stack):
        _resume(session, each)
        summary.drift += _read_back(session, each)
        summary.resources += session.state(each).resources().values()
    return summary


def _resume(session: Session, stack: str) -> None:
    """Resume after an interrupted run: resolve its calls, delete what its replacements left, and look for drift.

    The real engine deletes those leftovers first, too. What hung on them in the cloud may be gone with them.
    """
    state = session.state(stack)
    if state.open_intents() or state.pending():
        session.recover(stack)
        deleter = Deleter(state, session.targets, lambda _step: None, dry_run=False)
        deleter.pending(state.pending(), partial(provider_settings, state.resources()))
        _read_back(session, stack)


def _read_back(session: Session, stack: str) -> list[Drift]:
    """Compare every applied resource with its target and mark drift in the state."""
    state = session.state(stack)
    resources, found = state.resources(), []
    for resource in filter(_real, resources.values()):
        differing = _drift(session, resource, provider_settings(resources, resource))
        drift = "" if not differing else "gone" if differing[0].property == "gone" else "changed"
        found += differing
        # A half-done update may look right in all that can be read: it stays marked.
        if drift and drift != resource.drift:
            resource.drift = drift
            state.put(resource)
    return found


def _drift(session: Session, resource: Resource, settings: Settings) -> list[Drift]:
    if resource.drift == "gone":
        return [Drift(resource.urn, "gone", resource.id, None)]
    live = session.targets[resource.package].read(resource, settings)
    if live is None:
        return [Drift(resource.urn, "gone", resource.id, None)]
    expected, shown = reveal(resource.inputs), masked(resource.inputs)
    return [
        Drift(resource.urn, name, shown[name], found if shown[name] == expected[name] else "<secret>")
        for name, found in sorted(live.items())
        if name in expected and not same(expected[name], found)
    ]


def destroy(runner: Runner, stack: str) -> Summary:
    """Delete the stack, then its base, and prove by listing that nothing is left."""
    session = runner.session
    doomed = _deployed(session, stack)
    user = stack.removesuffix("-base")
    if user != stack and user in session.deployed() and session.state(user).resources():
        raise UserError(f"{stack}: stack {user} is deployed on it; run destroy --stack {user}, which takes both")
    session.notice_lost_cloud(persist=True)
    summary = Summary("destroy", stack)
    for each in doomed:
        _resume(session, each)
    refuse_protected(resource for each in doomed for resource in session.state(each).resources().values())
    for each in reversed(doomed):
        state = session.state(each)
        resources, pending = state.resources(), state.pending()
        deleter = Deleter(state, session.targets, partial(_note, runner, summary), dry_run=False)
        deleter.pending(pending, partial(provider_settings, resources))
        deleter.delete(resources, partial(provider_settings, resources), replaced=False)
        gone = [*resources.values(), *(resource for _, resource in pending)]
        gone = [one for one in gone if _real(one) and not one.retain_on_delete]
        summary.left += _left(session, resources, gone)
        session.note(_proof(each, gone, summary.left))
        state.close()
        if session.folder and not summary.left:
            for path in stack_path(session.folder, each).parent.glob(f"{each}.db*"):
                path.unlink()
    if session.folder and not session.deployed():
        moto.stop(session.folder)
        summary.where = "no stack is left: moto was stopped"
    return summary


def _note(runner: Runner, summary: Summary, step: Step) -> None:
    summary.steps.append(step)
    runner.emit("destroy", step)


def _proof(stack: str, gone: list[Resource], left: list[str]) -> str:
    """Return the result of listing both clouds."""
    aws = sum(each.package == "aws" for each in gone)
    return (
        f"{stack}: both clouds listed: of {aws} AWS resources and {len(gone) - aws} Kubernetes objects "
        f"{len(left) or 'none'} {'are' if len(left) != 1 else 'is'} left"
    )


def _left(session: Session, known: dict[str, Resource], deleted: Iterable[Resource]) -> list[str]:
    """Return what is left in both clouds: by each type's list call, or by reading where there is none."""
    left: list[str] = []
    listed: dict[tuple[str, Any], list[str]] = {}
    for resource in deleted:
        settings = provider_settings(known, resource)
        if resource.package == "aws" and resource.drift != "gone":
            kind = row(resource.type)
            if not kind.vanishes:
                continue
            key = (kind.type, settings.get("region"))
            if kind.list:
                listed[key] = listed[key] if key in listed else session.aws.listing(kind, settings)
                left += [resource.urn] if resource.id in listed[key] else []
                continue
        if resource.drift != "gone" and session.targets[resource.package].read(resource, settings) is not None:
            left.append(resource.urn)
    return left


def _deployed(session: Session, stack: str) -> list[str]:
    found = [each for each in _stacks(session, stack) if each in session.deployed()]
    if not found:
        known = ", ".join(session.deployed()) or "none"
        raise UserError(f"stack {stack!r} is not deployed in {session.folder}; deployed: {known}")
    return found


def _real(resource: Resource) -> bool:
    return resource.mode in {"applied", "checked", "unchecked", "opaque"}


def render(runner: Runner, stack: str) -> Summary:
    """Write every artefact of the stack under build/<stack>/."""
    summary = _summary("render", runner, stack, _preview_all(runner, stack))
    summary.where = str(write(runner.session.project, stack, summary))
    return summary
