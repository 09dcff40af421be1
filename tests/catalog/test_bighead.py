"""Bighead's document, as `tests/seeds/bighead.yaml` has it, against the catalog."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from compiler.catalog.catalog import Catalog, Watched
from compiler.model.alerts import Alert
from tests.catalog_copy import ROOT
from tests.rules import rendered

SEED: dict[str, Any] = yaml.safe_load((Path(ROOT) / "tests/seeds/bighead.yaml").read_text(encoding="utf-8"))
SIDES = {"above": ">", "below": "<", "equals": "=="}
QUANTILES = ("feature_lookup_latency_seconds", "prediction_latency_seconds", "dag_duration_seconds")
# The labels of its tables; freshness and quality metrics have none there.
LABELS = {
    "feature_store_cpu_usage": {"namespace", "component"},
    "feature_store_memory_usage": {"namespace", "component"},
    "feature_store_queue_depth": {"queue_name"},
    "feature_store_connection_pool_usage": {"pool_name"},
    "feature_lookup_errors_total": {"namespace", "error_type"},
    "feature_backfill_failures_total": {"feature_group"},
    "feature_lookups_total": {"namespace", "feature_group"},
    "feature_writes_total": {"namespace", "source_type"},
    "feature_lookup_errors_rate": {"namespace"},
    "feature_freshness_violations": {"feature_group"},
    "feature_lookup_latency_seconds": {"namespace"},
    "feature_backfill_duration_seconds": {"feature_group"},
    "predictions_total": {"model", "version"},
    "prediction_errors_total": {"model", "error_type"},
    "prediction_latency_seconds": {"model"},
    "model_memory_bytes": {"model", "version"},
    "model_queue_depth": {"model"},
    "model_replicas_ready": {"model"},
    "dag_executions_total": {"pipeline", "status"},
    "dag_failures_total": {"pipeline", "task"},
    "dag_duration_seconds": {"pipeline"},
    "task_duration_seconds": {"pipeline", "task"},
    "dag_queue_depth": {"priority"},
}


@pytest.fixture(scope="module")
def bighead(catalog: Catalog) -> Watched:
    return next(watched for watched in catalog if watched.name == "bighead")


def alert(watched: Watched, name: str) -> Alert:
    (found,) = (alert for alert in watched.alerts if alert.name == name)
    return found


def read_by(watched: Watched, expression: str) -> str:
    """Return an expression with what the recordings that it reads are made of."""
    made = {each.name: each.value for each in watched.recordings}
    while found := [name for name in made if name in expression]:
        for name in found:
            expression = expression.replace(name, f"({made[name]})")
    return expression


def test_the_document_is_counted() -> None:
    """Counted in it: 35 metrics, of which runbooks alone name four; 13 alerts in three lists; three dashboards."""
    assert len(SEED["metrics"]) == len(set(SEED["metrics"])) == 35
    severities = [entry["severity"] for entry in SEED["alerts"]]
    assert [severities.count(name) for name in ("critical", "high", "medium")] == [4, 5, 4]
    assert [len(board["panels"]) for board in SEED["dashboards"]] == [4, 4, 5]
    # 17 limits of the tables of metrics, seven of drift, three that retrain.
    targets = [entry for entry in SEED["thresholds"] if entry["held_by"] == "target"]
    assert len(targets) == len({(entry["metric"], entry["of"]) for entry in targets}) == 27


@pytest.mark.parametrize("name", SEED["metrics"])
def test_a_metric_is_declared_under_its_name(bighead: Watched, name: str) -> None:
    metric = bighead.metric(name)
    assert metric
    assert set(metric.labels) >= LABELS.get(name, set())
    assert name not in QUANTILES or metric.type == "histogram"


def test_where_two_figures_disagree_the_table_of_metrics_is_the_lower_severity(bighead: Watched) -> None:
    several = [each for each in bighead.alerts if len(each.thresholds) > 1]
    assert several
    for each in several:
        limits = [threshold.limits() for threshold in each.thresholds.values()]
        assert len(set(limits)) == len(limits), each.name


def test_severities_are_those_of_its_table(bighead: Watched) -> None:
    found = {name: (each.priority, each.response) for name, each in bighead.workload.severities.items()}
    assert found == {
        "critical": ("P0", "immediate"),
        "high": ("P1", "15 min"),
        "medium": ("P2", "1 hour"),
        "low": ("P3", "next business day"),
    }


def test_a_significant_difference_needs_an_effect(bighead: Watched) -> None:
    effects = {"FeatureDriftChiSquare": "feature_drift_cramers_v", "FeatureDriftKS": "feature_drift_ks_statistic"}
    for name, effect in effects.items():
        guard = alert(bighead, name).traffic
        assert guard
        assert effect in guard.value


def test_failures_are_counted_in_executions(bighead: Watched) -> None:
    value = alert(bighead, "DAGFailureRate").value
    assert 'dag_executions_total{status="failed"}' in value
    assert "dag_failures_total" not in value


@pytest.mark.parametrize("name", ["BackfillSlow", "DAGSlow", "TaskSlow"])
def test_a_baseline_is_a_week_that_ended_a_day_ago_and_has_history(bighead: Watched, name: str) -> None:
    found = alert(bighead, name)
    assert found.traffic
    for expression in (found.value, found.traffic.value):
        assert "[7d:1h] offset 1d" in read_by(bighead, expression)
    # The present is told apart from what it is compared with.
    assert "[1h]" in read_by(bighead, found.value)


def test_a_series_that_is_gone_is_the_same_trouble(bighead: Watched) -> None:
    gone = {each.name: each.absence.metric for each in bighead.alerts if each.absence}
    assert gone == {
        "FeatureStoreDown": "feature_lookups_total",
        "PredictionServiceDown": "predictions_total",
        "StreamingPipelineDown": "flink_job_running",
    }


@pytest.mark.parametrize("board", SEED["dashboards"], ids=lambda board: board["name"])
def test_a_dashboard_has_its_panels_in_their_order(bighead: Watched, board: dict[str, Any]) -> None:
    (found,) = (each for each in bighead.dashboards.grafana if each.name == board["name"])
    titles = [panel.title for row in found.rows for panel in row.panels]
    assert [title for title in titles if title in board["panels"]] == board["panels"]


def test_the_models_dashboard_is_of_one_model(bighead: Watched) -> None:
    (board,) = (each for each in bighead.dashboards.grafana if each.name == "model")
    (variable,) = board.variables
    assert (variable.name, variable.metric, variable.from_) == ("model", "predictions_total", "model")
    queries = [query.expr for row in board.rows for panel in row.panels for query in panel.queries]
    assert all('model="$model"' in query for query in queries)


def test_its_rules_keep_the_names_of_its_documents() -> None:
    """Severity as it is called there, and the annotation `runbook` beside the platform's own."""
    rules = [rule for rule in rendered.alerts("bighead") if rule["alert"] == "FeatureLatencyHigh"]
    assert {rule["labels"]["severity"] for rule in rules} == {"high", "medium"}
    for rule in rules:
        assert rule["labels"]["team"] == "ml-platform"
        assert rule["annotations"]["runbook"] == rule["annotations"]["runbook_url"]
        assert rule["annotations"]["runbook"].endswith("/runbooks/bighead/feature-latency-high/")


def test_every_runbook_is_there_and_escalates_as_the_document_says(bighead: Watched) -> None:
    pages = {each.runbook for each in bighead.alerts}
    assert len(pages) >= 11
    folder = ROOT / "docs/runbooks/bighead"
    for each in bighead.alerts:
        if {"critical", "high"} & set(each.thresholds):
            text = " ".join((folder / f"{each.runbook}.md").read_text(encoding="utf-8").split())
            assert "secondary" in text, each.runbook
            assert "manager" in text, each.runbook
            assert "10 minutes" in text, each.runbook
            assert "30 minutes" in text, each.runbook


def test_what_is_down_is_not_slow_as_well(catalog: Catalog) -> None:
    pairs = {(each.source.get("alertname"), each.target.get("alertname")) for each in catalog.routing.inhibitions}
    assert pairs >= {("FeatureStoreDown", "FeatureLatencyHigh"), ("PredictionServiceDown", "PredictionLatencyHigh")}


@pytest.mark.parametrize("row", SEED["corrected"], ids=lambda row: row["what"])
def test_a_correction_names_metrics_with_a_note(bighead: Watched, row: dict[str, Any]) -> None:
    names = [row["held_by"]] if isinstance(row["held_by"], str) else row["held_by"]
    for name in names:
        kind, _, found = name.partition(":")
        metric = bighead.metric(found)
        assert kind != "metric" or (metric and metric.note)


def test_ml_automator_speaks_statsd_and_nobody_else_does(bighead: Watched) -> None:
    assert [name for name, each in bighead.workload.producers.items() if each.kind == "statsd"] == ["ml-automator"]
    found = {each.name for each in bighead.metrics.prometheus if each.statsd}
    assert found == {name for name in SEED["metrics"] if name.startswith(("dag_", "task_"))}
