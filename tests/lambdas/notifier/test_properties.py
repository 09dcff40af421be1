"""No input makes the notifier raise anything but its own error, and no secret leaves it but to its receiver."""

from __future__ import annotations

import json
import logging
import traceback
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lambdas.notifier import delivery
from lambdas.notifier.events import described
from lambdas.notifier.handler import Notifier
from lambdas.notifier.model import FACTS, NotifierError
from lambdas.notifier.table import Channel, Table
from lambdas.notifier.vault import Vault
from lambdas.notifier.web import PostError
from tests.lambdas.notifier.messages import alarm, event

SECRET = "https://hooks.example.com/services/7d1c4e0a9b"
TABLE = Table(
    client="observability-prod",
    pagerduty_url="https://events.example.com",
    channels={name: Channel(name, name, name) for name in ("pagerduty", "slack", "webhook")},
    topics={"p0-prod": "P0"},
    priorities={"P0": ["pagerduty", "slack", "webhook"], "P1": []},
    workloads={"warehouse": {"P0": ["webhook"]}},
    fallback=["slack"],
)
TEXT = st.text(max_size=40)
JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | TEXT, lambda inner: st.lists(inner) | st.dictionaries(TEXT, inner)
)
NAMES = ["AlarmName", "AlarmDescription", "NewStateValue", "OldStateValue", "AlarmArn", "NewStateReason"]
ALARMS = st.builds(lambda changed: {**alarm(), **changed}, st.dictionaries(st.sampled_from(NAMES), JSON, max_size=3))
MESSAGES = TEXT | JSON.map(json.dumps) | ALARMS.map(json.dumps)
EVENTS = JSON | st.builds(event, MESSAGES, TEXT, st.none() | TEXT, TEXT)
FAILURES = st.sampled_from([None, OSError(SECRET), KeyError(SECRET), PostError("HTTP 500"), RuntimeError(SECRET)])


@given(given_event=EVENTS, fetch=FAILURES, sends=st.lists(FAILURES, min_size=1), hand=FAILURES)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_it_raises_its_own_error_and_tells_no_secret(
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    given_event: Any,
    fetch: Exception | None,
    sends: list[Exception | None],
    hand: Exception | None,
) -> None:
    left = iter(sends * 9)

    def fail(error: Exception | None) -> str:
        if error is not None:
            raise error
        return SECRET

    def send(_url: str, content: object) -> None:
        json.dumps(content)
        fail(next(left))

    def hand_over(_event: object) -> None:
        fail(hand)

    monkeypatch.setattr(delivery, "post", send)
    caplog.clear()
    notifier = Notifier(TABLE, Vault(lambda _: fail(fetch)), hand_over)
    with caplog.at_level(logging.DEBUG):
        try:
            notifier.take(given_event)
        except NotifierError:
            assert SECRET not in traceback.format_exc()
    assert SECRET not in caplog.text


ONE_LINE = st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), min_size=1).map(str.strip).filter(bool)


@given(ONE_LINE, st.dictionaries(st.sampled_from(FACTS), ONE_LINE, min_size=1))
def test_facts_are_read_as_they_were_written(summary: str, facts: dict[str, str]) -> None:
    text = "\n".join([summary, "What is measured.", *(f"{name}: {value}" for name, value in facts.items())])
    assert described(text) == (summary, "What is measured.", facts)
