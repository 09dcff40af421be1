"""The SaaS document's figures (tests/seeds/recsys-saas.yaml) against the catalog."""

import re
from dataclasses import replace
from typing import Any

import pytest
import yaml

from compiler.catalog.catalog import Catalog, Watched
from compiler.catalog.variables import used
from compiler.conventions import SLO_BUDGET
from compiler.metrics.rules import Rule, alert_group
from compiler.model.alerts import Alert
from compiler.model.base import seconds
from compiler.model.dashboards import Dashboard
from compiler.model.platform import PagerDuty, Slack
from compiler.objectives.events import slo_groups
from compiler.routing.alertmanager import configuration
from compiler.target import Target
from tests.catalog_copy import ROOT

SEED: dict[str, Any] = yaml.safe_load((ROOT / "tests" / "seeds" / "recsys-saas.yaml").read_text(encoding="utf-8"))
LABELS = {
    "http_requests_total": {"endpoint", "status", "plan"},
    "http_request_duration_seconds": {"endpoint"},
    "recommendations_served_total": {"tenant_id"},
    "ml_recommendation_quality": {"metric", "tenant_id"},
    "api_calls_total": {"plan"},
    "training_job_status": {"status", "tenant_id"},
    "container_cpu_usage_seconds_total": {"namespace"},
    "container_memory_usage_bytes": {"namespace", "pod"},
}
"""Labels that the document's queries and texts use."""


@pytest.fixture(scope="module")
def recsys(catalog: Catalog) -> Watched:
    return next(watched for watched in catalog if watched.name == SEED["workload"])


@pytest.fixture(scope="module")
def platform(catalog: Catalog) -> Watched:
    return next(watched for watched in catalog if watched.name == "platform")


def alert(watched: Watched, name: str) -> Alert:
    return next(alert for alert in watched.alerts if alert.name == name)


def board(watched: Watched, name: str) -> Dashboard:
    return next(board for board in watched.dashboards.grafana if board.name == name)


def rules(catalog: Catalog, watched: Watched, target: Target) -> list[Rule]:
    groups = [alert_group(watched, target), *slo_groups(watched, catalog.burn_rates, target)]
    return [rule for group in groups for rule in group.rules]


@pytest.mark.parametrize("name", SEED["metrics"])
def test_a_metric_is_declared_where_it_is_produced(recsys: Watched, platform: Watched, name: str) -> None:
    """Containers and machines are everybody's: the platform declares them, and every workload may use them."""
    owner = platform if name.startswith(("container_", "node_")) else recsys
    metric = owner.metric(name)
    assert metric
    assert LABELS.get(name, set()) <= set(metric.labels)
    assert (metric.producer in owner.workload.scraped) == (owner is not platform)


def test_the_latency_objective_counts_requests_under_its_limit(recsys: Watched) -> None:
    (slo,) = (slo for slo in recsys.slos if slo.name == "api-latency")
    assert slo.events
    assert slo.events.good == 'http_request_duration_seconds_bucket{le="0.1"}'
    assert slo.events.total == "http_request_duration_seconds_count"


def test_enterprise_has_the_stricter_of_objective_and_agreement(recsys: Watched) -> None:
    (slo,) = (slo for slo in recsys.slos if slo.each)
    assert slo.each
    assert slo.each.objectives["enterprise"] == max(slo.objective, 99.95)


def test_every_plan_has_a_budget_of_its_own(catalog: Catalog, recsys: Watched, target: Target) -> None:
    (budget,) = (
        rule
        for rule in rules(catalog, recsys, target)
        if rule.record == SLO_BUDGET and rule.labels["slo"] == "plan-availability"
    )
    assert re.findall(r'plan="(\w+)"', budget.expr)[::2] == ["starter", "pro", "enterprise"]


def test_the_tenants_dashboard_shows_the_tenant_that_is_chosen(recsys: Watched) -> None:
    queries = [q.expr for row in board(recsys, "tenant").rows for panel in row.panels for q in panel.queries]
    assert queries
    assert all(used(query) == {"tenant"} for query in queries)


def test_a_service_is_red_yellow_or_green(recsys: Watched) -> None:
    panels = {panel.title: panel for row in board(recsys, "system-health").rows for panel in row.panels}
    status = panels["Service status"]
    assert [status.base_color, *(step.color for step in status.steps)] == ["red", "yellow", "green"]


@pytest.mark.parametrize("severity", ["critical", "warning"])
def test_critical_pages_and_warnings_go_to_slack(
    catalog: Catalog, recsys: Watched, target: Target, severity: str
) -> None:
    route = catalog.routing.route(recsys.name, recsys.severity(severity).priority, "Any")
    used = [catalog.routing.channels[name] for name in route.channels]
    assert any(isinstance(channel, PagerDuty) for channel in used) == (severity == "critical")
    assert any(isinstance(channel, Slack) for channel in used)
    assert "service_key" not in str(configuration(catalog, target))


@pytest.mark.parametrize("name", ["ServiceDown", "DatabaseDown"])
def test_what_is_gone_is_down(recsys: Watched, target: Target, name: str) -> None:
    declared = replace(target, live=(recsys.name,))
    (rule,) = (rule for rule in alert_group(recsys, declared).rules if rule.alert == name)
    assert "== 0)\nor on (" in rule.expr


@pytest.mark.parametrize("name", ["FastErrorBurn", "FastLatencyBurn"])
def test_an_outage_is_detected_within_five_minutes(recsys: Watched, name: str) -> None:
    """The rate's window, the wait, two evaluations and a scrape each of 30 seconds, and the group's wait of P0."""
    found = alert(recsys, name)
    (window,) = set(re.findall(r"\[(\w+)\]", found.value))
    assert seconds(window) + seconds(found.thresholds["critical"].for_) + 3 * 30 + 10 < 300


def test_every_tenants_quota_is_watched(recsys: Watched) -> None:
    found = alert(recsys, "TenantQuotaNearlyUsed")
    assert "by (tenant_id, plan)" in found.value
    assert set(found.thresholds) == {"warning"}


def test_the_document_is_counted_in_full() -> None:
    """Four critical alerts, three warnings, five dashboards, three agreements."""
    severities = [row["severity"] for row in SEED["alerts"]]
    assert (severities.count("critical"), severities.count("warning")) == (4, 3)
    assert len(SEED["dashboards"]) == 5
    assert len(SEED["slos"][2]["each"]) == 3
