"""Volumes of the whole program: their class exists, and each has a claim that can grow."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from sandbox.model import Resource
from tests.program.previews import ENVIRONMENTS, Ran, Runs

CLAIM = "PersistentVolumeClaimPatch"
CLASSES = {"storageClassName", "class"}
"""What claims and Strimzi's volumes call it."""
TEMPLATES = {"volumeClaimTemplate": "spec.storage.volumeClaimTemplate.spec.resources"}
TEMPLATES["volumeClaimTemplates"] = "spec.volumeClaimTemplates"
"""The fields that hold claim templates, and what of them must not change once it is made."""


def found(value: Any, keys: set[str]) -> Iterator[tuple[str, Any]]:
    """Yield every field of one of those names, however deep."""
    if isinstance(value, dict):
        yield from ((key, item) for key, item in value.items() if key in keys)
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else []
    for item in inner:
        yield from found(item, keys)


def named_classes(ran: Ran) -> dict[str, set[str]]:
    """Return the classes that volumes name, and who does."""
    named: dict[str, set[str]] = {}
    for each in ran.kubernetes:
        for _, name in found(each.inputs.get("spec", {}), CLASSES):
            named.setdefault(name, set()).add(each.urn)
    return named


def templates(ran: Ran) -> Iterator[tuple[Resource, str, dict[str, Any]]]:
    """Yield every claim template with its resource and the field that it stands in."""
    for each in ran.kubernetes:
        for field, value in found(each.inputs, set(TEMPLATES)):
            for one in value if isinstance(value, list) else [value]:
                yield each, field, one


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_no_class_is_named_that_is_not_made(preview: Runs, environment: str) -> None:
    ran = preview(environment)
    made = {each.inputs["metadata"]["name"] for each in ran.of("StorageClass")}
    assert set(named_classes(ran)) == made
    assert {*map(str, made)} == (set() if environment == "local" else {"gp3"})


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_each_volume_of_a_template_is_claimed_by_what_can_grow(preview: Runs, environment: str) -> None:
    ran = preview(environment)
    claims = {each.urn: each for each in ran.of(CLAIM)}
    used = set[str]()
    for resource, field, template in templates(ran):
        assert resource.ignore_changes == [TEMPLATES[field]], f"{resource.urn}: a size in a template cannot change"
        own = [claims[urn] for urn in resource.dependencies if urn in claims]
        assert len(own) == resource.inputs["spec"].get("replicas", 1), f"{resource.urn}: claims of its volumes"
        assert all(claim.inputs["spec"] == template["spec"] for claim in own), resource.urn
        used |= {claim.urn for claim in own}
    assert used == set(claims)
    assert used


def test_claims_are_named_as_the_pods_look_for_them(preview: Runs) -> None:
    names = {each.inputs["metadata"]["name"] for each in preview("prod").of(CLAIM)}
    # As real operators made them of production's resources, and Kubernetes of the two StatefulSets of our own.
    assert names == {
        *(f"prometheus-platform-db-prometheus-platform-{each}" for each in range(2)),
        *(f"alertmanager-platform-db-alertmanager-platform-{each}" for each in range(3)),
        *(f"queue-traces-gateway-collector-{each}" for each in range(3)),
        *(f"buffer-log-collector-{each}" for each in range(2)),
        "data-pyroscope-0",
    }
