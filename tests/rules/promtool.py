"""Run behaviour cases through promtool: the real rule engine judges, not a second reading of PromQL.

A case becomes a test of `ALERTS{alertname=..., alertstate="firing"}`, counted, so that it need not repeat the alert's
labels and annotations. Expectations keep clear of window edges: `[5m]` holds one sample less from Prometheus 3.0 on.
"""

import json
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from compiler.catalog.catalog import Watched
from tests.rules.cases import Case, CaseFile
from tests.rules.scraped import scraped
from tests.tools.finder import require

TIMEOUT = 300
"""Seconds: thirty days of a burn rate's recording rules take promtool a few of them."""


def firing(alert: str, labels: dict[str, str]) -> str:
    """Return the query for how many alerts of that name and those labels fire; zero where none does."""
    matchers = {"alertname": alert, "alertstate": "firing", **labels}
    inside = ",".join(f'{name}="{value}"' for name, value in matchers.items())
    return f"count(ALERTS{{{inside}}}) or vector(0)"


def translate(file: CaseFile, case: Case, rules: Path, watched: Sequence[Watched]) -> dict[str, Any]:
    """Return promtool's unit-test file for one case of a workload's alert."""
    severity = case.severity or file.severity
    query = firing(file.alert, {**({"severity": severity} if severity else {}), **case.labels})
    # promtool 3.5 names neither file nor group of what failed, only the query: its comment is the case's name.
    query = f"{query} # {case.name}"
    test = {
        "interval": case.interval,
        "input_series": inputs(scraped(watched, case.series)),
        "promql_expr_test": [
            {"expr": query, "eval_time": time, "exp_samples": [{"labels": "{}", "value": count}]}
            for time, count in case.expect.items()
        ],
    }
    return {"rule_files": [str(rules)], "evaluation_interval": case.evaluate, "tests": [test]}


def inputs(series: Mapping[str, str]) -> list[dict[str, str]]:
    """Return the series of a test as promtool spells them."""
    return [{"series": name, "values": values} for name, values in series.items()]


def written(path: Path, document: Mapping[str, Any]) -> Path:
    """Write a file of rules or tests as JSON, which is YAML and takes a hundredth of its time; return the path."""
    path.write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")
    return path


def run(promtool: Path, file: CaseFile, rules: Path, scratch: Path, watched: Sequence[Watched]) -> str:
    """Run every case of a file; return what promtool found wrong, or nothing.

    Args:
        promtool: the program.
        file: the cases.
        rules: the rendered rules file of the alert's workload.
        scratch: a folder for the translated files.
        watched: whose series they are: the alert's workload, then the platform.
    """
    paths = []
    for number, case in enumerate(file.cases, start=1):
        path = scratch / f"{file.alert}-{number}.yaml"
        paths.append(written(path, translate(file, case, rules, watched)))
    return judged(*paths, promtool=promtool)


def judged(*tests: Path, promtool: Path | None = None) -> str:
    """Return what promtool found wrong with files of tests, or nothing."""
    program = promtool or require("promtool")
    done = subprocess.run(
        [program, "test", "rules", *tests], capture_output=True, text=True, check=False, timeout=TIMEOUT
    )
    return "" if done.returncode == 0 else (done.stdout + done.stderr).strip() or "promtool failed in silence"
