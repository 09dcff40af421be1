"""Every reference of the environments' objects resolves, or leads outside on purpose."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from policies.references.facts import charts, operators
from policies.references.inventory import Rendered
from policies.references.outside import load
from policies.rules.references_resolve import dangling, every
from policies.support.values import UNKNOWN
from sandbox.values import UNKNOWN as COMPUTED
from sandbox.values import reveal
from tests.program.previews import ENVIRONMENTS, ROOT, Runs

ASSOCIATION = "aws:eks/podIdentityAssociation:PodIdentityAssociation"


def _judged(value: Any) -> Any:
    """Return a value as policies see it."""
    if isinstance(value, dict):
        return {key: _judged(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_judged(each) for each in value]
    return UNKNOWN if value is COMPUTED else value


def rendered(preview: Runs, environment: str) -> list[Rendered]:
    """Return the objects of a stack, as the rule sees them."""
    found = [each for each in preview(environment).real if each.package == "kubernetes" or each.type == ASSOCIATION]
    return [Rendered(each.urn, each.type, _judged(reveal(each.inputs))) for each in found]


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_every_reference_resolves(preview: Runs, environment: str) -> None:
    objects = rendered(preview, environment)
    assert len(objects) > 50
    assert [f"{each.of.urn}: {each.place}: {each.message}" for each in dangling(objects, load())] == []


def test_what_is_outside_on_purpose_is_needed(preview: Runs) -> None:
    left = {(row.kind, row.name): row for row in load()}
    for environment in ENVIRONMENTS:
        objects = rendered(preview, environment)
        present = frozenset(f"{each.kind}/{each.name}" for each in objects) | frozenset(each.kind for each in objects)
        for each in every(objects):
            left = {key: row for key, row in left.items() if not row.covers(each, present)}
    assert left == {}


def test_every_chart_has_a_list_of_its_version_and_no_other_has_one() -> None:
    versions = yaml.safe_load((ROOT / "versions.yaml").read_text(encoding="utf-8"))["charts"]
    assert {name: listed.version for name, listed in charts().items()} == {
        name: str(chart["version"]) for name, chart in versions.items()
    }


def test_operators_are_listed_for_resources_that_production_has(preview: Runs) -> None:
    here = {f"{each.kind}/{each.name}" for each in rendered(preview, "prod")}
    for operator, listed in operators().items():
        assert {each["owner"] for each in listed.objects} <= here, operator
