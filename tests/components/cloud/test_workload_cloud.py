"""Alarms reach their topics, log groups are encrypted and end, queries and dashboards are filled in."""

from __future__ import annotations

from dataclasses import replace

import pytest

from compiler.cloud.cloudwatch import AlarmSpec, CompositeSpec, LineSpec, LogGroupSpec, MetricFilterSpec, QuerySpec
from components.cloud.workload_cloud import WorkloadCloud, WorkloadCloudArgs
from tests.components.isolated import ACCOUNT, TAGS, Deployed, deploy, in_aws

KEY = "arn:aws:kms:us-east-1:123456789012:key/1"
TOPICS = {"p2": "arn:aws:sns:us-east-1:123456789012:p2-prod", "ml_team": "arn:aws:sns:us-east-1:123456789012:ml_team"}
ALARM = AlarmSpec(
    name="model-accuracy-degraded-prod",
    namespace="CustomMetrics/ML",
    metric_name="ModelR2",
    dimensions={"Model": "billing"},
    statistic="Average",
    comparison_operator="LessThanThreshold",
    threshold=0.75,
    period=86_400,
    evaluation_periods=3,
    treat_missing_data="breaching",
    topics=("p2", "ml_team"),
    description="R² has been below 0.75.",
    model="billing",
)
LATENCY = replace(ALARM, name="latency-high-prod", statistic="p95", model=None)
FAILED = LineSpec(
    id="m1",
    returns=False,
    namespace="AWS/States",
    metric_name="ExecutionsFailed",
    dimensions={"StateMachineArn": "arn:aws:states:us-east-1:{account}:stateMachine:pipeline-prod"},
    statistic="Sum",
)
TRAINING = replace(
    ALARM,
    name="training-failed-prod",
    statistic="metric math",
    model=None,
    lines=(FAILED, LineSpec(id="e1", returns=True, expression="FILL(m1, 0)")),
)
DOWN = CompositeSpec(
    name="api-down-prod",
    rule='ALARM("latency-high-prod") OR ALARM("training-failed-prod")',
    children=("latency-high-prod", "training-failed-prod"),
    topics=("p2",),
    description="Down.",
)
ARGS = WorkloadCloudArgs(
    alarms=[ALARM, LATENCY, TRAINING],
    composites=[DOWN],
    dashboards={"ops-prod": '{"arn": "arn:aws:states:us-east-1:{account}:stateMachine:a"}'},
    log_groups=[LogGroupSpec("/aws/lambda/predict-prod", 90, None, "Logs.")],
    metric_filters=[
        MetricFilterSpec("nan-prod", "/aws/lambda/predict-prod", '"NaN"', "CustomMetrics/ML", "NaNLines-prod")
    ],
    queries=[QuerySpec("billing-prod/find-errors", ("/aws/lambda/predict-prod",), "fields @message")],
    topic_arns=TOPICS,
    account_id=ACCOUNT,
    key_arn=KEY,
    tags=TAGS,
)


@pytest.fixture(scope="module")
def deployed() -> Deployed:
    return deploy(lambda: WorkloadCloud("billing", ARGS, in_aws()))


def test_alarm_is_what_the_specification_says(deployed: Deployed) -> None:
    inputs = deployed.one("MetricAlarm", "model-accuracy-degraded-prod").inputs
    text = (inputs["namespace"], inputs["metricName"], inputs["statistic"], inputs["comparisonOperator"])
    assert text == ("CustomMetrics/ML", "ModelR2", "Average", "LessThanThreshold")
    assert (inputs["threshold"], inputs["period"], inputs["evaluationPeriods"]) == (0.75, 86_400, 3)
    assert (inputs["dimensions"], inputs["treatMissingData"]) == ({"Model": "billing"}, "breaching")
    assert inputs["alarmDescription"] == ALARM.description


def test_alarm_tells_its_topics_when_it_begins_and_when_it_ends(deployed: Deployed) -> None:
    inputs = deployed.one("MetricAlarm", "model-accuracy-degraded-prod").inputs
    assert inputs["alarmActions"] == inputs["okActions"] == [TOPICS["p2"], TOPICS["ml_team"]]


def test_a_percentile_has_an_argument_of_its_own(deployed: Deployed) -> None:
    inputs = deployed.one("MetricAlarm", "latency-high-prod").inputs
    assert ("statistic" in inputs, inputs["extendedStatistic"]) == (False, "p95")


@pytest.mark.parametrize(("alarm", "model"), [("model-accuracy-degraded-prod", "billing"), ("latency-high-prod", "")])
def test_only_an_alarm_on_a_model_names_it(deployed: Deployed, alarm: str, model: str) -> None:
    assert deployed.one("MetricAlarm", alarm).inputs["tags"].get("Model", "") == model


def test_an_alarm_without_its_topic_is_refused() -> None:
    with pytest.raises(KeyError, match="ml_team"):
        deploy(lambda: WorkloadCloud("billing", replace(ARGS, topic_arns={"p2": TOPICS["p2"]}), in_aws()))


def test_log_group_is_encrypted_and_ends(deployed: Deployed) -> None:
    inputs = deployed.one("LogGroup").inputs
    assert (inputs["name"], inputs["retentionInDays"]) == ("/aws/lambda/predict-prod", 90)
    assert (inputs["kmsKeyId"], inputs["tags"]) == (KEY, TAGS.to_dict())


def test_query_reads_its_group_and_comes_after_it(deployed: Deployed) -> None:
    query = deployed.one("QueryDefinition")
    assert query.inputs["name"] == "billing-prod/find-errors"
    assert query.inputs["logGroupNames"] == ["/aws/lambda/predict-prod"]
    assert deployed.one("LogGroup").urn in query.dependencies


def test_dashboard_knows_the_account(deployed: Deployed) -> None:
    inputs = deployed.one("Dashboard").inputs
    assert inputs["dashboardName"] == "ops-prod"
    assert inputs["dashboardBody"] == f'{{"arn": "arn:aws:states:us-east-1:{ACCOUNT}:stateMachine:a"}}'


def test_an_alarm_on_metric_math_returns_one_line_of_its_queries(deployed: Deployed) -> None:
    inputs = deployed.one("MetricAlarm", "training-failed-prod").inputs
    assert not {"metricName", "namespace", "statistic", "extendedStatistic", "period", "dimensions"} & set(inputs)
    metric, expression = inputs["metricQueries"]
    assert (metric["id"], metric["returnData"]) == ("m1", False)
    assert metric["metric"] == {
        "namespace": "AWS/States",
        "metricName": "ExecutionsFailed",
        "dimensions": {"StateMachineArn": f"arn:aws:states:us-east-1:{ACCOUNT}:stateMachine:pipeline-prod"},
        "period": 86_400,
        "stat": "Sum",
    }
    assert (expression["expression"], expression["returnData"]) == ("FILL(m1, 0)", True)


def test_a_composite_comes_after_its_children_and_tells_its_topics(deployed: Deployed) -> None:
    composite = deployed.one("CompositeAlarm")
    assert composite.inputs["alarmName"] == DOWN.name
    assert composite.inputs["alarmRule"] == DOWN.rule
    assert composite.inputs["alarmActions"] == composite.inputs["okActions"] == [TOPICS["p2"]]
    assert {deployed.one("MetricAlarm", child).urn for child in DOWN.children} <= set(composite.dependencies)


def test_a_metric_filter_counts_each_event_and_zero_between_them(deployed: Deployed) -> None:
    made = deployed.one("LogMetricFilter")
    assert (made.inputs["logGroupName"], made.inputs["pattern"]) == ("/aws/lambda/predict-prod", '"NaN"')
    transformation = made.inputs["metricTransformation"]
    assert (transformation["namespace"], transformation["name"]) == ("CustomMetrics/ML", "NaNLines-prod")
    assert (transformation["value"], transformation["defaultValue"]) == ("1", "0")
    assert deployed.one("LogGroup").urn in made.dependencies


@pytest.mark.parametrize(
    ("adopted", "imported"), [([], ""), (["/aws/lambda/predict-prod"], "/aws/lambda/predict-prod")]
)
@pytest.mark.promise("adoptLogGroups")
def test_a_log_group_that_exists_is_adopted_where_that_is_said(adopted: list[str], imported: str) -> None:
    made = deploy(lambda: WorkloadCloud("billing", replace(ARGS, adopted=adopted), in_aws()))
    assert made.one("LogGroup").imported == imported
