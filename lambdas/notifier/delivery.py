"""Deliver a notice to every channel, each by itself: a failed one does not stop the others."""

import logging
from collections.abc import Iterable

from . import payloads
from .model import Notice
from .table import Channel, Table
from .vault import Vault
from .web import PostError, post
from .wording import title

_LOG = logging.getLogger(__name__)


class Delivery:
    """Sends to the routing's channels, with secrets from the vault."""

    def __init__(self, table: Table, vault: Vault) -> None:
        self._table = table
        self._vault = vault

    def notify(self, notice: Notice, channels: Iterable[Channel]) -> list[str]:
        """Notify each channel; return the names of those that failed."""
        return [channel.name for channel in channels if not self._notified(notice, channel)]

    def _notified(self, notice: Notice, channel: Channel) -> bool:
        headline = title(notice, self._table.priority(notice))
        # An error's text may hold a secret, such as a webhook's address: only its type is logged.
        try:
            self._send(notice, channel)
        except PostError as error:
            reason = str(error)
        except Exception as error:  # whatever boto3 raises must not stop the next channel
            reason = type(error).__name__
        else:
            _LOG.info("%s heard of %s", channel.name, headline)
            return True
        self._vault.forget(channel.secret_id)
        _LOG.error("%s did not hear of %s: %s", channel.name, headline, reason)
        return False

    def _send(self, notice: Notice, channel: Channel) -> None:
        if channel.kind == "pagerduty":
            event = payloads.pagerduty(notice, channel, self._table)
            post(self._table.pagerduty_url, {"routing_key": self._vault.read(channel.secret_id), **event})
            return
        payload = payloads.slack if channel.kind == "slack" else payloads.webhook
        content = payload(notice, channel, self._table)
        if content is not None:
            post(self._vault.read(channel.secret_id), content)
