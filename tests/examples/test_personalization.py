"""The six services: the document's ten spans, each by its service, below its parent, in one trace of one request."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest
from personalization.cluster import Cluster, all_in_one, one
from personalization.settings import Settings
from plumbing.faults import HEADER
from plumbing.wire import TRACE_HEADER
from traffic.kinds import PERSONALIZATION, Kind

from compiler.catalog.catalog import Catalog, Watched
from tests.examples.watched import Emitted, service_of, trace_of

SETTINGS = Settings(items=200, llm_seconds=0.0, faults=True, fault_seconds=0.02, environment="development")
Talk = Callable[[httpx.AsyncClient], Awaitable[list[httpx.Response]]]


@pytest.fixture(scope="module")
def personalization(catalog: Catalog) -> Watched:
    return next(watched for watched in catalog if watched.name == "personalization")


def _cluster(emitted: Emitted, settings: Settings = SETTINGS) -> Cluster:
    return all_in_one(lambda service: emitted.watch("personalization", f"personalization-{service}"), settings)


def _talk(cluster: Cluster, talk: Talk) -> list[httpx.Response]:
    async def run() -> list[httpx.Response]:
        async with cluster.client() as client:
            return await talk(client)

    return asyncio.run(run())


def _send(cluster: Cluster, kind: Kind, number: int = 0) -> httpx.Response:
    async def talk(client: httpx.AsyncClient) -> list[httpx.Response]:
        return [await client.post(kind.path, json=kind.content(number), headers=dict(kind.headers))]

    return _talk(cluster, talk)[0]


def _kind(name: str) -> Kind:
    return next(kind for kind in PERSONALIZATION if kind.name == name)


@pytest.fixture
def cluster(emitted: Emitted) -> Cluster:
    return _cluster(emitted)


@pytest.mark.parametrize("kind", PERSONALIZATION, ids=lambda kind: kind.name)
def test_each_kind_of_traffic_leaves_the_spans_that_the_ledger_expects(
    kind: Kind, cluster: Cluster, emitted: Emitted, personalization: Watched
) -> None:
    if kind.warm:
        _send(cluster, Kind("", kind.path, kind.content, (), {"cache-control": "no-cache"}))
        emitted.forget()
    answer = _send(cluster, kind)
    assert answer.status_code == kind.status
    assert set(emitted.spans) == set(kind.spans)
    assert {trace_of(span) for span in emitted.spans.values()} == {answer.headers[TRACE_HEADER]}
    declared = {span.name: span for span in personalization.traces.spans}
    ids = {span.context.span_id: name for name, span in emitted.spans.items() if span.context}
    for name, span in emitted.spans.items():
        assert service_of(span) == declared[name].service
        assert (ids[span.parent.span_id] if span.parent else None) == declared[name].parent
        assert span.kind.name.lower() == declared[name].kind
        assert set(declared[name].attributes) <= set(span.attributes or {}), name
    failed = {name for name, span in emitted.spans.items() if not span.status.is_ok}
    assert bool(failed) == (kind.status == 500)


def test_every_declared_span_is_left_by_some_kind_of_traffic(personalization: Watched) -> None:
    declared = {span.name for span in personalization.traces.spans}
    assert {name for kind in PERSONALIZATION for name in kind.spans} == declared


def test_an_edge_answer_is_the_origins_ranked_again(cluster: Cluster, emitted: Emitted) -> None:
    asked = {"user_id": "somebody", "pop": "sfo", "page_type": "home"}

    async def talk(client: httpx.AsyncClient) -> list[httpx.Response]:
        return [await client.post("/personalize", json=asked) for _ in range(2)]

    first, second = (answer.json() for answer in _talk(cluster, talk))
    assert (first["tier"], second["tier"]) == ("origin", "edge")
    assert sorted(first["items"]) == sorted(second["items"])
    scores = [score for _, score in second["items"]]
    assert scores == sorted(scores, reverse=True)
    assert len(emitted.exporters["personalization-api"].get_finished_spans()) == 2


def test_a_slow_service_is_slow_in_its_own_span(cluster: Cluster, emitted: Emitted) -> None:
    _send(cluster, _kind("slow"))
    spans = emitted.spans
    taken = {name: (span.end_time or 0) - (span.start_time or 0) for name, span in spans.items()}
    assert taken["ranking.score"] >= 20_000_000
    assert taken["bandit.sample"] < 20_000_000


def test_where_faults_are_not_allowed_their_header_does_nothing(emitted: Emitted) -> None:
    cluster = _cluster(emitted, Settings(items=200, environment="development"))
    assert _send(cluster, _kind("error-retrieval")).status_code == 200


@pytest.mark.parametrize(
    "content", [b"{", b"[]", b"{}", b'{"user_id": 3}', b'{"user_id": ""}', b'{"user_id": "u", "pop": 1}', b"\xff"]
)
def test_a_request_without_sense_is_refused_and_no_failure(content: bytes, cluster: Cluster, emitted: Emitted) -> None:
    async def talk(client: httpx.AsyncClient) -> list[httpx.Response]:
        return [await client.post("/personalize", content=content)]

    assert _talk(cluster, talk)[0].status_code == 400
    assert all(span.status.is_ok for span in emitted.spans.values())


def test_the_language_model_remembers_what_it_said(cluster: Cluster, emitted: Emitted) -> None:
    asked = {"user_id": "somebody", "explain": True}

    def cached() -> list[object]:
        spans = emitted.exporters["personalization-llm"].get_finished_spans()
        return [span.attributes["cached"] for span in spans if span.attributes]

    async def talk(client: httpx.AsyncClient) -> list[httpx.Response]:
        # The bandit draws: of so many answers about ten items at most, two are of the same.
        return [await client.post("/personalize", json=asked) for _ in range(11)]

    answers = [answer.json() for answer in _talk(cluster, talk)]
    assert {answer["tier"] for answer in answers} == {"llm"}
    assert answers[0]["reason"].startswith(answers[0]["items"][0][0])
    assert cached()[0] is False
    assert True in cached()


def test_nobody_is_named_in_spans_lines_or_metrics(cluster: Cluster, emitted: Emitted) -> None:
    async def talk(client: httpx.AsyncClient) -> list[httpx.Response]:
        asked = {"user_id": "visitor-who-is-secret", "explain": True}
        failing = {HEADER: "error=bandit"}
        return [await client.post("/personalize", json=asked, headers=headers) for headers in ({}, failing)]

    _talk(cluster, talk)
    spans = [span.to_json() for each in emitted.exporters.values() for span in each.get_finished_spans()]
    pages = [watch.metrics.page("")[0].decode() for watch in emitted.watches]
    assert len(spans) > 10
    assert not [text for text in (*spans, *pages, emitted.out.getvalue()) if "visitor-who-is-secret" in text]
    assert [line for line in emitted.lines if line.get("user_id_hash")]


def test_a_caches_key_cannot_be_found_by_trying_ids(emitted: Emitted) -> None:
    keys = []
    for _ in range(2):
        _send(_cluster(emitted), _kind("normal"))
        keys.append((emitted.spans["edge.cache_lookup"].attributes or {})["key"])
        emitted.forget()
    assert keys[0] != keys[1]


def test_metrics_tell_who_answered_and_what_failed(cluster: Cluster, emitted: Emitted) -> None:
    async def talk(client: httpx.AsyncClient) -> list[httpx.Response]:
        kinds = (*([_kind("edge-only")] * 3), _kind("llm"), _kind("error-retrieval"))
        return [await client.post(kind.path, json=kind.content(0), headers=dict(kind.headers)) for kind in kinds]

    _talk(cluster, talk)
    values = _values(emitted)
    assert values['personalization_requests_total{status="success",tier="edge"}'] == 2
    assert values['personalization_requests_total{status="success",tier="origin"}'] == 1
    assert values['personalization_requests_total{status="success",tier="llm"}'] == 1
    assert values['personalization_requests_total{status="error",tier="origin"}'] == 1
    assert values['edge_requests_total{cache="hit",pop="sfo"}'] == 2
    assert values['edge_errors_total{pop="sfo"}'] == 1
    assert values['api_requests_total{endpoint="/personalize",status_code="200"}'] == 2
    assert values['api_errors_total{endpoint="/personalize"}'] == 1
    assert values["retrieval_requests_total"] == 3
    assert values["retrieval_errors_total"] == 1
    assert values["llm_requests_total"] == 1
    assert 0 < values["llm_cost_dollars_total"] < 0.01


def test_a_service_whose_neighbours_are_not_given_says_so(emitted: Emitted) -> None:
    with pytest.raises(
        ValueError, match="api: expected the addresses of retrieval, ranking, bandit, llm, missing retr"
    ):
        one("api", emitted.watch("personalization", "personalization-api"), {}, SETTINGS)


def _values(emitted: Emitted) -> dict[str, Any]:
    pages = [watch.metrics.page("")[0].decode() for watch in emitted.watches]
    lines = [line for page in pages for line in page.splitlines() if not line.startswith("#")]
    return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines)}
