"""Every alert behaves as its cases say, in the real rule engine."""

from pathlib import Path

import pytest

from tests.rules import cases, promtool, rendered
from tests.tools.finder import require


@pytest.mark.parametrize("path", cases.files(), ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_alert_behaves_as_its_cases_say(path: Path, tmp_path: Path) -> None:
    program = require("promtool")
    document = rendered.rule_files().get(path.parent.name)
    assert document, f"{path.parent.name}: no workload of that name has rules: rename or remove {path}"
    rules = promtool.written(tmp_path / "rules.yaml", rendered.needed(document, path.stem))
    found = promtool.run(program, cases.load(path), rules, tmp_path, rendered.scope(path.parent.name))
    assert not found, f"{path.parent.name}/{path.name}:\n{found}"
