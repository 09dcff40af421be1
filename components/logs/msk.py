"""Kafka by Amazon MSK, in place of Strimzi: brokers in the network, TLS and SCRAM, access denied by default."""

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network

import pulumi
import pulumi_aws as aws

from components.parts.log_group import log_group
from components.parts.security_group import OpenPort, SecurityGroupArgs, security_group
from components.parts.tags import Tags

# SCRAM and IAM over TLS (source: Amazon MSK developer guide, "Port information").
_PORTS = {"scram": 9096, "iam": 9098}
_MOST_REPLICAS = 3


@dataclass(frozen=True)
class MskArgs:
    """The cluster.

    Attributes:
        name: of the cluster and its log; it carries the environment.
        version: of Kafka, as MSK writes it: `3.9.x.kraft`.
        instance_type: of the brokers, `kafka.m7g.large`.
        brokers: how many; a multiple of the subnets.
        volume_gib: of each broker.
        vpc_id: the network.
        subnet_ids: private subnets, each in a zone of its own.
        client_cidr: the addresses that may reach it.
        key_arn: the key that encrypts volumes and the log.
        log_days: how long the brokers' log is kept.
        tags: the tags of all of it.
        protect: whether the engine refuses to delete the cluster.
    """

    name: str
    version: str
    instance_type: str
    brokers: int
    volume_gib: int
    vpc_id: pulumi.Input[str]
    subnet_ids: pulumi.Input[Sequence[str]]
    client_cidr: IPv4Network
    key_arn: pulumi.Input[str]
    log_days: int
    tags: Tags
    protect: bool = False


class Msk(pulumi.ComponentResource):
    """The brokers; `bootstrap` is where users with a password reach them."""

    arn: pulumi.Output[str]
    bootstrap: pulumi.Output[str]

    def __init__(self, name: str, args: MskArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("observability:index:Msk", name, None, opts)
        self._name, self._args = name, args
        configuration, log = self._configuration(), self._log()
        cluster = aws.msk.Cluster(
            name,
            cluster_name=args.name,
            kafka_version=args.version,
            number_of_broker_nodes=args.brokers,
            broker_node_group_info={
                "instance_type": args.instance_type,
                "client_subnets": self._subnets(),
                "security_groups": [self._group().id],
                "storage_info": {"ebs_storage_info": {"volume_size": args.volume_gib}},
            },
            # Kafka's users have passwords; IAM is for administrators, since it can grant what Kafka's ACLs cannot.
            client_authentication={"sasl": {"scram": True, "iam": True}, "unauthenticated": False},
            encryption_info={
                "encryption_at_rest_kms_key_arn": args.key_arn,
                "encryption_in_transit": {"client_broker": "TLS", "in_cluster": True},
            },
            configuration_info={"arn": configuration.arn, "revision": configuration.latest_revision},
            logging_info={"broker_logs": {"cloudwatch_logs": {"enabled": True, "log_group": log.name}}},
            tags=args.tags.to_dict(),
            opts=pulumi.ResourceOptions(parent=self, protect=args.protect),
        )
        self.arn = cluster.arn
        self.bootstrap = cluster.bootstrap_brokers_sasl_scram
        self.register_outputs({"arn": self.arn, "bootstrap": self.bootstrap})

    def _child(self) -> pulumi.ResourceOptions:
        return pulumi.ResourceOptions(parent=self)

    def _subnets(self) -> pulumi.Output[Sequence[str]]:
        """Return the broker subnets: one a broker at most, since the brokers must be a multiple of them."""
        brokers = self._args.brokers

        def pick(known: Sequence[str]) -> Sequence[str]:
            fits = [count for count in range(2, len(known) + 1) if brokers % count == 0]
            if not fits:
                raise pulumi.RunError(
                    f"kafkaBrokers: expected a multiple of 2 to {len(known)}, the network's zones, found {brokers}"
                )
            return list(known[: fits[-1]])

        return pulumi.Output.from_input(self._args.subnet_ids).apply(pick)

    def _configuration(self) -> aws.msk.Configuration:
        """Return the configuration, as in Strimzi's cluster; without an ACL, access is denied."""
        replicas = min(self._args.brokers, _MOST_REPLICAS)
        properties = {
            "allow.everyone.if.no.acl.found": "false",
            "auto.create.topics.enable": "false",
            "default.replication.factor": replicas,
            "min.insync.replicas": max(replicas - 1, 1),
            "offsets.topic.replication.factor": replicas,
            "unclean.leader.election.enable": "false",
            "replica.selector.class": "org.apache.kafka.common.replica.RackAwareReplicaSelector",
        }
        return aws.msk.Configuration(
            self._name,
            name=self._args.name,
            description="Topics by declaration only, rights by declaration only",
            kafka_versions=[self._args.version],
            server_properties="\n".join(f"{key}={value}" for key, value in properties.items()),
            opts=self._child(),
        )

    def _log(self) -> aws.cloudwatch.LogGroup:
        return log_group(f"{self._name}-brokers", f"/aws/msk/{self._args.name}", self._args, self._child())

    def _group(self) -> aws.ec2.SecurityGroup:
        """Return the security group: ingress from clients and between brokers, no egress elsewhere."""
        args = self._args
        group = SecurityGroupArgs(
            name=f"{args.name}-kafka",
            description="Kafka over TLS from the platform's own network",
            vpc_id=args.vpc_id,
            cidr=args.client_cidr,
            tags=args.tags,
            ingress=[
                OpenPort(f"{self._name}-{label}", f"Kafka from the network, {label} over TLS", port)
                for label, port in _PORTS.items()
            ],
        )
        return security_group(self._name, group, self._child())
