"""A workload's monthly cost budget with its notifications."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.parts.tags import Tags


@dataclass(frozen=True)
class BudgetNotification:
    """A notification when spending passes a share of the budget.

    Attributes:
        above_percent: the share of the budget, in percent.
        of: ACTUAL for what was spent, FORECASTED for what the month is heading for.
        emails: the addresses to notify.
    """

    above_percent: float
    of: str
    emails: Sequence[str]


@dataclass(frozen=True)
class MonthlyBudgetArgs:
    """The budget of everything with the Project tag `tags.project`."""

    name: str
    limit_usd: int
    notifications: Sequence[BudgetNotification]
    tags: Tags


class MonthlyBudget(pulumi.ComponentResource):
    """A budget for one workload, filtered by its Project tag: without a filter it counts the whole account."""

    name: pulumi.Output[str]

    def __init__(self, name: str, args: MonthlyBudgetArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("observability:index:MonthlyBudget", name, None, opts)
        budget = aws.budgets.Budget(
            name,
            name=args.name,
            budget_type="COST",
            time_unit="MONTHLY",
            limit_amount=str(args.limit_usd),
            limit_unit="USD",
            cost_filters=[{"name": "TagKeyValue", "values": [f"user:Project${args.tags.project}"]}],
            notifications=[_notification(notification) for notification in args.notifications],
            tags=args.tags.to_dict(),
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.name = budget.name
        self.register_outputs({"name": self.name})


def _notification(notification: BudgetNotification) -> aws.budgets.BudgetNotificationArgsDict:
    return {
        "comparison_operator": "GREATER_THAN",
        "threshold": notification.above_percent,
        "threshold_type": "PERCENTAGE",
        "notification_type": notification.of,
        "subscriber_email_addresses": list(notification.emails),
    }
