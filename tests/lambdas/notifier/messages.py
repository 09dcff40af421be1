"""The events that SNS passes to the function, as CloudWatch writes them."""

from __future__ import annotations

import json
from typing import Any

ACCOUNT, REGION = "123456789012", "eu-west-1"
FACTS = {
    "severity": "p0",
    "priority": "P0",
    "workload": "billing",
    "service": "api",
    "team": "ml-platform",
    "runbook": "https://docs.example.com/runbooks/billing/api-down/",
    "dashboard": "https://console.example.com/#dashboards/dashboard/billing-platform-ops-prod",
}
DESCRIPTION = "\n".join(["The API is down", "Nothing answers.", *(f"{name}: {value}" for name, value in FACTS.items())])


def arn(alarm: str) -> str:
    return f"arn:aws:cloudwatch:{REGION}:{ACCOUNT}:alarm:{alarm}"


def alarm(name: str = "api-down-prod", state: str = "ALARM", old: str = "OK", **other: Any) -> dict[str, Any]:
    """Return the JSON of an alarm; source: Amazon CloudWatch user guide, "Notifying users on alarm changes"."""
    return {
        "AlarmName": name,
        "AlarmDescription": DESCRIPTION,
        "AWSAccountId": ACCOUNT,
        "AlarmConfigurationUpdatedTimestamp": "2026-08-01T00:00:00.000+0000",
        "NewStateValue": state,
        "NewStateReason": "Threshold Crossed: 2 datapoints were greater than the threshold (10.0).",
        "StateChangeTime": "2026-08-01T03:00:00.000+0000",
        "Region": "EU (Ireland)",
        "AlarmArn": arn(name),
        "OldStateValue": old,
        "OKActions": [],
        "AlarmActions": [],
        "InsufficientDataActions": [],
        "Trigger": {"MetricName": "4XXError", "Namespace": "AWS/ApiGateway", "Threshold": 10.0},
        **other,
    }


def event(message: object, topic: str = "p0-prod", subject: str | None = None, number: str = "m-1") -> dict[str, Any]:
    """Return an invocation by SNS; what is no text is sent as JSON."""
    text = message if isinstance(message, str) else json.dumps(message)
    sns = {
        "Type": "Notification",
        "MessageId": number,
        "TopicArn": f"arn:aws:sns:{REGION}:{ACCOUNT}:{topic}",
        "Subject": subject,
        "Message": text,
        "Timestamp": "2026-08-01T03:00:00.000Z",
    }
    return {"Records": [{"EventSource": "aws:sns", "EventVersion": "1.0", "Sns": sns}]}
