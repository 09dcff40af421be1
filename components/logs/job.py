"""The log job on Flink: from the raw topics to OpenSearch and the archive."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pulumi
import pulumi_kubernetes as k8s

from compiler.logs.kafka import JOB
from components.logs.job_pods import KAFKA, KAFKA_CA, METRICS_PORT, OWN, RULES, labels, manager, reached, shared, worker
from components.logs.writer import CHECKPOINTS
from components.parts.digest import Contents, digest_annotations
from components.parts.helm_operator import Chart, HelmOperator, HelmOperatorArgs
from components.parts.reach import ingress_policy

SERVICE_ACCOUNT = JOB
_FILE = "job.json"
_MAX_PARALLELISM = 24


@dataclass(frozen=True)
class LogJobArgs:
    """The job.

    Attributes:
        namespace: where; Kafka's secrets are there as well.
        image: with its tag.
        rules: `job.json`.
        kafka: host:port of the brokers.
        archive: the bucket's name.
        opensearch: the address of the search.
        region: whose credentials sign what is asked of the search.
        hash_key: of the keyed hash of ids; a secret.
        parallelism: to begin with; the autoscaler changes it.
        highly_available: whether a second job manager waits.
        labels: what the monitor of its metrics finds it by.
        chart: of the operator.
        certificates: what the operator's webhook gets its certificate from, which has to be there before.
        after: what must be there before: Kafka's users and topics, its role in AWS, the templates of indices.
        secrets: the contents of Kafka's secrets that the platform makes.
    """

    namespace: pulumi.Input[str]
    image: str
    rules: str
    kafka: pulumi.Input[str]
    archive: pulumi.Input[str]
    opensearch: pulumi.Input[str]
    region: str
    hash_key: pulumi.Input[str]
    parallelism: int
    highly_available: bool
    labels: Mapping[str, str]
    chart: Chart
    certificates: Sequence[pulumi.Resource]
    after: Sequence[pulumi.Resource]
    secrets: Contents = field(default_factory=dict)


class LogJob(pulumi.ComponentResource):
    """A FlinkDeployment with its rules, secrets and metrics; a change of either restarts it from a savepoint."""

    def __init__(self, name: str, args: LogJobArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("observability:index:LogJob", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        needed = [*args.after, _operator(args, child).release]
        meta = k8s.meta.v1.ObjectMetaArgs(name=name, namespace=args.namespace)
        rules = k8s.core.v1.ConfigMap(name, metadata=meta, data={_FILE: args.rules}, opts=child)
        secret = k8s.core.v1.Secret(
            name,
            # Its user's password is in a secret of the job's name, which Strimzi writes.
            metadata={"name": _own_secret(name), "namespace": args.namespace},
            string_data=_own_files(args),
            opts=child,
        )
        k8s.apiextensions.CustomResource(
            name,
            api_version="flink.apache.org/v1beta1",
            kind="FlinkDeployment",
            metadata={"name": name, "namespace": args.namespace},
            spec=_spec(name, args),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[*needed, rules, secret]),
        )
        k8s.core.v1.Service(
            f"{name}-metrics",
            metadata={"name": f"{name}-metrics", "namespace": args.namespace, "labels": dict(args.labels)},
            spec=k8s.core.v1.ServiceSpecArgs(
                cluster_ip="None",
                selector=labels(name),
                ports=[k8s.core.v1.ServicePortArgs(name="metrics", port=METRICS_PORT, target_port="metrics")],
            ),
            opts=child,
        )
        # The pods hold keys, and any client of their REST or RPC API may have them run a job.
        ingress_policy(name, args.namespace, labels(name), reached(name), child)
        self.register_outputs({})


def _own_secret(name: str) -> str:
    return f"{name}-hash-key"


def _own_files(args: LogJobArgs) -> dict[str, pulumi.Input[str]]:
    return {"hash-key": args.hash_key}


def _operator(args: LogJobArgs, child: pulumi.ResourceOptions) -> HelmOperator:
    """Install the operator; its chart also creates the account of Flink's pods, with rights on pods and ConfigMaps."""
    values = {
        "watchNamespaces": [args.namespace],
        "jobServiceAccount": {"name": SERVICE_ACCOUNT},
    }
    arguments = HelmOperatorArgs(args.chart, args.namespace, values, args.certificates, brings_crds=True)
    return HelmOperator("flink-operator", arguments, child)


def _spec(name: str, args: LogJobArgs) -> dict[str, object]:
    return {
        "image": args.image,
        "flinkVersion": "v2_2",
        "serviceAccount": SERVICE_ACCOUNT,
        "mode": "native",
        "flinkConfiguration": {**_configuration(args), **_digests(name, args)},
        "podTemplate": shared(name, _own_secret(name)),
        "jobManager": {
            "replicas": 2 if args.highly_available else 1,
            "resource": {"cpu": 0.5, "memory": "1536m"},
            "podTemplate": manager(name),
        },
        "taskManager": {"resource": {"cpu": 1, "memory": "2048m"}, "podTemplate": worker(name)},
        "job": {
            "jarURI": "local:///opt/flink/usrlib/log-job.jar",
            "args": _arguments(args),
            "parallelism": args.parallelism,
            "state": "running",
            "upgradeMode": "savepoint",
        },
    }


def _configuration(args: LogJobArgs) -> dict[str, object]:
    state = pulumi.Output.concat("s3://", args.archive, f"/{CHECKPOINTS}")
    return {
        # Files in the archive are complete when a checkpoint is: they appear with this delay.
        "execution.checkpointing.interval": "30 s",
        "execution.checkpointing.min-pause": "10 s",
        "execution.checkpointing.timeout": "5 min",
        "execution.checkpointing.externalized-checkpoint-retention": "RETAIN_ON_CANCELLATION",
        "execution.checkpointing.dir": pulumi.Output.concat(state, "/checkpoints"),
        "execution.checkpointing.savepoint-dir": pulumi.Output.concat(state, "/savepoints"),
        "state.backend.type": "rocksdb",
        "high-availability.type": "kubernetes",
        "high-availability.storageDir": pulumi.Output.concat(state, "/ha"),
        "restart-strategy.type": "exponential-delay",
        "pipeline.max-parallelism": str(_MAX_PARALLELISM),
        "taskmanager.numberOfTaskSlots": "2",
        "metrics.reporter.prom.factory.class": "org.apache.flink.metrics.prometheus.PrometheusReporterFactory",
        "metrics.reporter.prom.port": str(METRICS_PORT),
        "job.autoscaler.enabled": "true",
        "job.autoscaler.metrics.window": "5m",
        "job.autoscaler.stabilization.interval": "2m",
        "job.autoscaler.utilization.target": "0.6",
        "kubernetes.operator.savepoint.history.max.count": "5",
        "kubernetes.operator.periodic.savepoint.interval": "24h",
    }


def _digests(name: str, args: LogJobArgs) -> dict[str, pulumi.Input[str]]:
    """Return digests of the secrets, which Flink ignores: a new one makes the operator restart from a savepoint."""
    found = digest_annotations({name: {_FILE: args.rules}}, {_own_secret(name): _own_files(args), **args.secrets})
    return {key.replace("/", "."): value for key, value in found.items()}


def _arguments(args: LogJobArgs) -> list[pulumi.Input[str]]:
    given: dict[str, pulumi.Input[str]] = {
        "--rules": f"{RULES}/{_FILE}",
        "--hash-key": f"{OWN}/hash-key",
        "--kafka": args.kafka,
        "--kafka-user": JOB,
        "--kafka-password": f"{KAFKA}/password",
        "--kafka-ca": f"{KAFKA_CA}/ca.crt",
        "--group": JOB,
        "--archive": pulumi.Output.concat("s3://", args.archive),
        "--opensearch": args.opensearch,
        "--opensearch-auth": "sigv4",
        "--region": args.region,
    }
    return [part for pair in given.items() for part in pair]
