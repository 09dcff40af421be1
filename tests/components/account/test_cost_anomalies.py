"""Anomalies are notified at once by a topic and daily by e-mail, since AWS takes no other pairing."""

from __future__ import annotations

from components.account.cost_anomalies import CostAnomalies, CostAnomaliesArgs
from tests.components.isolated import TAGS, arn, deploy, in_aws

TOPIC = arn("topic")


def test_two_subscriptions_hear_of_every_service() -> None:
    args = CostAnomaliesArgs("obs-anomalies", 20, "finops@example.com", TOPIC, TAGS)
    deployed = deploy(lambda: CostAnomalies("anomalies", args, in_aws()))
    monitor = deployed.one("AnomalyMonitor").inputs
    assert (monitor["monitorType"], monitor["monitorDimension"]) == ("DIMENSIONAL", "SERVICE")
    subscriptions = {each.inputs["frequency"]: each.inputs for each in deployed.of("AnomalySubscription")}
    assert {frequency: inputs["subscribers"] for frequency, inputs in subscriptions.items()} == {
        "IMMEDIATE": [{"type": "SNS", "address": TOPIC}],
        "DAILY": [{"type": "EMAIL", "address": "finops@example.com"}],
    }
    for inputs in subscriptions.values():
        assert inputs["monitorArnLists"] == [arn("anomalies")]
        assert inputs["thresholdExpression"]["dimension"] == {
            "key": "ANOMALY_TOTAL_IMPACT_PERCENTAGE",
            "matchOptions": ["GREATER_THAN_OR_EQUAL"],
            "values": ["20"],
        }
    assert len({inputs["name"] for inputs in subscriptions.values()}) == 2
