"""Alarms, log groups and queries refuse what CloudWatch refuses."""

from typing import Any

import pytest
from pydantic import ValidationError

from compiler.model.cloud import Alarm, Composite, LogGroup, LogQuery, MetricFilter

ALARM: dict[str, Any] = {
    "name": "model-accuracy-degraded",
    "severity": "p2",
    "service": "models",
    "metric": "model-r2",
    "statistic": "Average",
    "bound": {"below": 0.75},
    "period": "1d",
    "evaluation_periods": 3,
    "missing_data": "breaching",
    "summary": "The model is off",
    "description": "R² is low",
    "runbook": "accuracy",
    "dashboard": "ops",
}
GROUP: dict[str, Any] = {
    "name": "/aws/api-{environment}",
    "service": "api",
    "retention": "short",
    "help": "Access logs",
}


R2: dict[str, Any] = {"id": "m1", "metric": "model-r2", "statistic": "Average"}
LOSS: dict[str, Any] = {"id": "e1", "expression": "1 - m1", "returns": True}


@pytest.mark.parametrize(
    ("period", "periods"), [("1d", 7), ("1h", 168), ("5m", 288), ("1m", 1440), ("30s", 2880), ("10s", 1)]
)
def test_an_alarm_may_look_back_as_far_as_cloudwatch_does(period: str, periods: int) -> None:
    Alarm.model_validate(ALARM | {"period": period, "evaluation_periods": periods})


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"bound": {"equals": 0}}, "CloudWatch compares with above or below only, found equals"),
        ({"period": "90s"}, "expected a period of 10s, 20s, 30s or whole minutes, found 90s"),
        ({"period": "15s"}, "expected a period of 10s, 20s, 30s"),
        ({"period": "1d", "evaluation_periods": 8}, "CloudWatch looks back 604800 s at most, found 691200 s"),
        ({"period": "5m", "evaluation_periods": 289}, "CloudWatch looks back 86400 s at most, found 86700 s"),
        ({"evaluation_periods": 0}, "greater than or equal to 1"),
        ({"evaluation_periods": True}, "valid integer"),
        ({"statistic": "Median"}, "statistic"),
        ({"missing_data": "ok"}, "missing_data"),
        ({"topics": ["PagerDuty"]}, "topics"),
        ({"environments": ["production"]}, "environments"),
        ({"metrics": [R2 | {"returns": True}]}, "expected a statistic of the metric, or metrics with an expression"),
        ({"statistic": None}, "expected a statistic of the metric, or metrics with an expression"),
    ],
)
def test_a_wrong_alarm_is_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        Alarm.model_validate(ALARM | change)


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ([R2, {**LOSS, "returns": False}], "metrics: expected one line that returns, found none"),
        ([{**R2, "returns": True}, LOSS], r"metrics: expected one line that returns, found \['m1', 'e1'\]"),
        ([R2, {**LOSS, "id": "m1"}], "metrics: expected each id once"),
        ([{**R2, "metric": "model-auc"}, LOSS], "metrics: expected 'model-r2' among them"),
        ([R2, {**LOSS, "expression": "1 - m2"}], r"metrics: e1 uses \['m2'\]: expected ids among \['m1', 'e1'\]"),
        ([{"id": "m1", "metric": "model-r2"}, LOSS], "expected a metric with its statistic, or an expression"),
        ([R2, {"id": "e1", "returns": True}], "expected a metric with its statistic, or an expression"),
        ([R2, {**LOSS, "id": "E1"}], "pattern"),
    ],
)
def test_wrong_metric_math_is_refused(lines: list[dict[str, Any]], message: str) -> None:
    math = {key: value for key, value in ALARM.items() if key != "statistic"}
    assert Alarm.model_validate(math | {"metrics": [R2, LOSS]}).metrics[1].expression == "1 - m1"
    with pytest.raises(ValidationError, match=message):
        Alarm.model_validate(math | {"metrics": lines})


COMPOSITE: dict[str, Any] = {
    **{key: ALARM[key] for key in ("severity", "service", "summary", "description", "runbook", "dashboard")},
    "name": "api-down",
    "when": "any",
    "alarms": ["api-failing"],
}


@pytest.mark.parametrize("change", [{"alarms": []}, {"when": "most"}, {"alarms": ["a"] * 101}, {"metric": "m"}])
def test_a_wrong_composite_is_refused(change: dict[str, Any]) -> None:
    assert Composite.model_validate(COMPOSITE).alarms == ("api-failing",)
    with pytest.raises(ValidationError):
        Composite.model_validate(COMPOSITE | change)


@pytest.mark.parametrize("pattern", ["", "a" * 1025])
def test_a_wrong_metric_filter_is_refused(pattern: str) -> None:
    with pytest.raises(ValidationError, match="pattern"):
        MetricFilter.model_validate({"name": "nan", "group": "/aws/api", "metric": "nan", "pattern": pattern})


def test_an_alarm_says_what_silence_means() -> None:
    with pytest.raises(ValidationError, match=r"missing_data\n *Field required"):
        Alarm.model_validate({key: value for key, value in ALARM.items() if key != "missing_data"})


@pytest.mark.parametrize("name", ["", "a b", "a*", "/aws/{stage}", "a" * 481])
def test_a_wrong_log_group_is_refused(name: str) -> None:
    assert LogGroup.model_validate(GROUP).name == "/aws/api-{environment}"
    with pytest.raises(ValidationError):
        LogGroup.model_validate(GROUP | {"name": name})


def test_a_query_reads_a_log_group() -> None:
    with pytest.raises(ValidationError, match="groups"):
        LogQuery.model_validate(
            {"name": "find-errors", "title": "Find errors", "groups": [], "query": "fields @message"}
        )
