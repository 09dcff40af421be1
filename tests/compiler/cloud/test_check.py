"""What an alarm, a composite, a panel or a metric filter names must exist and be usable there."""

from typing import Any

import pytest

from tests.catalog_copy import CatalogCopy

ALARMS = "billing/alarms.yaml"
LOGS = "billing/logs.yaml"
CLOUD_METRICS = "billing/metrics.yaml"
CLOUD_BOARDS = "billing/dashboards.yaml"
MATH = {"id": "m1", "metric": "api-4xx", "statistic": "Sum"}
FILTER = {"name": "nan", "group": "/aws/apigateway/billing-api-{environment}", "pattern": "NaN"}
COMPOSITE = {
    "name": "api-down",
    "severity": "p1",
    "service": "api",
    "when": "any",
    "alarms": ["api-error-rate-high"],
    "summary": "Down",
    "description": "Down",
    "runbook": "api-error-rate-high",
    "dashboard": "billing-operations",
}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"alarms": ["api-off"]}, "api-down.alarms.0: unknown alarm 'api-off': expected one of api-"),
        ({"severity": "p9"}, "api-down.severity: unknown severity 'p9'"),
        ({"service": "apj"}, "api-down.service: unknown service 'apj'"),
        ({"topics": ["pagerd"]}, "api-down.topics.0: unknown topic 'pagerd'"),
        ({"dashboard": "ops"}, "api-down.dashboard: unknown CloudWatch dashboard 'ops'"),
        ({"runbook": "down"}, "api-down.runbook: no runbook: expected the page docs/runbooks/"),
        ({"name": "api-error-rate-high"}, "api-error-rate-high.name: 'api-error-rate-high' is declared twice"),
    ],
)
def test_a_composite_with_a_wrong_name_is_told(copy: CatalogCopy, change: dict[str, Any], message: str) -> None:
    copy.change(ALARMS, lambda data: data.update(composites=[COMPOSITE]))
    copy.load()
    copy.change(ALARMS, lambda data: data["composites"][0].update(change))
    (line,) = copy.mistakes()
    assert message in line


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"metrics": [MATH | {"returns": True, "metric": "api-4xy"}]}, "expected 'api-4xx' among them"),
        (
            {"metrics": [MATH, {"id": "m2", "metric": "api-5xy", "statistic": "Sum", "returns": True}]},
            "api-error-rate-high.metrics.m2.metric: unknown CloudWatch metric 'api-5xy'",
        ),
    ],
)
def test_metric_math_with_a_wrong_name_is_told(copy: CatalogCopy, change: dict[str, Any], message: str) -> None:
    def edit(data: Any) -> None:
        data["alarms"][0].pop("statistic")
        data["alarms"][0].update(change)

    copy.change(ALARMS, edit)
    (line,) = copy.mistakes()
    assert message in line


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"dimensions": {"ApiName": "*"}}, "'api-4xx' is many metrics (*)"),
        ({"region": "us-east-1"}, "'api-4xx' is published in us-east-1: an alarm sees its own region only"),
    ],
)
def test_an_alarm_on_a_metric_that_it_cannot_see_is_told(
    copy: CatalogCopy, change: dict[str, Any], message: str
) -> None:
    def edit(data: Any) -> None:
        next(metric for metric in data["cloudwatch"] if metric["id"] == "api-4xx").update(change)

    copy.change(CLOUD_METRICS, edit)
    assert [line for line in copy.mistakes() if f"api-error-rate-high.metric: {message}" in line]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"id": "model-r3"}, ".cloudwatch.m1.metric: unknown CloudWatch metric 'model-r2'"),
        ({"dimensions": {"Arn": "{account}"}}, ".cloudwatch.m1.metric: the dimensions of 'model-r2' hold"),
        ({"dimensions": {"Model": "*"}}, "metrics.m1.metric: 'model-r2' is many metrics (*): only a Grafana panel"),
    ],
)
def test_a_metric_that_a_panel_or_widget_cannot_draw_is_told(
    copy: CatalogCopy, change: dict[str, Any], message: str
) -> None:
    def edit(data: Any) -> None:
        next(metric for metric in data["cloudwatch"] if metric["id"] == "model-r2").update(change)

    copy.change(CLOUD_METRICS, edit)
    assert [line for line in copy.mistakes() if CLOUD_BOARDS in line and message in line]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"group": "/aws/none"}, ".group: unknown log group '/aws/none'"),
        ({"metric": "nan"}, ".metric: unknown CloudWatch metric 'nan'"),
        ({"metric": "api-4xx"}, ".metric: 'api-4xx' has dimensions: expected none"),
    ],
)
def test_a_metric_filter_with_a_wrong_name_is_told(copy: CatalogCopy, change: dict[str, Any], message: str) -> None:
    copy.change(LOGS, lambda data: data.update(metric_filters=[{**FILTER, "metric": "api-4xx"} | change]))
    assert [line for line in copy.mistakes() if message in line]
