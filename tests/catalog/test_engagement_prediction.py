"""Engagement prediction holds what its document names: metrics, targets, thresholds, alarms, logs and widgets.

The tables below were written by reading the document; they share nothing with the catalog.
"""

import re

import pytest

from compiler import cloudwatch
from compiler.catalog import Catalog, Watched
from compiler.target import Target

# Section 2.1, "Infrastructure Metrics": seventeen, by the namespace and names in CloudWatch.
INFRASTRUCTURE = {
    "Lambda: Invocations": ("AWS/Lambda", {"Invocations"}),
    "Lambda: Duration": ("AWS/Lambda", {"Duration"}),
    "Lambda: Errors": ("AWS/Lambda", {"Errors"}),
    "Lambda: Throttles": ("AWS/Lambda", {"Throttles"}),
    "Lambda: Concurrent Executions": ("AWS/Lambda", {"ConcurrentExecutions"}),
    "Fargate: CPU Utilization": ("AWS/ECS", {"CPUUtilization"}),
    "Fargate: Memory Utilization": ("AWS/ECS", {"MemoryUtilization"}),
    "Fargate: Task Count": ("ECS/ContainerInsights", {"TaskCount"}),
    "DynamoDB: Read/Write Capacity": ("AWS/DynamoDB", {"ConsumedReadCapacityUnits", "ConsumedWriteCapacityUnits"}),
    "DynamoDB: Throttled Requests": ("AWS/DynamoDB", {"ThrottledRequests"}),
    "DynamoDB: Latency": ("AWS/DynamoDB", {"SuccessfulRequestLatency"}),
    "S3: Bucket Size": ("AWS/S3", {"BucketSizeBytes"}),
    "S3: Request Count": ("AWS/S3", {"AllRequests"}),
    "S3: 4xx/5xx Errors": ("AWS/S3", {"4xxErrors", "5xxErrors"}),
    "Athena: Query Execution Time": ("AWS/Athena", {"TotalExecutionTime"}),
    "Athena: Data Scanned": ("AWS/Athena", {"ProcessedBytes"}),
    "Athena: Failed Queries": ("AWS/Athena", {"TotalExecutionTime"}),
}
# What publishes nothing until it is switched on.
SWITCHED_ON = {"s3-requests", "s3-4xx", "s3-5xx", "model-read-latency", "athena-query-time", "athena-scanned"}
SWITCHED_ON |= {"athena-failed", "running-tasks", "estimated-charges"}

# Section 5.2, "Performance Targets", in milliseconds: p50, p95, p99.
LATENCY = {
    "api-integration-latency": (10, 20, 50),
    "predict-duration": (50, 150, 250),
    "dynamodb-latency": (5, 15, 30),
    "model-read-latency": (100, 200, 500),
    "xgboost-latency": (10, 30, 50),
}

# Sections 3.1 to 3.4 and 8.3: the side on which a target is missed, and the figure.
TARGETS = {
    "api-latency": ("above", 200),
    "api-5xx": ("above", 0.1),
    "account-concurrency": ("above", 80),
    "training-duration-engagement": ("above", 5),
    "prediction-latency": ("above", 100),
    "cache-hits": ("below", 95),
    "ks-statistic": ("above", 0.1),
    "null-rate": ("above", 1),
    "schema-violations": ("above", 0),
    "outlier-rate": ("above", 2),
    "duplicate-records": ("above", 0),
    "data-age": ("above", 24),
    "model-r2": ("below", 0.75),
    "parity-gender": ("below", 0.8),
    "parity-age": ("below", 0.8),
    "parity-location": ("below", 0.8),
    "model-age": ("above", 90),
    "churn-rate": ("above", 5),
    "retention-rate": ("below", 85),
    "average-ltv": ("below", 500),
    "engagement-score": ("below", 0.6),
    "acquisition-cost": ("below", 3),
    "run-cost": ("above", 4.42),
}

# Every threshold of the document with its alarm: severity, side, figure, what it is about.
THRESHOLDS = {
    "api-latency-high": ("p1", "above", 300, "api-latency"),
    "api-5xx-share-high": ("p1", "above", 1, "api-5xx"),
    "lambda-concurrency-high": ("p1", "above", 90, "account-concurrency"),
    "null-rate-high": ("p2", "above", 5, "null-rate"),
    "schema-violations-high": ("p2", "above", 10, "schema-violations"),
    "outlier-rate-high": ("p2", "above", 5, "outlier-rate"),
    "duplicate-records-high": ("p2", "above", 100, "duplicate-records"),
    "data-stale": ("p2", "above", 48, "data-age"),
    "prediction-latency-high": ("p3", "above", 100, "prediction-latency"),
    "cache-hit-rate-low": ("p3", "below", 95, "cache-hits"),
    "prediction-drift-detected": ("p2", "above", 0.1, "prediction-ks-statistic"),
    "fairness-violated": ("p2", "below", 0.8, "parity-gender"),
    "training-failed": ("p1", "above", 0, "pipeline-failed"),
    "training-slow": ("p3", "above", 5, "training-duration-engagement"),
    "model-retraining-due": ("p4", "above", 90, "model-age"),
    "model-health-check-failed": ("p2", "below", 1, "model-health"),
}
# Where alert and objective are one figure in the document: the alarm that comes before, and its severity.
EARLIER = {
    "model-accuracy-degraded": ("model-accuracy-low", "p3"),
    "fairness-violated": ("fairness-low", "p3"),
    "data-stale": ("data-freshness-missed", "p3"),
    "api-latency-high": ("api-latency-target-missed", "p3"),
    "lambda-concurrency-high": ("lambda-concurrency-target-missed", "p4"),
}

# Section 4.1, and the three groups that it forgets.
LOG_GROUPS = {
    *("/aws/lambda/pre-cleanup-lambda", "/aws/lambda/data-prep-lambda", "/aws/lambda/data-validation-lambda"),
    *("/aws/lambda/create-qa-table-lambda", "/aws/lambda/create-results-table-lambda"),
    *("/ecs/training-task", "/ecs/inference-task", "/aws/apigateway/engagement-api", "/aws/stepfunctions/ml-pipeline"),
}
FORGOTTEN = {"/aws/lambda/predict", "/aws/lambda/model-health-check", "/aws/lambda/retrain-evaluator"}

# Sections 7.2, 7.3 and 9.3: a row with its panels' words; the type where the document gives one.
PANELS: dict[str, dict[str, dict[str, str | None]]] = {
    "ml-models-health": {
        "Model accuracy": {"R²": "timeseries", "AUC-ROC": "timeseries", "RMSE": "timeseries"},
        "Fairness metrics": {"Demographic parity": "barchart"},
        "Prediction distribution": {"Engagement scores": "barchart", "Churn": "barchart", "LTV": "barchart"},
        "Feature drift": {"KS statistic per feature": "heatmap"},
    },
    "business-metrics": {
        "User engagement": {"DAU, WAU, MAU": None, "Session duration": None, "Feature adoption": None},
        "Revenue impact": {"LTV by segment": None, "CAC by channel": None, "LTV/CAC ratio": None},
        "Model ROI": {"Churn reduction": None, "Retention rate": None, "Cost savings": None},
    },
    "cost": {"Cost": {"Cost by service": "timeseries", "Cost per prediction": None}},
}
OPERATIONS = {
    "API health": ("Request rate", "Error rate", "Latency p50, p95, p99"),
    "Lambda performance": ("Invocations per function", "Duration", "Errors and throttles"),
    "Fargate tasks": ("CPU", "Memory", "Running tasks"),
    "Data pipeline": ("Step Functions", "Athena", "S3 storage"),
}


def test_every_infrastructure_metric_is_declared(engagement: Watched) -> None:
    declared = {(metric.namespace, metric.name) for metric in engagement.metrics.cloudwatch}
    assert len(INFRASTRUCTURE) == 17
    for told, (namespace, metrics) in INFRASTRUCTURE.items():
        assert {(namespace, name) for name in metrics} <= declared, told
    assert engagement.cloudwatch_metric("athena-failed").dimensions["QueryState"] == "FAILED"


def test_what_must_be_switched_on_says_so(engagement: Watched) -> None:
    assert {m.id for m in engagement.metrics.cloudwatch if "switched on" in m.producer} == SWITCHED_ON


@pytest.mark.parametrize("metric", LATENCY)
def test_the_latency_of_each_component_has_its_three_targets(engagement: Watched, metric: str) -> None:
    goals = engagement.cloudwatch_metric(metric).targets
    assert [(goal.of[:3], goal.bound.above) for goal in goals] == list(
        zip(("p50", "p95", "p99"), LATENCY[metric], strict=True)
    )
    assert engagement.cloudwatch_metric(metric).unit == "milliseconds"


@pytest.mark.parametrize("metric", TARGETS)
def test_a_target_is_that_of_the_document(engagement: Watched, metric: str) -> None:
    side, figure = TARGETS[metric]
    assert [goal.bound.sides() for goal in engagement.cloudwatch_metric(metric).targets] == [{side: figure}]


@pytest.mark.parametrize("name", THRESHOLDS)
def test_every_threshold_of_the_document_has_its_alarm(engagement: Watched, name: str) -> None:
    severity, side, figure, metric = THRESHOLDS[name]
    (alarm,) = (alarm for alarm in engagement.alarms.alarms if alarm.name == name)
    assert (alarm.severity, alarm.metric, alarm.bound.sides()) == (severity, metric, {side: figure})


@pytest.mark.parametrize("late", EARLIER)
def test_somebody_hears_of_it_before_the_objective_is_lost(engagement: Watched, late: str) -> None:
    alarms = {alarm.name: alarm for alarm in engagement.alarms.alarms}
    name, severity = EARLIER[late]
    early, last = alarms[name], alarms[late]
    assert (early.metric, early.severity) == (last.metric, severity)
    sooner = early.bound.value - last.bound.value
    assert sooner > 0 if "below" in early.bound.sides() else sooner < 0


def test_a_share_or_a_percentile_of_little_traffic_is_silent(engagement: Watched) -> None:
    shares = {alarm.name: alarm for alarm in engagement.alarms.alarms if alarm.unit in ("percent", "milliseconds")}
    unguarded = {name for name, alarm in shares.items() if not _guard(alarm.metrics[-1].expression or "")}
    # The quota counts executions, not a share of requests.
    assert unguarded == {"lambda-concurrency-high", "lambda-concurrency-target-missed"}
    percentiles = [alarm.name for alarm in engagement.alarms.alarms if (alarm.statistic or "").startswith("p")]
    assert percentiles == []


def _guard(expression: str) -> re.Match[str] | None:
    return re.match(r"IF\(.+ >= \d+, ", expression)


def test_p0_is_what_the_document_calls_critical(engagement: Watched, target: Target) -> None:
    composites = {composite.name: composite for composite in engagement.alarms.composites}
    assert set(composites) == {"api-down", "data-breach", "model-returns-nan"}
    assert {composite.severity for composite in composites.values()} == {"p0"}
    children = {name for composite in composites.values() for name in composite.alarms}
    told = {spec.name: spec.topics for spec in cloudwatch.alarms(engagement, target)}
    assert all(told[f"{child}-prod"] for child in children)


def test_names_of_alarms_are_unique(engagement: Watched) -> None:
    names = [alarm.name for alarm in engagement.alarms.alarms]
    names += [composite.name for composite in engagement.alarms.composites]
    assert len(set(names)) == len(names)


def test_every_log_group_is_kept_as_the_document_says(engagement: Watched, catalog: Catalog, target: Target) -> None:
    assert len(LOG_GROUPS) == 9
    groups = {spec.name.removesuffix("-prod"): spec for spec in cloudwatch.log_groups(engagement, catalog, target)}
    assert set(groups) == LOG_GROUPS | FORGOTTEN
    assert {spec.retention_days for spec in groups.values()} == {90}
    kept = catalog.retention.classes["engagement-prediction"]
    assert (kept.standard_days, kept.glacier_days) == (365, 7 * 365)


def test_the_three_queries_are_those_of_the_document(engagement: Watched) -> None:
    queries = {query.name: query.query.splitlines() for query in engagement.logs.queries}
    assert queries["slow-predictions"] == [
        "fields @timestamp, customer_id, latency_ms",
        "| filter latency_ms > 200",
        "| stats count() by bin(5m)",
    ]
    assert queries["model-accuracy-by-version"] == [
        "fields @timestamp, model_version, prediction, actual",
        '| filter actual != ""',
        "| stats avg(abs(prediction - actual)) by model_version",
    ]
    assert set(queries) == {"find-errors", "slow-predictions", "model-accuracy-by-version"}


@pytest.mark.parametrize("board", PANELS)
def test_a_dashboard_shows_the_widgets_of_the_document(engagement: Watched, board: str) -> None:
    (found,) = (dashboard for dashboard in engagement.dashboards.grafana if dashboard.name == board)
    rows = {row.title: row.panels for row in found.rows}
    for title, panels in PANELS[board].items():
        for words, kind in panels.items():
            (panel,) = (panel for panel in rows[title] if panel.title.startswith(words) or words in panel.title)
            assert kind in (None, panel.type), panel.title
            assert panel.cloudwatch


def test_the_operational_dashboard_is_in_cloudwatch(engagement: Watched) -> None:
    (board,) = engagement.dashboards.cloudwatch
    assert (board.name, board.window) == ("engagement-platform-ops", "1h")
    sections = {section.title: [widget.title for widget in section.widgets] for section in board.sections}
    for title, words in OPERATIONS.items():
        for word in words:
            assert any(widget.startswith(word) for widget in sections[title]), word
