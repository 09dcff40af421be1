"""Alarms, topics, budgets and queries are deployed as the catalog declares them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest

from compiler.catalog.catalog import Catalog, Watched
from compiler.model.base import seconds
from compiler.model.cloud import Alarm
from sandbox.values import reveal
from tests.program.previews import ENVIRONMENTS, Runs

PROPERTIES = ("namespace", "metricName", "statistic", "comparisonOperator", "threshold", "period", "evaluationPeriods")
OPERATORS = {"above": "GreaterThanThreshold", "below": "LessThanThreshold"}
# Who reads the priorities' topics is the stacks' setting; the named ones are the owner's.
ON_CALL = "oncall@company.com"


def declared(catalog: Catalog) -> Iterator[tuple[Watched, Alarm]]:
    """Yield every alarm on one metric of the catalog, with its workload."""
    found = [(watched, alarm) for watched in catalog for alarm in watched.alarms.alarms if not alarm.metrics]
    assert found
    yield from found


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_an_alarm_is_deployed_as_it_is_declared(preview: Runs, catalog: Catalog, environment: str) -> None:
    """An alarm without its metric's dimensions never gets data."""
    ran = preview(environment)
    for watched, alarm in declared(catalog):
        metric, ((side, limit),) = watched.cloudwatch_metric(alarm.metric), alarm.bound.sides().items()
        inputs = ran.one("MetricAlarm", f"{alarm.name}-{environment}").inputs
        assert tuple(inputs[name] for name in PROPERTIES) == (
            *(metric.namespace, metric.name.replace("{environment}", environment), alarm.statistic, OPERATORS[side]),
            *(limit, seconds(alarm.period), alarm.evaluation_periods),
        ), alarm.name
        named = {name: value.replace("{environment}", environment) for name, value in metric.dimensions.items()}
        found = inputs.get("dimensions", {})
        assert set(found) == set(named), alarm.name
        assert all(value == found[name] or "{" in value for name, value in named.items()), alarm.name


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_no_alarm_takes_silence_for_trouble_before_a_workload_is_live(
    preview: Runs, catalog: Catalog, environment: str
) -> None:
    ran, kinds = preview(environment), set[str]()
    for _, alarm in declared(catalog):
        silence = "notBreaching" if alarm.missing_data == "breaching" else alarm.missing_data
        kinds.add(silence)
        assert ran.one("MetricAlarm", f"{alarm.name}-{environment}").inputs["treatMissingData"] == silence, alarm.name
    assert len(kinds) > 1


@pytest.mark.parametrize("side", ["alarmActions", "okActions"])
def test_an_alarm_goes_to_its_priority_and_its_own_topics(up: Runs, catalog: Catalog, side: str) -> None:
    ran = up("dr")
    topics = {each.outputs["arn"] for each in ran.of("Topic")}
    for watched, alarm in declared(catalog):
        expected = {watched.severity(alarm.severity).priority.lower(), *alarm.topics}
        actions = ran.one("MetricAlarm", f"{alarm.name}-dr").inputs[side]
        assert {arn.rpartition(":")[2] for arn in actions} == {f"{topic}-dr" for topic in expected}, alarm.name
        assert set(actions) <= topics


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_topics_are_read_by_those_who_answer(preview: Runs, catalog: Catalog, environment: str) -> None:
    readers = {each.name: each.inputs["endpoint"] for each in preview(environment).of("TopicSubscription")}
    assert {readers[f"p{n}"] for n in range(5)} == {ON_CALL}
    owners = {topic: watched.workload.owner.email for watched in catalog for topic in watched.alarms.topics}
    assert owners
    assert {topic: readers[topic] for topic in owners} == owners


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_a_budget_counts_its_workload_and_warns_as_declared(preview: Runs, catalog: Catalog, environment: str) -> None:
    budgets = {budget.name: (watched, budget) for watched in catalog if (budget := watched.workload.budget)}
    made = {each.name: each.inputs for each in preview(environment).of("Budget")}
    here = {name: each for name, each in budgets.items() if environment in each[1].environments}
    assert budgets
    assert set(here) <= set(made)
    assert not (set(budgets) - set(here)) & set(made)
    for name, (watched, budget) in here.items():
        inputs = made[name]
        assert inputs["name"] == f"{name}-{environment}"
        assert (inputs["limitAmount"], inputs["limitUnit"]) == (str(budget.monthly_usd), "USD")
        chosen = f"user:Project${watched.workload.tags.project}"
        assert inputs["costFilters"] == [{"name": "TagKeyValue", "values": [chosen]}]
        for notice, told in zip(inputs["notifications"], budget.notifications, strict=True):
            assert (notice["comparisonOperator"], notice["threshold"]) == ("GREATER_THAN", told.above_percent)
            assert (notice["notificationType"], notice["thresholdType"]) == (told.of, "PERCENTAGE")
            assert notice["subscriberEmailAddresses"] == list(told.emails)


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_a_query_asks_the_log_groups_of_its_environment(preview: Runs, catalog: Catalog, environment: str) -> None:
    ran = preview(environment)
    known = {each.inputs["name"] for each in ran.of("LogGroup")}
    queries = [(watched, query) for watched in catalog for query in watched.logs.queries]
    assert queries
    for watched, query in queries:
        inputs = ran.one("QueryDefinition", f"{watched.name}-{environment}-{query.name}").inputs
        assert inputs["queryString"] == query.query
        assert set(inputs["logGroupNames"]) == {name.replace("{environment}", environment) for name in query.groups}
        assert set(inputs["logGroupNames"]) <= known


def test_an_alarm_on_a_state_machine_knows_the_account(up: Runs) -> None:
    lines = [line for each in up("dr").of("MetricAlarm") for line in each.inputs.get("metricQueries", [])]
    machines = [line["metric"]["dimensions"].get("StateMachineArn") for line in lines if "metric" in line]
    found = [arn for arn in machines if arn]
    assert found
    for arn in found:
        assert re.fullmatch(r"arn:aws:states:[a-z0-9-]+:\d{12}:stateMachine:[a-z0-9-]+-dr", arn)


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_the_composites_are_those_declared_and_each_fast_burn(
    preview: Runs, catalog: Catalog, environment: str
) -> None:
    ran = preview(environment)
    alarms = {each.inputs["name"] for each in ran.of("MetricAlarm")}
    composites = {each.inputs["alarmName"]: each.inputs["alarmRule"] for each in ran.of("CompositeAlarm")}
    names = {each.name for watched in catalog for each in watched.alarms.composites}
    names |= {f"{slo.name}-burn-fast" for watched in catalog for slo in watched.slos if slo.cloudwatch}
    assert names
    assert set(composites) == {f"{name}-{environment}" for name in names}
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
