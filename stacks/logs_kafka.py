"""Kafka between agents and the job: by Strimzi in the cluster, or by Amazon MSK."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import pulumi

from compiler.logs.kafka import address, topics, users, volume_gib
from components.logs.kafka import CA_SECRET, Kafka
from components.logs.kafka_spec import KafkaArgs
from components.logs.msk import Msk, MskArgs
from components.logs.msk_access import MskAccess, MskAccessArgs
from components.metrics.workload_metrics import service_labels
from components.parts.digest import Contents
from stacks.base_logs import SearchAccess, log_days
from stacks.context import PLATFORM, Context
from stacks.foundation import Foundation
from stacks.secrets import PASSWORDS


@dataclass(frozen=True)
class Brokers:
    """Kafka's address, what clients wait for, and the contents of their secrets that no operator makes."""

    address: pulumi.Input[str]
    ready: Sequence[pulumi.Resource]
    secrets: Contents = field(default_factory=dict)

    def secrets_of(self, user: str) -> Contents:
        """Return the mounted contents of a user's secrets: its password, and the brokers' certificate authority."""
        return {name: files for name, files in self.secrets.items() if name in {user, CA_SECRET}}


def brokers(context: Context, foundation: Foundation, search: SearchAccess) -> Brokers:
    """Create Kafka as the settings say; an MSK cluster is in the network of the search domain."""
    return _msk(context, foundation, search) if context.settings.kafka == "msk" else _strimzi(context, foundation)


def _strimzi(context: Context, foundation: Foundation) -> Brokers:
    settings, catalog = context.settings, context.catalog
    kafka = Kafka(
        "kafka",
        KafkaArgs(
            namespace=foundation.namespace,
            brokers=settings.kafka_brokers,
            apart=settings.kafka_controllers == "separate",
            protect=settings.protect,
            memory_gib=settings.kafka_memory_gib,
            volume_gib=volume_gib(catalog, settings.target),
            storage_class=settings.volume_class,
            topics=topics(catalog, settings.target),
            users=users(catalog, settings.target),
            labels=service_labels(PLATFORM, "kafka"),
            exporter_labels=service_labels(PLATFORM, "kafka-exporter"),
            chart=context.chart("strimzi"),
        ),
        foundation.in_cluster,
    )
    return Brokers(address(settings.namespace), kafka.ready)


def _msk(context: Context, foundation: Foundation, search: SearchAccess) -> Brokers:
    settings, catalog = context.settings, context.catalog
    cluster = Msk(
        "kafka",
        MskArgs(
            name=context.named("logs"),
            version=context.versions.msk,
            instance_type=settings.kafka_instance_type,
            brokers=settings.kafka_brokers,
            volume_gib=volume_gib(catalog, settings.target),
            vpc_id=search.vpc_id,
            subnet_ids=search.subnet_ids,
            client_cidr=settings.vpc_cidr,
            key_arn=foundation.base.key_arn,
            log_days=log_days(context),
            tags=context.platform_tags,
            protect=settings.protect,
        ),
        context.in_aws,
    )
    access = MskAccess(
        "kafka",
        MskAccessArgs(
            name=context.named("logs"),
            cluster_arn=cluster.arn,
            topics=topics(catalog, settings.target),
            passwords={user: context.secret(name) for user, name in PASSWORDS.items()},
            namespace=foundation.namespace,
            key_arn=foundation.base.key_arn,
            tags=context.platform_tags,
        ),
        context.everywhere(foundation.cluster),
    )
    return Brokers(cluster.bootstrap, access.ready, access.secrets)
