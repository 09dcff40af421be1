"""A collector as its operator accepts it: confined, restricted ingress, with its queue and secrets in files."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from compiler.traces.parts import go_memory_limit, start_seconds
from components.parts.reach import Reach, named
from components.traces.collector import Collector, CollectorArgs, Queue
from tests.components import crds
from tests.components.isolated import Deployed, before, comes_after, deploy, in_cluster

ARGS = CollectorArgs(
    namespace="observability",
    image="example.com/collector:0.155.0",
    mode="statefulset",
    configuration={
        "receivers": {"otlp": {}},
        "exporters": {"debug": {}},
        "service": {"pipelines": {"traces": {"receivers": ["otlp"], "exporters": ["debug"]}}},
    },
    labels={"observability/producer": "otel-collector"},
    cpu="500m",
    memory_mib=4096,
    reached=[Reach([4317], [named("app", "sender")]), Reach([4318], everywhere=True), Reach([443])],
    replicas=3,
    environment={"WHERE": "https://example.com"},
    facts={"POD_IP": "status.podIP"},
    files={"certificate": "/secrets/tls"},
    queue=Queue("/var/lib/otelcol", 20, "gp3"),
)


def _deployed(**changes: Any) -> Deployed:
    return deploy(lambda: Collector("collector", replace(ARGS, after=[before()], **changes), in_cluster()))


@pytest.fixture(scope="module")
def deployed() -> Deployed:
    return _deployed()


@pytest.fixture(scope="module")
def spec(deployed: Deployed) -> dict[str, Any]:
    return dict(deployed.one("OpenTelemetryCollector").inputs["spec"])


def test_it_runs_what_it_is_told_and_nothing_newer(spec: dict[str, Any]) -> None:
    assert (spec["image"], spec["mode"], spec["replicas"]) == ("example.com/collector:0.155.0", "statefulset", 3)
    assert spec["config"] == ARGS.configuration
    assert spec["upgradeStrategy"] == "none"


def test_it_is_confined(spec: dict[str, Any]) -> None:
    assert spec["podSecurityContext"]["runAsNonRoot"] is True
    assert spec["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert spec["resources"] == {"requests": {"cpu": "500m", "memory": "4Gi"}, "limits": {"memory": "4Gi"}}


def test_replicas_are_spread_and_leave_one_by_one(spec: dict[str, Any]) -> None:
    labels = {each["labelSelector"]["matchLabels"]["app.kubernetes.io/instance"] for each in constraints(spec)}
    assert labels == {"observability.collector"}
    assert spec["podDisruptionBudget"] == {"maxUnavailable": 1}
    alone = _deployed(replicas=None, mode="daemonset").one("OpenTelemetryCollector").inputs["spec"]
    assert not {"replicas", "topologySpreadConstraints", "podDisruptionBudget"} & set(alone)


def constraints(spec: dict[str, Any]) -> list[dict[str, Any]]:
    return list(spec["topologySpreadConstraints"])


def test_what_waits_lies_on_a_volume_of_its_own_or_in_the_pod(spec: dict[str, Any]) -> None:
    (claim,) = spec["volumeClaimTemplates"]
    assert (claim["spec"]["storageClassName"], claim["spec"]["resources"]["requests"]["storage"]) == ("gp3", "20Gi")
    mounts = {each["name"]: each["mountPath"] for each in spec["volumeMounts"]}
    assert mounts == {claim["metadata"]["name"]: "/var/lib/otelcol", "certificate": "/secrets/tls"}
    passing = (
        _deployed(mode="deployment", queue=Queue("/var/lib/otelcol", 1)).one("OpenTelemetryCollector").inputs["spec"]
    )
    assert "volumeClaimTemplates" not in passing
    assert {"name": "queue", "emptyDir": {"sizeLimit": "1Gi"}} in passing["volumes"]


def test_a_secret_is_a_file(spec: dict[str, Any]) -> None:
    (volume,) = [each for each in spec["volumes"] if "secret" in each]
    assert volume["secret"] == {"secretName": "certificate", "defaultMode": 0o440}
    (mount,) = [each for each in spec["volumeMounts"] if each["name"] == "certificate"]
    assert mount["readOnly"] is True


def test_variables_have_what_only_the_stack_and_kubernetes_know(spec: dict[str, Any]) -> None:
    assert spec["env"] == [
        {"name": "GOMEMLIMIT", "value": go_memory_limit(ARGS.memory_mib)["GOMEMLIMIT"]},
        {"name": "WHERE", "value": "https://example.com"},
        {"name": "POD_IP", "valueFrom": {"fieldRef": {"fieldPath": "status.podIP"}}},
    ]


def test_a_full_queue_may_be_read_before_a_start_is_given_up(spec: dict[str, Any]) -> None:
    def patience(spec: dict[str, Any]) -> int:
        probe = spec["startupProbe"]
        return int(probe["periodSeconds"] * probe["failureThreshold"])

    assert patience(spec) >= start_seconds(20)
    small = _deployed(queue=Queue("/var/lib/otelcol", 1)).one("OpenTelemetryCollector").inputs["spec"]
    assert start_seconds(1) <= patience(small) < patience(spec)
    assert "startupProbe" not in _deployed(queue=None).one("OpenTelemetryCollector").inputs["spec"]


def test_the_operator_opens_no_port_besides(spec: dict[str, Any]) -> None:
    assert spec["networkPolicy"] == {"enabled": False}


def test_it_is_reached_by_those_who_may(deployed: Deployed) -> None:
    policy = deployed.one("NetworkPolicy").inputs["spec"]
    assert policy["podSelector"] == {"matchLabels": {"app.kubernetes.io/instance": "observability.collector"}}
    peers = {rule["ports"][0]["port"]: rule.get("from") for rule in policy["ingress"]}
    assert peers[8888] == [pods("app.kubernetes.io/name", "prometheus")]
    assert peers[4317] == [pods("app", "sender")]
    assert peers[4318] == [{"namespaceSelector": {}}]
    assert peers[443] is None


def pods(key: str, value: str) -> dict[str, Any]:
    return {"podSelector": {"matchExpressions": [{"key": key, "operator": "In", "values": [value]}]}}


def test_the_operator_would_take_it(deployed: Deployed) -> None:
    made = deployed.one("OpenTelemetryCollector")
    assert comes_after(made)
    crds.check(made.inputs)
    crds.check(deployed.one("NetworkPolicy").inputs)
    crds.check(_deployed(queue=None, files={}, facts={}, environment={}).one("OpenTelemetryCollector").inputs)
