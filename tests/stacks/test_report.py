"""What is computed of a stack without an engine."""

from __future__ import annotations

import pytest

from compiler.errors import UserError
from sandbox.analyzer import Finding
from sandbox.project import load_config, load_project
from sandbox.render import recorded
from sandbox.summary import Summary, estimate
from stacks import report
from tests.program.previews import ENVIRONMENTS, ROOT, STACKS, Runs
from tests.workloads import project_catalog


def _config(stack: str) -> dict[str, str]:
    return load_config(load_project(ROOT), stack).values


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_artefacts_are_the_environments_own_and_always_the_same(environment: str) -> None:
    made = report.artefacts(ROOT, environment, _config(environment))
    catalog = project_catalog()
    alarms = {alarm.name for watched in catalog for alarm in watched.alarms.alarms}
    assert alarms
    assert {f"cloudwatch/alarms/{name}-{environment}.json" for name in alarms} <= set(made)
    rules = {watched.name for watched in catalog if watched.alerts}
    assert {f"prometheus/rules/{name}.yaml" for name in rules} <= set(made)
    assert made == report.artefacts(ROOT, environment, _config(environment))


def test_a_wrong_setting_is_told_by_file_and_key() -> None:
    with pytest.raises(UserError, match=r"^Pulumi\.prod\.yaml: observability:region: expected"):
        report.artefacts(ROOT, "prod", {**_config("prod"), "observability:region": "nowhere"})


def test_cost_is_that_of_the_price_table() -> None:
    alarm = {"type": "aws:cloudwatch/metricAlarm:MetricAlarm", "name": "one", "inputs": {}}
    key = {"type": "aws:kms/key:Key", "name": "two", "inputs": {}}
    assert float(report.cost(ROOT, [alarm, key]).monthly_usd) == pytest.approx(1.10)


@pytest.mark.parametrize("stack", STACKS)
def test_the_page_is_made_of_what_the_engine_recorded(stack: str, preview: Runs) -> None:
    resources = preview(stack).resources
    summary = Summary(
        "render",
        stack,
        resources=resources,
        findings=[Finding("a-policy", "advisory", resources[-1].urn, "could be better")],
        cost=estimate(load_project(ROOT), resources),
    )
    page = report.site(ROOT, stack, _config(stack), recorded(summary, ["graph.mmd"]))
    expected = {each.name.rpartition("/")[2] for each in resources if each.custom and not each.is_provider}
    assert not [name for name in expected if name not in page]
    assert "a-policy" in page
    assert str(summary.cost and summary.cost.monthly_usd) in page.replace(",", "")
    assert "<h3>other<" not in page, "a component that no layer makes"
