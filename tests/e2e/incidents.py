"""The incidents that are played, from `incidents.yaml`, and how one is played and watched."""

import threading
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from typing import Any, Self

import yaml
from pydantic import BaseModel, ConfigDict, model_validator

from compiler.model.base import Duration, seconds
from tests.e2e.notifications import PAGERS, Inboxes, Notification, unresolved
from tests.e2e.rig import Rig
from tests.e2e.series import WELL, Faults
from tests.e2e.servers import until

TABLE = Path(__file__).parent / "incidents.yaml"
PROMISED = "5m"
"""Within which time every outage is announced that a document calls critical."""
ENDING = 1800.0
"""Seconds in production within which everything has ended after all is well again: windows drain, groups wait."""
PROMPT = ("pagerduty", "slack")
"""Channels that are notified within minutes that something has ended; mail waits for half an hour and more."""


class Waves(BaseModel):
    """Something that comes and goes."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    bad: Duration
    well: Duration


class Incident(BaseModel):
    """One incident of one workload; durations are those of production.

    Attributes:
        act: incidents of one act share servers; those of one workload follow one another, in this order.
        workload: who suffers.
        incident: what is wrong, in words.
        faults: what is wrong, for the simulator.
        critical: whether the workload's document calls it critical: then it is announced within five minutes.
        notified: alerts of which any announces it; none where nobody is to be notified.
        fires: alerts that fire all the same, of which nobody is notified at once.
        within: how soon somebody is notified, where it is not critical.
        calls: how many calls and SMS it takes, where that is what it shows: what comes and goes is one incident.
        lasts: how long it lasts.
        waves: how it comes and goes.
        since_ever: whether it has lasted for hours when the act begins; nobody waits for its end.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    act: int
    workload: str
    incident: str
    faults: Faults = WELL
    critical: bool = False
    notified: tuple[str, ...] = ()
    fires: tuple[str, ...] = ()
    within: Duration | None = None
    calls: int | None = None
    lasts: Duration = "8m"
    waves: Waves | None = None
    since_ever: bool = False

    @model_validator(mode="after")
    def check(self) -> Self:
        """Refuse an incident without a time, where somebody is to be notified."""
        if bool(self.notified) != bool(self.within or self.critical):
            raise ValueError("expected notified with within or critical, or neither")
        return self

    @property
    def limit(self) -> str:
        """Return the time within which somebody is notified."""
        return PROMISED if self.critical else self.within or ""


def load() -> list[Incident]:
    """Return the table."""
    return [Incident.model_validate(row) for row in yaml.safe_load(TABLE.read_text(encoding="utf-8"))]


@dataclass(frozen=True)
class Outcome:
    """How an incident went; times are seconds in production.

    Attributes:
        incident: what was played.
        first: the first message of those that announce it, and after how long it came.
        received: all messages about the workload meanwhile, but for alerts that fired before.
        began: when it began, on the clock of `time.monotonic`.
        healed: when it ended, on the same clock.
        fired: the alerts that fired at some time meanwhile, whether anybody was notified or not.
        factor: by what time was compressed.
    """

    incident: Incident
    first: Notification | None
    received: Sequence[Notification]
    began: float
    healed: float
    fired: frozenset[str]
    factor: float

    @property
    def after(self) -> float | None:
        """After how long it was announced."""
        return None if self.first is None else (self.first.at - self.began) * self.factor

    @property
    def calls(self) -> list[Notification]:
        """What woke somebody."""
        return [each for each in self.received if each.firing and each.channel.startswith(PAGERS)]


def report(outcome: Outcome) -> Iterator[str]:
    """Yield the report of an incident: who was notified, after how long, what else fired."""
    incident, first = outcome.incident, outcome.first
    yield f"  {incident.workload}: {incident.incident}{' (critical)' if incident.critical else ''}"
    if first:
        yield f"    first: {first.alert} ({first.priority}) by {first.channel} after {outcome.after:.0f} s"
    channels: dict[str, list[str]] = defaultdict(list)
    for each in outcome.received:
        if each.firing:
            late = ", when it was over" if each.at > outcome.healed else ""
            channels[each.channel].append(f"{each.alert} ({(each.at - outcome.began) * outcome.factor:.0f} s{late})")
    yield from (f"    {channel}: {', '.join(what)}" for channel, what in sorted(channels.items()))
    silent = outcome.fired - {each.alert for each in outcome.received}
    yield f"    fired, nobody notified: {', '.join(sorted(silent)) or 'nothing'}"


class Player:
    """Plays one workload's incidents, one after the other."""

    def __init__(self, rig: Rig, inboxes: Inboxes, workload: str) -> None:
        self._rig, self._inboxes, self._workload = rig, inboxes, workload

    def play(self, incidents: Sequence[Incident]) -> list[Outcome]:
        """Return the result of each."""
        return [self._play(incident) for incident in incidents]

    def _play(self, incident: Incident) -> Outcome:
        began, rig = time.monotonic(), self._rig
        already = self._names(self._firing())
        ended = threading.Event()
        waves = threading.Thread(target=self._make_waves, args=(incident, ended))
        waves.start()
        try:
            first = self._await(incident, began)
            rest = began + rig.seconds(seconds(incident.lasts)) - time.monotonic()
            ended.wait(max(0.0, rest))
        finally:
            ended.set()
            waves.join()
        healed = time.monotonic()
        if not incident.since_ever:
            self._await_end(incident, began)
        fired = self._names(self._firing(began)) - already - {"Watchdog"}
        received = [each for each in self._inboxes.all(self._workload, began) if each.alert not in already]
        return Outcome(incident, first, received, began, healed, fired, rig.factor)

    def _firing(self, since: float | None = None, matcher: str = "") -> list[dict[str, Any]]:
        """Return what fires now, or fired at some time since then."""
        alerts = f'ALERTS{{workload="{self._workload}",alertstate="firing"{matcher}}}'
        if since is not None:
            span = ceil((time.monotonic() - since) * self._rig.factor)
            alerts = f"max_over_time({alerts}[{span}s])"
        return self._rig.query(alerts)

    def _names(self, alerts: Sequence[dict[str, Any]]) -> frozenset[str]:
        return frozenset(str(each["metric"]["alertname"]) for each in alerts)

    def _name(self, incident: Incident) -> str:
        return f"{incident.workload}, {incident.incident}"

    def _make_waves(self, incident: Incident, ended: threading.Event) -> None:
        simulator, waves = self._rig.simulators[self._workload], incident.waves
        simulator.behave(incident.faults)
        while waves and not ended.wait(self._rig.seconds(seconds(waves.bad))):
            simulator.behave(WELL)
            if ended.wait(self._rig.seconds(seconds(waves.well))):
                break
            simulator.behave(incident.faults)
        ended.wait()
        simulator.behave(WELL)

    def _await(self, incident: Incident, began: float) -> Notification | None:
        if not incident.notified:
            return None

        def announced() -> Notification | None:
            received = (each for each in self._inboxes.all(self._workload, began) if each.firing)
            # What a document calls critical is notified when somebody was paged; Slack sleeps as well.
            notified = (each for each in received if each.alert in incident.notified)
            return next((each for each in notified if not incident.critical or each.channel.startswith(PAGERS)), None)

        return until(
            announced, self._rig.patience(seconds(incident.limit)), f"{self._name(incident)}: {incident.notified}"
        )

    def _await_end(self, incident: Incident, began: float) -> None:
        try:
            until(lambda: not self._left(began), self._rig.patience(ENDING), "the end")
        except TimeoutError as error:
            raise TimeoutError(f"{self._name(incident)}: not ended: {self._left(began)}") from error

    def _left(self, began: float) -> list[str]:
        """Return the open alerts; objectives are left out, since their windows remember for hours."""
        alerts = self._rig.query(f'ALERTS{{workload="{self._workload}", priority!="P4", slo=""}}')
        objectives = self._names(self._firing(began, ',slo!=""'))
        received = [each for each in self._inboxes.all(self._workload, began) if each.alert not in objectives]
        notified = unresolved(each for each in received if each.channel.startswith(PROMPT))
        return [*sorted(self._names(alerts)), *(f"{channel} {key}" for channel, key in sorted(notified))]
