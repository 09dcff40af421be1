"""The stack of what exists once in an account: tags that bills can be split by, and unexpected costs."""

from __future__ import annotations

import json

from components.parts.tags import KEYS, Tags
from tests.program.previews import ENVIRONMENTS, Runs


def test_every_tag_that_resources_carry_is_activated(preview: Runs) -> None:
    active = {each.inputs["tagKey"] for each in preview("account").of("CostAllocationTag")}
    assert active == set(KEYS) == set(Tags("", "", "", "", "").to_dict("model"))


def test_anomalies_of_twenty_percent_reach_slack_and_mail(preview: Runs) -> None:
    ran = preview("account")
    subscriptions = ran.of("AnomalySubscription")
    limits = [each.inputs["thresholdExpression"]["dimension"]["values"] for each in subscriptions]
    assert limits == [["20"], ["20"]]
    topic = ran.one("Topic")
    immediate = next(each for each in subscriptions if each.inputs["frequency"] == "IMMEDIATE")
    assert topic.urn in immediate.property_dependencies["subscribers"]
    assert ran.one("TopicSubscription").inputs["endpoint"].endswith("slack.com")


def test_cost_anomaly_detection_may_publish_and_use_the_key(up: Runs) -> None:
    """An encrypted topic swallows what its key does not let through."""
    ran = up("account")
    for document in (ran.one("TopicPolicy").inputs["policy"], ran.one("Key").inputs["policy"]):
        statements = json.loads(document)["Statement"]
        allowed = [each for each in statements if each["Sid"] == "Publishers"]
        assert ["costalerts.amazonaws.com" in each["Principal"]["Service"] for each in allowed] == [True]


def test_no_other_stack_has_what_exists_once(preview: Runs) -> None:
    for environment in ENVIRONMENTS:
        ran = preview(environment)
        assert (ran.of("CostAllocationTag"), ran.of("AnomalyMonitor")) == ([], [])
