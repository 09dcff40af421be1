"""The pods of the log job: JobManagers and TaskManagers, what differs between them, and who may reach them."""

from collections.abc import Mapping, Sequence

from compiler.logs.kafka import JOB
from components.logs.kafka import CA_SECRET
from components.logs.kafka_spec import CLIENT_LABELS
from components.parts.pods import confined, pod_security, spread
from components.parts.reach import Reach, by_prometheus, named

RULES, KAFKA, KAFKA_CA, OWN = "/etc/log-job", "/secrets/kafka", "/secrets/kafka-ca", "/secrets/job"
"""Where the pods find the rules, the password of their user in Kafka, Kafka's authority, and the key of the hash."""
METRICS_PORT = 9249
# The user of the official image, which the job's image is built from.
_FLINK = 9999
_CONTAINER = "flink-main-container"
# Flink's own on Kubernetes. Source: flink-kubernetes, Constants.java; JobManagerOptions.PORT.
_REST_PORT, _MANAGER_RPC_PORT, _WORKER_RPC_PORT = 8081, 6123, 6122
# As in Flink's own manifests: a hanging process no longer accepts connections on its RPC port.
# Source: Flink 2.2, docs/deployment/resource-providers/standalone/kubernetes.md, appendix.
_LIVENESS = {"initialDelaySeconds": 30, "periodSeconds": 60}
_OPERATOR = "flink-kubernetes-operator"
"""What its chart labels the operator's pods by; source: facts/charts/flink-operator.json."""


def labels(name: str) -> dict[str, str]:
    """Return the labels that Flink gives to the pods of one cluster."""
    return {"app": name, "type": "flink-native-kubernetes"}


def reached(name: str) -> list[Reach]:
    """Return the ingress of the pods: each other at every port, since data ports are not fixed.

    The operator asks JobManagers by REST (flink-kubernetes-operator 1.14, AbstractFlinkService.getClusterClient).
    """
    return [
        Reach([], [named("app", name)]),
        Reach([_REST_PORT], [named("app.kubernetes.io/name", _OPERATOR)]),
        by_prometheus(METRICS_PORT),
    ]


def shared(name: str, own_secret: str) -> dict[str, object]:
    """Return the pod template of both kinds; Flink's own has neither labels, contexts nor volumes of these names.

    Source: flink-kubernetes, InitJobManagerDecorator and InitTaskManagerDecorator: both add to the template.
    """
    mounts = {"rules": RULES, "kafka": KAFKA, "kafka-ca": KAFKA_CA, "own": OWN}
    container = {
        "name": _CONTAINER,
        "ports": [{"name": "metrics", "containerPort": METRICS_PORT, "protocol": "TCP"}],
        "securityContext": confined(read_only=False),
        "volumeMounts": [{"name": key, "mountPath": path, "readOnly": True} for key, path in mounts.items()],
    }
    volumes = [
        {"name": "rules", "configMap": {"name": name}},
        _secret("kafka", JOB, "password"),
        _secret("kafka-ca", CA_SECRET, "ca.crt"),
        _secret("own", own_secret, "hash-key"),
    ]
    return {
        "metadata": {"labels": dict(CLIENT_LABELS)},
        "spec": {
            "securityContext": pod_security(_FLINK, _FLINK),
            "containers": [container],
            "volumes": volumes,
        },
    }


def manager(name: str) -> Mapping[str, object]:
    """Return the template of JobManagers; the operator adds only a start-up probe (FlinkUtils.addStartupProbe)."""
    # The path of that probe. A standby answers as well, as long as there is a leader.
    ready = {"httpGet": {"path": "/config", "port": _REST_PORT}}
    return _own(name, "jobmanager", _MANAGER_RPC_PORT, ready)


def worker(name: str) -> Mapping[str, object]:
    """Return the template of TaskManagers; Flink gives them no probe."""
    return _own(name, "taskmanager", _WORKER_RPC_PORT, {"tcpSocket": {"port": _WORKER_RPC_PORT}})


def _own(name: str, component: str, rpc_port: int, ready: Mapping[str, object]) -> Mapping[str, object]:
    """Return the container first in its list: the operator merges lists by place, not by name."""
    container = {
        "name": _CONTAINER,
        "livenessProbe": {"tcpSocket": {"port": rpc_port}, **_LIVENESS},
        "readinessProbe": ready,
    }
    constraints: Sequence[object] = spread({**labels(name), "component": component})
    return {"spec": {"topologySpreadConstraints": constraints, "containers": [container]}}


def _secret(volume: str, secret: str, *keys: str) -> dict[str, object]:
    items = [{"key": key, "path": key} for key in keys]
    return {"name": volume, "secret": {"secretName": secret, "items": items, "defaultMode": 0o440}}
