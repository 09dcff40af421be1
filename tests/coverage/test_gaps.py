"""The check itself: what it refuses, broken one thing at a time."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from compiler.catalog.catalog import Catalog
from tests.catalog_copy import CatalogCopy
from tests.coverage.judge import departures, gaps
from tests.coverage.model import FOLDER, Seed, SeedError, load
from tests.coverage.proofs import missing

CRITERION = "tests/rules/test_criteria.py::test_an_incident_is_detected_and_resolved"
HOLDS = "tests/coverage/test_coverage.py::test_the_catalog_holds_what_the_document_asks_for"


def read(workload: str) -> dict[str, Any]:
    data: dict[str, Any] = yaml.safe_load((FOLDER / f"{workload}.yaml").read_text(encoding="utf-8"))
    return data


def reported(data: dict[str, Any], catalog: Catalog) -> str:
    """Return the one gap of a file that was changed."""
    (line,) = gaps(Seed.model_validate(data), catalog)
    return line


@pytest.mark.parametrize(
    ("part", "change", "expected"),
    [
        ("alerts", {"above": None, "below": 0.02}, "expected < 0, found > 0"),
        ("alerts", {"window": "1m"}, "window: expected [1m]"),
        ("alerts", {"severity": "info"}, "expected a severity info, found ['critical']"),
        ("alerts", {"title": "Another"}, "HighErrorRate lacks the alias 'Another'"),
        ("alerts", {"proof": HOLDS}, "proof: expected tests/rules/personalization/HighErrorRate.yaml"),
        ("alerts", {"name": "Gone", "proof": "tests/rules/personalization/Gone.yaml"}, "no alert is called Gone"),
        ("thresholds", {"below": 0.16}, "expected < 0.16, found < 0.15"),
        ("thresholds", {"of": "another"}, "expected < 0.15, found no figure"),
        ("thresholds", {"held_by": "alert:Gone"}, "no alert is called Gone"),
        ("thresholds", {"held_by": "alert:HighErrorRate"}, "HighErrorRate does not read personalization_lift_ratio"),
        ("thresholds", {"metric": "gone"}, "the metric is not declared"),
        ("spans", {"name": "edge.other", "attributes": []}, "no span is called edge.other"),
        ("spans", {"parent": "api.personalize"}, "parent: expected api.personalize, found root"),
        ("spans", {"service": "personalization-api"}, "service: expected personalization-api, found personalization-e"),
        ("spans", {"attributes": ["pop_location", "city"]}, "it has no such attribute: city"),
        ("sampling", {"rule": "gone"}, "no sampling rule is called gone"),
        ("sampling", {"keep": 50}, "percent: expected 50.0, found 100.0"),
        ("sampling", {"error": False}, "holds for: expected no other rule holds, found a span failed"),
        ("corrected", {"held_by": "alert:Gone"}, "held_by names ['alert:Gone']"),
        ("corrected", {"test": "tests/gone.py::test_it"}, "test tests/gone.py: no such file under tests/"),
    ],
)
def test_a_row_that_the_catalog_does_not_hold(
    catalog: Catalog, part: str, change: dict[str, Any], expected: str
) -> None:
    data = read("personalization")
    data[part][0] |= change
    line = reported(data, catalog)
    assert line.startswith("tests/seeds/personalization.yaml: ")
    assert expected in line


@pytest.mark.parametrize(
    ("workload", "part", "change", "expected"),
    [
        ("personalization", "alerts", {"above": 0.7771}, "expected > 0.7771, found >"),
        ("personalization", "alerts", {"for": "17m"}, "for: expected 17m, found"),
        ("engagement-prediction", "alarms", {"above": 7771}, "expected > 7771, found >"),
    ],
)
def test_another_figure_is_told_and_is_no_gap(
    catalog: Catalog, workload: str, part: str, change: dict[str, Any], expected: str
) -> None:
    """The limits and durations of alerts are edited weekly: a document is no reason to edit a second file for it."""
    data = read(workload)
    data[part][0] |= change
    seed = Seed.model_validate(data)
    assert gaps(seed, catalog) == []
    assert [line for line in departures(seed, catalog) if expected in line]


@pytest.mark.parametrize(
    ("part", "change", "expected"),
    [
        ("alarms", {"evaluation_periods": 3}, "evaluation_periods: expected 3, found 2"),
        ("alarms", {"metric": "AWS/ApiGateway/5XXError"}, "metric: expected AWS/ApiGateway/5XXError"),
        ("alarms", {"topic": "gone"}, "topic: expected gone"),
        ("alarms", {"severity": "p0"}, "severity: expected p0, found p1"),
        ("slos", {"objective": 99.95}, "objective: expected 99.95, found 99.9"),
        ("slos", {"window": "7d"}, "window: expected 7d, found 30d"),
        ("cloudwatch", {"names": ["Gone"]}, "no CloudWatch metric AWS/Lambda ['Gone']"),
        ("latencies", {"p95": 21}, "expected > 21, found > 20"),
        ("queries", {"because": None}, "found ['fields'"),
        ("budgets", {"monthly_usd": 501}, "monthly_usd: expected 501"),
        ("budgets", {"above_percent": 90}, "notification: expected"),
    ],
)
def test_a_row_of_cloudwatch_that_the_catalog_does_not_hold(
    catalog: Catalog, part: str, change: dict[str, Any], expected: str
) -> None:
    data = read("engagement-prediction")
    data[part][0] |= change
    assert expected in reported(data, catalog)


def test_names_that_nothing_has(catalog: Catalog) -> None:
    data = read("personalization")
    data["metrics"].append("gone_total")
    data["runbooks"].append("gone")
    data["dashboards"][0]["panels"].append("Gone")
    lines = gaps(Seed.model_validate(data), catalog)
    assert [line.split(": ", 2)[1] for line in lines] == ["metrics", "panels", "runbooks"]


def test_log_groups_that_are_not_kept_so_long(catalog: Catalog) -> None:
    data = read("engagement-prediction")
    data["log_groups"]["hot_days"] = 30
    lines = gaps(Seed.model_validate(data), catalog)
    assert len(lines) == 9
    assert all("hot_days: expected 30, found 90" in line for line in lines)


def test_another_figure_needs_a_correction(catalog: Catalog) -> None:
    data = read("personalization")
    data["alerts"][0] |= {"above": 0.02, "held": {"above": 0.01}, "because": "two are too many"}
    data["corrected"] = [row for row in data["corrected"] if "alert:HighErrorRate" not in row["held_by"]]
    assert "alert:HighErrorRate: its figure is another than asked" in reported(data, catalog)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"unknown": 1}, "seed.yaml: unknown: Extra inputs are not permitted"),
        ({"thresholds": [{"metric": "a", "of": "ratio", "unit": "ratio", "held_by": "hope"}]}, "thresholds.0.held_by"),
        ({"slos": [{"name": "a", "held": {"above": 1}}]}, "slos.0: Value error, expected both held and because"),
    ],
)
def test_a_file_of_another_form(tmp_path: Path, change: dict[str, Any], expected: str) -> None:
    path = tmp_path / "seed.yaml"
    path.write_text(yaml.safe_dump(read("personalization") | change), encoding="utf-8")
    with pytest.raises(SeedError, match=expected):
        load(path)


@pytest.mark.parametrize(
    ("proof", "expected"),
    [
        (HOLDS, None),
        ("tests/seeds_wrong/recsys-saas/DatabaseDown.yaml", None),
        ("tests/coverage/test_coverage.py", "expected ::test_name behind it"),
        ("tests/coverage/test_coverage.py::test_gone", "nothing in it is called 'test_gone'"),
        ("tests/seeds_wrong/recsys-saas/DatabaseDown.yaml::gone", "nothing in it is called 'gone'"),
        ("compiler/objectives/events.py::test_it", "no such file under tests/"),
    ],
)
def test_a_proof_must_be_there(proof: str, expected: str | None) -> None:
    found = missing(proof)
    assert found == expected if expected is None or found is None else expected in found


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"above": 60}, "expected > 60, found > 300"),
        ({"unit": "minutes"}, "unit: expected minutes, found seconds"),
        ({"name": "gone"}, "no criterion is called gone"),
        ({"proof": f"{CRITERION}_twice"}, "nothing in it is called"),
    ],
)
def test_a_criterion_that_is_not_measured(catalog: Catalog, change: dict[str, Any], expected: str) -> None:
    data = read("recsys-saas")
    data["criteria"][0] |= change
    assert expected in reported(data, catalog)


def test_a_criterion_that_no_panel_shows(copy: CatalogCopy) -> None:
    shown = 'value{criterion="log-search"}'
    copy.replace("platform/dashboards/operations.yaml", shown, shown.replace("value", "target"))
    assert "no panel of the platform's shows" in reported(read("recsys-saas"), copy.load())
