"""The case format itself: what it refuses, and that promtool's verdict comes through."""

from pathlib import Path

import pytest
import yaml

from tests.rules import cases, promtool, rendered
from tests.tools.finder import require

RULES = """
groups:
  - name: example
    rules:
      - alert: HighErrorRate
        expr: sum(rate(errors_total[5m])) / sum(rate(requests_total[5m])) > 0.01
        for: 5m
        labels: {severity: critical}
"""
ERRORS = {"requests_total": "0+60x30", "errors_total": "0+3x30"}


def case_file(folder: Path, **changes: object) -> Path:
    case = {"name": "fires", "kind": "fires", "series": ERRORS, "expect": {"3m": 0, "20m": 1}, **changes}
    path = folder / "example" / "HighErrorRate.yaml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(yaml.safe_dump({"alert": "HighErrorRate", "severity": "critical", "cases": [case]}))
    return path


def verdict(tmp_path: Path, **changes: object) -> str:
    rules = tmp_path / "rules.yaml"
    rules.write_text(RULES)
    file = cases.load(case_file(tmp_path, **changes))
    return promtool.run(require("promtool"), file, rules, tmp_path, rendered.read_by("platform"))


def test_true_expectation_passes(tmp_path: Path) -> None:
    assert verdict(tmp_path) == ""


@pytest.mark.parametrize("expect", [{"20m": 2}, {"3m": 1}], ids=["too many", "too early"])
def test_false_expectation_is_reported_with_the_case(tmp_path: Path, expect: dict[str, int]) -> None:
    found = verdict(tmp_path, name="a telling name", expect=expect)
    assert "FAILED" in found
    assert "a telling name" in found


def test_severity_selects(tmp_path: Path) -> None:
    assert "FAILED" in verdict(tmp_path, severity="warning", expect={"20m": 1})


def test_labels_select(tmp_path: Path) -> None:
    assert "FAILED" in verdict(tmp_path, labels={"pop": "sfo"}, expect={"20m": 1})


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"expect": {"3m": 0}}, "expected a time at which the alert fires"),
        ({"kind": "below"}, "expected only zeros"),
        ({"kind": "trickle", "expect": {"31m": 0}}, "expected samples up to 1860 s"),
        ({"kind": "resolves"}, "expected firing and then zero"),
        ({"kind": "duration", "expect": {"20m": 1}}, "expected zero and then firing"),
        ({"expect": {"soon": 1}}, "expected a duration"),
        ({"kind": "sometimes"}, "Input should be"),
        ({"kind": "below", "expect": {"3m": 0}, "series": {"a": "0*3"}}, "expected promtool's series notation"),
        ({"evaluate": "5m"}, "evaluate: expected at most 240 s"),
        ({"surprise": 1}, "Extra inputs are not permitted"),
    ],
)
def test_vacuous_or_wrong_cases_are_refused(tmp_path: Path, changes: dict[str, object], message: str) -> None:
    with pytest.raises(cases.CaseError, match=message):
        cases.load(case_file(tmp_path, **changes))


def test_alert_must_be_the_name_of_the_file(tmp_path: Path) -> None:
    path = case_file(tmp_path)
    renamed = path.rename(path.with_name("LowCacheHitRate.yaml"))
    with pytest.raises(cases.CaseError, match="expected 'LowCacheHitRate', the file's name"):
        cases.load(renamed)


@pytest.mark.parametrize(
    ("values", "count"),
    [("0+3x30", 31), ("_x5", 5), ("1 2 3", 3), ("0.5x10 _x3 stale 0-0.5x2", 18), ("1e3+2.5x4", 5), ("-1", 1)],
)
def test_samples_are_counted_as_promtool_does(values: str, count: int) -> None:
    assert cases.samples(values) == count
