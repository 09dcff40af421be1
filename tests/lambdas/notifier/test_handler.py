"""From an SNS message to its receivers, over real HTTP."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from lambdas.notifier.handler import Notifier
from lambdas.notifier.model import NotifierError
from lambdas.notifier.vault import Vault
from tests.lambdas.notifier.messages import DESCRIPTION, FACTS, alarm, arn, event
from tests.lambdas.notifier.rig import Rig


def of(workload: str, priority: str) -> str:
    """Return a description of another workload and priority."""
    return DESCRIPTION.replace(f"workload: {FACTS['workload']}", f"workload: {workload}").replace(
        "priority: P0", f"priority: {priority}"
    )


def test_an_alarm_calls_and_posts_and_its_end_resolves_the_same_incident(rig: Rig) -> None:
    rig.notifier.take(event(alarm()))
    rig.notifier.take(event(alarm(state="OK", old="ALARM")))
    begun, ended = (message.content for message in rig.http.pagerduty.all())
    assert (begun["event_action"], ended["event_action"]) == ("trigger", "resolve")
    assert begun["dedup_key"] == ended["dedup_key"] == arn("api-down-prod")
    assert (begun["routing_key"], begun["payload"]["severity"]) == ("key-of-pagerduty-call", "critical")
    assert begun["payload"]["summary"] == "[FIRING 1] P0 billing/api: api-down-prod"
    assert begun["payload"]["custom_details"]["runbook"] == FACTS["runbook"]
    posts = rig.http.slack.all()
    assert [post.to for post in posts] == ["/slack/slack-incidents"] * 2
    assert posts[0].content["channel"] == "#incidents"
    (attachment,) = posts[0].content["attachments"]
    assert "Threshold Crossed" in attachment["text"]
    assert f"Runbook: {FACTS['runbook']}" in attachment["text"]
    assert posts[1].content["attachments"][0]["title"].startswith("[RESOLVED] P0 ")


@pytest.mark.parametrize(
    ("workload", "priority", "where"),
    [
        ("billing", "P1", ["key-of-pagerduty-sms", "/slack/slack-alerts"]),
        ("billing", "P2", ["/slack/slack-alerts"]),
        ("billing", "P3", []),
        ("billing", "P4", []),
        ("shop", "P2", ["/slack/slack-engineering"]),
        ("library", "P2", ["/slack/slack-alerts"]),
        ("library", "P3", ["/webhook/tickets"]),
        ("library", "P4", []),
    ],
)
def test_each_priority_and_workload_goes_its_way(rig: Rig, workload: str, priority: str, where: list[str]) -> None:
    rig.notifier.take(event(alarm(AlarmDescription=of(workload, priority))))
    assert rig.where() == where


def test_a_ticket_is_opened_in_alertmanagers_form_and_not_closed(rig: Rig) -> None:
    description = of("library", "P3")
    rig.notifier.take(event(alarm(AlarmDescription=description)))
    rig.notifier.take(event(alarm(AlarmDescription=description, state="OK", old="ALARM")))
    (ticket,) = rig.http.webhooks.all()
    (alert,) = ticket.content["alerts"]
    assert (ticket.content["version"], alert["status"]) == ("4", "firing")
    assert (alert["labels"]["priority"], alert["labels"]["workload"]) == ("P3", "library")
    assert alert["annotations"]["runbook_url"] == FACTS["runbook"]


def test_too_little_data_tells_nobody(rig: Rig) -> None:
    rig.notifier.take(event(alarm(state="INSUFFICIENT_DATA", old="ALARM")))
    assert rig.came() == []


def test_data_that_came_back_resolves_but_is_no_news(rig: Rig) -> None:
    rig.notifier.take(event(alarm(state="OK", old="INSUFFICIENT_DATA")))
    assert rig.where() == ["key-of-pagerduty-call"]


@pytest.mark.parametrize(
    ("topic", "where"),
    [
        ("p1-prod", ["key-of-pagerduty-sms", "/slack/slack-alerts"]),
        ("p3-prod", []),
        ("elsewhere", ["/slack/slack-general"]),
    ],
)
def test_an_alarm_without_facts_has_the_priority_of_its_topic(rig: Rig, topic: str, where: list[str]) -> None:
    rig.notifier.take(event(alarm(AlarmDescription=None), topic))
    assert rig.where() == where


@pytest.mark.parametrize("text", ["AWS Budget Notification\nYou spent 401 USD.", '{"anomalyId": "a", "impact": 12}'])
def test_a_budget_and_an_anomaly_pass_as_they_are(rig: Rig, text: str) -> None:
    rig.notifier.take(event(text, "p2-prod", "AWS Budgets: billing"))
    (post,) = rig.http.slack.all()
    (attachment,) = post.content["attachments"]
    assert attachment["title"] == "[NOTICE] P2: AWS Budgets: billing"
    assert text in attachment["text"]


def test_foreign_text_makes_no_mention_in_slack(rig: Rig) -> None:
    rig.notifier.take(event("<!channel> & <http://evil.example.com|here>", "p2-prod"))
    (post,) = rig.http.slack.all()
    assert "<" not in post.content["attachments"][0]["text"]


def test_those_who_did_not_hear_are_left_to_another_invocation(rig: Rig) -> None:
    rig.break_off("slack-incidents")
    rig.notifier.take(event(alarm()))
    assert rig.where() == ["key-of-pagerduty-call"]
    (left,) = rig.handed
    assert left["Channels"] == ["slack-incidents"]
    with pytest.raises(NotifierError, match="nobody heard: slack-incidents"):
        rig.notifier.take(left)
    rig.secrets["observability/prod/slack-incidents-url"] = f"http://{rig.http.address}/slack/slack-incidents"
    rig.notifier.take(left)
    assert rig.where() == ["key-of-pagerduty-call", "/slack/slack-incidents"]
    assert rig.handed == [left]


def test_an_invocation_that_nobody_heard_fails_and_can_be_repeated(rig: Rig) -> None:
    for channel in ("pagerduty-call", "slack-incidents"):
        del rig.secrets[rig.table.channels[channel].secret_id]
    with pytest.raises(NotifierError, match="nobody heard: pagerduty-call, slack-incidents"):
        rig.notifier.take(event(alarm()))
    assert rig.handed == []


def test_what_cannot_be_handed_over_fails(rig: Rig) -> None:
    def refused(_event: object) -> None:
        raise OSError("https://hooks.example.com/token")

    rig.break_off("slack-incidents")
    notifier = Notifier(rig.table, Vault(lambda name: rig.secrets[name]), refused)
    with pytest.raises(NotifierError, match="not handed over, OSError: slack-incidents") as caught:
        notifier.take(event(alarm()))
    assert "token" not in str(caught.value)


def test_a_secret_is_kept_until_it_fails(rig: Rig) -> None:
    rig.notifier.take(event(alarm()))
    rig.notifier.take(event(alarm()))
    assert len(rig.fetched) == 2
    rig.secrets["observability/prod/slack-incidents-url"] = f"http://{rig.http.address}/gone"
    notifier = Notifier(rig.table, Vault(lambda name: rig.secrets[name]), rig.handed.append)
    notifier.take(event(alarm()))
    rig.secrets["observability/prod/slack-incidents-url"] = f"http://{rig.http.address}/slack/slack-incidents"
    notifier.take(rig.handed[0])
    assert rig.where().count("/slack/slack-incidents") == 3


@pytest.mark.parametrize(
    "wrong", [None, [], {}, {"Records": []}, {"Records": [{"s3": {}}]}, {"Records": [{"Sns": {}}]}]
)
def test_what_is_no_event_of_sns_is_refused(rig: Rig, wrong: Any) -> None:
    with pytest.raises(NotifierError, match="event: expected"):
        rig.notifier.take(wrong)


def test_a_log_names_channels_and_no_secret(rig: Rig, caplog: pytest.LogCaptureFixture) -> None:
    rig.break_off("slack-incidents")
    with caplog.at_level(logging.INFO):
        rig.notifier.take(event(alarm()))
    assert "pagerduty-call heard of [FIRING 1] P0 billing/api: api-down-prod" in caplog.text
    assert "slack-incidents did not hear of" in caplog.text
    assert not [secret for secret in rig.secrets.values() if secret in caplog.text]
