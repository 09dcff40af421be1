"""The data that the parts of the notifier share."""

from dataclasses import dataclass, field
from typing import Literal

FACTS = ("severity", "priority", "workload", "service", "team", "runbook", "dashboard")
"""The named facts in an alarm's description; source: compiler/cloud/cloudwatch.py, `described`."""

Status = Literal["firing", "resolved", "plain"]


class NotifierError(Exception):
    """A channel was not notified; the text names channels and never holds a secret."""


@dataclass(frozen=True)
class Notice:
    """One message from SNS.

    Attributes:
        key: what it is about: an alarm's ARN, or for plain text the id of its message.
        name: the alarm's name; a plain message's subject.
        status: an alarm fires or is over; plain text is neither.
        topic: the name of the topic that it came by.
        summary: one line.
        description: the rest, with the reason that CloudWatch gives.
        facts: those of `FACTS` that the description has.
        since: when the alarm changed its state, as CloudWatch writes it.
        ended: whether an alarm that fired is over. An alarm that comes from INSUFFICIENT_DATA ends nothing.
    """

    key: str
    name: str
    status: Status
    topic: str
    summary: str
    description: str
    facts: dict[str, str] = field(default_factory=dict)
    since: str = ""
    ended: bool = False

    def fact(self, name: str) -> str:
        """Return a fact, or empty text."""
        return self.facts.get(name, "")
