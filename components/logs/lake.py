"""Cold logs as tables: a Glue table over the archive's folders, queried by Athena."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from compiler.logs.lake import LakeQuery, LakeTable
from components.parts.tags import Tags

RESULTS = "athena-results/"
"""Where results of queries lie."""
# A query that reads more has forgotten its partition: a terabyte costs 5 USD.
_MOST_BYTES = 2**40


@dataclass(frozen=True)
class LogLakeArgs:
    """The tables and queries.

    Attributes:
        name: of the workgroup; it carries the environment.
        database: the database's name, in lower case with underscores; it carries the environment.
        bucket: the archive's name.
        account_id: whose bucket results may be written to.
        tables: the tables.
        queries: the queries.
        key_arn: the key that encrypts results.
        tags: the tags of all of it.
    """

    name: str
    database: str
    bucket: pulumi.Input[str]
    account_id: pulumi.Input[str]
    tables: Sequence[LakeTable]
    queries: Sequence[LakeQuery]
    key_arn: pulumi.Input[str]
    tags: Tags


class LogLake(pulumi.ComponentResource):
    """The database with its tables, and the workgroup with its queries."""

    workgroup: pulumi.Output[str]

    def __init__(self, name: str, args: LogLakeArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("observability:index:LogLake", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        database = aws.glue.CatalogDatabase(
            name,
            name=args.database,
            description="Logs in the archive, by retention class",
            tags=args.tags.to_dict(),
            opts=child,
        )
        for table in args.tables:
            _table(name, table, database, args.bucket, child)
        workgroup = self._workgroup(name, args)
        for query in args.queries:
            aws.athena.NamedQuery(
                f"{name}-{query.name}",
                name=query.name,
                description=query.help,
                database=database.name,
                workgroup=workgroup.name,
                query=query.text,
                opts=child,
            )
        self.workgroup = workgroup.name
        self.register_outputs({"workgroup": self.workgroup})

    def _workgroup(self, name: str, args: LogLakeArgs) -> aws.athena.Workgroup:
        return aws.athena.Workgroup(
            name,
            name=args.name,
            description="Searches in cold logs",
            configuration={
                # Else a client could write its results elsewhere, without the key.
                "enforce_workgroup_configuration": True,
                "publish_cloudwatch_metrics_enabled": True,
                "bytes_scanned_cutoff_per_query": _MOST_BYTES,
                "result_configuration": {
                    "output_location": pulumi.Output.concat("s3://", args.bucket, f"/{RESULTS}"),
                    "expected_bucket_owner": args.account_id,
                    "encryption_configuration": {"encryption_option": "SSE_KMS", "kms_key_arn": args.key_arn},
                },
            },
            tags=args.tags.to_dict(),
            opts=pulumi.ResourceOptions(parent=self),
        )


def _table(
    name: str,
    table: LakeTable,
    database: aws.glue.CatalogDatabase,
    bucket: pulumi.Input[str],
    child: pulumi.ResourceOptions,
) -> None:
    location = pulumi.Output.concat("s3://", bucket, f"/{table.prefix}")
    aws.glue.CatalogTable(
        f"{name}-{table.name}",
        name=table.name,
        database_name=database.name,
        description=table.help,
        table_type="EXTERNAL_TABLE",
        parameters={"classification": "json", "projection.enabled": "true", **table.projection},
        partition_keys=[{"name": key, "type": kind} for key, kind in table.partitions.items()],
        storage_descriptor={
            "location": location,
            "input_format": "org.apache.hadoop.mapred.TextInputFormat",
            "output_format": "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
            "compressed": True,
            "columns": [{"name": column, "type": kind} for column, kind in table.columns.items()],
            "ser_de_info": {
                "serialization_library": "org.openx.data.jsonserde.JsonSerDe",
                # A malformed line is skipped: one broken file must not hide a day.
                "parameters": {
                    "ignore.malformed.json": "true",
                    **{f"mapping.{column}": name for column, name in table.renamed.items()},
                },
            },
        },
        opts=child,
    )
