"""Channels, routes and retention classes."""

from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from compiler.model.platform import Channel, Inhibition, RetentionClass, Route

CHANNELS = [
    {"kind": "pagerduty", "secret": "call-key", "severity": "critical", "urgency": "high, a call"},
    {"kind": "slack", "secret": "alerts-url", "channel": "#alerts"},
    {"kind": "email", "to": "oncall@company.com"},
    {"kind": "digest", "through": "slack-alerts", "weekday": "monday", "at": "08:00"},
    {"kind": "webhook", "secret": "switch-url", "title": "a switch"},
]
ROUTE: dict[str, Any] = {
    "channels": ["email"],
    "group_wait": "30s",
    "group_interval": "5m",
    "repeat_interval": "4h",
}
INHIBITION: dict[str, Any] = {
    "reason": "one says all",
    "source": {"severity": "critical"},
    "target": {"severity": "warning"},
    "equal": ["alertname"],
}


@pytest.mark.parametrize("channel", CHANNELS)
def test_a_channel_is_told_by_its_kind(channel: dict[str, str]) -> None:
    assert TypeAdapter[Channel](Channel).validate_python(channel).kind == channel["kind"]
    for key in channel:
        with pytest.raises(ValidationError):
            TypeAdapter[Channel](Channel).validate_python({k: v for k, v in channel.items() if k != key})


@pytest.mark.parametrize(
    "channel",
    [
        {"kind": "slack", "secret": "https://hooks.slack.com/services/T0/B0/x", "channel": "#alerts"},
        {"kind": "slack", "secret": "alerts-url", "channel": "alerts"},
        {"kind": "email", "to": "oncall"},
        {"kind": "pager"},
    ],
)
def test_a_wrong_channel_is_refused(channel: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter[Channel](Channel).validate_python(channel)


def test_a_route_leads_somewhere() -> None:
    assert Route.model_validate(ROUTE).channels == ("email",)
    with pytest.raises(ValidationError, match="channels"):
        Route.model_validate(ROUTE | {"channels": []})


@pytest.mark.parametrize("change", [{"source": {}}, {"target": {}}, {"target": {"severity": 'a"b'}}])
def test_an_inhibition_names_both_sides(change: dict[str, Any]) -> None:
    Inhibition.model_validate(INHIBITION)
    with pytest.raises(ValidationError):
        Inhibition.model_validate(INHIBITION | change)


@pytest.mark.parametrize(
    ("days", "archive"),
    [({}, None), ({"standard_days": 90}, 90), ({"standard_days": 365, "glacier_days": 2555}, 2555)],
)
def test_the_archive_ends_with_its_last_tier(days: dict[str, int], archive: int | None) -> None:
    assert RetentionClass.model_validate({"source": "a table", **days}).archive_days == archive


@pytest.mark.parametrize("days", [0, -1, "90", 90.5, True])
def test_days_are_a_whole_number(days: object) -> None:
    with pytest.raises(ValidationError):
        RetentionClass.model_validate({"source": "a table", "hot_days": days})
