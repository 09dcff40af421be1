"""Spans of all workloads through agents and gateways: sampling, counting, and scaling."""

import math
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from compiler.catalog.catalog import Catalog
from compiler.traces import parts
from compiler.traces.gateway import Gateway, Vendor
from tests.e2e import trace_sink
from tests.e2e.servers import until
from tests.e2e.trace_rig import BUSIEST, Rig, Sizes
from tests.e2e.trace_shapes import Shape, Step, shapes
from tests.e2e.trace_source import Sender, Source, spans_of, state
from tests.tools.finder import require

pytestmark = pytest.mark.e2e

MANY = {"edge-only": 20_000, "normal": 1_500}
EACH = 100
KEY = "a-key-that-nobody-else-has"
OPEN_METRICS = "application/openmetrics-text; version=1.0.0"
EXEMPLAR = re.compile(r'^(traces_\w+)\{.* # \{[^}]*trace_id="([0-9a-f]{32})"', re.MULTILINE)
RANKING = "personalization-ranking"
LACKING = Step(RANKING, "ranking.score", None, "server", attributes=("model",))
BROKEN = {
    "name": (Shape("personalization", "broken", 1, 5, (Step(RANKING, "Ranking.Score", None),)), 40),
    "attribute": (Shape("personalization", "broken", 1, 5, (LACKING,)), 30),
    "workload": (Shape("unknown", "broken", 0, 5, (Step("somebody", "a.span", None),)), 20),
}
"""Spans that are not as the catalog has them, by the reason, and how many of each."""


@pytest.fixture
def rig(tmp_path: Path, catalog: Catalog) -> Iterator[Rig]:
    key = tmp_path / "key"
    key.write_text(f"{KEY}\n")
    vendor = trace_sink.Vendor("x-api-key")
    made = Gateway(
        traces_per_second=BUSIEST,
        vendor=Vendor(f"http://{vendor.address}", "x-api-key", str(key)),
    )
    running = Rig(require("otelcol"), catalog, tmp_path, Sizes(gateway=made))
    yield running
    running.close()
    vendor.close()
    assert vendor.keys == {KEY}
    assert not any(KEY in path.read_text() for path in tmp_path.glob("*/config.yaml"))


def test_traces_are_kept_by_the_catalogs_rules_and_whole(
    rig: Rig, catalog: Catalog, capsys: pytest.CaptureFixture[str]
) -> None:
    source, sender = Source(seed=7), Sender(rig.addresses)
    wanted = [(shape, _many(shape)) for shape in shapes(catalog)]
    late = list(source.batch([shape for shape, _ in wanted for _ in range(5)]))
    sender.send(late[:-1])
    sender.send(source.requests([*wanted, *BROKEN.values()]))
    rig.settle(source.spans - spans_of(late[-1]), len(source.ledger))
    sender.send(late[-1:])
    rig.settle(source.spans, len(source.ledger))
    assert not sender.refused
    with capsys.disabled():
        print(f"\n{source.spans:,} spans of {len(source.ledger):,} traces")
        check_kept(source, rig)
    check_counted(source, rig)
    sender.send(source.batch([shape for shape, _ in wanted if shape.whole]))
    check_exemplars(rig, source)


def _many(shape: Shape) -> int:
    return (
        (8_000 if shape.workload == "personalization" else MANY["normal"])
        if shape.rule == "normal"
        else MANY.get(shape.rule, EACH)
    )


def check_kept(source: Source, rig: Rig) -> None:
    """Every trace that is to be kept is there, whole, and no other; shares lie within three sigma."""
    stored = rig.storage.traces()
    assert not set(stored) - set(source.ledger)
    rows = dict[tuple[str, str], Counter[str]]()
    for trace in source.ledger.values():
        kept = state(trace, stored)
        assert kept == ("whole" if trace.expected else "none"), (
            trace.shape.workload,
            trace.shape.rule,
            trace.id.hex(),
        )
        rows.setdefault((trace.shape.workload, trace.shape.rule), Counter())[kept] += 1
    shares = {(shape.workload, shape.rule): shape.share for shape in (trace.shape for trace in source.ledger.values())}
    for key, row in sorted(rows.items()):
        total, share = row.total(), shares[key] / 100
        sigma = math.sqrt(total * share * (1 - share))
        found = f"{row['whole']:,} of {total:,} kept, none in part"
        print(f"  {key[0]} {key[1]}: {found}; expected {total * share:.1f} ± {3 * sigma:.1f}")
        assert abs(row["whole"] - total * share) <= 3 * sigma


def check_counted(source: Source, rig: Rig) -> None:
    """Metrics before sampling are the source's own ledger, those after are what is stored."""

    def same() -> bool:
        return rig.counted("traces_span_metrics_calls_total") == source.counted

    until(
        same,
        10,
        f"span metrics equal to the ledger, not {rig.counted('traces_span_metrics_calls_total') - source.counted}",
    )
    assert rig.counted("traces_kept_calls_total").total() == rig.storage.count()
    broken = Counter[tuple[str, ...]]()
    for each in rig.gateways:
        for labels, value in each.series("traces_nonconforming_spans_total").items():
            labelled = dict(labels)
            assert set(labelled) == {"workload", "service_name", "reason", "job"}
            broken[labelled["workload"], labelled["service_name"], labelled["reason"]] += int(value)
    expected = {(shape.workload, shape.steps[0].service, reason): count for reason, (shape, count) in BROKEN.items()}
    assert broken == expected


def check_exemplars(rig: Rig, source: Source) -> None:
    """Assert that an exemplar leads to a kept trace, and that metrics of all spans have none."""
    found = until(lambda: exemplars(rig), 30, "exemplars of kept traces")
    assert {name for name, _ in found} <= {"traces_kept_duration_seconds_bucket", "traces_kept_calls_total"}
    assert {trace for _, trace in found} <= {trace.id.hex() for trace in source.ledger.values() if trace.expected}


def exemplars(rig: Rig) -> list[tuple[str, str]]:
    """Return the exemplars on gateways' pages: metric and trace."""
    pages = [each.page(parts.SPAN_METRICS_PORT, OPEN_METRICS) for each in rig.gateways]
    return [pair for page in pages for pair in EXEMPLAR.findall(page)]
