"""The notifier between messages and real HTTP receivers on this machine, with the routing that is compiled."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from compiler.model.platform import Routing
from compiler.routing.notifier import table
from lambdas.notifier.handler import Notifier
from lambdas.notifier.table import Table
from lambdas.notifier.vault import Vault
from tests.e2e.receivers import HttpReceiver, Message
from tests.frozen import routing
from tests.targets import target_for


@dataclass
class Rig:
    """One notifier; `secrets` by name, `fetched` which it read, `handed` what it gave to later invocations."""

    http: HttpReceiver
    routed: Routing = field(default_factory=routing)
    secrets: dict[str, str] = field(default_factory=dict)
    handed: list[Mapping[str, Any]] = field(default_factory=list)
    fetched: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        target = replace(target_for(), pagerduty_url=f"http://{self.http.address}/v2/enqueue")
        compiled = json.dumps(table(self.routed, target))
        self.table = Table.parse(compiled)
        for name, channel in self.table.channels.items():
            path = f"slack/{name}" if channel.kind == "slack" else f"webhook/{name}"
            address = f"http://{self.http.address}/{path}"
            self.secrets[channel.secret_id] = f"key-of-{name}" if channel.kind == "pagerduty" else address
        self.notifier = Notifier(self.table, Vault(self._fetch), self.handed.append)

    def _fetch(self, name: str) -> str:
        self.fetched.append(name)
        return self.secrets[name]

    def break_off(self, channel: str) -> None:
        """Nobody listens there any more."""
        self.secrets[self.table.channels[channel].secret_id] = "http://127.0.0.1:9/secret-of-the-address"

    def came(self) -> list[Message]:
        """Return everything that came in, PagerDuty's first."""
        return [*self.http.pagerduty.all(), *self.http.slack.all(), *self.http.webhooks.all()]

    def where(self) -> list[str]:
        """Return the address of each message; PagerDuty's is the service's key."""
        return [str(message.content.get("routing_key") or message.to) for message in self.came()]
