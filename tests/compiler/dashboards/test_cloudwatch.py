"""Dashboards of CloudWatch: what is where, and what a line is made of."""

import json
from typing import Any

import pytest

from compiler.catalog.catalog import Watched
from compiler.dashboards.cloudwatch import dashboard_body
from compiler.target import Target


@pytest.fixture
def body(billing: Watched, target: Target) -> Any:
    return json.loads(dashboard_body(billing, billing.dashboards.cloudwatch[0], target))


def test_widgets_stay_in_the_grid_and_do_not_overlap(body: Any) -> None:
    taken = set[tuple[int, int]]()
    for widget in body["widgets"]:
        columns = range(widget["x"], widget["x"] + widget["width"])
        cells = {(x, y) for x in columns for y in range(widget["y"], widget["y"] + widget["height"])}
        assert columns.stop <= 24
        assert not cells & taken
        taken |= cells


def test_a_widget_that_does_not_fit_begins_a_new_line(billing: Watched, target: Target) -> None:
    board = billing.dashboards.cloudwatch[0]
    section = board.sections[0]
    wide = section.model_copy(
        update={"widgets": tuple(widget.model_copy(update={"width": 13}) for widget in section.widgets)}
    )
    narrow = board.model_copy(update={"sections": (wide,)})
    widgets = json.loads(dashboard_body(billing, narrow, target))["widgets"]
    assert [(widget["x"], widget["y"]) for widget in widgets] == [(0, 0), (0, 1), (0, 7), (0, 13)]


def test_every_section_is_a_heading_with_its_widgets(body: Any, billing: Watched) -> None:
    sections = billing.dashboards.cloudwatch[0].sections
    expected = [t for s in sections for t in (f"## {s.title}", *(widget.title for widget in s.widgets))]
    shown = [w["properties"].get("markdown") or w["properties"]["title"] for w in body["widgets"]]
    assert shown == expected


def test_a_line_is_a_metric_with_its_dimensions_or_an_expression(body: Any) -> None:
    by_title = {widget["properties"].get("title"): widget["properties"] for widget in body["widgets"]}
    requests, rate = by_title["Request rate"]["metrics"]
    assert requests[:4] == ["AWS/ApiGateway", "Count", "ApiName", "billing-api-prod"]
    assert requests[4] == {"id": "m1", "label": "requests", "stat": "Sum", "visible": False}
    assert rate == [{"id": "e1", "label": "requests a second", "expression": "m1 / PERIOD(m1)", "visible": True}]
    assert by_title["Request rate"]["region"] == "eu-west-1"
    assert by_title["S3 storage"]["period"] == 86_400


def test_the_account_is_left_to_who_knows_it(body: Any) -> None:
    assert "arn:aws:states:eu-west-1:{account}:stateMachine:ml-pipeline-prod" in json.dumps(body)


@pytest.mark.parametrize(("window", "start"), [("1h", "-PT60M"), ("1d", "-PT1440M"), ("1d12h", "-PT2160M")])
def test_a_window_is_a_duration_that_cloudwatch_reads(
    billing: Watched, target: Target, window: str, start: str
) -> None:
    board = billing.dashboards.cloudwatch[0].model_copy(update={"window": window})
    assert json.loads(dashboard_body(billing, board, target))["start"] == start
