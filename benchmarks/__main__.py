"""`python -m benchmarks`: prints a table, writes `build/bench.json`."""

import json
import os
import platform
import sys
import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.cases import PROJECT, command, compile_catalog, generated_catalog
from benchmarks.objectives import catalog_of
from benchmarks.timing import Timing, time_runs

_CURVE = (2, 10, 30, 100)
_OBJECTIVES = 1_000


def main() -> int:
    """Run every benchmark; return the exit code."""
    console = Console()
    timings = []
    for timing in _timings():
        timings.append(timing)
        console.print(f"  {timing.name}: {timing.median:.3f} s", style="dim")
    console.print(_table(timings))
    path = PROJECT / "build" / "bench.json"
    path.parent.mkdir(exist_ok=True)
    machine = {"python": platform.python_version(), "cores": os.cpu_count(), "system": platform.platform()}
    report = {"machine": machine, "timings": [timing.to_dict() for timing in timings]}
    path.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    console.print(f"{os.cpu_count()} cores, Python {platform.python_version()}; written to {path.relative_to(PROJECT)}")
    return 0


def _timings() -> Iterator[Timing]:
    yield time_runs("load and compile the catalog", partial(compile_catalog, PROJECT / "catalog"), 5)
    for workloads in _CURVE:
        with generated_catalog(workloads) as folder:
            yield time_runs(f"load and compile {workloads} workloads", partial(compile_catalog, folder), 3)
    with catalog_of(_OBJECTIVES) as folder:
        name = f"read, compile and write {_OBJECTIVES:,} objectives"
        yield time_runs(name, command("benchmarks.objectives", str(folder)), 3)
    with tempfile.TemporaryDirectory() as state:
        yield time_runs("preview local, nothing deployed", command(*_sandbox("preview", state)), 3)
        yield time_runs("up local, nothing changes", command(*_sandbox("up", state)), 3)
        command(*_sandbox("destroy", state))()


def _sandbox(verb: str, state: str) -> tuple[str, ...]:
    return ("sandbox", verb, "--stack", "local", "--state", str(Path(state)))


def _table(timings: list[Timing]) -> Table:
    table = Table(title="seconds")
    for column in ("benchmark", "min", "median", "max", "ratio to the first"):
        table.add_column(column, justify="left" if column == "benchmark" else "right")
    for timing in timings:
        figures = (min(timing.seconds), timing.median, max(timing.seconds))
        ratio = timing.median / timings[0].median
        table.add_row(timing.name, *(f"{figure:.3f}" for figure in figures), f"{ratio:.1f}")
    return table


if __name__ == "__main__":
    sys.exit(main())
