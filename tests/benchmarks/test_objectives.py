"""Objectives by the hundred: twelve rules each, and little memory."""

import json
import subprocess
import sys

from benchmarks.cases import PROJECT
from benchmarks.objectives import catalog_of

_OBJECTIVES = 1_000
_RULES = 12
_MEGABYTES = 300


def test_a_thousand_objectives_take_twelve_rules_each_and_300_mb_at_most() -> None:
    """Two bases, seven ratios, the budget and two alerts; the one for silence apart: ADR 5."""
    with catalog_of(_OBJECTIVES) as folder:
        command = [sys.executable, "-m", "benchmarks.objectives", str(folder)]
        done = subprocess.run(command, cwd=PROJECT, check=True, capture_output=True, text=True)
    found = json.loads(done.stdout)
    # What is recorded of a workload's services and labels is few, however many objectives it has.
    assert (round(found["rules"], 1), found["silence_rules"]) == (_RULES, 1)
    assert 20 < found["megabytes"] < _MEGABYTES
