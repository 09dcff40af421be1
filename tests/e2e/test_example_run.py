"""`make example`'s program: each service its own process, every request answered as planned, every trace whole."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
import run
from plumbing.wire import TRACE_HEADER
from traffic.kinds import WORKLOADS
from traffic.ledger import read
from traffic.receiver import Receiver

from compiler.catalog.catalog import Catalog
from tests.e2e.example_service import EXAMPLE, ROOT
from tests.examples.watched import write_contracts

pytestmark = pytest.mark.e2e
COUNT = 120
_TREE = re.compile(r"^(\S+): status (\d+), trace ([0-9a-f]{32})$")


def test_seven_processes_serve_the_planned_traffic(catalog: Catalog, tmp_path: Path) -> None:
    contracts = write_contracts(catalog, tmp_path)
    options = ["--port=0", "--rate=60", f"--count={COUNT}", f"--contracts={contracts}"]
    command = [sys.executable, str(EXAMPLE / "run.py"), *options]
    # Its logs and ledgers go where the test's own files do.
    variables = os.environ | {"TMPDIR": str(tmp_path)}
    done = subprocess.run(command, cwd=ROOT, env=variables, capture_output=True, text=True, timeout=180, check=False)
    assert done.returncode == 0, done.stderr
    assert "\r" not in done.stderr
    (folder,) = re.findall(r"^log lines and ledgers +(\S+)$", done.stdout, re.MULTILINE)
    shown = _trees(done.stdout)
    for workload, kinds in WORKLOADS.items():
        entries = read(Path(folder) / f"{workload}.jsonl")
        assert not [entry for entry in entries if not entry.as_expected]
        assert len([entry for entry in entries if entry.kind != "warming"]) == COUNT
        for kind in kinds:
            trees = [spans for name, spans in shown if name == kind.name and spans <= set(kind.spans)]
            # Those of which the mix has less than one in so many are not sent.
            if any(entry.kind == kind.name for entry in entries):
                assert set(kind.spans) in trees, f"{workload} {kind.name}"


def test_a_service_that_is_asked_to_end_sends_what_it_has(catalog: Catalog, tmp_path: Path) -> None:
    contracts = write_contracts(catalog, tmp_path)
    port, command = run.commands(run.choose(0))["llm"]
    asked = {"item": "item-00001", "user_segment": "power"}
    with Receiver() as receiver:
        variables = run._variables("llm", receiver.endpoint, contracts)
        with run.running("llm", port, command, variables, tmp_path):
            answer = httpx.post(f"http://127.0.0.1:{port}/reason", json=asked, trust_env=False)
        # Sooner than the five seconds after which it would have sent them anyhow.
        assert [span.name for span in receiver.trace(answer.headers[TRACE_HEADER])] == ["llm.reason"]


def _trees(text: str) -> list[tuple[str, set[str]]]:
    """Return the traces that were printed: their kind, and the names of their spans."""
    found: list[tuple[str, set[str]]] = []
    for line in text.splitlines():
        begun = _TREE.match(line)
        if begun:
            found.append((begun[1], set()))
        elif found and line:
            found[-1][1].add(line.split()[0])
    return found
