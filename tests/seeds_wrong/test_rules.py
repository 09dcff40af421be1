"""Each document's own rule beside the catalog's on the same series: where it is wrong, the catalog's is right.

One file an alert, `<workload>/<AlertName>.yaml`: the rule literally as the document has it, and cases in promtool's
notation with how many alerts of either fire when.
"""

from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import Field

from compiler.model.base import Duration, Entry
from tests.rules import cases, promtool, rendered
from tests.tools.finder import require

FOLDER = Path(__file__).parent
FILES = sorted(FOLDER.glob("*/*.yaml"))
NAME = "TheDocuments"
"""What its rule is called here, since both have one name."""


class Case(Entry):
    """Series, and how many alerts fire by then."""

    name: str
    interval: Duration = "1m"
    series: dict[str, str] = Field(min_length=1)
    document: dict[Duration, int] = Field(min_length=1)
    ours: dict[Duration, int] = Field(min_length=1)


class File(Entry):
    """A document's rule."""

    severity: str
    document: str
    for_: str = Field(alias="for")
    cases: tuple[Case, ...] = Field(min_length=1)


def load(path: Path) -> File:
    return File.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))


def translated(alert: str, severity: str, case: Case, times: dict[str, int]) -> cases.CaseFile:
    """Return one side of a case in the form that promtool's runner takes, which asks nothing of its kind."""
    # As it is: the checks of `Case` are about what our own cases prove.
    made = cases.Case.model_construct(
        name=case.name,
        kind="fires",
        severity=severity,
        labels={},
        interval=case.interval,
        evaluate="1m",
        series=case.series,
        expect=times,
    )
    return cases.CaseFile.model_construct(alert=alert, severity=severity, cases=(made,))


def rules_file(file: File, workload: str, alert: str) -> dict[str, Any]:
    document = {"alert": NAME, "expr": file.document, "for": file.for_, "labels": {"severity": file.severity}}
    groups = rendered.needed(rendered.rule_files()[workload], alert)["groups"]
    return {"groups": [*groups, {"name": "document", "rules": [document]}]}


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_the_documents_rule_is_wrong_where_ours_is_right(path: Path, tmp_path: Path) -> None:
    program, file = require("promtool"), load(path)
    rules = promtool.written(tmp_path / "rules.yaml", rules_file(file, path.parent.name, path.stem))
    for case in file.cases:
        for alert, times in ((NAME, case.document), (path.stem, case.ours)):
            cases_of = translated(alert, file.severity, case, times)
            found = promtool.run(program, cases_of, rules, tmp_path, rendered.read_by(path.parent.name))
            assert not found, f"{path.parent.name}/{path.name}: {case.name}: {alert}:\n{found}"


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_a_case_shows_a_difference(path: Path) -> None:
    file = load(path)
    assert any(case.document != case.ours for case in file.cases)
    assert any(rule["alert"] == path.stem for rule in rendered.alerts(path.parent.name))
