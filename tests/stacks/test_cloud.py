"""Alarms and the budget are those that engagement-prediction's document writes down."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from sandbox.values import reveal
from tests.program.previews import ENVIRONMENTS, Runs

# As the document writes them: namespace, metric, statistic, operator, threshold, period, periods.
WRITTEN: dict[str, tuple[Any, ...]] = {
    "api-error-rate-high": ("AWS/ApiGateway", "4XXError", "Sum", "GreaterThanThreshold", 10, 300, 2),
    "model-accuracy-degraded": ("CustomMetrics/ML", "ModelR2", "Average", "LessThanThreshold", 0.75, 86_400, 3),
    "data-drift-detected": (
        "CustomMetrics/DataQuality",
        "KSStatistic",
        "Maximum",
        "GreaterThanThreshold",
        0.1,
        86_400,
        1,
    ),
}
PROPERTIES = ("namespace", "metricName", "statistic", "comparisonOperator", "threshold", "period", "evaluationPeriods")
# Its own topics, beside the one of the priority.
TOPICS = {
    "api-error-rate-high": {"p1", "pagerduty"},
    "model-accuracy-degraded": {"p2", "ml_team"},
    "data-drift-detected": {"p2", "data_team"},
}
# What the document leaves out: without dimensions an alarm on AWS/ApiGateway never gets data.
DIMENSIONS = {
    "api-error-rate-high": {"ApiName": "engagement-api-{env}"},
    "model-accuracy-degraded": {"Model": "engagement", "Environment": "{env}"},
    "data-drift-detected": {"Model": "engagement", "Environment": "{env}"},
}
P0 = ("api-down", "data-breach", "model-returns-nan")
SILENCE = {
    "api-error-rate-high": "notBreaching",
    "model-accuracy-degraded": "breaching",
    "data-drift-detected": "missing",
}


@pytest.mark.parametrize("environment", ENVIRONMENTS)
@pytest.mark.parametrize("alarm", WRITTEN)
def test_alarm_is_as_written(preview: Runs, environment: str, alarm: str) -> None:
    inputs = preview(environment).one("MetricAlarm", f"{alarm}-{environment}").inputs
    assert tuple(inputs[name] for name in PROPERTIES) == WRITTEN[alarm]


@pytest.mark.parametrize("environment", ENVIRONMENTS)
@pytest.mark.parametrize("alarm", WRITTEN)
def test_alarm_has_the_dimensions_of_its_environment(preview: Runs, environment: str, alarm: str) -> None:
    inputs = preview(environment).one("MetricAlarm", f"{alarm}-{environment}").inputs
    expected = {name: value.format(env=environment) for name, value in DIMENSIONS[alarm].items()}
    assert inputs["dimensions"] == expected


@pytest.mark.parametrize("environment", ENVIRONMENTS)
@pytest.mark.parametrize("alarm", WRITTEN)
def test_alarm_says_what_silence_means(preview: Runs, environment: str, alarm: str) -> None:
    inputs = preview(environment).one("MetricAlarm", f"{alarm}-{environment}").inputs
    silence = "notBreaching" if environment == "dr" and SILENCE[alarm] == "breaching" else SILENCE[alarm]
    assert inputs["treatMissingData"] == silence


@pytest.mark.parametrize("side", ["alarmActions", "okActions"])
@pytest.mark.parametrize("alarm", WRITTEN)
def test_alarm_goes_to_its_priority_and_its_own_topic(up: Runs, alarm: str, side: str) -> None:
    ran = up("dr")
    actions = ran.one("MetricAlarm", f"{alarm}-dr").inputs[side]
    assert {arn.rpartition(":")[2] for arn in actions} == {f"{topic}-dr" for topic in TOPICS[alarm]}
    assert set(actions) <= {each.outputs["arn"] for each in ran.of("Topic")}


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_topics_are_read_by_those_who_answer(preview: Runs, environment: str) -> None:
    readers = {each.name: each.inputs["endpoint"] for each in preview(environment).of("TopicSubscription")}
    assert {readers[f"p{n}"] for n in range(5)} == {"oncall@company.com"}
    assert {readers[name] for name in ("pagerduty", "ml_team", "data_team")} == {"ml-platform@company.com"}


@pytest.mark.parametrize("environment", ["local", "prod"])
def test_budget_counts_the_workload_and_warns_finance_at_eighty_percent(preview: Runs, environment: str) -> None:
    inputs = preview(environment).one("Budget", "engagement-platform-monthly").inputs
    assert inputs["name"] == f"engagement-platform-monthly-{environment}"
    assert (inputs["limitAmount"], inputs["limitUnit"]) == ("500", "USD")
    assert inputs["costFilters"] == [{"name": "TagKeyValue", "values": ["user:Project$engagement-prediction"]}]
    (notification,) = inputs["notifications"]
    assert (notification["comparisonOperator"], notification["threshold"]) == ("GREATER_THAN", 80)
    assert (notification["notificationType"], notification["thresholdType"]) == ("ACTUAL", "PERCENTAGE")
    assert notification["subscriberEmailAddresses"] == ["finops@company.com"]


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_queries_find_every_level_of_error(preview: Runs, environment: str) -> None:
    """The document's query has ERROR alone, and CRITICAL is its level for failures of the system."""
    name = f"engagement-prediction-{environment}-find-errors"
    query = preview(environment).one("QueryDefinition", name).inputs
    assert '["ERROR", "CRITICAL"]' in query["queryString"]
    # Firehose's own log is about the carrying, not about the workload.
    carriers = "engagement-prediction"
    groups = [each.inputs for each in preview(environment).of("LogGroup") if each.name != carriers]
    own = {group["name"] for group in groups if group["tags"]["Workload"] == "engagement-prediction"}
    assert set(query["logGroupNames"]) == own


def test_an_alarm_on_a_state_machine_knows_the_account(up: Runs) -> None:
    lines = up("dr").one("MetricAlarm", "training-failed-dr").inputs["metricQueries"]
    arn = lines[0]["metric"]["dimensions"]["StateMachineArn"]
    assert re.fullmatch(r"arn:aws:states:[a-z0-9-]+:\d{12}:stateMachine:ml-pipeline-dr", arn)


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_the_composites_are_the_p0_of_the_workload_and_its_fast_burn(preview: Runs, environment: str) -> None:
    ran = preview(environment)
    alarms = {each.inputs["name"] for each in ran.of("MetricAlarm")}
    composites = {each.inputs["alarmName"]: each.inputs["alarmRule"] for each in ran.of("CompositeAlarm")}
    assert set(composites) == {f"{name}-{environment}" for name in (*P0, "api-availability-burn-fast")}
    for rule in composites.values():
        assert set(re.findall(r'ALARM\("([^"]+)"\)', rule)) <= alarms


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_the_notifier_reads_the_topic_of_each_priority_and_no_other(preview: Runs, environment: str) -> None:
    """What goes to a workload's own topic goes to its priority's as well: nobody is told twice."""
    ran = preview(environment)
    read = {each.name for each in ran.of("TopicSubscription") if each.inputs["protocol"] == "lambda"}
    assert read == {f"notifier-p{n}" for n in range(5)}
    assert {each.name for each in ran.of("Permission")} == read
    priorities = {each.urn for each in ran.of("Topic") if re.fullmatch(r"p[0-4]", each.name)}
    for alarm in (*ran.of("MetricAlarm"), *ran.of("CompositeAlarm")):
        if alarm.inputs.get("actionsEnabled") is not False:
            assert len(priorities & set(alarm.property_dependencies["alarmActions"])) == 1, alarm.urn


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_the_alarms_on_the_notifier_watch_what_it_is_called(preview: Runs, environment: str) -> None:
    ran = preview(environment)
    watched = {
        "FunctionName": ran.one("Function", "notifier").inputs["name"],
        "QueueName": ran.one("Queue").inputs["name"],
    }
    alarms = [ran.one("MetricAlarm", f"notifier-{name}-{environment}") for name in ("failing", "dead-letters")]
    assert {key: value for alarm in alarms for key, value in alarm.inputs["dimensions"].items()} == watched


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_the_notifiers_table_names_the_secrets_that_its_role_may_read(preview: Runs, environment: str) -> None:
    ran = preview(environment)
    routing = json.loads(ran.one("Function", "notifier").inputs["code"]["assets"]["notifier/routing.json"]["text"])
    named = {channel["secret_id"] for channel in routing["channels"].values()}
    assert all(name.startswith(f"observability/{environment}/") for name in named)
    held = reveal(ran.one("Secret", "platform-receivers").inputs["stringData"])
    assert {name.rpartition("/")[2] for name in named} < set(held)
