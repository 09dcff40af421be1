"""The personalization document's numbers, written down by reading it, against the catalog."""

import re

import pytest

from compiler.catalog import Watched
from compiler.model.alerts import Alert

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
RED = [
    f"{component}_{part}"
    for component in ("edge", "api", "retrieval", "ranking", "bandit", "llm")
    for part in ("requests_total", "errors_total", "latency_seconds")
]
USE = [
    *("cpu_usage_percent", "cpu_throttle_seconds"),
    *("memory_usage_bytes", "memory_oom_kills", "memory_errors"),
    *("gpu_utilization_percent", "gpu_memory_used", "gpu_errors"),
    *("network_bytes_total", "network_queue_length", "network_errors"),
    *("disk_usage_percent", "disk_io_wait", "disk_errors"),
]
USED_AND_NEVER_DECLARED = [
    *("personalization_serendipity_ratio", "personalization_lift_ratio", "personalization_impressions_total"),
    *("personalization_return_ratio", "model_errors_total", "llm_daily_budget_dollars", "vectordb_health_status"),
]
TARGETS: dict[str, set[tuple[str, float]]] = {
    "personalization_lift_ratio": {("<", 0.15)},
    "personalization_engagement_seconds": {("<", 1.2)},
    "personalization_return_ratio": {("<", 0.3)},
    "personalization_catalog_coverage_ratio": {("<", 0.6)},
    "personalization_diversity_score": {("<", 0.7)},
    "personalization_novelty_ratio": {("<", 0.2), (">", 0.4)},
    "personalization_freshness_ratio": {("<", 0.1)},
    "personalization_serendipity_ratio": {("<", 0.05), (">", 0.15)},
    "embedding_freshness_seconds": {(">", 60)},
    "embedding_staleness_rate": {(">", 0.05)},
    "embedding_coverage_ratio": {("<", 0.95)},
    "embedding_drift_score": {(">", 0.1)},
    "bandit_cumulative_regret": {(">", 0.1)},
    "bandit_exploration_rate": {("<", 0.05), (">", 0.15)},
    "bandit_posterior_uncertainty": {(">", 1)},
    "bandit_arm_pull_distribution_gini": {(">", 0.8)},
    "bandit_cold_item_coverage_ratio": {("<", 0.8)},
    "model_ndcg_score": {("<", 0.7)},
    "model_recall_score": {("<", 0.9)},
    "llm_quality_score": {("<", 4)},
    "model_feature_drift_score": {(">", 0.1)},
    "model_confidence_score": {("<", 0.7)},
}
# Each metric of the tables with its alert condition: the metric, the alert that watches it, what breaks it.
TABLES: list[tuple[str, str, set[tuple[str, float]]]] = [
    ("personalization_catalog_coverage_ratio", "LowCatalogCoverage", {("<", 0.4)}),
    ("personalization_diversity_score", "LowDiversityScore", {("<", 0.5)}),
    ("personalization_novelty_ratio", "NoveltyOutOfRange", {("<", 0.1), (">", 0.6)}),
    ("personalization_freshness_ratio", "LowFreshness", {("<", 0.05)}),
    ("personalization_serendipity_ratio", "LowSerendipity", {("<", 0.03)}),
    ("embedding_freshness_seconds", "HighEmbeddingFreshness", {(">", 300)}),
    ("embedding_staleness_rate", "EmbeddingStaleness", {(">", 0.15)}),
    ("embedding_coverage_ratio", "LowEmbeddingCoverage", {("<", 0.9)}),
    ("embedding_drift_score", "HighEmbeddingDrift", {(">", 0.2)}),
    ("bandit_cumulative_regret", "HighBanditRegret", {(">", 0.2)}),
    ("bandit_exploration_rate", "ExplorationRateOutOfRange", {("<", 0.03), (">", 0.25)}),
    # "Increasing": 5 % above the day before, since what is steady goes up and down.
    ("bandit_posterior_uncertainty", "RisingPosteriorUncertainty", {(">", 1.05)}),
    ("bandit_arm_pull_distribution_gini", "HighArmPullDistribution", {(">", 0.9)}),
    ("bandit_cold_item_coverage_ratio", "LowColdItemCoverage", {("<", 0.5)}),
    ("model_ndcg_score", "LowRankingNdcg", {("<", 0.6)}),
    ("model_recall_score", "LowRetrievalRecall", {("<", 0.8)}),
    ("llm_quality_score", "LowLLMResponseQuality", {("<", 3.5)}),
    ("model_feature_drift_score", "HighFeatureDrift", {(">", 0.2)}),
    ("model_confidence_score", "LowPredictionConfidence", {("<", 0.5)}),
]
# The three tables of alerts: the table's name, the alert, severity, what breaks it, for how long (None: not said).
ALERTS: list[tuple[str, str, str, tuple[str, float], str | None]] = [
    ("Availability < 99%", "HighErrorRate", "critical", (">", 0.01), "5m"),
    ("Latency Spike", "HighLatency", "critical", (">", 0.15), "5m"),
    ("Data Pipeline Down", "EmbeddingPipelineDown", "critical", ("==", 0), "5m"),
    # All of them, but for one answer that was under way.
    ("Model Serving Failed", "ModelServingFailed", "critical", (">", 0.99), None),
    ("LLM Unavailable", "LLMUnavailable", "critical", (">", 0.99), "2m"),
    ("Latency Elevated", "HighLatency", "warning", (">", 0.1), "15m"),
    ("Cache Hit Rate Low", "LowCacheHitRate", "warning", ("<", 0.7), "30m"),
    ("Embedding Staleness", "EmbeddingStaleness", "warning", (">", 0.2), "30m"),
    ("Bandit Regret High", "HighBanditRegret", "warning", (">", 0.15), "1h"),
    ("LLM Cost Overrun", "LLMCostOverrun", "warning", (">", 120), None),
    # "New version live": for an hour after it.
    ("Model Deployed", "ModelDeployed", "info", ("<", 1), None),
    ("Traffic Spike", "TrafficSpike", "info", (">", 2), None),
    # "Traffic shifted": a fifth of all of it; among three regions a failover moves a third.
    ("Region Failover", "RegionFailover", "info", (">", 0.2), None),
]
PANELS = {
    "executive": [
        *("Personalization lift", "Click-through rate", "Conversion rate", "Revenue impact", "Daily lift"),
        *("Click-through rate by segment", "Active users", "Requests today", "Edge hit rate", "Average latency"),
    ],
    "operations": [
        *("Edge: points of presence", "Origin: share of targets up", "Streaming: lag", "LLM: usage"),
        *("Latency p50, p95, p99", "Requests a second by tier", "Error rate", "Cache hit rate"),
        *("CPU", "Memory", "GPU", "Network"),
    ],
    "ml": [
        *("Embedding freshness", "Staleness rate", "Bandit regret", "Exploration", "Embedding freshness by segment"),
        *("Bandit reward", "Feature drift", "Model confidence", "Model version", "Last deploy"),
        *("NDCG@10", "Recall@100"),
    ],
}


def alert(watched: Watched, name: str) -> Alert:
    return next(alert for alert in watched.alerts if alert.name == name)


def metrics_in(watched: Watched, expression: str) -> set[str]:
    """Returns the declared metrics that an expression reads."""
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


@pytest.mark.parametrize("name", [*RED, *USE, *USED_AND_NEVER_DECLARED])
def test_a_metric_of_a_table_is_declared(personalization: Watched, name: str) -> None:
    metric = personalization.metric(name)
    assert metric
    assert metric.help
    assert metric.unit


def test_the_tables_are_complete() -> None:
    """Counted in the document: three blocks, 18 RED and 14 USE metrics, 19 metrics with 21 conditions, 13 alerts."""
    assert (len(BLOCKS), len(RED), len(USE)) == (3, 18, 14)
    assert (len(TABLES), sum(len(conditions) for _, _, conditions in TABLES)) == (19, 21)
    assert [sum(row[2] == name for row in ALERTS) for name in ("critical", "warning", "info")] == [5, 5, 3]


@pytest.mark.parametrize("name", TARGETS)
def test_a_target_is_that_of_the_document(personalization: Watched, name: str) -> None:
    metric = personalization.metric(name)
    assert metric
    assert {limit for goal in metric.targets for limit in goal.bound.limits()} == TARGETS[name]


@pytest.mark.parametrize(("metric", "name", "conditions"), TABLES, ids=[row[1] for row in TABLES])
def test_a_threshold_of_a_metric_is_watched(
    personalization: Watched, metric: str, name: str, conditions: set[tuple[str, float]]
) -> None:
    found = alert(personalization, name)
    assert metrics_in(personalization, found.value) == {metric}
    assert conditions in [set(threshold.limits()) for threshold in found.thresholds.values()]


@pytest.mark.parametrize(("title", "name", "severity", "limit", "lasting"), ALERTS, ids=[row[0] for row in ALERTS])
def test_an_alert_of_the_lists_is_there(
    personalization: Watched, title: str, name: str, severity: str, limit: tuple[str, float], lasting: str | None
) -> None:
    found = alert(personalization, name)
    threshold = found.thresholds[severity]
    assert title in found.aliases
    assert threshold.limits() == (limit,)
    assert lasting in (None, threshold.for_)


def test_the_freshness_limits_are_for_active_visitors(personalization: Watched) -> None:
    assert 'user_segment="active"' in alert(personalization, "HighEmbeddingFreshness").value


@pytest.mark.parametrize("name", PANELS)
def test_a_dashboard_has_the_panels_of_its_drawing(personalization: Watched, name: str) -> None:
    (board,) = (board for board in personalization.dashboards.grafana if board.name == name)
    titles = [panel.title for row in board.rows for panel in row.panels]
    assert [title for title in titles if title in PANELS[name]] == PANELS[name]


def test_panels_of_metrics_with_limits_show_them(personalization: Watched) -> None:
    """A stat of a metric with an alert has a colour that begins at each of the alert's limits."""
    for metric, name, _ in TABLES:
        limits = {v for threshold in alert(personalization, name).thresholds.values() for _, v in threshold.limits()}
        if name == "RisingPosteriorUncertainty":
            continue  # its limit is a change, the panel shows the level
        shown = [
            {step.above for step in panel.steps}
            for board in personalization.dashboards.grafana
            for row in board.rows
            for panel in row.panels
            if any(metric in metrics_in(personalization, query.expr) for query in panel.queries)
        ]
        assert any(limits <= steps for steps in shown), metric
