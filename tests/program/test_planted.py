"""Mistakes planted into a copy of the project are caught before anything is deployed, each in a line that names it.

Each runs the command line in a process of its own, as people do: the program's modules are those of the copy.
"""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.program.copies import copied


@dataclass(frozen=True)
class Planted:
    """A mistake: the text of a file that is replaced, and what the refusal must name."""

    file: str
    old: str
    new: str
    message: tuple[str, ...]


PLANTED = {
    "a public bucket": Planted(
        "components/base/archive_bucket.py",
        "block_public_policy=True",
        "block_public_policy=False",
        ("no-public-access", "BucketPublicAccessBlock::archive", "blockPublicPolicy: expected true, found false"),
    ),
    "a missing tag": Planted(
        "components/parts/tags.py",
        '"CostCenter": self.cost_center,',
        "",
        ("required-tags", "Key::platform", "missing: CostCenter"),
    ),
    "an image that moves": Planted(
        "versions.yaml",
        "grafana: 13.1.3",
        "grafana: latest",
        ("images-pinned", "Grafana::grafana", "found latest"),
    ),
    "a retention of 91 days": Planted(
        "components/cloud/workload_cloud.py",
        "retention_in_days=spec.retention_days",
        "retention_in_days=91",
        ("log-retention", "LogGroup::", "retentionInDays", "found 91"),
    ),
    "an alarm without dimensions": Planted(
        "catalog/platform/metrics/cloud.yaml",
        'dimensions: {FunctionName: "observability-{environment}-notifier"}',
        "dimensions: {}",
        ("catalog/platform/metrics/cloud.yaml:", "expected dimensions"),
    ),
    "a Watchdog that can be quiet": Planted(
        "catalog/platform/alerts/metrics.yaml",
        "value: vector(1)",
        "value: absent(up)",
        ("watchdog-present", "Prometheus::platform", 'found (absent(up{workload!=""})) == 1'),
    ),
}


def sandbox(project: Path, verb: str, stack: str) -> tuple[int, str]:
    """Return the exit code of the command line in that folder, and everything that it printed."""
    environment = {**os.environ, "PYTHONPATH": str(project), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        [sys.executable, "-m", "sandbox", verb, "--stack", stack],
        cwd=project,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    return done.returncode, done.stdout + done.stderr


RUNS = {
    "its policies": ("dev-base", ("a public bucket", "a missing tag")),
    "the policies of what is on the cluster": (
        "local",
        ("an image that moves", "a retention of 91 days", "a Watchdog that can be quiet"),
    ),
    "the catalog": ("local", ("an alarm without dimensions",)),
}
"""The stack and the mistakes of each run, by what refuses them: a finding ends nothing, so all of them are said."""


def test_every_mistake_is_planted() -> None:
    assert sorted(name for _, names in RUNS.values() for name in names) == sorted(PLANTED)


@pytest.mark.slow
@pytest.mark.parametrize("run", RUNS)
def test_planted_mistakes_are_caught_before_anything_is_deployed(tmp_path: Path, run: str) -> None:
    stack, names = RUNS[run]
    project = copied(tmp_path / "project")
    for planted in (PLANTED[name] for name in names):
        file = project / planted.file
        text = file.read_text(encoding="utf-8")
        assert planted.old in text, f"{planted.file} does not hold {planted.old!r}"
        file.write_text(text.replace(planted.old, planted.new, 1), encoding="utf-8")

    code, message = sandbox(project, "up", stack)
    assert code == 1, message
    for name in names:
        lines = [line for line in message.splitlines() if all(part in line for part in PLANTED[name].message)]
        assert lines, f"{name}: {message}"
    assert "Traceback" not in message
    stacks = project / ".sandbox" / "stacks"
    assert not stacks.exists() or list(stacks.iterdir()) == [], "something was deployed"
