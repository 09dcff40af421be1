"""promtool and amtool accept what is rendered, in every environment."""

import subprocess
from pathlib import Path

import pytest

from tests.rules import amtool, rendered
from tests.tools.finder import require
from tests.workloads import project_catalog


def run(*command: str | Path) -> tuple[int, str]:
    result = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    return result.returncode, result.stdout + result.stderr


@pytest.mark.parametrize("environment", rendered.ENVIRONMENTS)
def test_promtool_accepts_the_rules(environment: str, tmp_path: Path) -> None:
    program = require("promtool")
    paths = []
    for path, text in rendered.artefacts(environment).items():
        if path.startswith("prometheus/rules/"):
            paths.append(tmp_path / Path(path).name)
            paths[-1].write_text(text)
    if not paths:
        assert not any(entry.expected_in(environment) and entry.alerts for entry in project_catalog())
        return
    status, message = run(program, "check", "rules", "--lint=all", "--lint-fatal", *paths)
    assert status == 0, message


@pytest.mark.parametrize("environment", rendered.ENVIRONMENTS)
def test_amtool_accepts_the_configuration(environment: str, tmp_path: Path) -> None:
    program = require("amtool")
    artefacts = rendered.artefacts(environment, f"{tmp_path}/*.tmpl")
    (tmp_path / "alertmanager.yaml").write_text(amtool.readable(program, artefacts["alertmanager/alertmanager.yaml"]))
    (tmp_path / "messages.tmpl").write_text(artefacts["alertmanager/messages.tmpl"])
    status, message = run(program, "check-config", tmp_path / "alertmanager.yaml")
    assert status == 0, message
    assert "1 templates" in message
