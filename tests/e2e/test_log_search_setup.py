"""The search domain's set-up on a real OpenSearch by the same function: lines are stored and found."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.credentials import Credentials

from compiler.catalog.catalog import Catalog
from compiler.logs.streams import Stream, all_streams
from compiler.search.domain import PLACEHOLDERS, documents
from compiler.target import Target
from lambdas.search_setup.client import Domain
from lambdas.search_setup.handler import apply, filled
from tests.compiler.logs.test_stored import example
from tests.e2e.log_java import JAVA, java
from tests.e2e.log_search import OpenSearch

pytestmark = pytest.mark.e2e
DAY = "2026.11.22"
TAKEN = ("/_index_template/",)
"""What the node has: no plug-in for policies or security is in it, no bucket and no Dashboards beside it."""


@pytest.fixture(scope="module")
def search(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenSearch]:
    if java(21) is None or not (JAVA / "opensearch").exists():
        pytest.skip("no Java 21 or no OpenSearch: `make pipelines log-servers`")
    node = OpenSearch(tmp_path_factory.mktemp("search"), heap="512m")
    yield node
    node.server.close()


@pytest.fixture(scope="module")
def requests(catalog: Catalog, target: Target) -> list[dict[str, Any]]:
    text = json.dumps(documents(catalog, target))
    return [dict(each) for each in filled(text, dict.fromkeys(PLACEHOLDERS, "arn:aws:iam::123456789012:role/any"))]


@pytest.fixture(scope="module")
def ready(search: OpenSearch, requests: list[dict[str, Any]]) -> OpenSearch:
    """Return the node with everything that it can take."""
    mine = [each for each in requests if each["path"].startswith(TAKEN)]
    rest = sorted(
        {each["path"].rsplit("/", 1)[0] for each in requests} - {each["path"].rsplit("/", 1)[0] for each in mine}
    )
    print(f"applied {len(mine)} of {len(requests)} documents; what this node has no part for: {', '.join(rest)}")
    keys = Credentials("AKIDEXAMPLE", "wJalrXUtnFEMI-EXAMPLE")
    domain = Domain(f"http://{search.address}", "us-east-1", lambda: keys)
    # Twice: every deployment puts all of them again.
    for _ in range(2):
        assert apply(domain, mine) == {"applied": len(mine)}
    return search


@pytest.fixture(scope="module")
def lines(ready: OpenSearch, catalog: Catalog) -> dict[str, list[str]]:
    """Return a stored document of each service of each stream; return their ids by service."""
    stored: dict[str, list[str]] = {}
    for stream in all_streams(catalog):
        for n, service in enumerate(sorted(stream.declared.services)):
            ident = f"{stream.name}-{n}"
            put(ready, stream, ident, example(stream, catalog) | {"service": service})
            stored.setdefault("restricted" if stream.declared.restricted else service, []).append(ident)
    ready.ask("POST", "/_refresh")
    return stored


def put(search: OpenSearch, stream: Stream, ident: str, document: dict[str, Any]) -> None:
    search.ask("PUT", f"/{stream.index}-{DAY}/_doc/{ident}", document)


def found(search: OpenSearch, pattern: str, query: str = "*") -> list[str]:
    body = {"size": 1_000, "query": {"query_string": {"query": query}}}
    hits = search.ask("POST", f"/{pattern}/_search", body)["hits"]["hits"]
    return sorted(hit["_id"] for hit in hits)


def test_each_service_is_found_by_the_documents_own_pattern(ready: OpenSearch, lines: dict[str, list[str]]) -> None:
    services = [name for name in lines if name != "restricted"]
    assert len(services) > 10
    for service in services:
        # A workload of the same name has its own indices under that pattern: every line of them, and of it, is there.
        assert set(found(ready, f"logs-{service}-*")) >= set(lines[service])
        assert found(ready, f"logs-{service}-all") == sorted(lines[service])
    assert found(ready, "recommendations-*") == sorted(lines["recommendation-service"])


def test_what_is_restricted_is_in_its_own_index_alone(ready: OpenSearch, lines: dict[str, list[str]]) -> None:
    assert found(ready, "restricted-*") == sorted(lines["restricted"])
    assert not set(found(ready, "*-all,logs-*")) & set(lines["restricted"])


def test_a_pattern_that_fits_indices_and_aliases_hides_nothing(
    ready: OpenSearch, lines: dict[str, list[str]], catalog: Catalog
) -> None:
    everything = sorted(ident for name, idents in lines.items() if name != "restricted" for ident in idents)
    assert found(ready, "logs-*") == everything
    for workload in {stream.workload for stream in all_streams(catalog)}:
        mine = [ident for ident in everything if ident.startswith(f"{workload}-")]
        assert found(ready, f"logs-{workload}-*") == mine


def test_an_index_is_as_its_template_says(ready: OpenSearch, lines: dict[str, list[str]]) -> None:
    assert lines
    settings = ready.ask("GET", f"/logs-personalization-7d-{DAY}/_settings")[f"logs-personalization-7d-{DAY}"][
        "settings"
    ]
    index = settings["index"]
    assert (index["codec"], index["refresh_interval"], index["number_of_shards"]) == ("best_compression", "10s", "5")
    # One node holds one copy, and nothing waits for a second.
    assert index["number_of_replicas"] == "0"
    assert ready.ask("GET", "/_cluster/health")["status"] == "green"


def test_fields_are_searched_by_their_types(ready: OpenSearch, lines: dict[str, list[str]]) -> None:
    assert lines
    pattern = "logs-personalization-*"
    everything = found(ready, pattern)
    for query in (
        "timestamp:[2026-11-22T17:00:00Z TO 2026-11-22T19:00:00Z]",
        "received_at:[2026-11-22 TO 2026-11-22]",
        "level:WARN",
        "tags:error AND message:TEXT",
        "metrics.latency_ms:[1.4 TO 1.6]",
    ):
        assert found(ready, pattern, query) == everything, query
    assert found(ready, pattern, "level:warn") == []
    assert found(ready, "restricted-*", "context.ip:192.0.2.0\\/24") == lines["restricted"]


def test_the_saved_searches_find_what_they_are_called_after(
    ready: OpenSearch, requests: list[dict[str, Any]], catalog: Catalog
) -> None:
    (stream,) = (each for each in all_streams(catalog) if each.name == "recsys-saas-application")
    plain = example(stream, catalog) | {"level": "INFO", "latency_ms": 45, "status_code": 200}
    changes: dict[str, dict[str, Any]] = {
        "recsys-saas-errors-in-last-hour": {"level": "FATAL", "@timestamp": _now()},
        "recsys-saas-slow-requests": {"latency_ms": 1_001},
        "recsys-saas-failed-login-attempts": {"endpoint": "/api/v1/auth/login", "status_code": 401},
        "recsys-saas-tenant-specific-logs": {"tenant_id": "tenant_001", "level": "ERROR"},
    }
    put(ready, stream, "plain", plain)
    for name, change in changes.items():
        put(ready, stream, name, plain | change)
    ready.ask("POST", "/_refresh")
    (saved,) = (each["body"] for each in requests if "saved_objects" in each["path"])
    searches = {each["id"]: each["attributes"] for each in saved if each["type"] == "search"}
    assert set(searches) == set(changes)
    for name, attributes in searches.items():
        source = json.loads(attributes["kibanaSavedObjectMeta"]["searchSourceJSON"])
        hits = set(found(ready, "logs-recsys-saas-*", source["query"]["query"]))
        assert hits & {"plain", *changes} == {name}
    for name in ("plain", *changes):
        ready.ask("DELETE", f"/{stream.index}-{DAY}/_doc/{name}?refresh=true")


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def test_no_value_that_the_job_may_store_is_refused(ready: OpenSearch, catalog: Catalog) -> None:
    longest = "\U0001f600" * (catalog.log_schema.limits.string_chars // 2)
    for stream in all_streams(catalog):
        document = example(stream, catalog) | {"instance": longest, "message": longest, "joined_at_noon": {"a": 1}}
        put(ready, stream, f"{stream.name}-odd", document | {"dropped_fields": "many"})
    ready.ask("POST", "/_refresh")
    assert "personalization-edge-odd" in found(ready, "logs-personalization-*", "level:WARN")
    assert found(ready, "logs-*", "joined_at_noon.a:1") == []
    for stream in all_streams(catalog):
        ready.ask("DELETE", f"/{stream.index}-{DAY}/_doc/{stream.name}-odd?refresh=true")
