"""A third gateway joins while spans flow: only traces that were under way are split.

Agents route a trace by its id over the gateways that they know. With a third gateway a third of the ids belong to it.
A trace with such an id is torn when some of its spans were routed before and some after, by one agent or by two that
learnt of the gateway at different times. Each part then follows its own gateway's decision: shares are taken by the id
and so are the same, but a failed span is seen in one part only.
"""

import heapq
import math
import random
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from compiler.catalog.catalog import Catalog
from tests.e2e.trace_rig import Rig
from tests.e2e.trace_shapes import Shape, shapes
from tests.e2e.trace_source import Sender, Source, Trace, spans_of, state
from tests.tools.finder import require

pytestmark = pytest.mark.e2e

SECONDS, RATE, STEP = 12.0, 300, 0.1
"""How long spans flow, traces a second, and seconds between batches."""
SPREAD = 1.0
"""Seconds over which a trace's spans are sent: SDKs hold them for about as long."""
GROW, APART = 4.0, 2.0
"""When the gateway comes, and how much later the second agent learns of it: twice a look-up by DNS is ten."""


@pytest.fixture
def rig(tmp_path: Path, catalog: Catalog) -> Iterator[Rig]:
    running = Rig(require("otelcol"), catalog, tmp_path)
    yield running
    running.close()


class Flow:
    """Sends traces at an even rate, each service's spans at a moment of their own within the spread."""

    def __init__(self, rig: Rig, chosen: list[Shape]) -> None:
        self._rig, self._shapes = rig, chosen
        self.source, self._sender = Source(seed=11), Sender(rig.addresses, threads=2)
        self._random = random.Random(11)
        self._waiting: list[tuple[float, int, bytes]] = []
        self._number = 0
        self.sent = 0
        self.late = 0.0

    def run(self, seconds: float) -> None:
        """Send for so many seconds."""
        end, next_batch = time.monotonic() + seconds, time.monotonic()
        while time.monotonic() < end:
            if time.monotonic() >= next_batch:
                next_batch += STEP
                self._batch()
            self._due(time.monotonic())
            time.sleep(STEP / 10)

    def finish(self) -> None:
        """Send what still waits."""
        self._due(math.inf)

    def _batch(self) -> None:
        order = [self._random.choice(self._shapes) for _ in range(int(RATE * STEP))]
        for content in self.source.batch(order):
            self._number += 1
            heapq.heappush(self._waiting, (time.monotonic() + self._random.random() * SPREAD, self._number, content))

    def _due(self, now: float) -> None:
        found = []
        while self._waiting and self._waiting[0][0] <= now:
            due, _, content = heapq.heappop(self._waiting)
            self.late = max(self.late, time.monotonic() - due)
            found.append(content)
        self._random.shuffle(found)
        self._sender.send(found)
        self.sent += sum(map(spans_of, found))


def test_growing_from_two_gateways_to_three_tears_only_what_is_under_way(
    rig: Rig, catalog: Catalog, capsys: pytest.CaptureFixture[str]
) -> None:
    flow = Flow(
        rig, [shape for shape in shapes(catalog) if shape.whole and len({step.service for step in shape.steps}) > 1]
    )
    flow.run(GROW)
    begun = time.monotonic() - SPREAD - flow.late
    rig.add_gateway()
    rig.received(flow.sent)
    rig.agents[0].configure(rig.agent_of_all())
    rig.agents[0].reload()
    flow.run(APART)
    rig.agents[1].configure(rig.agent_of_all())
    rig.agents[1].reload()
    over = time.monotonic()
    flow.run(SECONDS - GROW - APART)
    flow.finish()
    rig.settle(flow.source.spans, len(flow.source.ledger))
    with capsys.disabled():
        check(rig, flow.source, begun, over)


def check(rig: Rig, source: Source, begun: float, over: float) -> None:
    """Every trace has a part that is stored; those that are torn were under way, and are a third of these at most."""
    stored = rig.storage.traces()
    rows = Counter[tuple[bool, str]]()
    for trace in source.ledger.values():
        rows[_under_way(trace, begun, over), _state(trace, stored)] += 1
    moving = sum(count for (under_way, _), count in rows.items() if under_way)
    torn = rows[True, "part"]
    share = 100 * torn / rows.total()
    print(
        f"\n2 to 3 gateways, agents at least {APART:g} s apart, spans of a trace sent over {SPREAD:g} s: "
        f"{torn:,} of {rows.total():,} traces ({share:.1f} %) are torn, all among the {moving:,} that were under way"
    )
    assert rig.gateways[2].total("otelcol_receiver_accepted_spans") > 0
    assert rows[False, "part"] == rows[False, "none"] == rows[True, "none"] == 0
    assert moving
    assert 0 < torn <= moving / 3 + 3 * math.sqrt(moving * 2 / 9)


def _under_way(trace: Trace, begun: float, over: float) -> bool:
    """Return whether the trace began while the agents learnt of the gateway, one after the other."""
    return begun <= trace.at <= over


def _state(trace: Trace, stored: dict[bytes, list[bytes]]) -> str:
    """Return the state of a trace without duplicates: an agent that stops sends unanswered spans again."""
    return state(trace, {trace.id: list(dict.fromkeys(stored.get(trace.id, ())))})
