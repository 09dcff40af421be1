"""Panels and widgets refuse what cannot be drawn."""

from typing import Any

import pytest
from pydantic import ValidationError

from compiler.model.dashboards import CloudWatchDashboard, Dashboard, Panel, WidgetMetric

PANEL: dict[str, Any] = {"title": "Targets", "type": "stat", "unit": "short", "queries": [{"expr": "up"}]}


@pytest.mark.parametrize(
    "line",
    [
        {"metric": "requests", "statistic": "Sum"},
        {"expression": "m1 / PERIOD(m1)"},
        {"metric": "requests", "statistic": "p95", "hidden": True},
    ],
)
def test_a_line_is_a_metric_or_an_expression(line: dict[str, Any]) -> None:
    WidgetMetric.model_validate({"id": "m1", "label": "requests", **line})


@pytest.mark.parametrize(
    "line",
    [
        {},
        {"metric": "requests"},
        {"statistic": "Sum"},
        {"metric": "requests", "statistic": "Sum", "expression": "m1"},
        {"expression": "m1", "statistic": "Sum"},
    ],
)
def test_a_line_that_is_both_or_neither_is_refused(line: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match="expected a metric with its statistic, or an expression"):
        WidgetMetric.model_validate({"id": "m1", "label": "requests", **line})


@pytest.mark.parametrize("change", [{"id": "M1"}, {"label": ""}, {"hidden": "yes"}, {"statistic": "p42"}])
def test_a_wrong_line_is_refused(change: dict[str, Any]) -> None:
    line = {"id": "m1", "label": "requests", "metric": "requests", "statistic": "Sum"}
    with pytest.raises(ValidationError):
        WidgetMetric.model_validate(line | change)


@pytest.mark.parametrize(
    "change",
    [
        {"type": "graph"},
        {"type": "singlestat"},
        {"queries": []},
        {"width": 0},
        {"width": 25},
        {"base_color": "pink"},
        {"steps": [{"above": "1", "color": "red"}]},
    ],
)
def test_a_wrong_panel_is_refused(change: dict[str, Any]) -> None:
    assert Panel.model_validate(PANEL).width == 12
    with pytest.raises(ValidationError):
        Panel.model_validate(PANEL | change)


CLOUDWATCH: dict[str, Any] = {"id": "m1", "metric": "dau", "statistic": "Maximum", "legend": "DAU"}


def test_a_panel_asks_one_data_source() -> None:
    asked = {key: value for key, value in PANEL.items() if key != "queries"} | {"cloudwatch": [CLOUDWATCH]}
    assert Panel.model_validate(asked | {"type": "heatmap"}).cloudwatch[0].period == "5m"
    for wrong in (PANEL | {"cloudwatch": [CLOUDWATCH]}, asked | {"cloudwatch": []}):
        with pytest.raises(ValidationError, match="expected queries on Prometheus or on CloudWatch"):
            Panel.model_validate(wrong)


@pytest.mark.parametrize("change", [{"period": "daily"}, {"statistic": None}, {"expression": "m1"}, {"hidden": "no"}])
def test_a_wrong_line_of_a_panel_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Panel.model_validate({**PANEL, "queries": [], "cloudwatch": [CLOUDWATCH | change]})


def test_a_dashboard_shows_something() -> None:
    with pytest.raises(ValidationError, match="rows"):
        Dashboard.model_validate({"name": "ops", "title": "Operations", "description": "All of it", "rows": []})
    with pytest.raises(ValidationError, match="sections"):
        CloudWatchDashboard.model_validate({"name": "ops", "title": "Operations", "sections": []})
