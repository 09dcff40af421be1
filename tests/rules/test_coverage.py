"""Every compiled alert has its behaviour cases or a proven generator, and every case file its alert."""

from pathlib import Path

import pytest

from tests.compiler.objectives.evaluator import PROVEN
from tests.rules import cases, rendered

ALERTS = sorted({(workload, rule["alert"]) for workload in rendered.rule_files() for rule in rendered.alerts(workload)})
GENERATED = [pair for pair in ALERTS if rendered.generated(*pair)]
WITH_CASES = [pair for pair in ALERTS if pair not in GENERATED or cases.path(*pair).exists()]


def rules_of(workload: str, alert: str) -> list[rendered.Rule]:
    return [rule for rule in rendered.alerts(workload) if rule["alert"] == alert]


def test_every_alert_is_proven() -> None:
    """By cases, or as one of the kinds of alert whose generator is tried on random objectives."""
    by_cases = {pair for pair in ALERTS if cases.path(*pair).exists()}
    print(f"{len(ALERTS)} alerts: {len(by_cases)} by cases, {len(set(GENERATED) - by_cases)} by their generator alone")
    assert [pair for pair in GENERATED if not pair[1].endswith(PROVEN)] == []
    assert set(ALERTS) - by_cases - set(GENERATED) == set()


@pytest.mark.parametrize(("workload", "alert"), WITH_CASES)
def test_alert_has_cases_of_each_kind(workload: str, alert: str) -> None:
    path = cases.path(workload, alert)
    assert path.exists(), f"{path.relative_to(cases.FOLDER)}: expected behaviour cases, found none: write them"
    file = cases.load(path)
    for rule in rules_of(workload, alert):
        severity = rule["labels"]["severity"]
        shown = {case.kind for case in file.cases if (case.severity or file.severity or severity) == severity}
        missing = cases.expected_kinds(str(rule["expr"])) - shown
        assert not missing, f"{workload}/{alert}: severity {severity}: no case of kind {', '.join(sorted(missing))}"


@pytest.mark.parametrize(("workload", "alert"), WITH_CASES)
def test_cases_name_severities_that_exist(workload: str, alert: str) -> None:
    file = cases.load(cases.path(workload, alert))
    known = {rule["labels"]["severity"] for rule in rules_of(workload, alert)}
    named = {case.severity or file.severity for case in file.cases} - {None}
    assert named <= known


@pytest.mark.parametrize("path", cases.files(), ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_case_file_has_its_alert(path: Path) -> None:
    message = f"{path.relative_to(cases.FOLDER)}: no such alert is compiled: rename or remove the file"
    assert (path.parent.name, path.stem) in ALERTS, message
