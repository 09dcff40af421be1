"""A role for people to search logs, as far as its role inside the search domain allows."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.parts.policy_document import policy_document
from components.parts.tags import Tags

# Dashboards and searches use all of these methods; what they may change, the role inside the domain decides.
_REQUESTS = tuple(f"es:ESHttp{method}" for method in ("Get", "Head", "Post", "Put", "Delete"))


@dataclass(frozen=True)
class SearchReaderArgs:
    """The role's name and domain.

    Attributes:
        name: the role's name; it carries the environment.
        account_id: the twelve digits of the account, whose own policies say who may take the role on.
        domain_arn: the search domain.
        tags: the role's tags.
    """

    name: str
    account_id: pulumi.Input[str]
    domain_arn: pulumi.Input[str]
    tags: Tags


class SearchReader(pulumi.ComponentResource):
    """The role, which identities of the account take on."""

    arn: pulumi.Output[str]

    def __init__(self, name: str, args: SearchReaderArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("observability:index:SearchReader", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        account = pulumi.Output.concat("arn:aws:iam::", args.account_id, ":root")
        assumed = {"Effect": "Allow", "Principal": {"AWS": account}, "Action": "sts:AssumeRole"}
        role = aws.iam.Role(
            name,
            name=args.name,
            assume_role_policy=policy_document([assumed]),
            tags=args.tags.to_dict(),
            opts=child,
        )
        domain = pulumi.Output.concat(args.domain_arn, "/*")
        requests = {"Effect": "Allow", "Action": list(_REQUESTS), "Resource": domain}
        aws.iam.RolePolicy(name, name=args.name, role=role.id, policy=policy_document([requests]), opts=child)
        self.arn = role.arn
        self.register_outputs({"arn": self.arn})
