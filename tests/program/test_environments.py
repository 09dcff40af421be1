"""What differs between environments, and must."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.program.previews import ENVIRONMENTS, Ran, Runs

WORKING = [environment for environment in ENVIRONMENTS if environment != "dr"]


def _spec(ran: Ran, kind: str) -> dict[str, Any]:
    return dict(ran.one(kind, "platform").inputs["spec"])


@pytest.mark.parametrize("environment", ["prod", "dr"])
def test_one_server_of_each_kind_may_be_lost_where_it_matters(preview: Runs, environment: str) -> None:
    ran = preview(environment)
    assert (_spec(ran, "Prometheus")["replicas"], _spec(ran, "Alertmanager")["replicas"]) == (2, 3)


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_samples_outlive_an_error_budget_of_thirty_days(preview: Runs, environment: str) -> None:
    assert _spec(preview(environment), "Prometheus")["retention"] == "35d"


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_alerts_say_which_environment_they_are_of(preview: Runs, environment: str) -> None:
    region = "us-west-2" if environment == "dr" else "us-east-1"
    expected = {"cluster": f"observability-{environment}-platform", "environment": environment, "region": region}
    assert _spec(preview(environment), "Prometheus")["externalLabels"] == expected


def _rules(ran: Ran) -> list[dict[str, Any]]:
    groups = [group for each in ran.of("PrometheusRule") for group in each.inputs["spec"]["groups"]]
    return [rule for group in groups for rule in group["rules"]]


def _absence(ran: Ran) -> set[str]:
    """Return the alerts on absence."""
    return {rule["alert"] for rule in _rules(ran) if "alert" in rule and "absent" in rule["expr"]}


@pytest.mark.parametrize("environment", WORKING)
def test_silence_is_told_where_the_workloads_run(preview: Runs, environment: str) -> None:
    ran = preview(environment)
    assert "ApiAvailabilityNoData" in _absence(ran)
    # CloudWatch cannot learn who has had data: before the stack declares a workload live, silence is no alarm.
    assert "breaching" not in {each.inputs["treatMissingData"] for each in ran.of("MetricAlarm")}


def test_a_region_in_waiting_does_not_page_for_silence(preview: Runs) -> None:
    ran = preview("dr")
    # The platform itself runs there: what it says nothing of is broken.
    platform = {rule.get("alert") for rule in _rules(ran) if rule.get("labels", {}).get("workload") == "platform"}
    assert _absence(ran) - platform == set()
    assert [each.name for each in ran.of("MetricAlarm") if each.inputs["treatMissingData"] == "breaching"] == []


def test_a_region_in_waiting_has_every_other_alert(preview: Runs) -> None:
    alerts = {env: {rule["alert"] for rule in _rules(preview(env)) if "alert" in rule} for env in ("prod", "dr")}
    nothing_else = {r["alert"] for r in _rules(preview("prod")) if "alert" in r and r["expr"].startswith("absent(")}
    assert {"ApiAvailabilityNoData", "ApiLatencyNoData", "ModelAccuracyNoData"} <= nothing_else
    assert alerts["prod"] - alerts["dr"] == nothing_else


def test_disaster_recovery_is_in_another_region(preview: Runs) -> None:
    regions = {
        stack: {each.inputs["region"] for each in preview(stack).resources if each.type == "pulumi:providers:aws"}
        for stack in ("prod", "prod-base", "dr", "dr-base")
    }
    assert regions["prod"] == regions["prod-base"]
    assert regions["dr"] == regions["dr-base"]
    assert not regions["prod"] & regions["dr"]


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_the_whole_accounts_budget_is_held_by_prod(preview: Runs, environment: str) -> None:
    """A budget counts a project's cost in the whole account: one in each environment would say the same thrice."""
    held = {each.name for each in preview(environment).of("Budget")}
    engagement, platform = "engagement-platform-monthly", "observability-platform-monthly"
    assert held == {"local": {engagement}, "prod": {engagement, platform}}.get(environment, set())


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_links_lead_to_the_environments_own_dashboards(preview: Runs, environment: str) -> None:
    ran = preview(environment)
    boards = [each.inputs for each in ran.of("Dashboard")]
    for alarm in (*ran.of("MetricAlarm"), *ran.of("CompositeAlarm")):
        if alarm.inputs.get("actionsEnabled") is False:
            continue  # a part of a composite, which tells it
        linked = [f"dashboard/{board['dashboardName']}" in alarm.inputs["alarmDescription"] for board in boards]
        assert linked.count(True) == 1, alarm.urn
    assert all(json.loads(board["dashboardBody"])["widgets"] for board in boards)
