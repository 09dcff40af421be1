"""The received notifications: every message, by channel, alert and workload."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from compiler.catalog.catalog import Catalog
from compiler.model.platform import Mail, PagerDuty, Slack, Webhook
from tests.e2e.configs import routing_key
from tests.e2e.receivers import HttpReceiver, MailReceiver, Message

PAGERS = "pagerduty"
"""What the channels that wake somebody begin with."""
_TITLE = re.compile(r"\[(FIRING|RESOLVED)[^]]*\] (P\d) ([\w-]+)/([\w-]*): (\w+)")


@dataclass(frozen=True)
class Notification:
    """One message.

    Attributes:
        at: when, on the clock of `time.monotonic`.
        channel: its name in `catalog/routing.yaml`.
        key: what says that a later message is about the same: PagerDuty's dedup_key, else the title.
        firing: whether it tells of a beginning, not of an end.
        priority: P0 to P4.
        workload: whose alert it is.
        alert: its name.
    """

    at: float
    channel: str
    key: str
    firing: bool
    priority: str
    workload: str
    alert: str


class Inboxes:
    """Reads what the receivers keep, by the channels of the catalog."""

    def __init__(self, catalog: Catalog, http: HttpReceiver, mail: MailReceiver) -> None:
        self._http, self._mail = http, mail
        self._channels: dict[str, str] = {}
        for name, channel in catalog.routing.channels.items():
            if isinstance(channel, PagerDuty):
                self._channels[routing_key(channel.secret)] = name
            elif isinstance(channel, Slack):
                self._channels[f"/slack/{channel.channel.lstrip('#')}"] = name
            elif isinstance(channel, Webhook):
                self._channels[f"/webhook/{channel.secret}"] = name
            elif isinstance(channel, Mail):
                self._channels[channel.to] = name

    def all(self, workload: str | None = None, since: float = 0.0) -> list[Notification]:
        """Return the messages about one workload, or about any, in their order."""
        inboxes = (self._http.pagerduty, self._http.slack, self._http.webhooks, self._mail.inbox)
        received = [each for inbox in inboxes for message in inbox.all() for each in self._read(message)]
        found = (each for each in received if each.at >= since and workload in (None, each.workload))
        return sorted(found, key=lambda each: each.at)

    def _read(self, message: Message) -> Iterable[Notification]:
        content, to = message.content, message.to
        if "alerts" in content:
            for alert in content["alerts"]:
                labels = alert["labels"]
                firing = alert["status"] == "firing"
                about = labels["priority"], labels["workload"], labels["alertname"]
                yield Notification(message.at, self._channels[to], str(content["groupKey"]), firing, *about)
            return
        if "event_action" in content:
            title, key, to = content["payload"]["summary"], content["dedup_key"], content["routing_key"]
        else:
            title = key = content.get("subject") or content["attachments"][0]["title"]
        found = _TITLE.search(title)
        if found:
            status, priority, workload, service, alert = found.groups()
            key = key if "event_action" in content else f"{to} {workload}/{service} {alert}"
            yield Notification(message.at, self._channels[to], key, status == "FIRING", priority, workload, alert)


def unresolved(received: Iterable[Notification]) -> set[tuple[str, str]]:
    """Return the channels and keys of what began and has not ended."""
    last = {(each.channel, each.key): each.firing for each in received}
    return {key for key, firing in last.items() if firing}
