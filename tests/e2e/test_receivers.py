"""The stand-ins keep what came in and answer as the real services do."""

import json
import smtplib
from collections.abc import Iterator
from email.message import EmailMessage

import pytest

from tests.e2e.loopback import ask
from tests.e2e.receivers import HttpReceiver, MailReceiver, Message


@pytest.fixture
def http() -> Iterator[HttpReceiver]:
    receiver = HttpReceiver()
    yield receiver
    receiver.close()


@pytest.fixture
def mail() -> Iterator[MailReceiver]:
    receiver = MailReceiver()
    yield receiver
    receiver.close()


def test_pagerduty_keeps_an_event_and_returns_its_key(http: HttpReceiver) -> None:
    event = {"routing_key": "r", "dedup_key": "d", "event_action": "trigger"}
    status, text = ask(http.address, "/v2/enqueue", event)
    assert (status, json.loads(text)["dedup_key"]) == (202, "d")
    assert [message.content for message in http.pagerduty.all()] == [event]


def test_pagerduty_refuses_an_event_without_a_key(http: HttpReceiver) -> None:
    assert ask(http.address, "/v2/enqueue", {"event_action": "trigger"})[0] == 400
    assert http.pagerduty.all() == []


def test_a_webhook_keeps_reports(http: HttpReceiver) -> None:
    assert ask(http.address, "/webhook/switch", {"status": "firing"})[0] == 200
    assert [(message.to, message.content) for message in http.webhooks.all()] == [
        ("/webhook/switch", {"status": "firing"})
    ]


def test_slack_keeps_messages_by_channel(http: HttpReceiver) -> None:
    ask(http.address, "/slack/alerts", {"text": "down"})
    assert [(message.to, message.content) for message in http.slack.all()] == [("/slack/alerts", {"text": "down"})]


def test_other_addresses_are_refused(http: HttpReceiver) -> None:
    assert ask(http.address, "/elsewhere", {"text": "lost"})[0] == 404


def test_mail_is_kept_for_each_recipient(mail: MailReceiver) -> None:
    letter = EmailMessage()
    letter["Subject"] = "LowCacheHitRate"
    letter["From"], letter["To"] = "a@example.com", "b@example.com, c@example.com"
    letter.set_content("plain words")
    letter.add_alternative("<p>the cache misses — often</p>", subtype="html")
    host, port = mail.address.split(":")
    with smtplib.SMTP(host, int(port)) as client:
        client.send_message(letter)
    message = mail.inbox.wait(lambda m: m.to == "c@example.com", 5, "mail to c")
    assert message.content["subject"] == "LowCacheHitRate"
    assert "misses — often" in message.text
    assert len(mail.inbox.all()) == 2


def test_wait_says_what_came_instead(http: HttpReceiver) -> None:
    http.slack.put(Message("/slack/alerts", {"text": "something else"}))
    with pytest.raises(TimeoutError, match=r"the page: nothing in 0 s; came in: .*something else"):
        http.slack.wait(lambda _: False, 0.05, "the page")
