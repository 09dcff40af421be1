"""Parse SNS messages: CloudWatch alarms by the facts in their description, everything else as plain text."""

import json
from collections.abc import Mapping
from typing import Literal

from .model import FACTS, Notice, NotifierError

# CloudWatch's states. INSUFFICIENT_DATA is missing on purpose: it neither notifies nor resolves.
_STATUS: dict[str, Literal["firing", "resolved"]] = {"ALARM": "firing", "OK": "resolved"}
# Characters of one text: SNS accepts messages of 256 KB, too much to read on a phone.
_LONGEST = 3_000


def records(event: object) -> list[Mapping[str, object]]:
    """Return the SNS messages of an invocation.

    Raises:
        NotifierError: for what is no invocation by SNS.
    """
    found = event.get("Records") if isinstance(event, Mapping) else None
    if not isinstance(found, list) or not found:
        raise NotifierError("event: expected SNS records, found none")
    return [_sns(record) for record in found]


def _sns(record: object) -> Mapping[str, object]:
    sns = record.get("Sns") if isinstance(record, Mapping) else None
    if not isinstance(sns, Mapping) or not isinstance(sns.get("Message"), str):
        raise NotifierError("event: expected a record of SNS with a message, found another")
    return sns


def parse(sns: Mapping[str, object]) -> Notice | None:
    """Return the notice of a message; None for an alarm with insufficient data."""
    text = _text(sns, "Message")
    alarm = _alarm(text)
    if alarm is None:
        return _plain(sns, text)
    status = _STATUS.get(_text(alarm, "NewStateValue"))
    if status is None:
        return None
    summary, description, facts = described(_text(alarm, "AlarmDescription"))
    name = _text(alarm, "AlarmName")
    reason = _text(alarm, "NewStateReason")
    return Notice(
        key=_text(alarm, "AlarmArn") or name,
        name=name,
        status=status,
        topic=_topic(sns),
        summary=summary or name,
        description="\n".join(part for part in (description, reason) if part)[:_LONGEST],
        facts=facts,
        since=_text(alarm, "StateChangeTime"),
        ended=_text(alarm, "OldStateValue") == "ALARM",
    )


def described(description: str) -> tuple[str, str, dict[str, str]]:
    """Parse an alarm's description: summary, text, and the facts in its last lines as `name: value`."""
    lines = description.strip().splitlines()
    facts: dict[str, str] = {}
    while lines:
        name, colon, value = lines[-1].partition(": ")
        if not colon or name not in FACTS or name in facts:
            break
        facts[name] = value.strip()
        lines.pop()
    return (lines[0] if lines else ""), "\n".join(lines[1:]), facts


def _alarm(text: str) -> Mapping[str, object] | None:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    is_alarm = isinstance(found, dict) and _text(found, "AlarmName") and _text(found, "NewStateValue")
    return found if is_alarm else None


def _plain(sns: Mapping[str, object], text: str) -> Notice:
    """Return a notice of plain text: AWS Budgets writes prose, Cost Anomaly Detection JSON; both stay as they are."""
    subject = _text(sns, "Subject").strip()
    name = subject or next((line.strip() for line in text.splitlines() if line.strip()), "a message without text")
    return Notice(
        key=_text(sns, "MessageId") or name,
        name=name[:_LONGEST],
        status="plain",
        topic=_topic(sns),
        summary=name[:_LONGEST],
        description=text.strip()[:_LONGEST],
    )


def _topic(sns: Mapping[str, object]) -> str:
    return _text(sns, "TopicArn").rpartition(":")[2]


def _text(found: Mapping[str, object], name: str) -> str:
    value = found.get(name)
    return value if isinstance(value, str) else ""
