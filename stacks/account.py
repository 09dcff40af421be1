"""The account layer: what exists once in an AWS account, in the stack `account` that no other needs."""

from components.account.account_costs import AccountCosts, AccountCostsArgs
from components.parts.tags import KEYS
from stacks.context import Context


def deploy(context: Context) -> None:
    """Create the layer."""
    settings, anomalies = context.settings, context.catalog.account.anomalies
    AccountCosts(
        "account",
        AccountCostsArgs(
            name=context.named("account-costs"),
            environment=settings.environment,
            account_id=context.account_id,
            region=settings.region,
            tag_keys=KEYS,
            above_percent=anomalies.above_percent,
            at_once=anomalies.slack.address,
            daily=anomalies.email,
            protect=settings.protect,
            tags=context.platform_tags,
        ),
        context.in_aws,
    )
