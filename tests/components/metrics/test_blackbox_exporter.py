"""The blackbox exporter: its modules, its replicas, and its address for Prometheus."""

from __future__ import annotations

import pytest

from components.metrics.blackbox_exporter import BlackboxExporter, BlackboxExporterArgs
from tests.components.isolated import Deployed, deploy, in_cluster

ARGS = BlackboxExporterArgs(
    namespace="observability",
    version="v0.28.0",
    replicas=2,
    configuration="modules: {}",
    labels={"observability/workload": "platform"},
)


@pytest.fixture(scope="module")
def deployed() -> Deployed:
    return deploy(lambda: BlackboxExporter("blackbox-exporter", ARGS, in_cluster()))


def test_reads_its_modules(deployed: Deployed) -> None:
    spec = deployed.one("Deployment").inputs["spec"]
    (container,) = spec["template"]["spec"]["containers"]
    (mount,) = container["volumeMounts"]
    assert container["image"].endswith(":v0.28.0")
    assert container["args"] == [f"--config.file={mount['mountPath']}/blackbox.yaml"]
    assert deployed.one("ConfigMap").inputs["data"] == {"blackbox.yaml": ARGS.configuration}
    assert container["livenessProbe"]["httpGet"]["path"] == "/-/healthy"


def test_replicas_spread_and_are_evicted_one_at_a_time(deployed: Deployed) -> None:
    spec = deployed.one("Deployment").inputs["spec"]
    assert spec["replicas"] == 2
    assert deployed.one("PodDisruptionBudget").inputs["spec"]["selector"] == spec["selector"]
    keys = [each["topologyKey"] for each in spec["template"]["spec"]["topologySpreadConstraints"]]
    assert keys == ["topology.kubernetes.io/zone", "kubernetes.io/hostname"]


def test_the_address_is_that_of_its_service(deployed: Deployed) -> None:
    service = deployed.one("Service").inputs
    assert deployed.outputs_of("BlackboxExporter") == {"address": "blackbox-exporter.observability.svc:9115"}
    assert service["spec"]["selector"] == deployed.one("Deployment").inputs["spec"]["selector"]["matchLabels"]
    assert ARGS.labels.items() <= service["metadata"]["labels"].items()
