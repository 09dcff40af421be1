"""The Lambda handler for messages of the priorities' SNS topics.

Lambda repeats a failed invocation with the same event, so one fails only as long as no channel was notified. When only
some were, it hands the message over to an invocation of its own for the others and succeeds: that one may then be
repeated without notifying a channel twice. Slack and webhooks do not deduplicate, so this matters to them; PagerDuty
takes a repeated event with the same dedup_key for the same incident.
"""

import json
import logging
import os
from collections.abc import Callable, Mapping
from functools import cache

import boto3
from botocore.config import Config

from .delivery import Delivery
from .events import parse, records
from .model import Notice, NotifierError
from .table import FILE, Channel, Table
from .vault import Vault

_LOG = logging.getLogger(__name__)
# Three channels at the worst of these times and of web.TIMEOUT must fit in the function's own, which
# components/cloud/notifier.py gives.
_CLIENT = Config(connect_timeout=3, read_timeout=3, retries={"total_max_attempts": 2})

HandOver = Callable[[Mapping[str, object]], None]


class Notifier:
    """Takes events and notifies channels."""

    def __init__(self, table: Table, vault: Vault, hand_over: HandOver) -> None:
        self._table = table
        self._delivery = Delivery(table, vault)
        self._hand_over = hand_over

    def take(self, event: object) -> None:
        """Notify the channels of each event.

        Raises:
            NotifierError: when no channel was notified, or the event is none of SNS.
        """
        notified, missed = 0, []
        for message in records(event):
            notice = parse(message)
            channels = self._channels(notice, event) if notice else []
            failed = self._delivery.notify(notice, channels) if notice else []
            notified += len(channels) - len(failed)
            if failed:
                missed.append({"Records": [{"Sns": message}], "Channels": failed})
        if missed and not notified:
            raise NotifierError(f"nobody heard: {_names(missed)}")
        for event_of_others in missed:
            self._give(event_of_others)

    def _channels(self, notice: Notice, event: object) -> list[Channel]:
        """Return the routing's channels of a notice; of an event that was handed over, the remaining ones."""
        left = event.get("Channels") if isinstance(event, Mapping) else None
        routed = self._table.channels_of(notice)
        return [channel for channel in routed if not isinstance(left, list) or channel.name in left]

    def _give(self, event: Mapping[str, object]) -> None:
        try:
            self._hand_over(event)
        except Exception as error:  # any failure of boto3's; the repeated event then notifies some channels twice
            raise NotifierError(f"not handed over, {type(error).__name__}: {_names([event])}") from None


def _names(missed: list[dict[str, object]] | list[Mapping[str, object]]) -> str:
    return "; ".join(", ".join(map(str, left)) for each in missed if isinstance(left := each["Channels"], list))


@cache
def _notifier() -> Notifier:
    """Return this process's notifier; clients are created with the first message."""
    secrets = boto3.client("secretsmanager", config=_CLIENT)

    def fetch(name: str) -> str:
        return str(secrets.get_secret_value(SecretId=name)["SecretString"])

    def hand_over(event: Mapping[str, object]) -> None:
        client = boto3.client("lambda", config=_CLIENT)
        name = os.environ["AWS_LAMBDA_FUNCTION_NAME"]
        client.invoke(FunctionName=name, InvocationType="Event", Payload=json.dumps(event).encode())

    return Notifier(Table.parse(FILE.read_text(encoding="utf-8")), Vault(fetch), hand_over)


def handle(event: object, _context: object) -> None:
    """Handle an event of AWS Lambda.

    Raises:
        NotifierError: as `Notifier.take` does.
    """
    _notifier().take(event)
