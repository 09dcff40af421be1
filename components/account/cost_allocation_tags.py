"""Cost-allocation tags, by which bills and budgets are broken down."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws


@dataclass(frozen=True)
class CostAllocationTagsArgs:
    """The keys to activate; AWS knows a key a day after something first carried it."""

    keys: Sequence[str]


class CostAllocationTags(pulumi.ComponentResource):
    """Activated cost-allocation tags; only the account that pays the bill may activate them."""

    def __init__(self, name: str, args: CostAllocationTagsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("observability:index:CostAllocationTags", name, None, opts)
        for key in args.keys:
            aws.costexplorer.CostAllocationTag(
                key, tag_key=key, status="Active", opts=pulumi.ResourceOptions(parent=self)
            )
        self.register_outputs({"keys": list(args.keys)})
