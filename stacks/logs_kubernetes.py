"""The logs layer in the cluster: agents, the collector, Kafka, the Flink job."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pulumi

from compiler.logs import fluent_bit
from compiler.logs.job import job
from compiler.logs.kafka import AGENT, COLLECTOR, JOB
from compiler.text import to_json, to_yaml
from components.logs.collector import LogCollector, LogCollectorArgs
from components.logs.fluent_bit import PRODUCER, FluentBit
from components.logs.fluent_bit_pod import FluentBitArgs
from components.logs.job import LogJob, LogJobArgs
from components.logs.kafka import CA_SECRET
from components.metrics.workload_metrics import service_labels
from stacks.base_logs import SearchAccess
from stacks.context import PLATFORM, Context
from stacks.foundation import Foundation
from stacks.logs_kafka import Brokers, brokers
from stacks.secrets import HASH_KEY

_SEVERAL = 3


def deploy(context: Context, foundation: Foundation, search: SearchAccess, after: Sequence[pulumi.Resource]) -> None:
    """Create the log pipeline in the cluster; `after` is what the job needs of AWS before it writes."""
    kafka = brokers(context, foundation, search)
    _shippers(context, foundation, kafka)
    _job(context, foundation, search, replace(kafka, ready=[*kafka.ready, *after]))


def _shippers(context: Context, foundation: Foundation, kafka: Brokers) -> None:
    """Create the agents on the nodes, and the collector for sources without an agent."""

    def args(configuration: Mapping[str, object], user: str) -> FluentBitArgs:
        return FluentBitArgs(
            namespace=foundation.namespace,
            version=context.versions.servers["fluent-bit"],
            configuration=to_yaml(configuration),
            kafka=kafka.address,
            password_secret=user,
            ca_secret=CA_SECRET,
            labels=service_labels(PLATFORM, PRODUCER),
            after=kafka.ready,
            secrets=kafka.secrets_of(user),
        )

    FluentBit(AGENT, args(fluent_bit.agent(context.catalog), AGENT), foundation.in_cluster)
    LogCollector(
        COLLECTOR,
        LogCollectorArgs(
            args(fluent_bit.collector(context.catalog), COLLECTOR),
            context.settings.log_collector_replicas,
            context.settings.volume_class,
            context.certificate(COLLECTOR),
        ),
        foundation.in_cluster,
    )


def _job(context: Context, foundation: Foundation, search: SearchAccess, kafka: Brokers) -> None:
    """Create the job; it waits for `kafka.ready` alone."""
    settings = context.settings
    LogJob(
        JOB,
        LogJobArgs(
            namespace=foundation.namespace,
            image=settings.log_job_image,
            rules=to_json(job(context.catalog, settings.target)),
            kafka=kafka.address,
            archive=foundation.base.archive_bucket,
            opensearch=search.endpoint,
            region=settings.region,
            hash_key=context.secret(HASH_KEY),
            parallelism=settings.log_job_parallelism,
            highly_available=settings.kafka_brokers >= _SEVERAL,
            labels=service_labels(PLATFORM, "flink"),
            chart=context.chart("flink-operator"),
            certificates=foundation.certificates,
            after=kafka.ready,
            secrets=kafka.secrets_of(JOB),
        ),
        foundation.in_cluster,
    )
