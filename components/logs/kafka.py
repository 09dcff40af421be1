"""Kafka by Strimzi, the queue of log lines between agents and the job."""

from collections.abc import Mapping

import pulumi
import pulumi_kubernetes as k8s

from compiler.logs.kafka import CLUSTER, Topic, User
from compiler.text import to_yaml
from components.logs.kafka_spec import CLUSTER_LABEL, METRICS, METRICS_KEY, RULES, KafkaArgs, cluster, pools
from components.parts.helm_operator import HelmOperator, HelmOperatorArgs

CA_SECRET = f"{CLUSTER}-cluster-ca-cert"
"""Strimzi's secret with `ca.crt`, by which clients know the brokers."""
_API = "kafka.strimzi.io/v1"
# Strimzi's pods expose their metrics here, and call the port so.
_METRICS_PORT = "tcp-prometheus"


class Kafka(pulumi.ComponentResource):
    """Brokers with their topics and users; `ready` is what clients wait for."""

    ready: list[pulumi.Resource]

    def __init__(self, name: str, args: KafkaArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("observability:index:Kafka", name, None, opts)
        self._namespace = args.namespace
        child = pulumi.ResourceOptions(parent=self)
        operator = HelmOperator("strimzi", HelmOperatorArgs(args.chart, args.namespace, brings_crds=True), child)
        self._after: list[pulumi.Resource] = [operator.release]
        metrics = k8s.core.v1.ConfigMap(
            METRICS,
            metadata={"name": METRICS, "namespace": args.namespace},
            data={METRICS_KEY: to_yaml(RULES)},
            opts=child,
        )
        nodes = [self._made("KafkaNodePool", pool, spec, protect=args.protect) for pool, spec in pools(args).items()]
        self._after += [metrics, *nodes]
        kafka = self._made("Kafka", CLUSTER, cluster(args), labelled=False)
        # Topics and users have finalizers that the entity operator takes, whose pod goes with the cluster: deleted
        # beside it, they would stay, and hold back their namespace. Source: strimzi-kafka-operator 1.2.0,
        # topic-operator, BatchingTopicController and KubernetesHandler.addFinalizer.
        self._after.append(kafka)
        topics = [self._made("KafkaTopic", topic.name, _topic(topic)) for topic in args.topics]
        users = [self._made("KafkaUser", user.name, _user(user)) for user in args.users]
        self._metrics(CLUSTER, f"{CLUSTER}-kafka", args.labels)
        self._metrics(f"{CLUSTER}-exporter", f"{CLUSTER}-kafka-exporter", args.exporter_labels)
        self.ready = [*nodes, kafka, *topics, *users]
        self.register_outputs({})

    def _made(
        self, kind: str, name: str, spec: Mapping[str, object], *, labelled: bool = True, protect: bool = False
    ) -> k8s.apiextensions.CustomResource:
        # A real API server drops an empty mapping of labels, which would then look like a change.
        labels = {"labels": {CLUSTER_LABEL: CLUSTER}} if labelled else {}
        return k8s.apiextensions.CustomResource(
            f"{kind.removeprefix('Kafka').lower() or 'cluster'}-{name}",
            api_version=_API,
            kind=kind,
            metadata={"name": name, "namespace": self._namespace, **labels},
            spec=spec,
            opts=pulumi.ResourceOptions(parent=self, depends_on=list(self._after), protect=protect or None),
        )

    def _metrics(self, name: str, pods: str, labels: Mapping[str, str]) -> None:
        """Create a service for metrics, which Strimzi lacks, with the labels that the catalog's monitor looks for."""
        k8s.core.v1.Service(
            f"{name}-metrics",
            metadata={"name": f"{name}-metrics", "namespace": self._namespace, "labels": dict(labels)},
            spec=k8s.core.v1.ServiceSpecArgs(
                cluster_ip="None",
                selector={CLUSTER_LABEL: CLUSTER, "strimzi.io/name": pods},
                ports=[k8s.core.v1.ServicePortArgs(name="metrics", port=9404, target_port=_METRICS_PORT)],
            ),
            opts=pulumi.ResourceOptions(parent=self),
        )


def _topic(topic: Topic) -> Mapping[str, object]:
    return {
        "topicName": topic.name,
        "partitions": topic.partitions,
        "replicas": topic.replicas,
        "config": dict(topic.config),
    }


def _user(user: User) -> Mapping[str, object]:
    acls = [
        {
            "type": "allow",
            "resource": {"type": acl.kind, "name": acl.name, "patternType": "literal"},
            "operations": list(acl.operations),
            "host": "*",
        }
        for acl in user.acls
    ]
    spec: dict[str, object] = {
        "authentication": {"type": "scram-sha-512"},
        "authorization": {"type": "simple", "acls": acls},
    }
    return {**spec, "quotas": {"producerByteRate": user.write_bytes}} if user.write_bytes else spec
