"""Mutation tests of the behaviour cases: each fails when its alert's rule is broken on purpose."""

from pathlib import Path

import pytest

from compiler.model.base import seconds
from tests.rules import cases, promtool, rendered
from tests.rules.mutations import MUTATIONS, Mutation, broken
from tests.tools.finder import require

MUTANTS = [
    pytest.param(workload, rule["alert"], rule["labels"]["severity"], mutation, id=f"{rule['alert']}-{mutation.name}")
    for workload, document in rendered.rule_files().items()
    for rule in rendered.alerts(workload)
    for mutation in MUTATIONS
    if cases.path(workload, rule["alert"]).exists() or not rendered.generated(workload, rule["alert"])
    if broken(document, rule["alert"], rule["labels"]["severity"], mutation)
]


def relevant(file: cases.CaseFile, severity: str, mutation: Mutation) -> list[cases.CaseFile]:
    """Return the cases that are there to catch the mutation, each as a file of its own, shortest first."""
    chosen = [
        case
        for case in file.cases
        if case.kind in mutation.caught_by and (case.severity or file.severity or severity) == severity
    ]
    chosen.sort(key=lambda case: max(map(seconds, case.expect)))
    return [file.model_copy(update={"cases": (case,)}) for case in chosen]


@pytest.mark.mutations
@pytest.mark.parametrize(("workload", "alert", "severity", "mutation"), MUTANTS)
def test_cases_notice(workload: str, alert: str, severity: str, mutation: Mutation, tmp_path: Path) -> None:
    program = require("promtool")
    files = relevant(cases.load(cases.path(workload, alert)), severity, mutation)
    assert files, f"{workload}/{alert}: no case of kind {' or '.join(mutation.caught_by)}: write one"
    document = broken(rendered.rule_files()[workload], alert, severity, mutation)
    assert document
    rules = promtool.written(tmp_path / "rules.yaml", rendered.needed(document, alert))
    noticed = any(
        "FAILED" in promtool.run(program, file, rules, tmp_path, rendered.read_by(workload)) for file in files
    )
    assert noticed, f"{workload}/{alert}: no case notices {mutation.name}"
