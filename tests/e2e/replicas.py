"""Alertmanager as a cluster of three and Prometheus as two replicas, as production runs them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from compiler.routing.alertmanager import peer_timeout
from tests.e2e import scale, servers
from tests.e2e.loopback import ask_json
from tests.e2e.receivers import HttpReceiver, MailReceiver, Message
from tests.e2e.rig import staged
from tests.e2e.simulator import Simulator

ALERTMANAGERS, REPLICAS = 3, 2
GOSSIP = "50ms"
"""A quarter of the default, so that the members have settled within two seconds, not eight."""


@dataclass(frozen=True)
class Replicas:
    """Everything that runs, and what can be asked of it."""

    simulator: Simulator
    http: HttpReceiver
    mail: MailReceiver
    alertmanagers: Sequence[servers.Server]
    prometheuses: Sequence[servers.Server]

    def members(self) -> list[int]:
        """Return the number of members that each settled Alertmanager sees."""
        clusters = [ask_json(each.address, "/api/v2/status")["cluster"] for each in self.alertmanagers]
        return [len(cluster["peers"]) if cluster["status"] == "ready" else 0 for cluster in clusters]

    def results(self, expression: str) -> list[list[dict[str, Any]]]:
        """Return the elements that each Prometheus finds."""
        path = f"/api/v1/query?query={quote(expression)}"
        return [ask_json(each.address, path)["data"]["result"] for each in self.prometheuses]


@contextmanager
def replicated(folder: Path, programs: Mapping[str, Path], factor: float, workload: str) -> Iterator[Replicas]:
    """Start everything in a folder; end what still runs, whatever happens."""
    with staged(folder, factor, [workload]) as on, ExitStack() as stack:
        members: list[servers.Server] = []
        for n in range(ALERTMANAGERS):
            options = [
                f"--cluster.peer-timeout={scale.duration(peer_timeout(on.routing, ALERTMANAGERS), factor)}",
                f"--cluster.gossip-interval={GOSSIP}",
                *(f"--cluster.peer={_gossips_at(each)}" for each in members),
            ]
            name = f"alertmanager-{n}"
            members.append(servers.alertmanager(programs["alertmanager"], on.routes, folder, name, options))
            stack.callback(members[-1].close)
        replicas: list[servers.Server] = []
        for n in range(REPLICAS):
            config = on.prometheus(f"prometheus-{n}", [each.address for each in members])
            replica = servers.prometheus(programs["prometheus"], config, folder, on.lookback, f"prometheus-{n}")
            replicas.append(replica)
            stack.callback(replica.close)
        yield Replicas(next(iter(on.simulators.values())), on.http, on.mail, members, replicas)


def _gossips_at(member: servers.Server) -> str:
    cluster = ask_json(member.address, "/api/v2/status")["cluster"]
    return next(str(peer["address"]) for peer in cluster["peers"] if peer["name"] == cluster["name"])


def incidents(events: Iterable[Message]) -> dict[str, list[str]]:
    """Return PagerDuty's incidents from events: by dedup_key, each incident's beginning and end.

    A trigger joins the incident that is open for its key; an end without an open one says nothing.
    """
    found: dict[str, list[str]] = {}
    for event in events:
        turns = found.setdefault(event.content["dedup_key"], [])
        wanted = "resolve" if turns and turns[-1] == "trigger" else "trigger"
        if event.content["event_action"] == wanted:
            turns.append(wanted)
    return found
