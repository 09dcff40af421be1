"""The benchmarks' own arithmetic, and the catalog that they generate."""

import pytest

from benchmarks.cases import compile_catalog, copied_workload, generated_catalog
from benchmarks.timing import Timing, time_runs
from tests.workloads import project_catalog


def test_runs_once_to_warm_up_then_as_often_as_asked() -> None:
    calls: list[int] = []
    timing = time_runs("counted", lambda: calls.append(1), 3)
    assert len(calls) == 4
    assert len(timing.seconds) == 3


def test_reports_minimum_median_and_maximum() -> None:
    assert Timing("x", (3.0, 1.0, 2.0)).to_dict() == {"name": "x", "min": 1.0, "median": 2.0, "max": 3.0}


def test_a_failing_run_ends_the_benchmark() -> None:
    def fail() -> None:
        raise RuntimeError("broken")

    with pytest.raises(RuntimeError, match="broken"):
        time_runs("failing", fail, 1)


def test_generated_workloads_add_artefacts_one_by_one() -> None:
    with generated_catalog(3) as three, generated_catalog(5) as five:
        few, many = compile_catalog(three), compile_catalog(five)
    copied = copied_workload(project_catalog())
    # A rules file and a contract; a template and a pattern of the index that its streams share; its dashboards.
    assert many - few == 2 * (2 + 2 + len(copied.dashboards.grafana))
