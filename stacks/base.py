"""The base layer: what lives long and holds data. Its key, bucket and cluster outlive every weekly change."""

from dataclasses import dataclass, fields
from typing import Any

import pulumi
import pulumi_aws as aws
from pydantic.alias_generators import to_pascal

from components.base.archive_bucket import ArchiveBucket, ArchiveBucketArgs, Lifecycle
from components.base.cluster import Cluster, ClusterArgs
from components.base.encryption_key import EncryptionKey, EncryptionKeyArgs
from components.base.network import Network, NetworkArgs
from components.logs.lake import RESULTS
from stacks.base_logs import AUDIT, SearchAccess, audit_trail, bucket_name, log_days, search_domain
from stacks.context import Context

# Query results are copies of log lines: they must not outlive the shortest class.
_RESULT_DAYS = 1
# Source: EKS user guide, subnet requirements: zones in which EKS has no control plane.
_ZONES_WITHOUT_EKS = ["use1-az3", "usw1-az2", "cac1-az3"]


@dataclass(frozen=True)
class ClusterAccess:
    """The access to the base's cluster; nothing of it is secret."""

    name: pulumi.Input[str]
    endpoint: pulumi.Input[str]
    certificate_authority: pulumi.Input[str]


@dataclass(frozen=True)
class Base:
    """The base's resources for the layers above it; no cluster where the user has one."""

    key_arn: pulumi.Input[str]
    archive_bucket: pulumi.Input[str]
    cluster: ClusterAccess | None
    search: SearchAccess | None

    @property
    def outputs(self) -> dict[str, pulumi.Input[Any]]:
        """Return the outputs that `<env>-base` exports, as `referenced` reads them."""
        outputs: dict[str, pulumi.Input[Any]] = {"keyArn": self.key_arn, "archiveBucket": self.archive_bucket}
        if self.search is not None:
            outputs |= self.search.outputs
        if self.cluster is not None:
            outputs["clusterName"] = self.cluster.name
            outputs["clusterEndpoint"] = self.cluster.endpoint
            outputs["clusterCertificateAuthority"] = self.cluster.certificate_authority
        return outputs


def deploy(context: Context) -> Base:
    """Create the key, the archive bucket and, where the settings say so, the cluster with its network."""
    has_cluster = context.settings.cluster == "eks"
    key = EncryptionKey(
        "platform",
        EncryptionKeyArgs(
            alias=context.named("platform"),
            account_id=context.account_id,
            region=context.settings.region,
            tags=context.platform_tags,
            for_machines=has_cluster,
            protect=context.settings.protect,
        ),
        context.in_aws,
    )
    bucket = ArchiveBucket(
        "archive",
        ArchiveBucketArgs(
            name=bucket_name(context, "archive"),
            key_arn=key.arn,
            lifecycles=_lifecycles(context),
            tags=context.platform_tags,
            protect=context.settings.protect,
        ),
        context.in_aws,
    )
    if not has_cluster:
        return Base(key.arn, bucket.name, None, None)
    network = _network(context, key.arn)
    cluster = _cluster(context, network, key.arn)
    audited = {"cluster": cluster.log_group}
    search = None
    if context.settings.search_instance_type:
        search, audited["search"] = search_domain(context, network, key.arn, bucket)
    audit_trail(context, key.arn, audited)
    access = ClusterAccess(cluster.name, cluster.endpoint, cluster.certificate_authority)
    return Base(key.arn, bucket.name, access, search)


def _lifecycles(context: Context) -> list[Lifecycle]:
    """Return one lifecycle for each retention class, whose records lie under its name; query results expire soon."""
    classes = [
        Lifecycle(f"{name}/", kept.standard_days if kept.glacier_days else None, kept.archive_days)
        for name, kept in context.catalog.retention.classes.items()
        if kept.archive_days and name != AUDIT
    ]
    return [*classes, Lifecycle(RESULTS, None, _RESULT_DAYS)]


def _network(context: Context, key_arn: pulumi.Output[str]) -> Network:
    settings = context.settings
    return Network(
        "platform",
        NetworkArgs(
            name=context.named("platform"),
            cidr=settings.vpc_cidr,
            zones=_zones(context),
            nat_per_zone=settings.nat_per_zone,
            region=settings.region,
            key_arn=key_arn,
            flow_log_days=log_days(context),
            tags=context.platform_tags,
        ),
        context.in_aws,
    )


def _cluster(context: Context, network: Network, key_arn: pulumi.Output[str]) -> Cluster:
    settings = context.settings
    return Cluster(
        "platform",
        ClusterArgs(
            name=context.cluster_name,
            version=context.versions.kubernetes,
            subnet_ids=network.private_subnet_ids,
            key_arn=key_arn,
            public_cidrs=[str(cidr) for cidr in settings.cluster_public_cidrs],
            admin_arns=settings.cluster_admin_arns,
            log_days=log_days(context),
            instance_type=settings.node_instance_type,
            node_count=settings.node_count,
            protect=context.settings.protect,
            tags=context.platform_tags,
        ),
        context.in_aws,
    )


def _zones(context: Context) -> list[pulumi.Output[str]]:
    """Return the first zones of the region by name: local zones must be opted in to, and some have no EKS."""
    found = aws.get_availability_zones_output(
        state="available",
        exclude_zone_ids=_ZONES_WITHOUT_EKS,
        filters=[{"name": "opt-in-status", "values": ["opt-in-not-required"]}],
        opts=pulumi.InvokeOutputOptions(provider=context.aws),
    )
    return [_zone(found.names, index, context) for index in range(context.settings.zones)]


def _zone(names: pulumi.Output[list[str]], index: int, context: Context) -> pulumi.Output[str]:
    def pick(known: list[str]) -> str:
        if index >= len(known):
            wanted, region = context.settings.zones, context.settings.region
            raise pulumi.RunError(f"zones: expected {wanted} at most that {region} has for EKS: {', '.join(known)}")
        return sorted(known)[index]

    return names.apply(pick)


def referenced(context: Context) -> Base:
    """Read the base that the stack `<env>-base` has deployed."""
    name = f"{context.settings.environment}-base"
    reference = pulumi.StackReference(f"{pulumi.get_organization()}/{pulumi.get_project()}/{name}")
    access = None
    if context.settings.cluster == "eks":
        access = ClusterAccess(
            _output(reference, name, "clusterName"),
            _output(reference, name, "clusterEndpoint"),
            _output(reference, name, "clusterCertificateAuthority"),
        )
    search = None
    if "logs" in context.settings.layers:
        read = {each.name: _output(reference, name, f"search{to_pascal(each.name)}") for each in fields(SearchAccess)}
        search = SearchAccess(**read)
    return Base(_output(reference, name, "keyArn"), _output(reference, name, "archiveBucket"), access, search)


def _output(reference: pulumi.StackReference, stack: str, name: str) -> pulumi.Output[Any]:
    """Return an output of the base; the base may be older than the program and lack it."""

    def present(value: object) -> object:
        if value is None:
            raise pulumi.RunError(f"stack {stack} has no output '{name}' yet: run `pulumi up -s {stack}` first")
        return value

    return reference.get_output(name).apply(present)
