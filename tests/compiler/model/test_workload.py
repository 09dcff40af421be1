"""A workload has an owner, severities, services and tags."""

from typing import Any

import pytest
from pydantic import ValidationError

from compiler.model.workload import Budget, Workload

WORKLOAD: dict[str, Any] = {
    "name": "shop",
    "title": "The shop",
    "description": "Sells things",
    "owner": {"team": "shop", "email": "shop@company.com"},
    "tags": {"Project": "shop", "Team": "shop", "CostCenter": "sales"},
    "environments": ["prod"],
    "severities": {"critical": {"priority": "P1", "response": "at once"}},
    "services": {"api": {"title": "API"}},
}
BUDGET: dict[str, Any] = {
    "name": "shop-monthly",
    "monthly_usd": 500,
    "environments": ["prod"],
    "notifications": [{"above_percent": 80, "of": "ACTUAL", "emails": ["finops@company.com"]}],
    "runbook": "monthly-budget",
}

CHART = {"service": "api", "scraped_by": "chart", "adds": ["node", "instance"], "known_by": {"node": "one"}}


@pytest.mark.parametrize("key", [key for key in WORKLOAD if key != "name"])
def test_a_workload_says_all_of_itself(key: str) -> None:
    assert Workload.model_validate(WORKLOAD).budget is None
    with pytest.raises(ValidationError, match=f"{key}\n *Field required"):
        Workload.model_validate({name: value for name, value in WORKLOAD.items() if name != key})


@pytest.mark.parametrize(
    "change",
    [
        {"environments": []},
        {"environments": ["production"]},
        {"severities": {}},
        {"severities": {"critical": {"priority": "P5", "response": "at once"}}},
        {"services": {}},
        {"services": {"API": {"title": "API"}}},
        {"tags": {"Project": "shop", "Team": "shop"}},
        {"tags": {"project": "shop", "team": "shop", "cost_center": "sales"}},
        {"owner": {"team": "shop", "email": "the shop"}},
        {"producers": {"api": {"service": "api", "path": "metrics"}}},
        {"producers": {"api": {"service": "api", "adds": ["node"]}}},
        {"producers": {"api": {"service": "api", "scraped_by": "kube-prometheus-stack"}}},
        {"producers": {"api": CHART | {"port": "metrics"}}},
        {"producers": {"api": CHART | {"known_by": {}}}},
        {"producers": {"api": CHART | {"known_by": {"job": "api"}}}},
        {"producers": {"api": {"service": "api", "known_by": {"node": "one"}}}},
        {"namespaces": ["Production"]},
        {"producers": {"api": {"service": "api", "interval": "1s"}}},
        {"producers": {"api": {"service": "api", "interval": "3m"}}},
        {"producers": {"api": {"service": "api", "kind": "statsd", "interval": "15s"}}},
    ],
)
def test_a_wrong_workload_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Workload.model_validate(WORKLOAD | change)


def test_a_producer_may_be_scraped_by_a_chart() -> None:
    workload = Workload.model_validate(WORKLOAD | {"producers": {"kubelet": CHART, "api": {"service": "api"}}})
    assert [*workload.producers] == ["kubelet", "api"]
    assert [*workload.scraped] == ["api"]


def test_a_producer_may_be_a_page_that_is_asked_for() -> None:
    page = {"kind": "probe", "service": "api", "address": "api.shop.svc:80", "path": "/health", "module": "page"}
    workload = Workload.model_validate(WORKLOAD | {"producers": {"health": page}})
    assert ([*workload.probed], [*workload.scraped]) == (["health"], [])
    for wrong in ({"address": "http://api"}, {"path": "health"}, {"interval": "soon"}, {"scheme": "ftp"}):
        with pytest.raises(ValidationError):
            Workload.model_validate(WORKLOAD | {"producers": {"health": page | wrong}})


@pytest.mark.parametrize(
    "change",
    [{"monthly_usd": 0}, {"monthly_usd": "500"}, {"notifications": []}, {"environments": []}, {"runbook": "A page"}],
)
def test_a_wrong_budget_is_refused(change: dict[str, Any]) -> None:
    assert Budget.model_validate(BUDGET).monthly_usd == 500
    with pytest.raises(ValidationError):
        Budget.model_validate(BUDGET | change)
