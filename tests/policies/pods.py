"""Objects that make pods, each as every rule wants them, and the places of their containers and pods."""

from __future__ import annotations

import copy
from typing import Any

CONTAINER: dict[str, Any] = {
    "name": "app",
    "image": "ghcr.io/company/app:1.4.2",
    "resources": {"requests": {"cpu": "50m", "memory": "64Mi"}, "limits": {"memory": "64Mi"}},
    "livenessProbe": {"httpGet": {"path": "/healthz", "port": 8080}},
    "readinessProbe": {"httpGet": {"path": "/ready", "port": 8080}},
}
POD: dict[str, Any] = {"securityContext": {"runAsNonRoot": True, "runAsUser": 65534}, "containers": [CONTAINER]}
TEMPLATE = {"spec": {"template": {"spec": POD}}}

POD_PLACES = {
    "kubernetes:core/v1:Pod": "spec",
    "kubernetes:apps/v1:DaemonSet": "spec.template.spec",
    "kubernetes:apps/v1:Deployment": "spec.template.spec",
    "kubernetes:apps/v1:ReplicaSet": "spec.template.spec",
    "kubernetes:apps/v1:StatefulSet": "spec.template.spec",
    "kubernetes:core/v1:ReplicationController": "spec.template.spec",
    "kubernetes:batch/v1:Job": "spec.template.spec",
    "kubernetes:batch/v1:CronJob": "spec.jobTemplate.spec.template.spec",
}
ENDING = {"kubernetes:batch/v1:Job", "kubernetes:batch/v1:CronJob"}
LASTING = sorted(set(POD_PLACES) - ENDING)

PROMETHEUS = "kubernetes:monitoring.coreos.com/v1:Prometheus"
ALERTMANAGER = "kubernetes:monitoring.coreos.com/v1:Alertmanager"
COLLECTOR = "kubernetes:opentelemetry.io/v1beta1:OpenTelemetryCollector"
GRAFANA = "kubernetes:grafana.integreatly.org/v1beta1:Grafana"
_SERVER: dict[str, Any] = {"resources": CONTAINER["resources"], "securityContext": POD["securityContext"]}
_COLLECTOR: dict[str, Any] = {
    "image": "ghcr.io/company/collector:0.155.0",
    "resources": CONTAINER["resources"],
    "podSecurityContext": POD["securityContext"],
    "config": {"extensions": {"health_check": {"endpoint": "0.0.0.0:13133"}}},
}
_GRAFANA = {"name": "grafana", "resources": CONTAINER["resources"], "livenessProbe": CONTAINER["livenessProbe"]}
_GRAFANA_POD = {**POD, "containers": [_GRAFANA]}
SINGLE: dict[str, dict[str, Any]] = {
    PROMETHEUS: {"spec": {"version": "v3.5.0", **_SERVER}},
    ALERTMANAGER: {"spec": {"version": "v0.28.1", **_SERVER}},
    COLLECTOR: {"spec": _COLLECTOR},
    GRAFANA: {"spec": {"version": "13.1.3", "deployment": {"spec": {"template": {"spec": _GRAFANA_POD}}}}},
}
"""Resources of which an operator makes pods of one kind."""
KAFKA = "kubernetes:kafka.strimzi.io/v1:Kafka"
NODE_POOL = "kubernetes:kafka.strimzi.io/v1:KafkaNodePool"
FLINK = "kubernetes:flink.apache.org/v1beta1:FlinkDeployment"


def _confined() -> dict[str, Any]:
    return {"template": {"pod": {"securityContext": {"runAsNonRoot": True}}}}


def _flink(memory: str) -> dict[str, Any]:
    probes = {probe: CONTAINER[probe] for probe in ("livenessProbe", "readinessProbe")}
    own = {"containers": [{"name": "flink-main-container", **probes}], "securityContext": {"runAsNonRoot": True}}
    return {"resource": {"cpu": 1, "memory": memory}, "podTemplate": {"spec": own}}


def _sized() -> dict[str, Any]:
    """Return an object of its own each time, so that a spec may break one of them."""
    return {"resources": copy.deepcopy(CONTAINER["resources"])}


SEVERAL: dict[str, dict[str, Any]] = {
    KAFKA: {
        "spec": {
            "entityOperator": {"topicOperator": _sized(), "userOperator": _sized(), **_confined()},
            "kafkaExporter": {**_sized(), **_confined()},
            "cruiseControl": {**_sized(), **_confined()},
        }
    },
    NODE_POOL: {"spec": {**_sized(), **_confined()}},
    FLINK: {
        "spec": {
            "image": "ghcr.io/company/job:1.2.3",
            "podTemplate": {"spec": {"containers": [{"name": "flink-main-container"}]}},
            "jobManager": _flink("1536m"),
            "taskManager": _flink("2048m"),
        }
    },
}
"""Resources that describe several pods, or each part of one at a place of its own."""
OPERATED = {**SINGLE, **SEVERAL}
CONTEXTS: dict[str, list[str]] = {
    KAFKA: [f"spec.{part}.template.pod" for part in ("entityOperator", "kafkaExporter", "cruiseControl")],
    NODE_POOL: ["spec.template.pod"],
    FLINK: [f"spec.{part}.podTemplate.spec" for part in ("jobManager", "taskManager")],
}
"""The places of the pods of each."""


def made(kind: str, pod: dict[str, Any] = POD) -> dict[str, Any]:
    """Return an object of that kind with this pod in its place."""
    properties: dict[str, Any] = pod
    for name in reversed(POD_PLACES[kind].split(".")):
        properties = {name: properties}
    return properties


def valid(kind: str) -> dict[str, Any]:
    """Return an object of that kind that every rule accepts."""
    return OPERATED[kind] if kind in OPERATED else made(kind)


EVERY = sorted({*POD_PLACES, *OPERATED})
