"""The load's plan and ledger: so many of each kind, the same each time, and a line for each request."""

import asyncio
import json
from collections import Counter
from io import StringIO
from pathlib import Path

import httpx
import load
import pytest
from hypothesis import given
from hypothesis import strategies as st
from plumbing.faults import HEADER
from plumbing.wire import TRACE_HEADER
from traffic.kinds import PERSONALIZATION, USUAL, WORKLOADS
from traffic.ledger import Entry, Ledger, read
from traffic.plan import PlanError, mix, plan, warming
from traffic.player import Pace, Played, Player

TRACE = "0af7651916cd43dd8448eb211c80319c"


@pytest.mark.parametrize("workload", WORKLOADS)
def test_the_usual_mix_names_every_kind_and_adds_up_to_a_hundred(workload: str) -> None:
    assert set(USUAL[workload]) == {kind.name for kind in WORKLOADS[workload]}
    assert sum(USUAL[workload].values()) == pytest.approx(100)


@given(count=st.integers(1, 3000), parts=st.lists(st.floats(0.01, 100), min_size=1, max_size=7))
def test_counts_add_up_and_are_within_one_of_their_part(count: int, parts: list[float]) -> None:
    shares = {kind.name: part for kind, part in zip(PERSONALIZATION, parts, strict=False)}
    found = Counter(step.kind.name for step in plan(PERSONALIZATION, shares, count))
    assert found.total() == count
    for name, part in shares.items():
        assert abs(found[name] - count * part / sum(shares.values())) < 1


def test_the_order_is_shuffled_and_the_same_for_the_same_seed() -> None:
    parts = {"normal": 50.0, "llm": 50.0}
    first, again, other = (plan(PERSONALIZATION, parts, 100, seed) for seed in (0, 0, 1))
    assert first == again
    assert first != other
    assert {step.kind.name for step in first[:20]} == {"normal", "llm"}


def test_what_the_edge_should_know_is_sent_once_before() -> None:
    steps = plan(PERSONALIZATION, {"edge-only": 1.0}, 200)
    ahead = [*warming(steps, PERSONALIZATION)]
    contents = [json.dumps(step.kind.content(step.number)) for step in ahead]
    assert len(contents) == len(set(contents)) == 20
    assert {json.dumps(step.kind.content(step.number)) for step in steps} == set(contents)
    assert {step.kind.name for step in ahead} == {"warming"}
    # They pass the cache by and are kept in it: what is sent is what a normal request sends.
    assert all(
        step.kind.headers == {"cache-control": "no-cache"} and "edge.score" not in step.kind.spans for step in ahead
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("often=3", "expected one of"),
        ("normal", "above 0"),
        ("normal=0", "above 0"),
        ("normal=inf", "above 0"),
        ("", "of"),
    ],
)
def test_a_mix_without_sense_is_refused(text: str, message: str) -> None:
    with pytest.raises(PlanError, match=message):
        mix(text, PERSONALIZATION)


def test_a_mix_is_read() -> None:
    assert mix("normal=90, slow=10", PERSONALIZATION) == {"normal": 90, "slow": 10}


def test_the_ledger_holds_what_was_sent_and_what_came(tmp_path: Path) -> None:
    played, entries = _play(tmp_path, {"normal": 3, "error-llm": 1}, 8)
    assert (played.sent, played.unexpected) == (8, 2)
    assert played.kinds == Counter({"normal": 6, "error-llm": 2})
    assert Counter(entry.kind for entry in entries) == played.kinds
    normal = next(entry for entry in entries if entry.kind == "normal")
    assert normal.as_expected
    assert not normal.failed
    assert (normal.trace_id, normal.workload, normal.status) == (TRACE, "personalization", 200)
    assert "edge.personalize" in normal.spans
    wrong = next(entry for entry in entries if entry.kind == "error-llm")
    assert wrong.failed
    assert (wrong.status, wrong.expected, wrong.as_expected) == (200, 500, False)


def test_no_answer_is_in_the_ledger_too(tmp_path: Path) -> None:
    played, entries = _play(tmp_path, {"slow": 1}, 2)
    assert played.unexpected == 2
    assert [(entry.status, entry.trace_id) for entry in entries] == [(0, ""), (0, "")]


def test_a_line_that_is_none_is_named(tmp_path: Path) -> None:
    path = tmp_path / "ledger.jsonl"
    path.write_text('{"trace_id": 3}\n')
    with pytest.raises(ValueError, match=r"ledger\.jsonl:1: expected a ledger's line"):
        read(path)


def test_the_rate_is_kept(tmp_path: Path) -> None:
    played, entries = _play(tmp_path, {"normal": 1}, 20, Pace(rate=100))
    assert played.seconds >= 0.19
    assert [entry.sent for entry in entries] == sorted(entry.sent for entry in entries)


def test_no_more_are_out_at_once_than_told(tmp_path: Path) -> None:
    out, most = 0, 0

    async def answer(_: httpx.Request) -> httpx.Response:
        nonlocal out, most
        out += 1
        most = max(most, out)
        await asyncio.sleep(0)
        out -= 1
        return httpx.Response(200, headers={TRACE_HEADER: TRACE})

    _play(tmp_path, {"normal": 1}, 40, Pace(at_once=4), httpx.MockTransport(answer))
    assert most == 4


def test_a_pipe_gets_plain_lines_for_every_tenth() -> None:
    out = StringIO()
    progress, played = load.Progress(out), Played(1000)
    for sent in range(1, 1001):
        played.sent, played.seconds = sent, sent / 100
        progress(played)
    lines = out.getvalue().splitlines()
    assert len(lines) == 10
    assert lines[-1] == "1000/1000 requests, 100/s, 0 unexpected"
    assert "\r" not in out.getvalue()


def test_a_wrong_mix_ends_with_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert load.main(["--mix", "x=1", "--ledger", str(tmp_path / "l")]) == 2
    assert capsys.readouterr().err.startswith("load.py: mix: expected one of edge-only, ")


async def _answer(request: httpx.Request) -> httpx.Response:
    """Return a service that never fails, and hangs up when it is asked to be slow."""
    if "slow" in request.headers.get(HEADER, ""):
        raise httpx.ReadError("hung up", request=request)
    return httpx.Response(200, headers={TRACE_HEADER: TRACE})


def _play(
    folder: Path,
    parts: dict[str, float],
    count: int,
    pace: Pace | None = None,
    transport: httpx.AsyncBaseTransport | None = None,
) -> tuple[Played, list[Entry]]:
    path = folder / "ledger.jsonl"
    steps = plan(PERSONALIZATION, parts, count)

    async def run() -> Played:
        async with httpx.AsyncClient(
            transport=transport or httpx.MockTransport(_answer), base_url="http://edge"
        ) as client:
            with Ledger(path) as ledger:
                return await Player(client, "personalization", ledger, pace or Pace()).play(steps, lambda _: None)

    return asyncio.run(run()), read(path)
