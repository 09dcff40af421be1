"""A release pins its chart, waits for what it needs and leaves nothing half-made."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from compiler.errors import UserError
from components.parts.helm_operator import Chart, HelmOperator, HelmOperatorArgs
from tests.components.isolated import Registered, before, comes_after, deploy, in_cluster

REPO = "https://charts.example.com"


def _release(chart: Chart) -> Registered:
    def program() -> None:
        HelmOperator("operator", HelmOperatorArgs(chart, "observability", {"a": 1}, [before()]), in_cluster())

    return deploy(program).one("Release")


def test_installs_the_pinned_chart_of_a_repository() -> None:
    inputs = _release(Chart("stack", "1.2.3", REPO)).inputs
    assert (inputs["chart"], inputs["version"], inputs["repositoryOpts"]) == ("stack", "1.2.3", {"repo": REPO})
    assert (inputs["name"], inputs["namespace"], inputs["values"]) == ("operator", "observability", {"a": 1})


def test_installs_a_chart_of_a_registry_without_a_repository() -> None:
    inputs = _release(Chart("oci://registry.example.com/stack", "1.2.3")).inputs
    assert "repositoryOpts" not in inputs


def test_leaves_crds_to_their_own_release_and_rolls_back_what_fails() -> None:
    inputs = _release(Chart("stack", "1.2.3", REPO)).inputs
    assert (inputs["skipCrds"], inputs["atomic"], inputs["timeout"]) == (True, True, 600)


def test_waits_for_what_it_needs() -> None:
    assert comes_after(_release(Chart("stack", "1.2.3", REPO)))


MADE = [
    Chart("stack", "1.2.3", REPO),
    Chart("oci://registry.example.com/charts/stack", "1.2.3"),
]


@pytest.mark.parametrize("chart", MADE, ids=["repository", "registry"])
def test_a_registry_of_your_own_has_every_chart_by_its_name(chart: Chart) -> None:
    own = chart.taken_from("oci://registry.company.com/charts", Path("/none"))
    inputs = _release(own).inputs
    assert (inputs["chart"], inputs["version"]) == ("oci://registry.company.com/charts/stack", "1.2.3")
    assert "repositoryOpts" not in inputs


@pytest.mark.parametrize("chart", MADE, ids=["repository", "registry"])
@pytest.mark.parametrize("file", ["stack-1.2.3.tgz", "stack-v1.2.3.tgz"])
def test_a_folder_of_your_own_has_an_archive_of_it(tmp_path: Path, chart: Chart, file: str) -> None:
    (tmp_path / "charts").mkdir()
    (tmp_path / "charts" / file).write_bytes(b"")
    inputs = _release(chart.taken_from("./charts", tmp_path)).inputs
    # Relative, so that no state holds a path of one machine.
    assert inputs["chart"] == f"./charts/{file}"
    assert "repositoryOpts" not in inputs
    absolute = chart.taken_from(str(tmp_path / "charts"), Path("/none"))
    assert absolute.chart == f"{tmp_path}/charts/{file}"


@pytest.mark.parametrize(
    ("chart", "pull"),
    [(MADE[0], f"helm pull --repo {REPO} stack"), (MADE[1], "helm pull oci://registry.example.com/charts/stack")],
    ids=["repository", "registry"],
)
def test_a_folder_without_it_is_said_with_what_gets_it(tmp_path: Path, chart: Chart, pull: str) -> None:
    (tmp_path / "stack-1.2.4.tgz").write_bytes(b"")
    message = f"chartSource: .: expected stack-1.2.3.tgz there, found none: {pull} --version 1.2.3 --destination ."
    with pytest.raises(UserError, match=f"^{re.escape(message)}$"):
        chart.taken_from(".", tmp_path)
