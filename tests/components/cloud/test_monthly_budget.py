"""A budget counts one project's cost and notifies its readers."""

from __future__ import annotations

from components.cloud.monthly_budget import BudgetNotification, MonthlyBudget, MonthlyBudgetArgs
from tests.components.isolated import TAGS, deploy, in_aws

ARGS = MonthlyBudgetArgs("billing-prod", 500, [BudgetNotification(80, "ACTUAL", ["finops@company.com"])], TAGS)
BUDGET = deploy(lambda: MonthlyBudget("billing", ARGS, in_aws())).one("Budget").inputs


def test_is_a_monthly_cost_budget_in_dollars() -> None:
    assert (BUDGET["budgetType"], BUDGET["timeUnit"]) == ("COST", "MONTHLY")
    assert (BUDGET["limitAmount"], BUDGET["limitUnit"]) == ("500", "USD")


def test_counts_only_what_carries_the_projects_tag() -> None:
    """Without the filter it is the whole account's bill."""
    assert BUDGET["costFilters"] == [{"name": "TagKeyValue", "values": [f"user:Project${TAGS.project}"]}]


def test_tells_its_readers_above_the_share_that_was_spent() -> None:
    (notification,) = BUDGET["notifications"]
    assert notification == {
        "comparisonOperator": "GREATER_THAN",
        "threshold": 80,
        "thresholdType": "PERCENTAGE",
        "notificationType": "ACTUAL",
        "subscriberEmailAddresses": ["finops@company.com"],
    }


def test_carries_its_tags() -> None:
    assert BUDGET["tags"] == TAGS.to_dict()
