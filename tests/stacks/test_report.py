"""What can be said of a stack without an engine."""

from __future__ import annotations

import pytest

from compiler.errors import UserError
from sandbox.project import load_config, load_project
from stacks import report
from tests.program.previews import ENVIRONMENTS, ROOT


def _config(stack: str) -> dict[str, str]:
    return load_config(load_project(ROOT), stack).values


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_artefacts_are_the_environments_own_and_always_the_same(environment: str) -> None:
    made = report.artefacts(ROOT, environment, _config(environment))
    assert f"cloudwatch/alarms/api-error-rate-high-{environment}.json" in made
    assert "prometheus/rules/personalization.yaml" in made
    assert made == report.artefacts(ROOT, environment, _config(environment))


def test_a_wrong_setting_is_told_by_file_and_key() -> None:
    with pytest.raises(UserError, match=r"^Pulumi\.prod\.yaml: observability:region: expected"):
        report.artefacts(ROOT, "prod", {**_config("prod"), "observability:region": "nowhere"})


def test_cost_is_that_of_the_price_table() -> None:
    alarm = {"type": "aws:cloudwatch/metricAlarm:MetricAlarm", "name": "one", "inputs": {}}
    key = {"type": "aws:kms/key:Key", "name": "two", "inputs": {}}
    assert float(report.cost(ROOT, [alarm, key]).monthly_usd) == pytest.approx(1.10)
