"""Invariants of every entry of the catalog, and the documents' own numbers."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from compiler.artefacts import rule_groups
from compiler.catalog.catalog import SHARED_FILES, WORKLOAD_FILES, Catalog, Watched
from compiler.catalog.schema import schemas
from compiler.cloud import cloudwatch
from compiler.model.alerts import Alert
from compiler.model.base import seconds
from compiler.model.platform import PagerDuty
from compiler.target import Target
from tests.catalog_copy import ROOT, catalog_files, kind_of

FOLDER = ROOT / "catalog"
WORKLOADS = sorted(path.name for path in FOLDER.iterdir() if path.is_dir() and not path.name.startswith("."))
LABELS = {"severity", "priority", "workload", "service", "team"}
ANNOTATIONS = {"summary", "description", "runbook_url", "dashboard_url"}

every_file = pytest.mark.parametrize("file", catalog_files(), ids=lambda file: str(file.relative_to(FOLDER)))


def alert(watched: Watched, name: str) -> Alert:
    return next(alert for alert in watched.alerts if alert.name == name)


def thresholds(found: Alert) -> dict[str, tuple[str, float, str]]:
    return {name: (bound.operator, bound.value, bound.for_) for name, bound in found.thresholds.items()}


# Every file


@every_file
def test_a_file_has_a_known_name_and_place(file: Path) -> None:
    assert kind_of(file) in (SHARED_FILES if file.parent == FOLDER else WORKLOAD_FILES)
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", file.stem)


@every_file
def test_a_file_names_its_schema_for_editors(file: Path) -> None:
    depth = "../" * (len(file.relative_to(FOLDER).parts) - 1)
    first = file.read_text(encoding="utf-8").splitlines()[0]
    assert first == f"# yaml-language-server: $schema={depth}.schema/{kind_of(file)}.json"


@every_file
def test_a_file_is_small_enough_to_read(file: Path) -> None:
    assert len(file.read_text(encoding="utf-8").splitlines()) < 400


def test_the_schemas_are_those_of_the_model() -> None:
    written = {file.name: file.read_text(encoding="utf-8") for file in (FOLDER / ".schema").iterdir()}
    assert written == schemas(), "run `make schemas`"


@pytest.mark.parametrize("workload", WORKLOADS)
def test_a_workload_is_a_folder_of_its_name(workload: str) -> None:
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", workload)
    data = yaml.safe_load((FOLDER / workload / "workload.yaml").read_text(encoding="utf-8"))
    assert data["name"] == workload


# Every entry


@pytest.mark.parametrize("environment", ["local", "dev", "staging", "prod", "dr"])
def test_every_alert_says_how_bad_whose_and_where_to_look(catalog: Catalog, target: Target, environment: str) -> None:
    there = replace(target, environment=environment)
    rules = [rule for watched in catalog for group in rule_groups(watched, catalog, there) for rule in group.rules]
    alerts = [rule for rule in rules if rule.alert]
    assert alerts
    for rule in alerts:
        assert set(rule.labels) >= LABELS, rule.alert
        assert set(rule.annotations) >= ANNOTATIONS, rule.alert
        assert rule.labels["priority"] in catalog.routing.priorities
        assert all(value.strip() for value in (*rule.labels.values(), *rule.annotations.values()))
        assert rule.for_


def test_every_metric_names_who_makes_it(catalog: Catalog) -> None:
    for watched in catalog:
        for metric in watched.metrics.prometheus:
            assert metric.producer in watched.workload.producers, metric.name
        assert all(metric.producer for metric in watched.metrics.cloudwatch)


def test_every_counter_and_histogram_is_named_as_prometheus_asks(catalog: Catalog) -> None:
    # What the platform watches in itself has the names that its exporters give, whatever Prometheus asks.
    ours = (watched for watched in catalog if watched.name != "platform")
    for metric in (metric for watched in ours for metric in watched.metrics.prometheus):
        assert (metric.type == "counter") == metric.name.endswith("_total"), metric.name
        # A document's own name for a distribution ends without a unit, and its note says so.
        named = metric.name.endswith("_distribution") and metric.note
        assert metric.type != "histogram" or metric.name.endswith(f"_{metric.unit}") or named, metric.name
        assert "quantile" not in metric.labels


def test_every_priority_has_somebody(catalog: Catalog) -> None:
    for priority, route in catalog.routing.priorities.items():
        assert route.channels, priority
    own = [route for routes in catalog.routing.workloads.values() for route in routes.values()]
    routes = (*catalog.routing.priorities.values(), *catalog.routing.alerts.values(), *own)
    used = {name for route in routes for name in route.channels} | {catalog.routing.fallback}
    assert used == set(catalog.routing.channels), "a channel that nothing uses"


def test_the_dead_mans_switch_hears_of_the_watchdog_often_and_of_nothing_else(catalog: Catalog) -> None:
    routing = catalog.routing
    assert routing.alerts["Watchdog"].channels == ("dead-mans-switch",)
    assert seconds(routing.alerts["Watchdog"].repeat_interval) <= 300
    assert not any("dead-mans-switch" in route.channels for route in routing.priorities.values())
    watchdog = alert(next(watched for watched in catalog if watched.name == "platform"), "Watchdog")
    assert (watchdog.value, thresholds(watchdog)) == ("vector(1)", {"none": ("==", 1, "1m")})


def test_a_way_of_its_own_is_for_an_alert_that_there_is(catalog: Catalog) -> None:
    names = {alert.name for watched in catalog for alert in watched.alerts}
    assert set(catalog.routing.alerts) <= names


def test_an_inhibition_names_alerts_and_severities_that_there_are(catalog: Catalog, target: Target) -> None:
    groups = [group for watched in catalog for group in rule_groups(watched, catalog, target)]
    alerts = {rule.alert for group in groups for rule in group.rules if rule.alert}
    severities = {name for watched in catalog for name in watched.workload.severities}
    for inhibition in catalog.routing.inhibitions:
        for side in (inhibition.source, inhibition.target):
            assert side.get("alertname", next(iter(alerts))) in alerts
            assert side.get("severity", next(iter(severities))) in severities
        assert inhibition.source != inhibition.target


def test_a_declared_severity_escalates_no_less_than_the_one_below(catalog: Catalog) -> None:
    for watched in catalog:
        priorities = [severity.priority for severity in watched.workload.severities.values()]
        assert priorities == sorted(priorities), watched.name


def test_no_alert_is_below_the_traffic_at_which_it_means_something(catalog: Catalog) -> None:
    """A share of few requests pages for one failure: each alert on a share has a guard."""
    shares = [alert for watched in catalog for alert in watched.alerts if alert.unit in ("ratio", "seconds")]
    assert shares
    assert all(alert.traffic for alert in shares)


# The documents' numbers


def test_high_error_rate(personalization: Watched) -> None:
    found = alert(personalization, "HighErrorRate")
    assert thresholds(found) == {"critical": (">", 0.01, "5m")}
    numerator = 'sum(rate(api_requests_total{status_code=~"5.."}[5m]))'
    assert found.value == f"{numerator} / sum(rate(api_requests_total[5m]))"


def test_high_latency(personalization: Watched) -> None:
    found = alert(personalization, "HighLatency")
    assert thresholds(found) == {"critical": (">", 0.15, "5m"), "warning": (">", 0.1, "15m")}
    assert found.value == "histogram_quantile(0.95, sum by (le) (rate(api_latency_seconds_bucket[5m])))"


def test_embedding_pipeline_down_watches_every_processor(personalization: Watched) -> None:
    found = alert(personalization, "EmbeddingPipelineDown")
    assert thresholds(found) == {"critical": ("==", 0, "5m")}
    metric = personalization.metric("streaming_events_processed_total")
    assert metric
    assert metric.labels == {"processor": ("embed", "context", "bandit")}


def test_low_cache_hit_rate(personalization: Watched) -> None:
    assert thresholds(alert(personalization, "LowCacheHitRate")) == {"warning": ("<", 0.7, "30m")}


@pytest.mark.parametrize(
    ("name", "expected", "dimensions", "topic"),
    [
        (
            "api-error-rate-high",
            ("AWS/ApiGateway", "4XXError", "Sum", "GreaterThanThreshold", 10, 300, 2),
            {"ApiName": "engagement-api-prod"},
            "pagerduty",
        ),
        (
            "model-accuracy-degraded",
            ("CustomMetrics/ML", "ModelR2", "Average", "LessThanThreshold", 0.75, 86_400, 3),
            {"Model": "engagement", "Environment": "prod"},
            "ml_team",
        ),
        (
            "data-drift-detected",
            ("CustomMetrics/DataQuality", "KSStatistic", "Maximum", "GreaterThanThreshold", 0.1, 86_400, 1),
            {"Model": "engagement", "Environment": "prod"},
            "data_team",
        ),
    ],
)
def test_an_alarm_is_as_the_document_writes_it_with_dimensions(
    engagement: Watched,
    target: Target,
    name: str,
    expected: tuple[str | float, ...],
    dimensions: dict[str, str],
    topic: str,
) -> None:
    (spec,) = (spec for spec in cloudwatch.alarms(engagement, target) if spec.name == f"{name}-prod")
    compared = (spec.comparison_operator, spec.threshold, spec.period, spec.evaluation_periods)
    assert (spec.namespace, spec.metric_name, spec.statistic, *compared) == expected
    assert spec.dimensions == dimensions
    assert topic in spec.topics


def test_the_budget(engagement: Watched) -> None:
    budget = engagement.workload.budget
    assert budget
    assert (budget.name, budget.monthly_usd) == ("engagement-platform-monthly", 500)
    (notification,) = budget.notifications
    assert (notification.above_percent, notification.of) == (80, "ACTUAL")
    assert notification.emails == ("finops@company.com",)


def test_errors_are_found_with_the_critical_ones(engagement: Watched) -> None:
    (query,) = (query for query in engagement.logs.queries if query.name == "find-errors")
    levels = re.search(r"filter level in \[(.*)\]", query.query)
    assert levels
    assert set(levels[1].split(", ")) == {'"ERROR"', '"CRITICAL"'}


def test_workloads_carry_the_cost_allocation_tags(catalog: Catalog) -> None:
    tags = {watched.name: watched.workload.tags.model_dump(by_alias=True) for watched in catalog}
    assert all(set(found) == {"Project", "Team", "CostCenter"} for found in tags.values())
    assert tags["engagement-prediction"]["Project"] == "engagement-prediction"


def test_priorities_wait_for_their_neighbours_no_longer_than_they_may(catalog: Catalog) -> None:
    routes = catalog.routing.priorities
    assert seconds(routes["P0"].group_wait) <= 10
    waits = [seconds(route.group_wait) for _, route in sorted(routes.items())]
    assert waits == sorted(waits)
    for priority in ("P0", "P1"):
        assert any(isinstance(catalog.routing.channels[name], PagerDuty) for name in routes[priority].channels)
