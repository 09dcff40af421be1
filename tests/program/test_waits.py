"""Waits can end: everything that a resource needs to run is created before it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from components.parts.waiting import WAIT_FOR, WAITS, row
from sandbox.model import Resource
from tests.program.previews import ENVIRONMENTS, Ran, Runs

WORKLOADS = {"Deployment", "StatefulSet", "DaemonSet"}


def _custom(ran: Ran) -> list[Resource]:
    groups = {each.partition("/")[0] for each in WAITS}
    return [each for each in ran.kubernetes if each.type.split(":")[1].partition("/")[0] in groups]


def _before(ran: Ran, resource: Resource) -> set[str]:
    """Return the URNs of all that a resource comes after, directly or by way of others."""
    known = {each.urn: each for each in ran.resources}
    found: set[str] = set()
    todo = [resource.urn]
    while todo:
        for urn in known[todo.pop()].dependencies:
            if urn not in found and urn in known:
                found.add(urn)
                todo.append(urn)
    return found


def _mentioned(value: Any) -> Iterator[tuple[str, str]]:
    """Kind and name of each Secret and ConfigMap that a spec names, by the field that names it."""
    if isinstance(value, list):
        for each in value:
            yield from _mentioned(each)
    if not isinstance(value, dict):
        return
    for key, each in value.items():
        if key == "secretName" and isinstance(each, str):
            yield "Secret", each
        elif key in {"secret", "secretKeyRef", "secretRef"} and isinstance(each, dict) and "name" in each:
            yield "Secret", each["name"]
        elif key in {"configMap", "configMapKeyRef", "configMapRef"} and isinstance(each, dict) and "name" in each:
            yield "ConfigMap", each["name"]
        elif key == "configSecret":
            yield "Secret", each
        elif key == "secrets" and isinstance(each, list):
            yield from (("Secret", name) for name in each if isinstance(name, str))
        yield from _mentioned(each)


def _name(resource: Resource) -> Any:
    return resource.inputs["metadata"].get("name")


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_every_custom_resource_is_waited_for(preview: Runs, environment: str) -> None:
    found = _custom(preview(environment))
    assert found
    for each in found:
        annotations = each.inputs["metadata"].get("annotations", {})
        waited = json.loads(annotations.get(WAIT_FOR, "[]"))
        assert waited == row(each.type).expressions(each.inputs["spec"]), each.urn
        assert bool(waited) is not bool(row(each.type).because), each.urn


def test_no_row_is_of_a_kind_that_nothing_makes(preview: Runs) -> None:
    kinds = {each.type.partition(":")[2] for each in _custom(preview("prod"))}
    made = {f"{kind.partition('/')[0]}/{kind.rpartition(':')[2]}" for kind in kinds}
    assert made == set(WAITS)


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_what_becomes_ready_through_others_comes_after_them(preview: Runs, environment: str) -> None:
    ran = preview(environment)
    for each in _custom(ran):
        before = _before(ran, each)
        for kind in row(each.type).after:
            needed = {other.urn for other in ran.of(kind)}
            if kind == "GrafanaFolder":
                needed = {urn for urn in needed if urn.rpartition("::")[2] == each.inputs["spec"]["folderRef"]}
            assert needed <= before, f"{each.urn}: comes beside {sorted(needed - before)}, which it waits for"


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_what_pods_mount_comes_before_them(preview: Runs, environment: str) -> None:
    ran = preview(environment)
    ours = {(kind, _name(each)): each.urn for kind in ("Secret", "ConfigMap") for each in ran.of(kind)}
    checked = 0
    for each in [*_custom(ran), *(found for kind in WORKLOADS for found in ran.of(kind))]:
        for mentioned in _mentioned(each.inputs["spec"]):
            if mentioned in ours:
                checked += 1
                assert ours[mentioned] in _before(ran, each), f"{each.urn}: comes beside {mentioned}"
    assert checked > 2


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_a_service_comes_after_what_makes_its_pods(preview: Runs, environment: str) -> None:
    ran = preview(environment)
    makers = {each.urn for each in [*_custom(ran), *(found for kind in WORKLOADS for found in ran.of(kind))]}
    services = [each for each in ran.of("Service") if each.inputs["spec"].get("clusterIP") != "None"]
    assert len(services) > 3
    for each in services:
        own = {urn for urn in _before(ran, each) & makers if _component(urn) == _component(each.urn)}
        assert own, f"{each.urn}: it waits for pods of what comes beside it"


def _component(urn: str) -> str:
    """Return the types of the components around a resource: a service and what makes its pods have them in common."""
    return urn.split("::")[2].partition("$kubernetes:")[0].partition("$observability:index:Collector")[0]
