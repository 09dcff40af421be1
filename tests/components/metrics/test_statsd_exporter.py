"""statsd-exporter: where it listens, its rights, and that its metrics keep their own labels."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from components.metrics.statsd_exporter import STATSD_PORT, WEB_PORT, StatsdExporter, StatsdExporterArgs
from tests.components import crds
from tests.components.isolated import Deployed, before, comes_after, deploy, in_cluster

ARGS = StatsdExporterArgs("observability", "v0.29.0", "mappings: []\n", [])


def _deployed(args: StatsdExporterArgs) -> Deployed:
    return deploy(lambda: StatsdExporter("statsd-exporter", replace(args, after=[before()]), in_cluster()))


@pytest.fixture(scope="module")
def deployed() -> Deployed:
    return _deployed(ARGS)


@pytest.fixture(scope="module")
def template(deployed: Deployed) -> dict[str, Any]:
    return dict(deployed.one("Deployment").inputs["spec"]["template"])


@pytest.fixture(scope="module")
def container(template: dict[str, Any]) -> dict[str, Any]:
    (container,) = template["spec"]["containers"]
    return dict(container)


def test_listens_where_the_service_sends(deployed: Deployed, container: dict[str, Any]) -> None:
    spec = deployed.one("Service").inputs["spec"]
    open_ports = {port["name"]: (port["containerPort"], port["protocol"]) for port in container["ports"]}
    assert {port["targetPort"]: (port["port"], port["protocol"]) for port in spec["ports"]} == open_ports
    statsd = {f"statsd-{protocol.lower()}": (STATSD_PORT, protocol) for protocol in ("UDP", "TCP")}
    assert open_ports == {**statsd, "metrics": (WEB_PORT, "TCP")}
    for flag in (f"listen-udp=:{STATSD_PORT}", f"listen-tcp=:{STATSD_PORT}"):
        assert f"--statsd.{flag}" in container["args"]
    assert f"--web.listen-address=:{WEB_PORT}" in container["args"]
    assert spec["selector"] == deployed.one("Deployment").inputs["spec"]["selector"]["matchLabels"]


def test_reads_the_mapping_that_is_mounted(deployed: Deployed, template: dict[str, Any]) -> None:
    configured = deployed.one("ConfigMap").inputs
    assert configured["data"] == {"mapping.yaml": ARGS.mapping}
    (volume,) = template["spec"]["volumes"]
    (container,) = template["spec"]["containers"]
    (mount,) = container["volumeMounts"]
    assert (volume["name"], volume["configMap"]["name"]) == (mount["name"], configured["metadata"]["name"])
    assert f"--statsd.mapping-config={mount['mountPath']}/mapping.yaml" in container["args"]


def test_another_mapping_is_another_pod(template: dict[str, Any]) -> None:
    other = _deployed(replace(ARGS, mapping="mappings: [{}]\n")).one("Deployment").inputs["spec"]["template"]
    assert other["metadata"]["annotations"] != template["metadata"]["annotations"]
    assert other["spec"] == template["spec"]


def test_clients_add_no_labels_of_their_own(container: dict[str, Any]) -> None:
    kinds = {"dogstatsd", "influxdb", "librato", "signalfx"}
    assert {f"--no-statsd.parse-{kind}-tags" for kind in kinds} <= set(container["args"])


def test_one_replica_since_two_would_tell_two_values_of_a_gauge(deployed: Deployed) -> None:
    assert deployed.one("Deployment").inputs["spec"]["replicas"] == 1


def test_it_has_no_rights(template: dict[str, Any], container: dict[str, Any]) -> None:
    assert template["spec"]["automountServiceAccountToken"] is False
    assert template["spec"]["securityContext"]["runAsNonRoot"] is True
    own = container["securityContext"]
    assert (own["allowPrivilegeEscalation"], own["readOnlyRootFilesystem"]) == (False, True)
    assert own["capabilities"] == {"drop": ["ALL"]}


def test_it_is_scraped_with_the_labels_that_its_mapping_gives(deployed: Deployed) -> None:
    monitor = deployed.one("ServiceMonitor").inputs
    (endpoint,) = monitor["spec"]["endpoints"]
    assert endpoint["honorLabels"] is True
    assert endpoint["port"] == "metrics"
    # Its own metrics have neither label: they are the platform's.
    targets = {rule["targetLabel"]: rule["replacement"] for rule in endpoint["relabelings"] if "targetLabel" in rule}
    assert targets == {"workload": "platform", "service": "statsd-exporter"}
    labels = deployed.one("Service").inputs["metadata"]["labels"]
    assert monitor["spec"]["selector"]["matchLabels"].items() <= labels.items()


def test_the_monitor_is_what_a_real_api_server_takes(deployed: Deployed) -> None:
    crds.check(deployed.one("ServiceMonitor").inputs)


def test_the_monitor_comes_after_its_kind(deployed: Deployed) -> None:
    assert comes_after(deployed.one("ServiceMonitor"))


def test_tells_where_to_send(deployed: Deployed) -> None:
    assert deployed.outputs_of("StatsdExporter") == {"address": "statsd-exporter.observability.svc:9125"}
