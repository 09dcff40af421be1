"""`python -m benchmarks.logs`: the log job's throughput and the cost of each stage; with `--servers` the pipeline's.

The figures go to `build/bench-logs.json` as well. Lines are those that the five documents' services write.
"""

import argparse
import base64
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.cases import PROJECT, target
from benchmarks.log_servers import pipeline
from compiler.artefacts import compile_artefacts
from compiler.load import load_catalog
from tests.pipelines import formats, lines

SECONDS = 5
"""Of each measurement, after four to warm up: the compiler of a JVM needs them."""
SAMPLE = 5_000
AIM = 25_000
"""Lines a second with redaction on two cores."""


Stage = tuple[str, int, int, float]
"""Name, threads, lines a second, microseconds of processor time for a line."""


def stages() -> list[Stage]:
    """Return the stages that the job's own benchmark reports."""
    rules = compile_artefacts(load_catalog(PROJECT / "catalog"), target())["flink/job.json"]
    sent = formats.sample(json.loads(rules), SAMPLE, lines.NOW)
    input_lines = [f"{topic}\t{lines.NOW}\t{base64.b64encode(line).decode()}\n" for topic, line in sent]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "job.json").write_text(rules, encoding="utf-8")
        (folder / "key").write_bytes(lines.KEY)
        command: list[str | Path] = [
            "java",
            "-cp",
            lines.JAR,
            "observability.logs.core.Measure",
            folder / "job.json",
            folder / "key",
        ]
        done = subprocess.run(
            [*command, str(SECONDS)], input="".join(input_lines), capture_output=True, text=True, check=True
        )
    rows = [line.split("\t") for line in done.stdout.splitlines()]
    return [(stage, int(threads), int(rate), float(cost)) for stage, threads, rate, cost in rows]


def table(found: list[Stage]) -> Table:
    """Return a row for each stage."""
    made = Table(title="the log job's code, lines of the five documents' formats")
    for column in ("stage", "threads", "lines/s", "us of processor for a line"):
        made.add_column(column, justify="left" if column == "stage" else "right")
    for stage, threads, rate, cost in found:
        made.add_row(stage, str(threads), f"{rate:,}", f"{cost:.2f}")
    return made


def main() -> int:
    """Measure, print and write; exit code 0, also where something is missing, which the output says."""
    parser = argparse.ArgumentParser(description="Measures the log job.")
    parser.add_argument("--servers", action="store_true", help="the whole pipeline on real servers too (minutes)")
    options = parser.parse_args()
    missing = lines.why_not()
    if missing:
        sys.stderr.write(f"{missing}\n")
        return 0
    console = Console()
    found = stages()
    console.print(table(found))
    report: dict[str, Any] = {"cores": os.cpu_count(), "stages": found}
    if options.servers:
        report["pipeline"] = pipeline(console)
    path = PROJECT / "build" / "bench-logs.json"
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    cores, rate, cost = next((threads, rate, cost) for _, threads, rate, cost in found if threads > 1)
    idle = round(cores * 1e6 / cost)
    console.print(f"{rate:,} lines/s with redaction on two cores, {idle:,} by processor time; the aim is {AIM:,}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
