"""The six services, each with its own watch: as processes that call each other by HTTP, or all in one for speed."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

import httpx
from plumbing.wire import InProcess, Peer
from starlette.types import ASGIApp

import instrumentation
from instrumentation.contract import read_contract
from instrumentation.settings import read_settings

from . import api, bandit, edge, llm, ranking, retrieval
from .service import Parts
from .settings import ASKS, SERVICES, Settings

WORKLOAD = "personalization"
_BUILDERS: Mapping[str, Callable[[Parts], ASGIApp]] = {
    "edge": edge.build,
    "api": api.build,
    "retrieval": retrieval.build,
    "ranking": ranking.build,
    "bandit": bandit.build,
    "llm": llm.build,
}
Start = Callable[[str], instrumentation.Watch]
"""Makes the watch of a service, by the service's short name."""


def starter(contract: Path, environment: str, *, only: bool, out: TextIO | None = None) -> Start:
    """Return a function that makes the watches of services; other settings are in environment variables.

    Args:
        contract: the file of the workload.
        environment: `development` refuses undeclared spans and metrics.
        only: whether the service is the only one of its process: it may then set what a process has once.
        out: where the lines go, in place of standard output.
    """

    def start(service: str) -> instrumentation.Watch:
        name = f"{WORKLOAD}-{service}"
        if only:
            return instrumentation.start(workload=WORKLOAD, service=name, contract=contract, environment=environment)
        settings = read_settings()
        return instrumentation.Watch(
            read_contract(contract, WORKLOAD), name, settings, environment=environment, out=out
        )

    return start


def one(service: str, watch: instrumentation.Watch, peers: Mapping[str, Peer], settings: Settings) -> ASGIApp:
    """Return one service as an ASGI application.

    Raises:
        ValueError: a service that it asks is not among the peers.
    """
    missing = [name for name in ASKS.get(service, ()) if name not in peers]
    if missing:
        raise ValueError(f"{service}: expected the addresses of {', '.join(ASKS[service])}, missing {missing[0]}")
    return _BUILDERS[service](Parts(watch, peers, settings))


@dataclass(frozen=True)
class Cluster:
    """All six in one process.

    Attributes:
        apps: each service's ASGI application.
        watches: each service's watch.
    """

    apps: Mapping[str, ASGIApp]
    watches: Mapping[str, instrumentation.Watch]

    def client(self) -> httpx.AsyncClient:
        """Return a client whose requests go to the edge, in memory."""
        return httpx.AsyncClient(transport=InProcess(self.apps["edge"]), base_url="http://edge")

    async def close(self) -> None:
        """Close the watches, which flushes their spans."""
        await asyncio.gather(*(asyncio.to_thread(watch.close) for watch in self.watches.values()))


def all_in_one(start: Start, settings: Settings) -> Cluster:
    """Return the six services, which call each other in memory."""
    watches = {service: start(service) for service in SERVICES}
    apps: dict[str, ASGIApp] = {}
    # The edge calls the API, and the API the others: each is created before its caller.
    for service in reversed(SERVICES):
        peers = {
            name: Peer(name, f"http://{name}", timeout=settings.peer_timeout, transport=InProcess(apps[name]))
            for name in ASKS.get(service, ())
        }
        apps[service] = _BUILDERS[service](Parts(watches[service], peers, settings))
    return Cluster(apps, watches)
