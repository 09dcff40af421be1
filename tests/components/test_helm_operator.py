"""A release pins its chart, waits for what it needs and leaves nothing half-made."""

from __future__ import annotations

from components.helm_operator import Chart, HelmOperator, HelmOperatorArgs
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
