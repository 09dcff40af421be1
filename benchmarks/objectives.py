"""A benchmark of many objectives: the catalog is read, validated, compiled to rules and written by one process."""

import json
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import yaml

from benchmarks.cases import PROJECT, target
from compiler.artefacts import compile_artefacts
from compiler.load import load_catalog
from compiler.texts.pages import HINT

_WORKLOAD = "generated"
_KEPT, _WATCHDOG = "platform", "Watchdog"
# Where shared files refer to the workloads that are left out.
_WITHOUT_OTHERS: dict[str, dict[str, object]] = {
    "routing.yaml": {"workloads": {}, "maintenance": {}, "inhibitions": []},
    "criteria.yaml": {"critical_paths": [], "criteria": []},
}
_RULE = re.compile("^ *- (?:record|alert): ", re.MULTILINE)


_PAGE = f"""\
# The budget of a route is spent too fast

{HINT}

## Symptoms

Requests fail.

## Diagnosis

1. Read which.

   ```promql
   sum by (route) (rate(generated_requests_total[5m]))
   ```

## Resolution

Roll back.

## Escalation

Write to {{{{owner}}}}.
"""


@contextmanager
def catalog_of(objectives: int) -> Iterator[Path]:
    """Make a catalog with `platform` and one workload that has that many objectives, each on another route."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "catalog"
        shutil.copytree(PROJECT / "catalog", folder)
        pages = Path(name) / "docs" / "runbooks"
        shutil.copytree(PROJECT / "docs" / "runbooks" / _KEPT, pages / _KEPT)
        for path in folder.iterdir():
            if path.is_dir() and path.name != _KEPT and not path.name.startswith("."):
                shutil.rmtree(path)
        for file, changed in _WITHOUT_OTHERS.items():
            content = yaml.safe_load((folder / file).read_text(encoding="utf-8")) | changed
            if "alerts" in content:
                content["alerts"] = {_WATCHDOG: content["alerts"][_WATCHDOG]}
            (folder / file).write_text(yaml.safe_dump(content), encoding="utf-8")
        (folder / _WORKLOAD).mkdir()
        for file, content in _workload(objectives).items():
            (folder / _WORKLOAD / f"{file}.yaml").write_text(yaml.safe_dump(content), encoding="utf-8")
        runbook = pages / _WORKLOAD / "budget.md"
        runbook.parent.mkdir()
        runbook.write_text(_PAGE, encoding="utf-8")
        yield folder


def _workload(objectives: int) -> dict[str, dict[str, object]]:
    metric = {
        "name": "generated_requests_total",
        "type": "counter",
        "unit": "requests",
        "service": "api",
        "producer": "api",
        "labels": {"route": [], "status_code": []},
        "help": "Requests by route.",
    }
    return {
        "workload": {
            "name": _WORKLOAD,
            "title": "Generated",
            "description": "Many routes, each with an objective.",
            "owner": {"team": "generated", "email": "generated@example.com"},
            "tags": {"Project": "generated", "Team": "generated", "CostCenter": "engineering"},
            "environments": ["prod"],
            "severities": {"critical": {"priority": "P1", "response": "at once"}},
            "services": {"api": {"title": "API"}},
            "producers": {"api": {"service": "api"}},
        },
        "metrics": {"prometheus": [metric]},
        "dashboards": {"grafana": [_dashboard()]},
        "slos": {"slos": [_objective(n) for n in range(objectives)]},
    }


def _dashboard() -> dict[str, object]:
    panel = {
        "title": "Requests",
        "type": "timeseries",
        "unit": "reqps",
        "queries": [{"expr": "sum by (route) (rate(generated_requests_total[5m]))", "legend": "{{route}}"}],
    }
    return {
        "name": "routes",
        "title": "Routes",
        "description": "Requests by route.",
        "rows": [{"title": "Requests", "panels": [panel]}],
    }


def _objective(n: int) -> dict[str, object]:
    total = f'generated_requests_total{{route="r{n}"}}'
    return {
        "name": f"route-{n}",
        "service": "api",
        "title": f"Route {n} answers",
        "objective": 99.9,
        "window": "30d",
        "events": {"total": total, "bad": total[:-1] + ',status_code=~"5.."}'},
        "at_least": 0.1,
        "severities": {"page": "critical", "ticket": "critical", "absence": "critical"},
        "runbook": "budget",
        "dashboard": "routes",
    }


def compiled(folder: Path) -> dict[str, float]:
    """Read the catalog in `folder`, compile it and write it beside it.

    Returns:
        Rules an objective without the one for silence, that one, and the process's peak of memory in megabytes.
    """
    artefacts = compile_artefacts(load_catalog(folder), target())
    for path, text in artefacts.items():
        written = folder.parent / "build" / path
        written.parent.mkdir(parents=True, exist_ok=True)
        written.write_text(text, encoding="utf-8")
    rules = artefacts[f"prometheus/rules/{_WORKLOAD}.yaml"]
    objectives, silence = (rules.count(f"{name}\n") for name in ("BurnFast", "NoData"))
    return {
        "rules": (len(_RULE.findall(rules)) - silence) / objectives,
        "silence_rules": silence / objectives,
        "megabytes": _peak_megabytes(),
    }


def _peak_megabytes() -> float:
    """Return this program's peak memory, in MB of 1,024 KB.

    Not by `getrusage`: there Linux counts what the process had before it became this program, which is its parent's.
    """
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(re.findall(r"^VmHWM:\s+(\d+) kB$", status, re.MULTILINE)[0]) / 1024


if __name__ == "__main__":
    print(json.dumps(compiled(Path(sys.argv[1]))))
