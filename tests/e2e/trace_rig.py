"""Agents, gateways and storage on this machine, from the catalog's compiled configuration; ended together."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

from compiler.catalog.catalog import Catalog
from compiler.traces import parts
from compiler.traces.agent import Agent, agent, fixed
from compiler.traces.gateway import Gateway, gateway
from tests.e2e.servers import until
from tests.e2e.trace_collectors import Collector
from tests.e2e.trace_sink import Storage
from tests.e2e.trace_source import Key

BUSIEST = 5_000
"""Traces a second for which a gateway has room."""
SETTLED = 240.0
_WAITING = "otelcol_exporter_queue_size"
_ACCEPTED = "otelcol_receiver_accepted_spans"
_DECIDED = "otelcol_processor_tail_sampling_global_count_traces_sampled"
_UNDECIDED = "otelcol_processor_tail_sampling_sampling_traces_on_memory"


@dataclass(frozen=True)
class Sizes:
    """How many there are, and what each is told."""

    agent: Agent = field(default_factory=lambda: Agent(kubernetes=False))
    gateway: Gateway = field(default_factory=lambda: Gateway(traces_per_second=BUSIEST))
    agents: int = 2
    gateways: int = 2


SIZES = Sizes()


class Rig:
    """So many agents and gateways, all of one storage."""

    def __init__(self, program: Path, catalog: Catalog, folder: Path, sizes: Sizes = SIZES) -> None:
        self._program, self._catalog, self._folder = program, catalog, folder
        self._closing: list[Callable[[], None]] = []
        self.agents: list[Collector] = []
        self.gateways: list[Collector] = []
        self.storage = Storage()
        self._closing.append(self.storage.close)
        self._agent, self._gateway = sizes.agent, replace(sizes.gateway, jaeger=self.storage.address)
        try:
            for _ in range(sizes.gateways):
                self.add_gateway()
            for number in range(sizes.agents):
                self.agents.append(self._started(f"agent-{number}", self.agent_of_all(), self._agent.memory_mib))
        except BaseException:
            self.close()
            raise

    def _started(self, name: str, compiled: parts.Config, memory_mib: int) -> Collector:
        collector = Collector(self._program, name, compiled, self._folder, memory_mib)
        self._closing.append(collector.close)
        return collector

    def add_gateway(self) -> None:
        """Start one more; the agents need a new configuration for it."""
        name = f"gateway-{len(self.gateways)}"
        self.gateways.append(self._started(name, gateway(self._catalog, self._gateway), self._gateway.memory_mib))

    def agent_of_all(self) -> parts.Config:
        """Return an agent's configuration, with all gateways that there are."""
        addresses = [each.at(parts.GRPC_PORT) for each in self.gateways]
        return agent(self._catalog, replace(self._agent, gateways=fixed(addresses)))

    @property
    def addresses(self) -> list[str]:
        """Where services send their spans, by HTTP."""
        return [each.at(parts.HTTP_PORT) for each in self.agents]

    def received(self, spans: int) -> None:
        """Wait until so many spans have come to gateways."""
        until(lambda: self._total(_ACCEPTED) >= spans, SETTLED, f"{spans} spans with gateways")

    def settle(self, spans: int, traces: int) -> None:
        """Wait until so many spans of so many traces have come to gateways, and all has been decided on and stored.

        Twice in a row, since what has left one place may not have come to the next.
        """
        for _ in range(2):
            until(lambda: self._settled(spans, traces), SETTLED, f"{spans} spans decided on")

    def _settled(self, spans: int, traces: int) -> bool:
        """Check whether all queues are empty: metrics of kept spans are made when a decision is, storage comes last."""
        waiting = sum(each.total(_WAITING) for each in (*self.agents, *self.gateways))
        there, decided, undecided = (self._total(name) for name in (_ACCEPTED, _DECIDED, _UNDECIDED))
        stored = self.storage.count()
        done = there >= spans and decided >= traces and waiting + undecided == 0
        return done and stored > 0 and self.counted("traces_kept_calls_total").total() == stored

    def _total(self, metric: str) -> float:
        return sum(each.total(metric) for each in self.gateways)

    def counted(self, metric: str) -> Counter[Key]:
        """Return what all gateways together have counted of spans, by workload, service, name, kind and status."""
        found = Counter[Key]()
        for each in self.gateways:
            for labels, value in each.series(metric).items():
                labelled = dict(labels)
                key = (
                    labelled["workload"],
                    labelled["service_name"],
                    labelled["span_name"],
                    labelled["span_kind"],
                    labelled["status_code"],
                )
                found[key] += int(value)
        return found

    def close(self) -> None:
        """End everything, agents first."""
        for close in reversed(self._closing):
            close()
