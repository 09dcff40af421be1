"""Metrics name their producer, their unit and, in CloudWatch, their dimensions."""

from typing import Any

import pytest
from pydantic import ValidationError

from compiler.model.metrics import CloudWatchMetric, Metric

METRIC: dict[str, Any] = {
    "name": "requests_total",
    "type": "counter",
    "unit": "requests",
    "help": "Requests",
    "service": "api",
    "producer": "api",
}
CLOUDWATCH: dict[str, Any] = {
    "id": "api-4xx",
    "namespace": "AWS/ApiGateway",
    "name": "4XXError",
    "dimensions": {"ApiName": "api-{environment}"},
    "unit": "requests",
    "help": "Refused requests",
    "service": "api",
    "producer": "API Gateway",
}


@pytest.mark.parametrize("key", [key for key in METRIC if key != "name"])
def test_a_metric_says_all_of_itself(key: str) -> None:
    assert Metric.model_validate(METRIC).labels == {}
    with pytest.raises(ValidationError, match=f"{key}\n *Field required"):
        Metric.model_validate({name: value for name, value in METRIC.items() if name != key})


@pytest.mark.parametrize(
    "change",
    [
        {"type": "meter"},
        {"name": "requests-total"},
        {"name": "slo:total"},
        {"labels": {"pop": None}},
        {"labels": {"pop": [1]}},
        {"labels": {"pop": ['"']}},
        {"labels": {"Pop": []}},
        {"targets": [{"of": "p95"}]},
    ],
)
def test_a_wrong_metric_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Metric.model_validate(METRIC | change)


@pytest.mark.parametrize(
    "change",
    [
        {"dimensions": {}},
        {"no_dimensions": "one for the account"},
        {"region": "Ireland"},
        {"name": "Errors-{env}"},
        {"dimensions": {"ApiName": "api-{env}"}},
        {"producer": ""},
        {"thresholds": {"p1": {}}},
    ],
)
def test_a_wrong_cloudwatch_metric_is_refused(change: dict[str, Any]) -> None:
    assert CloudWatchMetric.model_validate(CLOUDWATCH).thresholds == {}
    with pytest.raises(ValidationError):
        CloudWatchMetric.model_validate(CLOUDWATCH | change)


def test_a_metric_without_dimensions_says_why() -> None:
    plain = {**CLOUDWATCH, "dimensions": {}, "no_dimensions": "the whole account"}
    assert not CloudWatchMetric.model_validate(plain).many


def test_a_star_is_a_metric_for_each_value() -> None:
    assert CloudWatchMetric.model_validate(CLOUDWATCH | {"dimensions": {"Model": "churn", "Feature": "*"}}).many
