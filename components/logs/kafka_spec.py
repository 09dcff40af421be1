"""The specification of Strimzi's resources: the cluster, its node pools, its one listener."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi

from compiler.logs.kafka import CLUSTER, PORT, Topic, User
from components.parts.helm_operator import Chart
from components.parts.pods import ZONE, confined, resources, spread

CLIENT_LABELS = {"observability/kafka-client": "true"}
"""Of pods that may reach the listener."""
CLUSTER_LABEL = "strimzi.io/cluster"
"""The label by which Strimzi knows the cluster of a resource, and of every pod that it makes."""
METRICS, METRICS_KEY = f"{CLUSTER}-metrics", "rules.yaml"
"""The ConfigMap with the rules of the brokers' metrics, and the key in it."""
_SEVERAL = 3
# Strimzi's own context of pods with volumes is `fsGroup: 0`, the group of its images' user, and nothing besides; a
# context that is given replaces it whole, and without the group brokers cannot write a fresh volume.
# Source: strimzi-kafka-operator 1.2.0, BaselinePodSecurityProvider.createStatefulPodSecurityContext, and
# docker-images/kafka-based/kafka/Dockerfile (user 1001 of group 0).
_WITH_VOLUMES: Mapping[str, object] = {"fsGroup": 0}
# Its own of pods without volumes, and of every container, is none: what is given here replaces nothing. Source: the
# same provider. The containers' is as in its RestrictedPodSecurityProvider, which leaves the file system open as well.
_POD: Mapping[str, object] = {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}}
_CONTAINER: Mapping[str, object] = {"securityContext": confined(read_only=False)}
# The metrics that the catalog's alerts read, in the form of Strimzi's own examples; others are not exposed.
RULES: Mapping[str, object] = {
    "lowercaseOutputName": True,
    "rules": [
        {"pattern": "kafka.controller<type=(.+), name=(.+)><>Value", "name": "kafka_controller_$1_$2", "type": "GAUGE"}
    ],
}


@dataclass(frozen=True)
class KafkaArgs:
    """The cluster.

    Attributes:
        namespace: where.
        brokers: how many.
        apart: whether the controllers are pods of their own; Kafka cannot go from one to the other while it runs.
        protect: whether the pools refuse to be deleted, and with them the brokers.
        memory_gib: of each broker.
        volume_gib: of each broker.
        storage_class: of the volumes, which it encrypts; None for the cluster's default.
        topics: every topic there is: none is made by writing to it.
        users: who may do what.
        labels: what the monitor of the brokers finds them by.
        exporter_labels: what the monitor of the consumers' lag finds the exporter by.
        chart: of the operator.
    """

    namespace: pulumi.Input[str]
    brokers: int
    apart: bool
    protect: bool
    memory_gib: int
    volume_gib: int
    storage_class: str | None
    topics: Sequence[Topic]
    users: Sequence[User]
    labels: Mapping[str, str]
    exporter_labels: Mapping[str, str]
    chart: Chart


def pools(args: KafkaArgs) -> dict[str, Mapping[str, object]]:
    """Return the pools by name; where the controllers are apart, elections do not wait for brokers.

    The number of controllers is fixed for the life of a cluster (Strimzi 1.2, "Controller scaling" in
    assembly-kraft-mode.adoc): it must not follow a number that people change.
    """
    memory = f"{args.memory_gib}Gi"
    if not args.apart:
        return {"both": _pool(args, ["controller", "broker"], args.brokers, args.volume_gib, memory, _template("both"))}
    apart = {name: _template(name, zones_required=True) for name in ("controllers", "brokers")}
    return {
        "controllers": _pool(args, ["controller"], _SEVERAL, 10, "1Gi", apart["controllers"]),
        "brokers": _pool(args, ["broker"], args.brokers, args.volume_gib, memory, apart["brokers"]),
    }


def _template(pool: str, *, zones_required: bool = False) -> Mapping[str, object]:
    """Return the changes to Strimzi's own pods; a pool's pod template replaces that of the cluster whole.

    Source: KafkaPool.processTemplate; labels: Labels.STRIMZI_CLUSTER_LABEL and STRIMZI_POOL_NAME_LABEL.
    Where zones are required, `rack` asks for machines with a label of their zone anyway.
    """
    labels = {CLUSTER_LABEL: CLUSTER, "strimzi.io/pool-name": pool}
    return {
        "pod": {
            "securityContext": {**_POD, **_WITH_VOLUMES},
            "topologySpreadConstraints": spread(labels, zones_required=zones_required),
        },
        "kafkaContainer": _CONTAINER,
        "initContainer": _CONTAINER,
    }


def _beside(*containers: str) -> Mapping[str, object]:
    """Return the template of pods beside the brokers, with the keys of their containers."""
    return {"template": {"pod": {"securityContext": _POD}, **dict.fromkeys(containers, _CONTAINER)}}


def _pool(
    args: KafkaArgs, roles: list[str], replicas: int, gib: int, memory: str, template: Mapping[str, object]
) -> Mapping[str, object]:
    heap = f"{int(memory.removesuffix('Gi')) * 512}m"
    volume = {
        "id": 0,
        "type": "persistent-claim",
        "size": f"{gib}Gi",
        "deleteClaim": False,
        "kraftMetadata": "shared",
        **({} if args.storage_class is None else {"class": args.storage_class}),
    }
    return {
        "replicas": replicas,
        "roles": roles,
        "storage": {"type": "jbod", "volumes": [volume]},
        "resources": resources("500m", memory),
        # Half for the heap: the page cache is what makes Kafka fast.
        "jvmOptions": {"-Xms": heap, "-Xmx": heap},
        "template": template,
    }


def cluster(args: KafkaArgs) -> dict[str, object]:
    """Return the specification of the `Kafka` resource."""
    replicas = min(args.brokers, _SEVERAL)
    kafka: dict[str, object] = {
        "listeners": [_listener()],
        "authorization": {"type": "simple"},
        "config": _configuration(replicas),
        "metricsConfig": {
            "type": "jmxPrometheusExporter",
            "valueFrom": {"configMapKeyRef": {"name": METRICS, "key": METRICS_KEY}},
        },
    }
    spec: dict[str, object] = {
        "kafka": kafka,
        "entityOperator": {
            "topicOperator": {"resources": resources("100m", "512Mi")},
            "userOperator": {"resources": resources("100m", "512Mi")},
            **_beside("topicOperatorContainer", "userOperatorContainer"),
        },
        "kafkaExporter": {
            "topicRegex": r"logs\..*",
            "groupRegex": ".*",
            "resources": resources("50m", "128Mi"),
            **_beside("container"),
        },
    }
    if args.apart:
        kafka["rack"] = {"topologyKey": ZONE}
        # Partitions move to new brokers, and away from removed ones, automatically.
        spec["cruiseControl"] = {
            "resources": resources("200m", "1Gi"),
            "autoRebalance": [{"mode": "add-brokers"}, {"mode": "remove-brokers"}],
            **_beside("cruiseControlContainer"),
        }
    return spec


def _listener() -> Mapping[str, object]:
    return {
        "name": "tls",
        "port": PORT,
        "type": "internal",
        "tls": True,
        "authentication": {"type": "scram-sha-512"},
        "networkPolicyPeers": [{"podSelector": {"matchLabels": CLIENT_LABELS}}],
    }


def _configuration(replicas: int) -> dict[str, Any]:
    in_sync = max(replicas - 1, 1)
    return {
        "auto.create.topics.enable": False,
        "default.replication.factor": replicas,
        "min.insync.replicas": in_sync,
        "offsets.topic.replication.factor": replicas,
        "transaction.state.log.replication.factor": replicas,
        "transaction.state.log.min.isr": in_sync,
        # Readers take the copy in their own zone: traffic between zones costs money.
        "replica.selector.class": "org.apache.kafka.common.replica.RackAwareReplicaSelector",
    }
