"""The single service: the document's four spans, its metrics and its log line, and nobody's place in any of them."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from plumbing.wire import TRACE_HEADER, InProcess
from recommendation.app import build
from recommendation.settings import Settings
from starlette.types import ASGIApp
from traffic.kinds import RECOMMENDATION, Kind

from compiler.catalog.catalog import Catalog
from tests.examples.watched import Emitted, service_of, trace_of

SETTINGS = Settings(places=900, feature_latency=0.0, faults=True, fault_seconds=0.02, environment="development")
SERVICE = "recommendation-service"
ASKED = {
    "user_id": "person-who-is-secret",
    "location": {"latitude": 37.774912345, "longitude": -122.419412345},
    "radius_km": 5,
    "category": "cafe",
    "limit": 3,
}
Talk = Callable[[httpx.AsyncClient], Awaitable[list[httpx.Response]]]


def _app(emitted: Emitted, settings: Settings = SETTINGS) -> ASGIApp:
    return build(emitted.watch(SERVICE, SERVICE), settings)


def _talk(app: ASGIApp, talk: Talk) -> list[httpx.Response]:
    async def run() -> list[httpx.Response]:
        async with httpx.AsyncClient(transport=InProcess(app), base_url="http://service") as client:
            return await talk(client)

    return asyncio.run(run())


def _post(app: ASGIApp, path: str, content: object, headers: dict[str, str] | None = None) -> httpx.Response:
    async def talk(client: httpx.AsyncClient) -> list[httpx.Response]:
        return [await client.post(path, json=content, headers=headers)]

    return _talk(app, talk)[0]


@pytest.fixture
def app(emitted: Emitted) -> ASGIApp:
    return _app(emitted)


@pytest.mark.parametrize("kind", RECOMMENDATION, ids=lambda kind: kind.name)
def test_each_kind_of_traffic_leaves_the_spans_that_the_ledger_expects(
    kind: Kind, app: ASGIApp, emitted: Emitted, catalog: Catalog
) -> None:
    if kind.warm:
        _post(app, kind.path, kind.content(0))
        emitted.forget()
    answer = _post(app, kind.path, kind.content(0), dict(kind.headers))
    assert answer.status_code == kind.status
    assert set(emitted.spans) == set(kind.spans)
    assert {trace_of(span) for span in emitted.spans.values()} == {answer.headers[TRACE_HEADER]}
    (watched,) = (watched for watched in catalog if watched.name == SERVICE)
    declared = {span.name: span for span in watched.traces.spans}
    ids = {span.context.span_id: name for name, span in emitted.spans.items() if span.context}
    for name, span in emitted.spans.items():
        assert service_of(span) == declared[name].service
        assert (ids[span.parent.span_id] if span.parent else None) == declared[name].parent
        assert set(declared[name].attributes) <= set(span.attributes or {}), name
        assert not set(declared[name].withheld) & set(span.attributes or {}), name
    assert bool([span for span in emitted.spans.values() if not span.status.is_ok]) == (kind.status == 500)


def test_places_are_near_of_the_kind_asked_for_and_best_first(app: ASGIApp) -> None:
    places = _post(app, "/recommendations", ASKED).json()["places"]
    assert len(places) == 3
    assert {place["category"] for place in places} == {"cafe"}
    assert all(place["km"] <= 5 for place in places)
    scores = [place["score"] for place in places]
    assert scores == sorted(scores, reverse=True)


def test_the_cache_answers_the_same_to_the_same_and_not_to_another(app: ASGIApp) -> None:
    async def talk(client: httpx.AsyncClient) -> list[httpx.Response]:
        others = [ASKED, ASKED, {**ASKED, "user_id": "another"}, {**ASKED, "limit": 4}]
        answers = [await client.post("/recommendations", json=asked) for asked in others]
        return [*answers, await client.post("/recommendations", json=ASKED, headers={"cache-control": "no-cache"})]

    first, second, *others = (answer.json() for answer in _talk(app, talk))
    assert [first["cached"], second["cached"], *[other["cached"] for other in others]] == [False, True] + [False] * 3
    assert first["places"] == second["places"]


def test_the_line_is_the_documents_without_the_place(app: ASGIApp, emitted: Emitted) -> None:
    answer = _post(app, "/recommendations", ASKED)
    (line,) = emitted.lines
    logged = {
        name: line[name] for name in ("event", "category", "level", "num_results", "cache_hit", "location_region")
    }
    assert logged == {
        "event": "recommendation_request",
        "category": "business",
        "level": "INFO",
        "num_results": 3,
        "cache_hit": False,
        "location_region": "san_francisco",
    }
    assert line["trace_id"] == answer.headers[TRACE_HEADER]
    assert line["model"] == {"version": "1"}
    assert 0 < line["response_time_ms"] < 10_000
    assert line["user_id_hash"] not in ("", "person-who-is-secret")


def test_nobody_is_named_or_placed_in_spans_lines_or_metrics(app: ASGIApp, emitted: Emitted) -> None:
    _post(app, "/recommendations", ASKED)
    _post(app, "/recommendations", ASKED, {"x-example-fault": "error=ml_inference", "cache-control": "no-cache"})
    texts = [span.to_json() for each in emitted.exporters.values() for span in each.get_finished_spans()]
    texts += [emitted.watches[0].metrics.page("")[0].decode(), emitted.out.getvalue()]
    assert len(texts) == 10
    assert not [text for text in texts for secret in ("person-who-is-secret", "37.77", "122.41") if secret in text]


def test_metrics_are_those_of_the_document(app: ASGIApp, emitted: Emitted) -> None:
    _post(app, "/recommendations", ASKED)
    _post(app, "/recommendations", ASKED)
    _post(app, "/clicks", {"place_id": "place-00001"})
    values = _values(emitted)
    requests = [(name, value) for name, value in values.items() if name.startswith("recommendation_requests_total")]
    ((name, count),) = requests
    assert count == 2
    assert 'category="cafe"' in name
    assert 'location_region="san_francisco"' in name
    assert values["recommendation_latency_seconds_count"] == 2
    assert (
        values['recommendation_latency_seconds_bucket{le="0.01"}']
        <= values['recommendation_latency_seconds_bucket{le="10.0"}']
    )
    assert values["model_inference_duration_seconds_count"] == 1
    assert values["cache_hit_rate"] == 50
    assert values["recommendation_ctr"] == pytest.approx(1 / 6)
    assert {'feature_freshness_seconds{feature_type="place"}', 'feature_freshness_seconds{feature_type="user"}'} <= set(
        values
    )


@pytest.mark.parametrize(
    "wrong",
    [
        {"user_id": ""},
        {"location": {"latitude": 91, "longitude": 0}},
        {"location": {"latitude": "NaN", "longitude": 0}},
        {"radius_km": 0},
        {"radius_km": 51},
        {"category": "casino"},
        {"limit": 0},
    ],
)
def test_a_request_without_sense_is_refused_and_no_failure(
    wrong: dict[str, Any], app: ASGIApp, emitted: Emitted
) -> None:
    assert _post(app, "/recommendations", {**ASKED, **wrong}).status_code == 422
    assert all(span.status.is_ok for span in emitted.spans.values())


def test_without_a_model_requests_fail_and_say_why(emitted: Emitted, tmp_path: Path) -> None:
    app = _app(emitted, Settings(places=90, model=tmp_path / "none.json", environment="development"))
    answer = _post(app, "/recommendations", ASKED)
    assert answer.status_code == 500
    assert answer.json() == {"error": "no recommendations"}
    (line,) = emitted.lines
    assert (line["level"], line["error"]["type"]) == ("ERROR", "ModelError")
    assert _values(emitted)["recommendation_latency_seconds_count"] == 1


def test_a_cache_that_fails_costs_no_answer(emitted: Emitted) -> None:
    # Port 9 (discard) refuses: nothing listens there.
    app = _app(emitted, Settings(places=90, redis=("127.0.0.1", 9), environment="development"))
    assert _post(app, "/recommendations", ASKED).status_code == 200
    assert [line["event"] for line in emitted.lines] == ["cache_unavailable"] * 2 + ["recommendation_request"]


def _values(emitted: Emitted) -> dict[str, float]:
    lines = emitted.watches[0].metrics.page("")[0].decode().splitlines()
    parts = (line.rpartition(" ") for line in lines if not line.startswith("#"))
    return {name: float(value) for name, _, value in parts}
