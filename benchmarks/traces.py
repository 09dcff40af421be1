"""`python -m benchmarks.traces`: spans a second of an agent (the head) and of a gateway (the tail), from the catalog.

The figures go to `build/bench-traces.json` as well. Both run on one machine with the source, so a tier's figure is by
its own processor time: what it would take if it had two cores for itself.
"""

import json
import os
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.cases import PROJECT
from compiler.load import load_catalog
from tests.e2e.trace_collectors import Collector
from tests.e2e.trace_rig import Rig, Sizes
from tests.e2e.trace_shapes import Shape, shapes
from tests.e2e.trace_source import Sender, Source
from tests.tools.finder import find

CORES = 2
WARM_UP, TRACES = 2_000, 20_000
EDGE_ONLY, KEPT = 0.5, 0.02
"""Shares of traces that only the edge sees, and that a rule keeps for certain; the others are normal ones."""


@dataclass(frozen=True)
class Tier:
    """The cost of the spans in one collector.

    Attributes:
        name: which.
        spans: how many went through.
        microseconds: of processor time for a span.
        per_second: spans a second on two cores, by that time.
        resident_mib: memory at most.
    """

    name: str
    spans: int
    microseconds: float
    per_second: int
    resident_mib: int


def processor_seconds(collector: Collector) -> float:
    """Return the processor time of a collector so far, in and out of the kernel (proc(5): fields 14 and 15 of stat)."""
    fields = Path(f"/proc/{collector.process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def mix(found: list[Shape], traces: int) -> list[tuple[Shape, int]]:
    """Return that many traces, in the shares above."""
    edge = [shape for shape in found if shape.rule == "edge-only"]
    kept = [shape for shape in found if shape.whole]
    normal = [shape for shape in found if shape.rule == "normal"]
    groups = ((edge, EDGE_ONLY), (kept, KEPT), (normal, 1 - EDGE_ONLY - KEPT))
    return [(shape, round(traces * share / len(group))) for group, share in groups for shape in group]


def measure(rig: Rig, found: list[Shape]) -> tuple[list[Tier], int]:
    """Return the cost of each tier, and spans a second from the source until the gateway had them."""
    source, sender = Source(seed=1), Sender(rig.addresses)
    sender.send(source.requests(mix(found, WARM_UP)))
    rig.settle(source.spans, len(source.ledger))
    tiers = {"head: agent": rig.agents[0], "tail: gateway": rig.gateways[0]}
    before, warmed = {name: processor_seconds(each) for name, each in tiers.items()}, source.spans
    requests = list(source.requests(mix(found, TRACES)))
    spans, started = source.spans - warmed, time.monotonic()
    sender.send(requests)
    rig.received(source.spans)
    whole = round(spans / (time.monotonic() - started))
    rig.settle(source.spans, len(source.ledger))
    rows = []
    for name, each in tiers.items():
        seconds = processor_seconds(each) - before[name]
        rows.append(Tier(name, spans, 1e6 * seconds / spans, round(CORES * spans / seconds), each.resident_mib()))
    return rows, whole


def table(rows: list[Tier]) -> Table:
    """Return a row for each tier."""
    made = Table(title=f"collectors, spans of {TRACES:,} traces of all workloads")
    for column in ("tier", "spans", "us of processor for a span", f"spans/s on {CORES} cores", "memory, MiB"):
        made.add_column(column, justify="left" if column == "tier" else "right")
    for row in rows:
        made.add_row(
            row.name, f"{row.spans:,}", f"{row.microseconds:.1f}", f"{row.per_second:,}", str(row.resident_mib)
        )
    return made


def main() -> int:
    """Measure, print and write; exit code 0, also where there is no collector, which the output says."""
    program = find("otelcol")
    if program is None:
        sys.stderr.write("no otelcol on PATH or in .tools/: get it with `python3 tools/build.py otelcol`\n")
        return 0
    console, catalog = Console(), load_catalog(PROJECT / "catalog")
    with tempfile.TemporaryDirectory() as folder:
        rig = Rig(program, catalog, Path(folder), Sizes(agents=1, gateways=1))
        try:
            rows, whole = measure(rig, shapes(catalog))
        finally:
            rig.close()
    console.print(table(rows))
    console.print(f"{whole:,} spans/s from the source into the gateway, all on the same {os.cpu_count()} cores")
    path = PROJECT / "build" / "bench-traces.json"
    path.parent.mkdir(exist_ok=True)
    report = {"cores": os.cpu_count(), "into the gateway": whole, "tiers": [asdict(row) for row in rows]}
    path.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
