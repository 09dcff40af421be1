"""Alarms, log groups and queries of CloudWatch."""

from dataclasses import replace

import pytest

from compiler.catalog.catalog import Catalog, Watched
from compiler.cloud import cloudwatch
from compiler.cloud.cloudwatch import AlarmSpec
from compiler.dashboards.cloudwatch import dashboard_body
from compiler.model.cloud import AlarmLine
from compiler.target import Target


@pytest.fixture
def alarms(billing: Watched, target: Target) -> dict[str, AlarmSpec]:
    return {alarm.name: alarm for alarm in cloudwatch.alarms(billing, target)}


def test_an_alarm_is_complete(alarms: dict[str, AlarmSpec]) -> None:
    alarm = alarms["api-error-rate-high-prod"]
    assert (alarm.namespace, alarm.metric_name, alarm.statistic) == ("AWS/ApiGateway", "4XXError", "Sum")
    assert alarm.dimensions == {"ApiName": "billing-api-prod"}
    assert (alarm.comparison_operator, alarm.threshold) == ("GreaterThanThreshold", 10)
    assert (alarm.period, alarm.evaluation_periods) == (300, 2)
    assert alarm.topics == ("p1", "pagerduty")
    assert alarm.model is None
    degraded = alarms["model-accuracy-degraded-prod"]
    assert (degraded.comparison_operator, degraded.period, degraded.model) == (
        "LessThanThreshold",
        86_400,
        "billing",
    )


def test_the_description_of_an_alarm_carries_what_labels_would(alarms: dict[str, AlarmSpec]) -> None:
    lines = alarms["api-error-rate-high-prod"].description.splitlines()
    facts = dict(line.split(": ", 1) for line in lines[2:])
    assert facts == {
        "severity": "p1",
        "priority": "P1",
        "workload": "billing",
        "service": "api",
        "team": "ml-platform",
        "runbook": "https://docs.example.com/runbooks/billing/api-error-rate-high/",
        "dashboard": "https://eu-west-1.console.aws.amazon.com/cloudwatch/home?region=eu-west-1"
        "#dashboards/dashboard/billing-operations-prod",
    }


@pytest.mark.parametrize("environment", ["local", "dev", "staging", "prod", "dr"])
def test_silence_is_trouble_only_where_the_workload_runs(billing: Watched, target: Target, environment: str) -> None:
    specs = cloudwatch.alarms(billing, replace(target, environment=environment, live=("billing",)))
    for alarm, spec in zip(billing.alarms.alarms, specs, strict=True):
        expected = environment in (alarm.environments or ("local", "dev", "staging", "prod"))
        silence = alarm.missing_data if expected or alarm.missing_data != "breaching" else "notBreaching"
        assert spec.treat_missing_data == silence, spec.name


def test_no_requests_at_night_are_trouble_in_prod_alone(billing: Watched, target: Target) -> None:
    for environment, silence in (("prod", "breaching"), ("staging", "notBreaching")):
        specs = cloudwatch.alarms(billing, replace(target, environment=environment, live=("billing",)))
        (spec,) = (spec for spec in specs if spec.name == f"api-no-requests-{environment}")
        assert spec.treat_missing_data == silence


@pytest.mark.parametrize("live", [(), ("shop",), ("billing/nothing",)])
def test_silence_of_what_is_not_declared_live_is_no_trouble(
    billing: Watched, target: Target, live: tuple[str, ...]
) -> None:
    """CloudWatch cannot learn who has had data: before a producer exists its alarms would all be in alarm."""
    specs = cloudwatch.alarms(billing, replace(target, environment="prod", live=live))
    assert "breaching" in {alarm.missing_data for alarm in billing.alarms.alarms}
    assert "breaching" not in {spec.treat_missing_data for spec in specs}


def test_metric_math_carries_its_metrics_with_their_dimensions(alarms: dict[str, AlarmSpec]) -> None:
    alarm = alarms["api-5xx-share-high-prod"]
    requests, errors, share = alarm.lines
    assert (requests.metric_name, requests.statistic, requests.returns) == ("Count", "Sum", False)
    assert (errors.namespace, errors.metric_name) == ("AWS/ApiGateway", "5XXError")
    assert requests.dimensions == errors.dimensions == {"ApiName": "billing-api-prod"}
    assert (share.expression, share.returns) == ("IF(m1 >= 100, 100 * m2 / m1)", True)
    assert (alarm.metric_name, alarm.threshold) == ("5XXError", 1)


def test_a_metric_without_dimensions_carries_the_environment_in_its_name(billing: Watched, target: Target) -> None:
    (alarm,) = (alarm for alarm in billing.alarms.alarms if alarm.name == "nan-in-prediction-log")
    line = AlarmLine(id="m1", metric="nan-log-lines", statistic="Sum", returns=True)
    math = alarm.model_copy(update={"statistic": None, "metrics": (line,)})
    for found in (alarm, math):
        changed = replace(billing, alarms=billing.alarms.model_copy(update={"alarms": (found,)}))
        (spec,) = cloudwatch.alarms(changed, target)
        assert spec.metric_name == "NaNLogLines-prod"
        assert [each.metric_name for each in spec.lines] == ["NaNLogLines-prod"] * len(found.metrics)
    board = billing.dashboards.cloudwatch[0]
    assert "NaNLogLines-prod" in dashboard_body(billing, board, target)


def test_a_composite_names_its_children_of_the_same_environment(billing: Watched, target: Target) -> None:
    composites = {spec.name: spec for spec in cloudwatch.composites(billing, target)}
    down = composites["api-down-prod"]
    assert down.rule == 'ALARM("api-failing-prod") OR ALARM("api-no-requests-prod")'
    assert down.children == ("api-failing-prod", "api-no-requests-prod")
    assert down.topics == ("p0", "pagerduty")
    assert "runbook: https://docs.example.com/runbooks/billing/api-down/" in down.description
    both = billing.alarms.composites[0].model_copy(update={"when": "all"})
    changed = replace(billing, alarms=billing.alarms.model_copy(update={"composites": (both,)}))
    (joint,) = cloudwatch.composites(changed, target)
    assert joint.rule == 'ALARM("api-failing-prod") AND ALARM("api-no-requests-prod")'


def test_what_is_counted_in_logs_is_a_metric_that_an_alarm_watches(billing: Watched, target: Target) -> None:
    watched = {(alarm.namespace, alarm.metric_name) for alarm in cloudwatch.alarms(billing, target)}
    filters = cloudwatch.metric_filters(billing, target)
    assert {(made.namespace, made.metric_name) for made in filters} <= watched
    assert {(made.name, made.log_group_name) for made in filters} == {
        ("nan-predictions-prod", "/aws/lambda/predict-prod"),
        ("personal-data-prod", "/aws/lambda/predict-prod"),
    }


def test_names_and_dimensions_carry_the_environment(billing: Watched, catalog: Catalog, target: Target) -> None:
    dev = replace(target, environment="dev")
    assert all(alarm.name.endswith("-dev") for alarm in cloudwatch.alarms(billing, dev))
    for alarm in cloudwatch.alarms(billing, dev):
        read = [(line.metric_name, line.dimensions) for line in alarm.lines if line.metric_name]
        for metric, dimensions in read or [(alarm.metric_name, alarm.dimensions)]:
            named = [str(metric), *dimensions.values()]
            # Lambda's quota is the account's, whatever the environment.
            assert any("dev" in value for value in named) or metric == "ConcurrentExecutions"
            assert not any("{" in value.replace("{account}", "") for value in named)
    assert all(made.name.endswith("-dev") for made in cloudwatch.composites(billing, dev))
    assert all(made.metric_name.endswith("-dev") for made in cloudwatch.metric_filters(billing, dev))
    assert all(group.name.endswith("-dev") for group in cloudwatch.log_groups(billing, catalog, dev))
    assert all("-dev/" in query.name for query in cloudwatch.queries(billing, dev))


def test_a_log_group_is_kept_as_long_as_its_class_says(billing: Watched, catalog: Catalog, target: Target) -> None:
    groups = cloudwatch.log_groups(billing, catalog, target)
    assert groups[0].name == "/aws/apigateway/billing-api-prod"
    assert {(group.retention_days, group.retention_note) for group in groups} == {(90, None)}


def test_a_query_reads_the_groups_of_its_environment(billing: Watched, target: Target) -> None:
    queries = {query.name: query.log_group_names for query in cloudwatch.queries(billing, target)}
    assert queries["billing-prod/slow-predictions"] == ("/aws/lambda/predict-prod",)
    assert len(queries["billing-prod/find-errors"]) == 12
