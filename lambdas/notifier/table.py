"""The compiled routing table: which channels each priority notifies; `compiler/routing/notifier.py` writes it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from .model import Notice

FILE = Path(__file__).with_name("routing.json")


@dataclass(frozen=True)
class Channel:
    """A channel and its address.

    Attributes:
        name: as the routing calls it.
        kind: pagerduty, slack or webhook.
        secret_id: the secret's name; it holds a routing key or an address.
        severity: of a PagerDuty event.
        room: the Slack channel.
    """

    name: str
    kind: str
    secret_id: str
    severity: str = ""
    room: str = ""


@dataclass(frozen=True)
class Table:
    """The routing of one environment.

    Attributes:
        client: the sender's name, as receivers show it.
        pagerduty_url: the address of Events v2.
        channels: by name.
        topics: the priority of each topic by its name.
        priorities: the channels of each priority, by name.
        workloads: the same for workloads that route a priority another way.
        fallback: the channels for messages without a priority.
    """

    client: str
    pagerduty_url: str
    channels: Mapping[str, Channel]
    topics: Mapping[str, str]
    priorities: Mapping[str, list[str]]
    workloads: Mapping[str, Mapping[str, list[str]]]
    fallback: list[str]

    @classmethod
    def parse(cls, text: str) -> "Table":
        """Parse the table."""
        data = json.loads(text)
        channels = {name: Channel(name, **channel) for name, channel in data.pop("channels").items()}
        return cls(channels=channels, **data)

    def priority(self, notice: Notice) -> str:
        """Return the priority that an alarm states; else that of its topic; else empty text."""
        stated = notice.fact("priority")
        return stated if stated in self.priorities else self.topics.get(notice.topic, "")

    def channels_of(self, notice: Notice) -> list[Channel]:
        """Return the channels to notify at once; none where a priority waits for the digest or has e-mail only."""
        priority = self.priority(notice)
        own = self.workloads.get(notice.fact("workload"), {})
        names = own.get(priority, self.priorities.get(priority, self.fallback))
        return [self.channels[name] for name in names]
