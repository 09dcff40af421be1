"""A stack at its budget is accepted; one machine more is reported, as advice; pods on the base's machines are free."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from policies.rules.within_budget import prices
from sandbox.analyzer import AnalyzerResource, PolicyPack
from tests.policies.conftest import PACK
from tests.policies.specs import UNKNOWN, of, one, resource

RULE = "within-budget"
NODES = "aws:eks/nodeGroup:NodeGroup"
MACHINE, HOURLY = next(iter(prices().machine_hourly_usd.items()))
MONTHLY = int(HOURLY * 730)
CONTAINER = {"name": "one", "resources": {"requests": {"cpu": "64", "memory": "256Gi"}}}
POD = {"spec": {"replicas": 1, "template": {"spec": {"containers": [CONTAINER]}}}}


@pytest.fixture(scope="module")
def budgeted() -> Iterator[PolicyPack]:
    """The pack as it judges a stack whose budget is two machines and a half."""
    config = {"observability:platformBudgetUsd": str(int(MONTHLY * 2.5)), "observability:cluster": "eks"}
    with PolicyPack(PACK, project="observability", stack="test", dry_run=True, config=config) as running:
        yield running


def machines(count: Any) -> AnalyzerResource:
    return resource(NODES, {"instanceTypes": [MACHINE], "scalingConfig": {"desiredSize": count}})


def test_accepts_what_the_budget_pays_for(budgeted: PolicyPack) -> None:
    assert of(RULE, budgeted.analyze_stack([machines(2)])) == []


@pytest.mark.promise("platformBudgetUsd")
def test_reports_a_machine_too_many_as_advice(budgeted: PolicyPack) -> None:
    finding = one(RULE, budgeted.analyze_stack([machines(3)]))
    assert finding.level == "advisory"
    assert f"expected at most {int(MONTHLY * 2.5)} USD a month by the estimate, found " in finding.message


def test_pods_on_machines_of_the_base_cost_nothing_more(budgeted: PolicyPack) -> None:
    assert of(RULE, budgeted.analyze_stack([machines(2), resource("kubernetes:apps/v1:Deployment", POD)])) == []
    assert of(RULE, budgeted.analyze_stack([resource("kubernetes:apps/v1:Deployment", POD)])) == []


def test_what_is_not_known_yet_costs_nothing_yet(budgeted: PolicyPack) -> None:
    assert of(RULE, budgeted.analyze_stack([machines(UNKNOWN)])) == []


def test_asks_nothing_of_a_stack_without_the_setting(pack: PolicyPack) -> None:
    assert of(RULE, pack.analyze_stack([machines(99)])) == []
