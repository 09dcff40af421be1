"""The personalization document's numbers, written down by reading it, against the catalog."""

import re

import pytest

from compiler.catalog.catalog import Watched
from compiler.dashboards.steps import colors
from compiler.model.alerts import Alert
from compiler.model.base import seconds
from tests.coverage.model import FOLDER, load

SEED = load(FOLDER / "personalization.yaml")

SEGMENTS = ("power", "active", "casual")
SOURCES = ("personalized", "baseline")
BLOCKS: dict[str, dict[str, tuple[str, ...]]] = {
    "business": {
        "personalization_requests_total": ("tier", "status"),
        "personalization_request_duration_seconds": ("tier",),
        "personalization_clicks_total": ("source",),
        "personalization_conversions_total": ("source",),
        "personalization_engagement_seconds": ("source",),
        "personalization_catalog_coverage_ratio": (),
        "personalization_diversity_score": (),
        "personalization_novelty_ratio": (),
        "personalization_freshness_ratio": (),
        "personalization_exploration_rate": ("algorithm",),
        "personalization_exploration_reward_total": (),
        "personalization_exploitation_reward_total": (),
    },
    "operational": {
        "edge_requests_total": ("pop", "cache"),
        "edge_latency_seconds": ("pop",),
        "edge_cache_hit_ratio": ("pop",),
        "edge_cache_size_bytes": ("pop",),
        "api_requests_total": ("endpoint", "status_code"),
        "api_latency_seconds": ("endpoint",),
        "api_concurrent_requests": ("endpoint",),
        "streaming_events_processed_total": ("processor",),
        "streaming_lag_seconds": ("consumer_group",),
        "streaming_checkpoint_duration_seconds": (),
        "streaming_state_size_bytes": (),
        "vectordb_queries_total": ("operation",),
        "vectordb_latency_seconds": ("operation",),
        "redis_commands_total": ("command",),
        "redis_latency_seconds": ("command",),
        "redis_memory_used_bytes": (),
        "kafka_consumer_lag": ("topic", "partition"),
    },
    "ml": {
        "embedding_freshness_seconds": ("user_segment",),
        "embedding_staleness_rate": (),
        "embedding_coverage_ratio": (),
        "embedding_drift_score": (),
        "bandit_cumulative_regret": (),
        "bandit_exploration_rate": (),
        "bandit_posterior_uncertainty": ("item_segment",),
        "bandit_arm_pull_distribution_gini": (),
        "bandit_cold_item_coverage_ratio": (),
        "model_ndcg_score": ("model_version",),
        "model_recall_score": ("model_version", "k"),
        "model_confidence_score": ("model_version",),
        "model_feature_drift_score": ("feature_name",),
        "model_inference_latency_seconds": ("model_name",),
        "llm_invocation_rate": (),
        "llm_cache_hit_rate": (),
        "llm_response_tokens": (),
        "llm_quality_score": (),
        "llm_cost_dollars_total": (),
    },
}
QUANTILES = (
    *("personalization_request_duration_seconds", "edge_latency_seconds", "api_latency_seconds"),
    *("vectordb_latency_seconds", "redis_latency_seconds", "model_confidence_score"),
    *("model_inference_latency_seconds", "llm_response_tokens"),
)
VALUES = {
    ("personalization_requests_total", "tier"): ("edge", "origin", "llm"),
    ("personalization_requests_total", "status"): ("success", "error"),
    ("personalization_clicks_total", "source"): SOURCES,
    ("personalization_conversions_total", "source"): SOURCES,
    ("personalization_engagement_seconds", "source"): SOURCES,
    ("personalization_exploration_rate", "algorithm"): ("thompson", "random"),
    ("edge_requests_total", "cache"): ("hit", "miss"),
    ("api_requests_total", "endpoint"): ("/personalize", "/feedback", "/explain"),
    ("streaming_events_processed_total", "processor"): ("embed", "context", "bandit"),
    ("vectordb_queries_total", "operation"): ("search", "upsert"),
    ("embedding_freshness_seconds", "user_segment"): SEGMENTS,
    ("model_recall_score", "k"): ("10", "100", "1000"),
}
USED_AND_NEVER_DECLARED = [
    *("personalization_serendipity_ratio", "personalization_lift_ratio", "personalization_impressions_total"),
    *("personalization_return_ratio", "model_errors_total", "llm_daily_budget_dollars", "vectordb_health_status"),
]


def alert(watched: Watched, name: str) -> Alert:
    return next(alert for alert in watched.alerts if alert.name == name)


def metrics_in(watched: Watched, expression: str) -> set[str]:
    """Return the declared metrics that an expression reads."""
    words = set(re.findall(r"[a-z_]+", expression))
    suffixes = ("", "_bucket", "_sum", "_count")
    return {m.name for m in watched.metrics.prometheus if any(f"{m.name}{suffix}" in words for suffix in suffixes)}


@pytest.mark.parametrize(("name", "labels"), [pair for block in BLOCKS.values() for pair in block.items()])
def test_a_defined_metric_is_declared_with_its_labels(
    personalization: Watched, name: str, labels: tuple[str, ...]
) -> None:
    metric = personalization.metric(name)
    assert metric
    assert set(labels) <= set(metric.labels)
    assert (metric.type == "histogram") == (name in QUANTILES or name == "personalization_engagement_seconds")


@pytest.mark.parametrize(("name", "label"), VALUES)
def test_a_label_has_the_values_of_the_document(personalization: Watched, name: str, label: str) -> None:
    metric = personalization.metric(name)
    assert metric
    assert metric.labels[label] == VALUES[name, label]


@pytest.mark.parametrize("name", USED_AND_NEVER_DECLARED)
def test_what_is_never_declared_says_so(personalization: Watched, name: str) -> None:
    metric = personalization.metric(name)
    assert metric
    assert metric.note


@pytest.mark.parametrize(
    "name", ["FastErrorBurn", "FastLatencyBurn", "StreamProcessorStalled", "ModelServingFailed", "LLMUnavailable"]
)
def test_an_outage_is_detected_within_five_minutes(personalization: Watched, name: str) -> None:
    """The rate's window, the wait, a scrape of 15 seconds, an evaluation of 30, and the group's wait of P1."""
    found = alert(personalization, name)
    window = re.search(r"\[(\w+)\]", found.value)
    assert window
    assert seconds(window[1]) + seconds(found.thresholds["critical"].for_) + 15 + 30 + 30 < 300


@pytest.mark.parametrize(("fast", "slow"), [("FastErrorBurn", "HighErrorRate"), ("FastLatencyBurn", "HighLatency")])
def test_what_told_first_outlasts_the_window_of_what_it_silences(
    personalization: Watched, fast: str, slow: str
) -> None:
    """Else the second one would tell of the outage when it is over."""
    (window,) = set(re.findall(r"\[(\w+)\]", alert(personalization, slow).value))
    kept = alert(personalization, fast).thresholds["critical"].keep
    assert kept
    assert seconds(kept) > seconds(window)


def test_the_blocks_are_complete() -> None:
    """Counted in the document: three blocks."""
    assert len(BLOCKS) == 3


def test_the_freshness_limits_are_for_active_visitors(personalization: Watched) -> None:
    assert 'user_segment="active"' in alert(personalization, "HighEmbeddingFreshness").value


def test_panels_of_metrics_with_limits_show_them(personalization: Watched) -> None:
    """A stat of a metric with an alert has a colour that begins at each of the alert's limits."""
    conditions = {(row.metric, row.held_by) for row in SEED.thresholds if row.held_by != "target"}
    assert len(conditions) == 19
    for metric, held_by in conditions:
        name = held_by.removeprefix("alert:")
        limits = {v for threshold in alert(personalization, name).thresholds.values() for _, v in threshold.limits()}
        if name == "RisingPosteriorUncertainty":
            continue  # its limit is a change, the panel shows the level
        shown = [
            {value for value, _ in colors(personalization, panel)[1]}
            for board in personalization.dashboards.grafana
            for row in board.rows
            for panel in row.panels
            if any(metric in metrics_in(personalization, query.expr) for query in panel.queries)
        ]
        assert any(limits <= steps for steps in shown), metric
