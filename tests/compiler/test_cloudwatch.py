"""Alarms, dashboards, log groups and queries of CloudWatch."""

import json
from dataclasses import replace
from typing import Any

import pytest

from compiler import cloudwatch
from compiler.catalog import Catalog, Watched
from compiler.cloudwatch import AlarmSpec
from compiler.target import Target


@pytest.fixture
def alarms(engagement: Watched, target: Target) -> dict[str, AlarmSpec]:
    return {alarm.name: alarm for alarm in cloudwatch.alarms(engagement, target)}


@pytest.fixture
def body(engagement: Watched, target: Target) -> Any:
    return json.loads(cloudwatch.dashboard_body(engagement, engagement.dashboards.cloudwatch[0], target))


def test_an_alarm_is_complete(alarms: dict[str, AlarmSpec]) -> None:
    alarm = alarms["api-error-rate-high-prod"]
    assert (alarm.namespace, alarm.metric_name, alarm.statistic) == ("AWS/ApiGateway", "4XXError", "Sum")
    assert alarm.dimensions == {"ApiName": "engagement-api-prod"}
    assert (alarm.comparison_operator, alarm.threshold) == ("GreaterThanThreshold", 10)
    assert (alarm.period, alarm.evaluation_periods) == (300, 2)
    assert alarm.topics == ("p1", "pagerduty")
    assert alarm.model is None
    degraded = alarms["model-accuracy-degraded-prod"]
    assert (degraded.comparison_operator, degraded.period, degraded.model) == (
        "LessThanThreshold",
        86_400,
        "engagement",
    )


def test_the_description_of_an_alarm_carries_what_labels_would(alarms: dict[str, AlarmSpec]) -> None:
    lines = alarms["api-error-rate-high-prod"].description.splitlines()
    facts = dict(line.split(": ", 1) for line in lines[2:])
    assert facts == {
        "severity": "p1",
        "priority": "P1",
        "workload": "engagement-prediction",
        "service": "api",
        "team": "ml-platform",
        "runbook": "https://docs.example.com/runbooks/engagement-prediction/api-error-rate-high/",
        "dashboard": "https://eu-west-1.console.aws.amazon.com/cloudwatch/home?region=eu-west-1"
        "#dashboards/dashboard/engagement-platform-ops-prod",
    }


@pytest.mark.parametrize("environment", ["local", "dev", "staging", "prod", "dr"])
def test_silence_is_trouble_only_where_the_workload_runs(engagement: Watched, target: Target, environment: str) -> None:
    specs = cloudwatch.alarms(engagement, replace(target, environment=environment))
    silence = {spec.name.removesuffix(f"-{environment}"): spec.treat_missing_data for spec in specs}
    assert silence == {
        "api-error-rate-high": "notBreaching",
        "model-accuracy-degraded": "notBreaching" if environment == "dr" else "breaching",
        "data-drift-detected": "missing",
    }


def test_names_and_dimensions_carry_the_environment(engagement: Watched, catalog: Catalog, target: Target) -> None:
    dev = replace(target, environment="dev")
    assert all(alarm.name.endswith("-dev") for alarm in cloudwatch.alarms(engagement, dev))
    for alarm in cloudwatch.alarms(engagement, dev):
        assert any("dev" in value for value in alarm.dimensions.values())
        assert not any("{" in value for value in alarm.dimensions.values())
    assert all(group.name.endswith("-dev") for group in cloudwatch.log_groups(engagement, catalog, dev))
    assert all("-dev/" in query.name for query in cloudwatch.queries(engagement, dev))


def test_a_log_group_is_kept_as_long_as_its_class_says(engagement: Watched, catalog: Catalog, target: Target) -> None:
    (group,) = cloudwatch.log_groups(engagement, catalog, target)
    assert (group.name, group.retention_days) == ("/aws/apigateway/engagement-api-prod", 90)
    assert group.retention_note is None


def test_a_query_reads_the_groups_of_its_environment(engagement: Watched, target: Target) -> None:
    (query,) = cloudwatch.queries(engagement, target)
    assert query.name == "engagement-prediction-prod/find-errors"
    assert query.log_group_names == ("/aws/apigateway/engagement-api-prod",)


def test_widgets_stay_in_the_grid_and_do_not_overlap(body: Any) -> None:
    taken = set[tuple[int, int]]()
    for widget in body["widgets"]:
        columns = range(widget["x"], widget["x"] + widget["width"])
        cells = {(x, y) for x in columns for y in range(widget["y"], widget["y"] + widget["height"])}
        assert columns.stop <= 24
        assert not cells & taken
        taken |= cells


def test_a_widget_that_does_not_fit_begins_a_new_line(engagement: Watched, target: Target) -> None:
    board = engagement.dashboards.cloudwatch[0]
    section = board.sections[0]
    wide = section.model_copy(
        update={"widgets": tuple(widget.model_copy(update={"width": 13}) for widget in section.widgets)}
    )
    narrow = board.model_copy(update={"sections": (wide,)})
    widgets = json.loads(cloudwatch.dashboard_body(engagement, narrow, target))["widgets"]
    assert [(widget["x"], widget["y"]) for widget in widgets] == [(0, 0), (0, 1), (0, 7), (0, 13)]


def test_every_section_is_a_heading_with_its_widgets(body: Any, engagement: Watched) -> None:
    sections = engagement.dashboards.cloudwatch[0].sections
    expected = [t for s in sections for t in (f"## {s.title}", *(widget.title for widget in s.widgets))]
    shown = [w["properties"].get("markdown") or w["properties"]["title"] for w in body["widgets"]]
    assert shown == expected


def test_a_line_is_a_metric_with_its_dimensions_or_an_expression(body: Any) -> None:
    by_title = {widget["properties"].get("title"): widget["properties"] for widget in body["widgets"]}
    requests, rate = by_title["Request rate"]["metrics"]
    assert requests[:4] == ["AWS/ApiGateway", "Count", "ApiName", "engagement-api-prod"]
    assert requests[4] == {"id": "m1", "label": "requests", "stat": "Sum", "visible": False}
    assert rate == [{"id": "e1", "label": "requests a second", "expression": "m1 / PERIOD(m1)", "visible": True}]
    assert by_title["Request rate"]["region"] == "eu-west-1"
    assert by_title["S3 storage"]["period"] == 86_400


def test_the_account_is_left_to_who_knows_it(body: Any) -> None:
    assert "arn:aws:states:eu-west-1:{account}:stateMachine:ml-pipeline-prod" in json.dumps(body)


@pytest.mark.parametrize(("window", "start"), [("1h", "-PT60M"), ("1d", "-PT1440M"), ("1d12h", "-PT2160M")])
def test_a_window_is_a_duration_that_cloudwatch_reads(
    engagement: Watched, target: Target, window: str, start: str
) -> None:
    board = engagement.dashboards.cloudwatch[0].model_copy(update={"window": window})
    assert json.loads(cloudwatch.dashboard_body(engagement, board, target))["start"] == start
