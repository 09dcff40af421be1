"""Received messages are parsed as notifications."""

from collections.abc import Iterator

import pytest

from tests.e2e.configs import routing_key
from tests.e2e.notifications import Inboxes, Notification, unresolved
from tests.e2e.receivers import HttpReceiver, MailReceiver, Message
from tests.workloads import project_catalog

TITLE = "[FIRING 2] P1 personalization/api: HighErrorRate"
LABELS = {"priority": "P3", "workload": "bighead", "alertname": "DiskUsageHigh"}


@pytest.fixture
def http() -> Iterator[HttpReceiver]:
    receiver = HttpReceiver()
    yield receiver
    receiver.close()


@pytest.fixture
def inboxes(http: HttpReceiver) -> Iterator[Inboxes]:
    mail = MailReceiver()
    mail.inbox.put(Message("oncall@company.com", {"subject": TITLE}, at=1.0))
    yield Inboxes(project_catalog(), http, mail)
    mail.close()


def event(action: str, title: str, at: float) -> Message:
    key = routing_key("pagerduty-sms-key")
    content = {"routing_key": key, "dedup_key": "d", "event_action": action, "payload": {"summary": title}}
    return Message("/v2/enqueue", content, at=at)


def test_each_channel_is_read_by_its_name_in_the_catalog(http: HttpReceiver, inboxes: Inboxes) -> None:
    http.pagerduty.put(event("trigger", TITLE, 2.0))
    http.slack.put(Message("/slack/alerts", {"attachments": [{"title": TITLE}]}, at=3.0))
    ticket = {"groupKey": "g", "alerts": [{"status": "firing", "labels": LABELS}]}
    http.webhooks.put(Message("/webhook/tickets-url", ticket, at=4.0))
    received = inboxes.all()
    assert [each.channel for each in received] == ["email", "pagerduty-sms", "slack-alerts", "tickets"]
    assert {(each.priority, each.workload, each.alert) for each in received[:3]} == {
        ("P1", "personalization", "HighErrorRate")
    }
    assert [each.alert for each in inboxes.all("bighead")] == ["DiskUsageHigh"]
    assert [each.channel for each in inboxes.all("personalization", since=2.5)] == ["slack-alerts"]


def test_an_end_is_told_from_a_beginning(http: HttpReceiver, inboxes: Inboxes) -> None:
    http.pagerduty.put(event("trigger", TITLE, 2.0))
    assert ("pagerduty-sms", "d") in unresolved(inboxes.all())
    http.pagerduty.put(event("resolve", TITLE.replace("FIRING 2", "RESOLVED"), 3.0))
    assert [each.firing for each in inboxes.all(since=2.0)] == [True, False]
    assert [channel for channel, _ in unresolved(inboxes.all())] == ["email"]


def test_what_began_again_has_not_ended() -> None:
    def received(at: float, *, firing: bool) -> Notification:
        return Notification(at, "slack-alerts", "k", firing, "P1", "w", "A")

    turns = [received(1, firing=True), received(2, firing=False), received(3, firing=True)]
    assert unresolved(turns) == {("slack-alerts", "k")}
    assert unresolved(turns[:2]) == set()
