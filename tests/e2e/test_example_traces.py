"""The six example services on real collectors: what their ledger says is kept is kept, whole, and led to by its ids."""

from __future__ import annotations

import asyncio
import io
import json
import math
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import pytest
from personalization.cluster import Cluster, all_in_one
from personalization.settings import SERVICES, Settings
from traffic.kinds import PERSONALIZATION
from traffic.ledger import Entry, Ledger, read
from traffic.plan import plan, warming
from traffic.player import Pace, Player

import instrumentation
from compiler.catalog.catalog import Catalog
from compiler.traces import parts
from compiler.traces.gateway import Gateway
from compiler.traces.sampling import kept
from instrumentation.contract import read_contract
from tests.e2e.trace_rig import BUSIEST, Rig, Sizes
from tests.examples.watched import write_contracts
from tests.tools.finder import require

pytestmark = pytest.mark.e2e
MIX = {
    "normal": 2000,
    "edge-only": 6000,
    "llm": 60,
    "slow": 25,
    "error-retrieval": 25,
    "error-bandit": 25,
    "error-llm": 25,
}
SHARES = {"normal": 1.0, "warming": 1.0, "edge-only": 0.1}
"""Percent, by kind; the catalog keeps all of the others."""
LIMIT = 0.2
"""Seconds from which a trace counts as slow."""
OPEN_METRICS = "application/openmetrics-text; version=1.0.0"
EXEMPLAR = re.compile(r'^(\w+?)_(?:bucket|total)\{?.*? # \{[^}]*trace_id="([0-9a-f]{32})"', re.MULTILINE)


@dataclass(frozen=True)
class Played:
    """What became of the traffic: its ledger, the names of the stored spans by trace, lines, pages of metrics."""

    ledger: list[Entry]
    stored: dict[str, Counter[str]]
    lines: list[dict[str, object]]
    pages: list[str]
    raw: bytes
    wrong: float


@pytest.fixture(scope="module")
def played(catalog: Catalog, tmp_path_factory: pytest.TempPathFactory) -> Played:
    folder = tmp_path_factory.mktemp("example-traces")
    # As long as in production: a service sends its spans every five seconds, and all of a trace have to be there.
    rig = Rig(require("otelcol"), catalog, folder, Sizes(gateway=Gateway(traces_per_second=BUSIEST)))
    try:
        return _played(rig, write_contracts(catalog, folder) / "personalization.json", folder)
    finally:
        rig.close()


def _played(rig: Rig, contract: Path, folder: Path) -> Played:
    out, path = io.StringIO(), folder / "ledger.jsonl"
    pages: list[str] = []
    asyncio.run(_play(_cluster(rig, contract, out), path, pages))
    ledger = read(path)
    rig.settle(sum(len(entry.spans) for entry in ledger), len(ledger))
    stored: dict[str, Counter[str]] = {}
    for resource in rig.storage.resources():
        for span in (span for scope in resource.scope_spans for span in scope.spans):
            stored.setdefault(span.trace_id.hex(), Counter())[span.name] += 1
    wrong = sum(each.total("traces_nonconforming_spans_total", parts.SPAN_METRICS_PORT) for each in rig.gateways)
    raw = b"".join(resource.SerializeToString() for resource in rig.storage.resources())
    return Played(ledger, stored, [json.loads(line) for line in out.getvalue().splitlines()], pages, raw, wrong)


def _cluster(rig: Rig, contract: Path, out: io.StringIO) -> Cluster:
    """Return the six services, on two nodes: every other one sends to the other agent."""
    addresses = {service: rig.addresses[number % len(rig.addresses)] for number, service in enumerate(SERVICES)}

    def start(service: str) -> instrumentation.Watch:
        sending = instrumentation.Settings(endpoint=f"http://{addresses[service]}")
        made = read_contract(contract, "personalization")
        return instrumentation.Watch(made, f"personalization-{service}", sending, environment="development", out=out)

    return all_in_one(start, Settings(faults=True, cache_seconds=3600, environment="development"))


async def _play(cluster: Cluster, path: Path, pages: list[str]) -> None:
    steps = plan(PERSONALIZATION, MIX, sum(MIX.values()))
    async with cluster.client() as client:
        with Ledger(path) as ledger:
            player = Player(client, "personalization", ledger, Pace(at_once=8))
            await player.play([*warming(steps, PERSONALIZATION)], lambda _: None)
            await player.play(steps, lambda _: None)
    pages.extend(watch.metrics.page(OPEN_METRICS)[0].decode() for watch in cluster.watches.values())
    await cluster.close()


def _sure(entry: Entry) -> bool:
    """Return whether the ledger alone says what becomes of a trace: on a busy machine some are slow unasked."""
    return entry.kind not in SHARES or entry.seconds < LIMIT


def _expected(entry: Entry) -> bool:
    share = SHARES.get(entry.kind)
    return share is None or kept(entry.trace_id, share)


def test_every_answer_was_the_expected_one(played: Played) -> None:
    assert not [entry for entry in played.ledger if not entry.as_expected]
    assert Counter(entry.kind for entry in played.ledger if entry.kind != "warming") == MIX
    assert len({entry.trace_id for entry in played.ledger}) == len(played.ledger)


def test_what_is_to_be_kept_is_kept_whole_and_nothing_else(played: Played) -> None:
    sure = [entry for entry in played.ledger if _sure(entry)]
    lost = [(entry.kind, entry.trace_id) for entry in sure if _expected(entry) and entry.trace_id not in played.stored]
    extra = [(entry.kind, entry.trace_id) for entry in sure if not _expected(entry) and entry.trace_id in played.stored]
    assert (lost, extra) == ([], [])
    by_id = {entry.trace_id: entry for entry in played.ledger}
    assert not [each for each, spans in played.stored.items() if spans != Counter(by_id[each].spans)]
    _tell(played, sure)


@pytest.mark.parametrize("kind", ["normal", "edge-only"])
def test_shares_are_near_their_percent(played: Played, kind: str) -> None:
    # Ids differ in each run, of which three sigma would fail one in two hundred; test_traces.py has ids from a seed.
    entries = [entry for entry in played.ledger if entry.kind == kind and _sure(entry)]
    share = SHARES[kind] / 100
    found = sum(entry.trace_id in played.stored for entry in entries)
    assert abs(found - len(entries) * share) <= 4 * math.sqrt(len(entries) * share * (1 - share))


def test_spans_are_as_the_catalog_has_them(played: Played) -> None:
    assert played.wrong == 0


def test_nobody_is_named_in_what_is_stored(played: Played) -> None:
    assert not re.findall(rb"(?:visitor|regular)-\d+", played.raw)


def test_exemplar_trace_and_line_lead_to_one_another(played: Played) -> None:
    exemplars = {found for page in played.pages for found in EXEMPLAR.findall(page)}
    written: dict[object, list[dict[str, object]]] = {}
    for line in played.lines:
        written.setdefault(line["trace_id"], []).append(line)
    assert {"llm_latency_seconds", "ranking_latency_seconds", "edge_latency_seconds"} <= {name for name, _ in exemplars}
    missing = sorted((name, trace_id) for name, trace_id in exemplars if trace_id not in played.stored)
    assert not missing
    for _, trace_id in exemplars:
        assert {"personalization-edge"} <= {str(line["service"]) for line in written[trace_id]}
    metrics = {name for name, _ in exemplars}
    print(f"{len(exemplars)} exemplars on {len(metrics)} metrics: each has its trace and its lines")


def _tell(played: Played, sure: Iterable[Entry]) -> None:
    sent, there = Counter(entry.kind for entry in sure), Counter[str]()
    for entry in sure:
        there[entry.kind] += entry.trace_id in played.stored
    listed = ", ".join(f"{kind} {there[kind]} of {count}" for kind, count in sorted(sent.items()))
    slow = len(played.ledger) - sent.total()
    seconds = max(entry.sent for entry in played.ledger) - min(entry.sent for entry in played.ledger)
    print(f"{len(played.ledger)} requests in {seconds:.0f} s; kept: {listed}; {slow} slow ones that nobody asked to be")
