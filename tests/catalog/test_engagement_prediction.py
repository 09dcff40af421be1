"""Engagement prediction: its metrics, alarms, logs and widgets.

What the document asks for is in `tests/seeds/engagement-prediction.yaml`; here is how the catalog holds it.
"""

import re

import pytest

from compiler.catalog.catalog import Catalog, Watched
from compiler.cloud import cloudwatch
from compiler.target import Target

# What publishes nothing until it is switched on.
SWITCHED_ON = {"s3-requests", "s3-4xx", "s3-5xx", "model-read-latency", "athena-query-time", "athena-scanned"}
SWITCHED_ON |= {"athena-failed", "running-tasks", "estimated-charges", "account-charges"}

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
    "cost": {
        "Cost": {
            "Cost by service": "timeseries",
            "Cost per prediction": None,
            "Cost by model": "barchart",
            "Forecast vs actual": "timeseries",
        },
    },
}
OPERATIONS = {
    "API health": ("Request rate", "Error rate", "Latency p50, p95, p99"),
    "Lambda performance": ("Invocations per function", "Duration", "Errors and throttles"),
    "Fargate tasks": ("CPU", "Memory", "Running tasks"),
    "Data pipeline": ("Step Functions", "Athena", "S3 storage"),
}


def test_failed_queries_are_counted_by_their_state(engagement: Watched) -> None:
    assert engagement.cloudwatch_metric("athena-failed").dimensions["QueryState"] == "FAILED"


def test_the_figures_of_cost_stand_side_by_side(engagement: Watched) -> None:
    """4.42 USD a run, 530 a month and a budget of 500 do not go together: a reader must see all three."""
    (board,) = (board for board in engagement.dashboards.grafana if board.name == "cost")
    (panel,) = (panel for row in board.rows for panel in row.panels if panel.title == "Cost of a run")
    assert re.findall(r"[\d.]+\d", panel.description or "") == ["4.42", "530", "500"]
    assert engagement.workload.budget
    assert engagement.workload.budget.monthly_usd == 500


def test_severities_are_answered_as_fast_as_the_document_says(engagement: Watched) -> None:
    found = {name: (each.priority, each.response) for name, each in engagement.workload.severities.items()}
    assert found == {
        "p0": ("P0", "15 minutes"),
        "p1": ("P1", "1 hour"),
        "p2": ("P2", "4 hours"),
        "p3": ("P3", "1 business day"),
        "p4": ("P4", "1 week"),
    }


def test_what_must_be_switched_on_says_so(engagement: Watched) -> None:
    assert {m.id for m in engagement.metrics.cloudwatch if "switched on" in m.producer} == SWITCHED_ON


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
    topics = {spec.name: spec.topics for spec in cloudwatch.alarms(engagement, target)}
    assert all(topics[f"{child}-prod"] for child in children)


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


@pytest.mark.parametrize(
    ("name", "dimensions", "topic"),
    [
        ("api-error-rate-high", {"ApiName": "engagement-api-prod"}, "pagerduty"),
        ("model-accuracy-degraded", {"Model": "engagement", "Environment": "prod"}, "ml_team"),
        ("data-drift-detected", {"Model": "engagement", "Environment": "prod"}, "data_team"),
    ],
)
def test_an_alarm_of_the_document_has_the_dimensions_that_its_metric_is_published_by(
    engagement: Watched, target: Target, name: str, dimensions: dict[str, str], topic: str
) -> None:
    (spec,) = (spec for spec in cloudwatch.alarms(engagement, target) if spec.name == f"{name}-prod")
    assert spec.dimensions == dimensions
    assert topic in spec.topics


def test_errors_are_found_with_the_critical_ones(engagement: Watched) -> None:
    (query,) = (query for query in engagement.logs.queries if query.name == "find-errors")
    levels = re.search(r"filter level in \[(.*)\]", query.query)
    assert levels
    assert set(levels[1].split(", ")) == {'"ERROR"', '"CRITICAL"'}
