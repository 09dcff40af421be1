"""The benchmark of the instrumentation package: its report, and that it measures what services pay."""

from pathlib import Path

import pytest

from benchmarks import instrumentation as benchmark
from tests.catalog_copy import ROOT


def test_the_table_has_a_row_a_case_and_a_column_a_share() -> None:
    found = {1.0: {"a line": 10.04, "a request": 30.0}, 100.0: {"a line": 10.0, "a request": 70.0}}
    made = benchmark.table(found)
    assert [column.header for column in made.columns] == ["case", "1 % of traces recorded", "100 % of traces recorded"]
    assert [list(column.cells) for column in made.columns][1] == ["10.0", "30.0"]


def test_what_is_measured_is_a_request_whose_spans_arrive(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(benchmark, "ROUNDS", 3)
    monkeypatch.setattr(benchmark, "REQUESTS", 200)
    found = benchmark.measure()
    assert list(found) == [1.0, 100.0]
    for cost in found.values():
        assert list(cost) == ["a line", "two metrics", "a span", "a request"]
        assert all(microseconds > 0 for microseconds in cost.values())
        assert cost["a request"] > max(cost["a line"], cost["two metrics"])
    # Recorded spans are encoded and sent: that is most of what a span costs.
    assert found[100.0]["a span"] > found[1.0]["a span"]


def test_it_is_a_part_of_make_bench() -> None:
    assert "-m benchmarks.instrumentation\n" in Path(ROOT / "Makefile").read_text(encoding="utf-8")
