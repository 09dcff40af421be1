"""Hot storage of logs: an OpenSearch domain inside the network, with access by IAM role."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network

import pulumi
import pulumi_aws as aws

from compiler.logs.lifecycle import SNAPSHOTS
from components.parts.log_group import log_group
from components.parts.policy_document import policy_document
from components.parts.security_group import OpenPort, SecurityGroupArgs, security_group
from components.parts.tags import Tags

# Three dedicated managers at any size: two cannot agree on which of them is alone
# (source: OpenSearch Service developer guide, "Dedicated master nodes").
_MANAGERS = 3
# Forward secrecy and TLS 1.2 at least; what older policies allow is TLS 1.0.
_TLS = "Policy-Min-TLS-1-2-PFS-2023-10"
_LOGS = {"audit": "AUDIT_LOGS", "application": "ES_APPLICATION_LOGS"}


@dataclass(frozen=True)
class SearchDomainArgs:
    """The domain to create.

    Attributes:
        name: the domain's name, 28 characters at most; it carries the environment.
        version: the engine as AWS writes it, `OpenSearch_3.1`.
        instance_type: of the data nodes, `r6g.large.search`.
        instance_count: data nodes; a multiple of the zones, so that each zone holds as much.
        manager_type: of three dedicated managers; empty for none.
        storage_gib: the volume of each data node.
        vpc_id: the network.
        subnet_ids: a private subnet for each zone that data nodes stand in.
        client_cidr: the addresses that may reach it.
        administrator_arn: the role that may do everything inside, and gives rights to the others.
        account_id: the twelve digits of the account.
        region: the region.
        key_arn: the key that encrypts indices, snapshots and the domain's own logs.
        log_days: how long the domain's own logs are kept; a value that CloudWatch allows.
        tags: the tags of all of it.
        protect: whether the engine refuses to delete the domain.
    """

    name: str
    version: str
    instance_type: str
    instance_count: int
    manager_type: str
    storage_gib: int
    vpc_id: pulumi.Input[str]
    subnet_ids: Sequence[pulumi.Input[str]]
    client_cidr: IPv4Network
    administrator_arn: pulumi.Input[str]
    account_id: pulumi.Input[str]
    region: str
    key_arn: pulumi.Input[str]
    log_days: int
    tags: Tags
    protect: bool = False


class SearchDomain(pulumi.ComponentResource):
    """The domain with its security group, and its own and its audit logs in CloudWatch."""

    arn: pulumi.Output[str]
    endpoint: pulumi.Output[str]
    audit_log_group: pulumi.Output[str]

    def __init__(self, name: str, args: SearchDomainArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("observability:index:SearchDomain", name, None, opts)
        self._name, self._args = name, args
        groups = {kind: self._log_group(kind) for kind in _LOGS}
        may_write = self._may_write(list(groups.values()))
        domain = aws.opensearch.Domain(
            name,
            domain_name=args.name,
            engine_version=args.version,
            cluster_config=self._nodes(),
            ebs_options={"ebs_enabled": True, "volume_type": "gp3", "volume_size": args.storage_gib},
            vpc_options={"subnet_ids": self._subnets(), "security_group_ids": [self._group().id]},
            encrypt_at_rest={"enabled": True, "kms_key_id": args.key_arn},
            node_to_node_encryption={"enabled": True},
            domain_endpoint_options={"enforce_https": True, "tls_security_policy": _TLS},
            advanced_security_options={
                "enabled": True,
                # Roles alone: a password would have to be kept, handed out and changed.
                "internal_user_database_enabled": False,
                "master_user_options": {"master_user_arn": args.administrator_arn},
            },
            access_policies=self._access(),
            log_publishing_options=[
                {"log_type": _LOGS[kind], "cloudwatch_log_group_arn": group.arn} for kind, group in groups.items()
            ],
            software_update_options={"auto_software_update_enabled": True},
            off_peak_window_options={"enabled": True},
            tags=args.tags.to_dict(),
            # The domain is refused while it may not write its logs.
            opts=pulumi.ResourceOptions(parent=self, depends_on=[may_write], protect=args.protect),
        )
        self.arn = domain.arn
        self.endpoint = pulumi.Output.concat("https://", domain.endpoint)
        self.audit_log_group = groups["audit"].name
        self.register_outputs({"arn": self.arn, "endpoint": self.endpoint, "audit_log_group": self.audit_log_group})

    def _child(self) -> pulumi.ResourceOptions:
        return pulumi.ResourceOptions(parent=self)

    def _zones(self) -> int:
        return min(len(self._args.subnet_ids), self._args.instance_count)

    def _subnets(self) -> list[pulumi.Input[str]]:
        return list(self._args.subnet_ids[: self._zones()])

    def _nodes(self) -> aws.opensearch.DomainClusterConfigArgsDict:
        args, zones = self._args, self._zones()
        nodes: aws.opensearch.DomainClusterConfigArgsDict = {
            "instance_type": args.instance_type,
            "instance_count": args.instance_count,
            "zone_awareness_enabled": zones > 1,
            "dedicated_master_enabled": bool(args.manager_type),
        }
        if zones > 1:
            nodes["zone_awareness_config"] = {"availability_zone_count": zones}
        if args.manager_type:
            nodes["dedicated_master_type"], nodes["dedicated_master_count"] = args.manager_type, _MANAGERS
        return nodes

    def _group(self) -> aws.ec2.SecurityGroup:
        """Return the security group, without egress rule: the domain opens no connection."""
        args = self._args
        group = SecurityGroupArgs(
            name=f"{args.name}-search",
            description="HTTPS from the platform's own network to its OpenSearch domain",
            vpc_id=args.vpc_id,
            cidr=args.client_cidr,
            tags=args.tags,
            ingress=[OpenPort(self._name, "HTTPS from the network")],
        )
        return security_group(f"{self._name}-domain", group, self._child())

    def _access(self) -> pulumi.Output[str]:
        """Return the access policy: roles of this account with a right to it; their roles inside decide the rest."""
        args = self._args
        here = pulumi.Output.concat("arn:aws:es:", args.region, ":", args.account_id, f":domain/{args.name}/*")
        statement = {
            "Effect": "Allow",
            "Principal": {"AWS": pulumi.Output.concat("arn:aws:iam::", args.account_id, ":root")},
            "Action": [f"es:ESHttp{method}" for method in ("Get", "Head", "Post", "Put", "Patch", "Delete")],
            "Resource": here,
        }
        return policy_document([statement])

    def _log_group(self, kind: str) -> aws.cloudwatch.LogGroup:
        return log_group(f"{self._name}-{kind}", f"/aws/opensearch/{self._args.name}/{kind}", self._args, self._child())

    def _may_write(self, groups: Sequence[aws.cloudwatch.LogGroup]) -> aws.cloudwatch.LogResourcePolicy:
        """Allow the domain to write its logs. Source: OpenSearch Service developer guide, "Enabling log publishing"."""
        args = self._args
        domain = pulumi.Output.concat("arn:aws:es:", args.region, ":", args.account_id, f":domain/{args.name}")
        statement = {
            "Effect": "Allow",
            "Principal": {"Service": "es.amazonaws.com"},
            "Action": ["logs:PutLogEvents", "logs:CreateLogStream"],
            "Resource": [pulumi.Output.concat(group.arn, ":*") for group in groups],
            "Condition": {
                "StringEquals": {"aws:SourceAccount": args.account_id},
                "ArnLike": {"aws:SourceArn": domain},
            },
        }
        return aws.cloudwatch.LogResourcePolicy(
            self._name,
            policy_name=f"{args.name}-search",
            policy_document=policy_document([statement]),
            opts=self._child(),
        )


def setup_statements(
    domain_arn: pulumi.Input[str], snapshot_role_arn: pulumi.Input[str]
) -> Sequence[Mapping[str, object]]:
    """Return the rights of the domain's administrator: any request, and passing on the snapshot role."""
    methods = [f"es:ESHttp{method}" for method in ("Get", "Head", "Post", "Put", "Delete")]
    return [
        {"Effect": "Allow", "Action": methods, "Resource": pulumi.Output.concat(domain_arn, "/*")},
        {"Effect": "Allow", "Action": ["iam:PassRole"], "Resource": snapshot_role_arn},
    ]


def snapshot_statements(bucket_arn: pulumi.Input[str], key_arn: pulumi.Input[str]) -> Sequence[Mapping[str, object]]:
    """Return the rights of the snapshot role on the archive; no lifecycle deletes snapshots, the index policies do.

    Source: OpenSearch Service developer guide, "Creating index snapshots", prerequisites.
    """
    return [
        {"Effect": "Allow", "Action": ["s3:ListBucket"], "Resource": bucket_arn},
        {
            "Effect": "Allow",
            "Action": ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"],
            "Resource": pulumi.Output.concat(bucket_arn, f"/{SNAPSHOTS}/*"),
        },
        {"Effect": "Allow", "Action": ["kms:Decrypt", "kms:GenerateDataKey"], "Resource": key_arn},
    ]
