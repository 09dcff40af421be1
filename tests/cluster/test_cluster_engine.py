"""The real engine and Kubernetes provider bring the platform up on a real API server, and report what does not run."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from components.parts.claims import CLASS_SECONDS
from tests.cluster.controllers import Cluster, cluster
from tests.cluster.environment import Environment, failures, seconds
from tests.cluster.selected import unlike_facts, unselected
from tests.engine.provider import held
from tests.workloads import first

pytestmark = pytest.mark.cluster
_NAMESPACE = "observability"
_SECONDS = 180
"""How long a resource may take where all is well; it takes a few seconds on an idle machine."""
_SHORT = 30
"""The same where it is known to fail."""
_SLACK = 30
"""Seconds beside that, on a busy machine: to make the object, and to give up."""


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Cluster]:
    """Yield a cluster without a class of storage."""
    with cluster(tmp_path / "cluster") as made:
        yield made


@pytest.mark.parametrize("stack", ["local", "dev"])
def test_a_stack_lives_and_goes(stack: str, running: Cluster, tmp_path: Path) -> None:
    if stack == "local":
        running.add_default_class()  # EKS has none: the program makes one
    environment = Environment(stack, tmp_path / stack, running, _SECONDS)
    for each in environment.stacks:
        environment.operate("up", each)
    _runs(running)
    for each in environment.stacks:
        assert environment.operate("up", each, "up again").changed() == {}
    for each in environment.stacks:
        assert set(environment.operate("refresh", each).counts()) == {"same"}
    for each in reversed(environment.stacks):
        environment.operate("destroy", each)
    assert held(environment.engine.cloud) == []
    assert running.left() == []


def _runs(running: Cluster) -> None:
    """Every pod is ready, and the Prometheus operator says that it has done its work."""
    pods = running.server.items("/api/v1/pods")
    waiting = [each["metadata"]["name"] for each in pods if each["status"].get("phase") not in {"Running", "Succeeded"}]
    assert pods
    assert waiting == []
    for plural in ("prometheuses", "alertmanagers"):
        for each in running.server.items(f"/apis/monitoring.coreos.com/v1/{plural}"):
            conditions = {one["type"]: one["status"] for one in each["status"]["conditions"]}
            assert conditions == {"Reconciled": "True", "Available": "True"}, each["metadata"]["name"]
    assert unselected(running.server, _NAMESPACE) == []
    assert unlike_facts(running.server, _NAMESPACE) == []


def test_up_names_what_does_not_run_and_goes_on(running: Cluster, tmp_path: Path) -> None:
    """Four things are wrong from the beginning, and are put right one after the other."""
    words = "the folder has a parent that is its own child"
    running.pods.add("blackbox-exporter")
    running.absent.add("grafana.integreatly.org")
    folder = first(lambda each: each.dashboards.grafana).name
    running.resources[f"grafanafolders/{folder}"] = words
    environment = Environment("local", tmp_path / "local", running, _SHORT)

    _fails(environment, "a pod that cannot start", "apps/v1:Deployment::blackbox-exporter", "ErrImagePull")
    running.pods.clear()
    claim = "PersistentVolumeClaimPatch::prometheus-platform-0"
    _fails(environment, "no class of storage", claim, "needs a StorageClass: set storageClass", CLASS_SECONDS)
    running.add_default_class()
    _fails(environment, "no operator", "grafana.integreatly.org/v1beta1:Grafana::grafana", "timed out")
    running.absent.clear()
    _fails(environment, "an operator that refuses", f"GrafanaFolder::{folder}", words)
    running.resources.clear()

    environment.give(_SECONDS)
    environment.operate("up", "local", "all is well")
    _runs(running)
    environment.operate("destroy", "local")
    assert running.left() == []


def _fails(environment: Environment, step: str, name: str, words: str, limit: int = _SHORT) -> None:
    """`up` fails, and the error of that resource comes within its time and has its own words."""
    done = environment.operate("up", environment.name, step, expect=None)
    errors = {urn: message for urn, message in failures(done).items() if name in urn}
    for urn, message in errors.items():
        who = urn.rpartition("$")[2]
        print(f"  after {seconds(done, urn):.0f} s {who}: {message.strip()[-700:]}", flush=True)
    assert done.code != 0, f"{step}: expected a failure"
    assert errors, f"{step}: expected an error of {name}, found {failures(done)}"
    assert any(words in message for message in errors.values()), errors
    assert max(seconds(done, urn) for urn in errors) < limit + _SLACK
