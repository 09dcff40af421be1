"""Anomalies go to an encrypted topic of the account's own, under the account's own key."""

from __future__ import annotations

from components.account.account_costs import AccountCosts, AccountCostsArgs
from tests.components.isolated import ACCOUNT, TAGS, deploy, in_aws

ARGS = AccountCostsArgs(
    name="obs-prod-account-costs",
    environment="prod",
    account_id=ACCOUNT,
    region="us-east-1",
    tag_keys=["Project"],
    above_percent=20,
    at_once="channel@example.com",
    daily="finops@example.com",
    protect=True,
    tags=TAGS,
)


def test_the_topic_is_under_the_key_and_read_by_the_channel() -> None:
    deployed = deploy(lambda: AccountCosts("account", ARGS, in_aws()))
    key, topic = deployed.one("Key"), deployed.one("Topic")
    assert (key.protect, key.urn in topic.dependencies) == (True, True)
    assert deployed.one("TopicSubscription").inputs["endpoint"] == "channel@example.com"
    immediate = deployed.one("AnomalySubscription", "account-immediate")
    assert topic.urn in immediate.dependencies
    assert deployed.one("CostAllocationTag").inputs["tagKey"] == "Project"
