"""Ten times the normal rate, beyond the memory limit: spans are refused and retried, and nothing crashes.

Every span comes in the end. But refused ones may come after the decision on their trace, and follow it then.
"""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from compiler.catalog.catalog import Catalog
from compiler.traces.agent import Agent
from compiler.traces.gateway import Gateway
from tests.e2e.trace_rig import Rig, Sizes
from tests.e2e.trace_shapes import shapes
from tests.e2e.trace_source import Sender, Source, state
from tests.tools.finder import require

pytestmark = pytest.mark.e2e

NORMAL = 250
"""Spans a second: the gateway below has room for ten times as many while it waits with its decisions."""
BURST = 90_000
"""Spans; they are undecided for so long that memory cannot hold them."""
MEMORY_MIB = {"agent": 128, "gateway": 80}
PROGRAM_MIB = 80
"""What of the program's own file (79 MB) is in memory at most: the kernel drops it first where memory is short."""
SIZES = Sizes(
    agents=1,
    gateways=1,
    agent=Agent(kubernetes=False, memory_mib=MEMORY_MIB["agent"], queue_spans=20_000),
    # So long that on a busy machine, too, more spans are undecided than memory holds: at 15 s, two cores shared by six
    # tests took so few in that a gateway never had to refuse.
    gateway=Gateway(decision_seconds=25, traces_per_second=20_000, memory_mib=MEMORY_MIB["gateway"]),
)


@pytest.fixture
def rig(tmp_path: Path, catalog: Catalog) -> Iterator[Rig]:
    running = Rig(require("otelcol"), catalog, tmp_path, SIZES)
    yield running
    running.close()


def test_a_burst_is_refused_and_nothing_crashes(rig: Rig, catalog: Catalog, capsys: pytest.CaptureFixture[str]) -> None:
    source, sender = Source(seed=5), Sender(rig.addresses)
    several = [shape for shape in shapes(catalog) if shape.workload == "personalization"]
    normal = next(shape for shape in several if shape.rule == "normal")
    sender.send(source.requests([(normal, NORMAL // len(normal.steps))]))
    assert not sender.refused
    burst = list(source.requests([(shape, BURST // 9 // len(several)) for shape in several], 50))
    started = time.monotonic()
    sender.send(burst)
    took = time.monotonic() - started
    rig.settle(source.spans, len(source.ledger))
    refused = {each.name: int(each.total("otelcol_receiver_refused_spans")) for each in (*rig.agents, *rig.gateways)}
    memory = {each.name: each.resident_mib() for each in (*rig.agents, *rig.gateways)}
    with capsys.disabled():
        offered = source.spans / len(burst) * (len(burst) + sender.refused.total()) / took
        print(
            f"\nburst of {offered:,.0f} spans/s, where {NORMAL:,} are normal: {len(burst):,} requests, refused "
            f"{dict(sender.refused)} times and sent again; {refused} spans refused by each collector; "
            f"resident memory at most {memory} MiB, of {MEMORY_MIB}"
        )
    assert offered > 10 * NORMAL
    assert all(refused.values())
    assert all(
        memory[each.name] <= MEMORY_MIB[each.name.split("-")[0]] + PROGRAM_MIB for each in (*rig.agents, *rig.gateways)
    )
    for each in (*rig.agents, *rig.gateways):
        each.alive()
    after = Source(seed=6)
    sender.send(after.requests([(shape, 20) for shape in several if shape.whole]))
    rig.settle(source.spans + after.spans, len(source.ledger) + len(after.ledger))
    stored = rig.storage.traces()
    assert all(state(trace, stored) == "whole" for trace in after.ledger.values())
    whole = [trace for trace in source.ledger.values() if trace.shape.whole]
    missed = sum(state(trace, stored) != "whole" for trace in whole)
    with capsys.disabled():
        print(f"{missed:,} of {len(whole):,} traces that a rule keeps were decided on before all their spans had come")
