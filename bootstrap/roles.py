"""The service-linked role by which OpenSearch Service reaches a network: one an account, made by no stack.

Two stacks of one account would both want to make it, and the first to go would take it from the other. Without it the
first domain is refused (source: OpenSearch Service developer guide, "Using service-linked roles for VPC domains").
"""

from __future__ import annotations

from bootstrap.account import Account

SERVICE = "opensearchservice.amazonaws.com"
# The path of all service-linked roles.
_PATH = f"/aws-service-role/{SERVICE}/"


def ensure_service_role(account: Account, region: str) -> None:
    """Create the role where the account has none.

    Raises:
        UserError: when AWS refuses.
    """
    iam = account.client("iam", region)
    found = account.call(lambda: iam.list_roles(PathPrefix=_PATH)["Roles"])
    account.ensure(f"made the role of {SERVICE}", found, lambda: iam.create_service_linked_role(AWSServiceName=SERVICE))
