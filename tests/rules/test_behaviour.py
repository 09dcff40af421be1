"""Every alert behaves as its cases say, in the real rule engine."""

from pathlib import Path

import pytest

from compiler.model.base import seconds
from tests.rules import cases, promtool, rendered
from tests.tools.finder import require

LONG = 10_000
"""Evaluations of a rule that promtool makes in about two seconds (Prometheus 3.5, two cores)."""


def evaluations(path: Path) -> int:
    """Return how many evaluations of a rule the cases of a file take, over all rules that the alert needs."""
    needed = rendered.needed(rendered.rule_files().get(path.parent.name, {"groups": []}), path.stem)
    rules = sum(len(group["rules"]) for group in needed["groups"])
    times = (max(map(seconds, case.expect)) / seconds(case.evaluate) for case in cases.load(path).cases)
    return round(rules * sum(times))


FILES = [
    pytest.param(
        path,
        id=f"{path.parent.name}/{path.stem}",
        marks=pytest.mark.slow if evaluations(path) > LONG else (),
    )
    for path in cases.files()
]


@pytest.mark.parametrize("path", FILES)
def test_alert_behaves_as_its_cases_say(path: Path, tmp_path: Path) -> None:
    program = require("promtool")
    document = rendered.rule_files().get(path.parent.name)
    assert document, f"{path.parent.name}: no workload of that name has rules: rename or remove {path}"
    rules = promtool.written(tmp_path / "rules.yaml", rendered.needed(document, path.stem))
    found = promtool.run(program, cases.load(path), rules, tmp_path, rendered.read_by(path.parent.name))
    assert not found, f"{path.parent.name}/{path.name}:\n{found}"
