"""The file `account.yaml`: what exists once in an AWS account."""

from pydantic import Field

from compiler.model.base import Email, Entry, Number, Text


class SlackAddress(Entry):
    """A Slack channel and the e-mail address that Slack gave it."""

    channel: str = Field(pattern="^#[a-z0-9-]+$")
    address: Email


class Anomalies(Entry):
    """The receivers of costs that AWS did not expect."""

    source: Text
    above_percent: Number = Field(gt=0, description="Of the expected cost of a service.")
    email: Email = Field(description="Told once a day.")
    slack: SlackAddress = Field(description="Told at once.")


class Account(Entry):
    """The file `account.yaml`."""

    anomalies: Anomalies
