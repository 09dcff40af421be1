"""The JSON for each kind of receiver; None where it gets nothing."""

from hashlib import sha256

from .model import Notice
from .table import Channel, Table
from .wording import text, title

# Source: PagerDuty, Events API v2, "Send an event": dedup_key up to 255 characters, summary up to 1024.
_LONGEST_KEY, _LONGEST_SUMMARY = 255, 1_024
_COLOR = {"firing": "danger", "resolved": "good", "plain": "warning"}
# Source: Slack, "Formatting text for app surfaces", escaping: a channel's link or mention in foreign text stays text.
_ESCAPED = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}


def pagerduty(notice: Notice, channel: Channel, table: Table) -> dict[str, object]:
    """Return an event of PagerDuty's Events v2, without its routing key.

    One alarm is one dedup_key: triggered again it stays one incident, resolved again nothing happens.
    """
    links = [{"href": notice.fact(name), "text": name.capitalize()} for name in ("runbook", "dashboard")]
    return {
        "event_action": "resolve" if notice.status == "resolved" else "trigger",
        "dedup_key": _dedup_key(notice),
        "client": table.client,
        "client_url": notice.fact("dashboard"),
        "links": [link for link in links if link["href"]],
        "payload": {
            "summary": title(notice, table.priority(notice))[:_LONGEST_SUMMARY],
            "source": table.client,
            "severity": channel.severity,
            "component": notice.fact("service"),
            "group": notice.fact("workload"),
            "class": notice.name,
            "custom_details": {
                "summary": notice.summary,
                "description": notice.description,
                "runbook": notice.fact("runbook"),
                "dashboard": notice.fact("dashboard"),
            },
        },
    }


def _dedup_key(notice: Notice) -> str:
    return notice.key if len(notice.key) <= _LONGEST_KEY else sha256(notice.key.encode(errors="replace")).hexdigest()


def slack(notice: Notice, channel: Channel, table: Table) -> dict[str, object] | None:
    """Return a Slack post; Slack has no dedup_key, so an alarm that only got its data back posts nothing."""
    if notice.status == "resolved" and not notice.ended:
        return None
    shown = _escape(title(notice, table.priority(notice)))
    return {
        "channel": channel.room,
        "attachments": [
            {
                "color": _COLOR[notice.status],
                "title": shown,
                "title_link": notice.fact("runbook"),
                "text": _escape(text(notice)),
                "fallback": shown,
            }
        ],
    }


def _escape(text: str) -> str:
    return "".join(_ESCAPED.get(letter, letter) for letter in text)


def webhook(notice: Notice, channel: Channel, table: Table) -> dict[str, object] | None:
    """Return the body of Alertmanager's webhook, version 4, for one alert; a resolved alert is none."""
    if notice.status == "resolved":
        return None
    labels = {"alertname": notice.name, "priority": table.priority(notice)}
    labels |= {name: notice.fact(name) for name in ("severity", "workload", "service", "team")}
    annotations = {
        "summary": notice.summary,
        "description": notice.description,
        "runbook_url": notice.fact("runbook"),
        "dashboard_url": notice.fact("dashboard"),
    }
    fingerprint = sha256(notice.key.encode(errors="replace")).hexdigest()[:16]
    alert = {"status": "firing", "labels": labels, "annotations": annotations, "startsAt": notice.since}
    return {
        "version": "4",
        "groupKey": notice.key,
        "truncatedAlerts": 0,
        "status": "firing",
        "receiver": channel.name,
        "groupLabels": {"alertname": notice.name},
        "commonLabels": labels,
        "commonAnnotations": annotations,
        "externalURL": notice.fact("dashboard"),
        "alerts": [{**alert, "generatorURL": notice.fact("dashboard"), "fingerprint": fingerprint}],
    }
