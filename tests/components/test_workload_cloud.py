"""Alarms reach their topics, log groups are encrypted and end, queries and dashboards are filled in."""

from __future__ import annotations

from dataclasses import replace

import pytest

from compiler.cloudwatch import AlarmSpec, LogGroupSpec, QuerySpec
from components.workload_cloud import WorkloadCloud, WorkloadCloudArgs
from tests.components.isolated import ACCOUNT, TAGS, Deployed, deploy, in_aws

KEY = "arn:aws:kms:us-east-1:123456789012:key/1"
TOPICS = {"p2": "arn:aws:sns:us-east-1:123456789012:p2-prod", "ml_team": "arn:aws:sns:us-east-1:123456789012:ml_team"}
ALARM = AlarmSpec(
    name="model-accuracy-degraded-prod",
    namespace="CustomMetrics/ML",
    metric_name="ModelR2",
    dimensions={"Model": "engagement"},
    statistic="Average",
    comparison_operator="LessThanThreshold",
    threshold=0.75,
    period=86_400,
    evaluation_periods=3,
    treat_missing_data="breaching",
    topics=("p2", "ml_team"),
    description="R² has been below 0.75.",
    model="engagement",
)
LATENCY = replace(ALARM, name="latency-high-prod", statistic="p95", model=None)
ARGS = WorkloadCloudArgs(
    alarms=[ALARM, LATENCY],
    dashboards={"ops-prod": '{"arn": "arn:aws:states:us-east-1:{account}:stateMachine:a"}'},
    log_groups=[LogGroupSpec("/aws/lambda/predict-prod", 90, None, "Logs.")],
    queries=[QuerySpec("engagement-prod/find-errors", ("/aws/lambda/predict-prod",), "fields @message")],
    topic_arns=TOPICS,
    account_id=ACCOUNT,
    key_arn=KEY,
    tags=TAGS,
)


@pytest.fixture(scope="module")
def deployed() -> Deployed:
    return deploy(lambda: WorkloadCloud("engagement", ARGS, in_aws()))


def test_alarm_is_what_the_specification_says(deployed: Deployed) -> None:
    inputs = deployed.one("MetricAlarm", "model-accuracy-degraded-prod").inputs
    said = (inputs["namespace"], inputs["metricName"], inputs["statistic"], inputs["comparisonOperator"])
    assert said == ("CustomMetrics/ML", "ModelR2", "Average", "LessThanThreshold")
    assert (inputs["threshold"], inputs["period"], inputs["evaluationPeriods"]) == (0.75, 86_400, 3)
    assert (inputs["dimensions"], inputs["treatMissingData"]) == ({"Model": "engagement"}, "breaching")
    assert inputs["alarmDescription"] == ALARM.description


def test_alarm_tells_its_topics_when_it_begins_and_when_it_ends(deployed: Deployed) -> None:
    inputs = deployed.one("MetricAlarm", "model-accuracy-degraded-prod").inputs
    assert inputs["alarmActions"] == inputs["okActions"] == [TOPICS["p2"], TOPICS["ml_team"]]


def test_a_percentile_has_an_argument_of_its_own(deployed: Deployed) -> None:
    inputs = deployed.one("MetricAlarm", "latency-high-prod").inputs
    assert ("statistic" in inputs, inputs["extendedStatistic"]) == (False, "p95")


@pytest.mark.parametrize(
    ("alarm", "model"), [("model-accuracy-degraded-prod", "engagement"), ("latency-high-prod", "")]
)
def test_only_an_alarm_on_a_model_names_it(deployed: Deployed, alarm: str, model: str) -> None:
    assert deployed.one("MetricAlarm", alarm).inputs["tags"].get("Model", "") == model


def test_an_alarm_without_its_topic_is_refused() -> None:
    with pytest.raises(KeyError, match="ml_team"):
        deploy(lambda: WorkloadCloud("engagement", replace(ARGS, topic_arns={"p2": TOPICS["p2"]}), in_aws()))


def test_log_group_is_encrypted_and_ends(deployed: Deployed) -> None:
    inputs = deployed.one("LogGroup").inputs
    assert (inputs["name"], inputs["retentionInDays"]) == ("/aws/lambda/predict-prod", 90)
    assert (inputs["kmsKeyId"], inputs["tags"]) == (KEY, TAGS.to_dict())


def test_query_reads_its_group_and_comes_after_it(deployed: Deployed) -> None:
    query = deployed.one("QueryDefinition")
    assert query.inputs["name"] == "engagement-prod/find-errors"
    assert query.inputs["logGroupNames"] == ["/aws/lambda/predict-prod"]
    assert deployed.one("LogGroup").urn in query.dependencies


def test_dashboard_knows_the_account(deployed: Deployed) -> None:
    inputs = deployed.one("Dashboard").inputs
    assert inputs["dashboardName"] == "ops-prod"
    assert inputs["dashboardBody"] == f'{{"arn": "arn:aws:states:us-east-1:{ACCOUNT}:stateMachine:a"}}'
