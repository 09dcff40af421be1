"""The logs layer: what carries, keeps and searches every workload's lines."""

from collections.abc import Mapping, Sequence

import pulumi

from compiler.errors import UserError
from compiler.logs.kafka import JOB
from compiler.logs.lake import lake_queries, lake_tables
from compiler.search.domain import documents
from compiler.text import to_json
from compiler.traces.links import from_lines
from components.logs.lake import LogLake, LogLakeArgs
from components.logs.search_datasource import SearchDatasource, SearchDatasourceArgs
from components.logs.search_exporter import SearchExporter, SearchExporterArgs
from components.logs.search_reader import SearchReader, SearchReaderArgs
from components.logs.search_setup import SearchSetup, SearchSetupArgs
from components.logs.writer import LogWriter, LogWriterArgs
from components.metrics.workload_metrics import service_labels
from stacks import logs_kubernetes
from stacks.base_logs import SearchAccess, log_days
from stacks.context import PLATFORM, TRACER, Context
from stacks.foundation import Foundation


def deploy(context: Context, foundation: Foundation, grafana: Sequence[pulumi.Resource]) -> Sequence[pulumi.Resource]:
    """Create the layer.

    Args:
        context: what the layers share.
        foundation: the cluster.
        grafana: what a data source of Grafana's has to wait for.

    Returns:
        The search domain's set-up, which has to be there before anything writes there.

    Raises:
        UserError: when the base has no search domain.
    """
    search = foundation.base.search
    if search is None:
        raise UserError(
            f"Pulumi.{context.settings.stack}.yaml: observability:layers: logs needs a base with an OpenSearch domain: "
            "set searchInstanceType there"
        )
    roles = {f"{name}_role": _reader(context, search, name) for name in ("reader", "security")}
    # The role of the traces layer, which comes after: the domain accepts names of roles that do not exist yet.
    roles["tracer_role"] = pulumi.Output.concat("arn:aws:iam::", context.account_id, f":role/{context.named(TRACER)}")
    writer = _writer(context, foundation, search)
    exporter = _exporter(context, foundation, search)
    setup = _setup(context, foundation, search, {**roles, "writer_role": writer.arn, "exporter_role": exporter.arn})
    # An index that is created before its template has none: writers come after.
    logs_kubernetes.deploy(context, foundation, search, [writer.association, setup])
    _datasource(context, foundation, search, roles["reader_role"], grafana)
    _lake(context, foundation)
    return [setup]


def _datasource(
    context: Context,
    foundation: Foundation,
    search: SearchAccess,
    reader: pulumi.Input[str],
    grafana: Sequence[pulumi.Resource],
) -> None:
    SearchDatasource(
        "opensearch",
        SearchDatasourceArgs(
            namespace=foundation.namespace,
            plugin_version=context.versions.servers["grafana-opensearch-datasource"],
            endpoint=search.endpoint,
            engine_version=context.versions.opensearch.removeprefix("OpenSearch_"),
            region=context.settings.region,
            links=from_lines() if "traces" in context.settings.layers else {},
            reader_arn=reader,
            after=grafana,
        ),
        foundation.in_cluster,
    )


def _writer(context: Context, foundation: Foundation, search: SearchAccess) -> LogWriter:
    """Return the job's role: it writes documents and archive files, and reads back its own uploads."""
    return LogWriter(
        JOB,
        LogWriterArgs(
            name=context.named(JOB),
            cluster_name=_cluster(context, foundation),
            namespace=foundation.namespace,
            service_account=JOB,
            domain_arn=search.arn,
            bucket=foundation.base.archive_bucket,
            key_arn=foundation.base.key_arn,
            tags=context.platform_tags,
        ),
        context.in_aws,
    )


def _cluster(context: Context, foundation: Foundation) -> pulumi.Input[str]:
    cluster = foundation.base.cluster
    if cluster is None:
        stack = context.settings.stack
        raise UserError(f"Pulumi.{stack}.yaml: observability:cluster: logs needs a cluster that the base has made")
    return cluster.name


def _exporter(context: Context, foundation: Foundation, search: SearchAccess) -> SearchExporter:
    return SearchExporter(
        "search-exporter",
        SearchExporterArgs(
            namespace=foundation.namespace,
            version=context.versions.servers["elasticsearch-exporter"],
            endpoint=search.endpoint,
            domain_arn=search.arn,
            region=context.settings.region,
            role_name=context.named("search-exporter"),
            cluster_name=_cluster(context, foundation),
            labels=service_labels(PLATFORM, "opensearch"),
            tags=context.platform_tags,
        ),
        context.everywhere(foundation.cluster),
    )


def _reader(context: Context, search: SearchAccess, name: str) -> pulumi.Output[str]:
    """Create a role that searches logs; its role inside the domain decides which lines it reads."""
    args = SearchReaderArgs(
        context.named(f"log-{name}"), context.account_id, pulumi.Output.from_input(search.arn), context.platform_tags
    )
    return SearchReader(f"log-{name}", args, context.in_aws).arn


def _setup(
    context: Context, foundation: Foundation, search: SearchAccess, roles: Mapping[str, pulumi.Input[str]]
) -> SearchSetup:
    settings = context.settings
    return SearchSetup(
        "search-setup",
        SearchSetupArgs(
            name=context.named("search-setup"),
            runtime=context.versions.lambda_runtime,
            documents=to_json(documents(context.catalog, settings.target)),
            values={
                "archive_bucket": foundation.base.archive_bucket,
                "snapshot_role": search.snapshot_role_arn,
                **roles,
            },
            endpoint=search.endpoint,
            role_arn=search.setup_role_arn,
            vpc_id=search.vpc_id,
            subnet_ids=search.subnet_ids,
            domain_cidr=settings.vpc_cidr,
            key_arn=foundation.base.key_arn,
            log_days=log_days(context),
            tags=context.platform_tags,
        ),
        context.in_aws,
    )


def _lake(context: Context, foundation: Foundation) -> None:
    LogLake(
        "logs",
        LogLakeArgs(
            name=context.named("logs"),
            database=context.named("logs").replace("-", "_"),
            bucket=foundation.base.archive_bucket,
            account_id=context.account_id,
            tables=lake_tables(context.catalog),
            queries=lake_queries(context.catalog),
            key_arn=foundation.base.key_arn,
            tags=context.platform_tags,
        ),
        context.in_aws,
    )
