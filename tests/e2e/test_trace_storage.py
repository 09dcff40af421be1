"""Jaeger's documents and queries, by its templates on a real OpenSearch: spans are stored, and found by each query.

No Jaeger can be had here. What it writes and asks is that of Jaeger 2.20, as its own tests record it:
internal/storage/v2/elasticsearch/tracestore/core/testdata.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from compiler.traces.storage import trace_templates
from tests.e2e.log_java import JAVA, java
from tests.e2e.log_search import OpenSearch

pytestmark = pytest.mark.e2e
SPANS, SERVICES = "traces-jaeger-span-2026-11-22", "traces-jaeger-service-2026-11-22"
START_MS = 1_795_305_600_000
ATTRIBUTES = ("tags", "process.tags", "logs.fields")


@pytest.fixture(scope="module")
def search(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenSearch]:
    if java(21) is None or not (JAVA / "opensearch").exists():
        pytest.skip("no Java 21 or no OpenSearch: `make pipelines log-servers`")
    node = OpenSearch(tmp_path_factory.mktemp("search"), heap="512m")
    for name, body in trace_templates().items():
        node.ask("PUT", f"/_index_template/{name}", body)
    write(node)
    yield node
    node.server.close()


def pair(key: str, value: object) -> dict[str, object]:
    return {"key": key, "type": "string", "value": value}


def span(trace: str, ident: str, service: str, name: str, millis: int, **more: Any) -> dict[str, Any]:
    """Return a span as Jaeger writes it: what is empty is null."""
    return {
        "traceID": trace,
        "spanID": ident,
        "operationName": name,
        "references": None,
        "startTime": START_MS * 1_000,
        "startTimeMillis": START_MS,
        "duration": millis * 1_000,
        "tags": None,
        "logs": None,
        "process": {"serviceName": service, "tags": [pair("k8s.pod.name", f"{service}-1")]},
        **more,
    }


def write(node: OpenSearch) -> None:
    """Store a fast trace, and a slow one whose second span failed with a message."""
    below = {"parentSpanID": "b1", "references": [{"refType": "CHILD_OF", "traceID": "b", "spanID": "b1"}]}
    failed = {
        "tags": [pair("error", value=True), pair("http.status_code", 503), pair("note", "x" * 40_000)],
        "logs": [{"timestamp": START_MS * 1_000, "fields": [pair("event", "retry")]}],
    }
    spans = [
        span("a", "a1", "api", "api.request", 20, tags=[pair("http.status_code", 200), pair("peer", "503")]),
        span("b", "b1", "api", "api.request", 900, unheard_of={"a": 1}),
        span("b", "b2", "llm", "llm.generate", 800, **below, **failed),
    ]
    lines = [json.dumps(part) for each in spans for part in ({"index": {"_index": SPANS}}, each)]
    for each in spans:
        named = {"serviceName": each["process"]["serviceName"], "operationName": each["operationName"]}
        ident = f"{named['serviceName']}-{named['operationName']}"
        lines += [json.dumps({"index": {"_index": SERVICES, "_id": ident}}), json.dumps(named)]
    answer = node.ask("POST", "/_bulk?refresh=true", ("\n".join(lines) + "\n").encode())
    assert not answer["errors"], answer


def traces(node: OpenSearch, *conditions: dict[str, Any]) -> list[str]:
    """Return the ids of the traces that Jaeger would show."""
    order = {"startTime": {"max": {"field": "startTime"}}}
    ids = {"terms": {"field": "traceID", "size": 20, "order": [{"startTime": "desc"}]}, "aggregations": order}
    body = {"size": 0, "query": {"bool": {"must": list(conditions)}}, "aggregations": {"traceIDs": ids}}
    # By the days that it looks back, of which most have no index.
    found = node.ask("POST", f"/{SPANS},traces-jaeger-span-2026-11-21/_search?ignore_unavailable=true", body)
    return sorted(bucket["key"] for bucket in found["aggregations"]["traceIDs"]["buckets"])


def attribute(key: str, value: str) -> dict[str, Any]:
    """Return the query for an attribute: of the span, its process or its events."""

    def of(path: str) -> dict[str, Any]:
        both = [{"match": {f"{path}.key": {"query": key}}}, {"regexp": {f"{path}.value": {"value": value}}}]
        return {"nested": {"path": path, "query": {"bool": {"must": both}}}}

    flat = {"bool": {"must": {"regexp": {f"tag.{key}": {"value": value}}}}}
    return {"bool": {"should": [flat, *(of(path) for path in ATTRIBUTES)]}}


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ({"match": {"process.serviceName": {"query": "llm"}}}, ["b"]),
        ({"match": {"operationName": {"query": "api.request"}}}, ["a", "b"]),
        ({"range": {"duration": {"gte": 200_000}}}, ["b"]),
        ({"range": {"startTimeMillis": {"gte": START_MS, "lte": START_MS + 1}}}, ["a", "b"]),
        ({"range": {"startTimeMillis": {"gte": START_MS + 1}}}, []),
        (attribute("error", "true"), ["b"]),
        (attribute("http.status_code", "200"), ["a"]),
        # A key is found with its own value, not with that of another attribute.
        (attribute("http.status_code", "503"), ["b"]),
        (attribute("k8s.pod.name", "api-.*"), ["a", "b"]),
        (attribute("event", "retry"), ["b"]),
    ],
)
def test_a_trace_is_found_by_each_question(search: OpenSearch, condition: dict[str, Any], expected: list[str]) -> None:
    assert traces(search, condition) == expected


def test_a_trace_is_whole_and_as_it_was_sent(search: OpenSearch) -> None:
    body = {"query": {"term": {"traceID": "b"}}, "sort": [{"duration": "desc"}]}
    root, below = (hit["_source"] for hit in search.ask("POST", f"/{SPANS}/_search", body)["hits"]["hits"])
    assert (root["spanID"], below["parentSpanID"], below["references"][0]["spanID"]) == ("b1", "b1", "b1")
    # What is too long to be searched, or in no mapping, is kept all the same.
    assert len(below["tags"][2]["value"]) == 40_000
    assert root["unheard_of"] == {"a": 1}


def test_roots_are_known_by_having_no_parent(search: OpenSearch) -> None:
    body = {"query": {"bool": {"must_not": {"exists": {"field": "parentSpanID"}}}}}
    assert sorted(
        hit["_source"]["spanID"] for hit in search.ask("POST", f"/{SPANS}/_search", body)["hits"]["hits"]
    ) == [*("a1", "b1")]


def test_services_and_their_operations_are_listed(search: OpenSearch) -> None:
    def listed(field: str, **query: Any) -> list[str]:
        body = {"size": 0, "aggregations": {"found": {"terms": {"field": field, "size": 10}}}, **query}
        found = search.ask("POST", f"/{SERVICES}/_search", body)["aggregations"]["found"]["buckets"]
        return sorted(bucket["key"] for bucket in found)

    assert listed("serviceName") == ["api", "llm"]
    assert listed("operationName", query={"term": {"serviceName": "llm"}}) == ["llm.generate"]


def test_an_index_has_as_many_copies_as_there_are_nodes_for(search: OpenSearch) -> None:
    settings = search.ask("GET", f"/{SPANS}/_settings")[SPANS]["settings"]["index"]
    assert (settings["number_of_replicas"], settings["codec"]) == ("0", "best_compression")
    assert search.ask("GET", f"/_cluster/health/{SPANS}")["status"] == "green"
