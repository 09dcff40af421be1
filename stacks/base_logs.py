"""The logs' part of the base: the search domain, and the bucket of audit logs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

import pulumi
from pydantic.alias_generators import to_pascal

from compiler.cloud.retention import cloudwatch_days
from compiler.errors import UserError
from components.base.archive_bucket import ArchiveBucket
from components.base.audit_trail import AuditTrail, AuditTrailArgs
from components.base.network import Network
from components.logs.search_domain import SearchDomain, SearchDomainArgs, setup_statements, snapshot_statements
from components.parts.service_role import ServiceRole, ServiceRoleArgs
from stacks.context import PLATFORM, Context

AUDIT = "audit"
"""The retention class of who did what."""


@dataclass(frozen=True)
class SearchAccess:
    """The access to the base's OpenSearch domain, and its roles; nothing of it is secret."""

    arn: pulumi.Input[str]
    endpoint: pulumi.Input[str]
    setup_role_arn: pulumi.Input[str]
    snapshot_role_arn: pulumi.Input[str]
    vpc_id: pulumi.Input[str]
    subnet_ids: pulumi.Input[Sequence[str]]

    @property
    def outputs(self) -> dict[str, pulumi.Input[Any]]:
        """Return the outputs that `<env>-base` exports, as `referenced` reads them."""
        return {f"search{to_pascal(each.name)}": getattr(self, each.name) for each in fields(self)}


def search_domain(
    context: Context, network: Network, key_arn: pulumi.Output[str], archive: ArchiveBucket
) -> tuple[SearchAccess, pulumi.Output[str]]:
    """Create the domain, the role that sets it up (and is its administrator), and its snapshot role.

    Returns:
        The access to it, and its audit log group.
    """
    settings, name = context.settings, context.named("logs")
    domain_arn = pulumi.Output.concat(f"arn:aws:es:{settings.region}:", context.account_id, f":domain/{name}")
    setup, snapshots = _search_roles(context, domain_arn, archive, key_arn)
    domain = SearchDomain(
        "logs",
        SearchDomainArgs(
            name=name,
            version=context.versions.opensearch,
            instance_type=settings.search_instance_type,
            instance_count=settings.search_instance_count,
            manager_type=settings.search_manager_type,
            storage_gib=settings.search_storage_gib,
            vpc_id=network.vpc_id,
            subnet_ids=network.private_subnet_ids,
            client_cidr=settings.vpc_cidr,
            administrator_arn=setup.arn,
            account_id=context.account_id,
            region=settings.region,
            key_arn=key_arn,
            log_days=log_days(context),
            tags=context.platform_tags,
            protect=settings.protect,
        ),
        context.in_aws,
    )
    access = SearchAccess(
        arn=domain.arn,
        endpoint=domain.endpoint,
        setup_role_arn=setup.arn,
        snapshot_role_arn=snapshots.arn,
        vpc_id=network.vpc_id,
        subnet_ids=pulumi.Output.all(*network.private_subnet_ids),
    )
    return access, domain.audit_log_group


def _search_roles(
    context: Context, domain_arn: pulumi.Output[str], archive: ArchiveBucket, key_arn: pulumi.Output[str]
) -> tuple[ServiceRole, ServiceRole]:
    """Return the domain's administrator, and its snapshot role."""
    snapshots = ServiceRole(
        "search-snapshots",
        ServiceRoleArgs(
            context.named("search-snapshots"),
            "es.amazonaws.com",
            context.platform_tags,
            statements=snapshot_statements(archive.arn, key_arn),
        ),
        context.in_aws,
    )
    setup = ServiceRole(
        "search-setup",
        ServiceRoleArgs(
            context.named("search-setup"),
            "lambda.amazonaws.com",
            context.platform_tags,
            # Network interfaces and the function's own log.
            ["service-role/AWSLambdaVPCAccessExecutionRole"],
            setup_statements(domain_arn, snapshots.arn),
        ),
        context.in_aws,
    )
    return setup, snapshots


def audit_trail(context: Context, key_arn: pulumi.Output[str], groups: Mapping[str, pulumi.Output[str]]) -> None:
    """Create the locked archive of audit logs, by the retention table."""
    days = context.catalog.retention.classes[AUDIT].archive_days
    if days is None:
        raise UserError(
            f"catalog/retention.yaml: classes.{AUDIT}: expected standard_days, since audit logs are archived"
        )
    AuditTrail(
        AUDIT,
        AuditTrailArgs(
            name=context.named("audit-logs"),
            bucket=bucket_name(context, AUDIT),
            log_groups=groups,
            days=days,
            region=context.settings.region,
            key_arn=key_arn,
            log_days=log_days(context),
            tags=context.platform_tags,
            protect=context.settings.protect,
        ),
        context.in_aws,
    )


def bucket_name(context: Context, name: str) -> pulumi.Output[str]:
    """Return a bucket name that is unique in all of AWS: with account and region."""
    return pulumi.Output.concat(context.named(name), "-", context.account_id, f"-{context.settings.region}")


def log_days(context: Context) -> int:
    """Return the retention of the platform's own log groups, in days."""
    days, _ = cloudwatch_days(PLATFORM, context.catalog.retention.classes[PLATFORM])
    return days
