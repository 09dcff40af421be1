"""The logs layer: what carries, keeps and searches every workload's lines."""

import pulumi

from compiler.errors import UserError
from compiler.logs.documents import documents
from compiler.text import to_json
from components.search_setup import SearchSetup, SearchSetupArgs
from stacks.base_logs import SearchAccess, log_days
from stacks.context import Context
from stacks.foundation import Foundation


def deploy(context: Context, foundation: Foundation) -> None:
    """Create the layer.

    Raises:
        UserError: when the base has no search domain.
    """
    search = foundation.base.search
    if search is None:
        raise UserError(
            f"Pulumi.{context.settings.stack}.yaml: observability:layers: logs needs a base with an OpenSearch domain: "
            "set searchInstanceType there"
        )
    _setup(context, foundation, search)


def _setup(context: Context, foundation: Foundation, search: SearchAccess) -> SearchSetup:
    settings = context.settings
    return SearchSetup(
        "search-setup",
        SearchSetupArgs(
            name=context.named("search-setup"),
            runtime=context.versions.lambda_runtime,
            documents=to_json(documents(context.catalog, settings.target)),
            values={"archive_bucket": foundation.base.archive_bucket, "snapshot_role": search.snapshot_role_arn},
            endpoint=search.endpoint,
            role_arn=search.setup_role_arn,
            vpc_id=search.vpc_id,
            subnet_ids=search.subnet_ids,
            domain_cidr=settings.vpc_cidr,
            key_arn=foundation.base.key_arn,
            log_days=log_days(context),
            tags=context.platform_tags,
        ),
        pulumi.ResourceOptions(providers=[context.aws]),
    )
