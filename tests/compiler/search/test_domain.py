"""The domain's set-up requests: their order, their placeholders, and their artefacts."""

import json
from dataclasses import replace
from fnmatch import fnmatch
from string import Template
from typing import Any

import pytest

from compiler.artefacts import compile_artefacts
from compiler.catalog.catalog import Catalog
from compiler.logs.streams import all_streams
from compiler.logs.templates import searched_fields
from compiler.search.access import role_mappings, roles
from compiler.search.domain import PLACEHOLDERS, documents
from compiler.target import Target

VALUES = {name: f"<{name}>" for name in PLACEHOLDERS}


@pytest.fixture(scope="module")
def requests(catalog: Catalog, target: Target) -> list[dict[str, Any]]:
    """Return the documents as the function sends them."""
    filled: list[dict[str, Any]] = json.loads(Template(json.dumps(documents(catalog, target))).substitute(VALUES))
    return filled


def test_placeholders_are_those_that_are_told(catalog: Catalog, target: Target) -> None:
    text = json.dumps(documents(catalog, target))
    assert set(Template(text).get_identifiers()) == PLACEHOLDERS


def test_what_is_filled_in_is_what_the_artefacts_show(
    catalog: Catalog, target: Target, requests: list[dict[str, Any]]
) -> None:
    artefacts = compile_artefacts(catalog, target)
    sent = {
        request["path"].rsplit("/", 1)[1]: request for request in requests if "/_index_template/" in request["path"]
    }
    for name, request in sent.items():
        assert json.loads(artefacts[f"opensearch/index-templates/{name}.json"]) == request["body"]
    (saved,) = (request["body"] for request in requests if "saved_objects" in request["path"])
    for each in saved:
        folder = "saved-queries" if each["type"] == "search" else "index-patterns"
        assert json.loads(artefacts[f"opensearch/{folder}/{each['id']}.json"]) == each


def test_roles_stand_before_those_who_have_them_and_templates_before_lines(requests: list[dict[str, Any]]) -> None:
    kinds = ("/roles/", "/rolesmapping/", "/_snapshot/", "/_ism/", "/_sm/", "/_index_template/", "saved_objects")
    order = [next(n for n, kind in enumerate(kinds) if kind in request["path"]) for request in requests]
    assert order == sorted(order)
    assert set(order) == set(range(len(kinds)))


def test_only_policies_have_versions(requests: list[dict[str, Any]]) -> None:
    for request in requests:
        assert request.get("versioned", False) == ("/_ism/" in request["path"] or "/_sm/" in request["path"])
        assert request.get("create") == ("POST" if "/_sm/" in request["path"] else None)
    (saved,) = (request for request in requests if "saved_objects" in request["path"])
    assert (saved["method"], saved["headers"]["osd-xsrf"]) == ("POST", "true")


def test_a_dollar_of_the_catalog_stays_one(catalog: Catalog, target: Target) -> None:
    changed = []
    for watched in catalog:
        searches = tuple(each.model_copy(update={"query": "message:${user} OR $$"}) for each in watched.logs.searches)
        changed.append(replace(watched, logs=watched.logs.model_copy(update={"searches": searches})))
    found = documents(replace(catalog, workloads=tuple(changed)), target)
    filled: Any = json.loads(Template(json.dumps(found)).substitute(VALUES))
    source = json.loads(filled[-1]["body"][-1]["attributes"]["kibanaSavedObjectMeta"]["searchSourceJSON"])
    assert source["query"]["query"] == "message:${user} OR $$"


def test_the_job_writes_lines_and_reads_none(catalog: Catalog) -> None:
    writer: Any = roles()["log_writer"]
    (rights,) = writer["index_permissions"]
    for stream in all_streams(catalog):
        assert any(fnmatch(f"{stream.index}-2026.11.22", pattern) for pattern in rights["index_patterns"])
    assert not [
        action for action in rights["allowed_actions"] if "read" in action or "delete" in action or action == "*"
    ]
    assert not any(fnmatch(".opendistro_security", pattern) for pattern in rights["index_patterns"])


def test_readers_see_open_or_restricted_indices_never_both(catalog: Catalog) -> None:
    found: Any = roles()
    for stream in all_streams(catalog):
        today = f"{stream.index}-2026.11.22"
        readers = {
            name
            for name in ("log_reader", "security_reader")
            if any(fnmatch(today, pattern) for pattern in found[name]["index_permissions"][0]["index_patterns"])
        }
        assert readers == {"security_reader" if stream.declared.restricted else "log_reader"}
    assert found["log_reader"]["tenant_permissions"][0]["allowed_actions"] == ["kibana_all_read"]


def test_only_the_security_role_has_what_is_restricted() -> None:
    mapped: Any = role_mappings()
    assert mapped["security_reader"]["backend_roles"] == ["${security_role}"]
    assert mapped["log_writer"]["backend_roles"] == ["${writer_role}"]
    assert set(roles()) <= set(mapped)


def test_the_four_searches_of_the_document_ask_for_fields_that_are_there(
    catalog: Catalog, requests: list[dict[str, Any]]
) -> None:
    (saved,) = (request["body"] for request in requests if "saved_objects" in request["path"])
    searches = {each["id"]: each for each in saved if each["type"] == "search"}
    patterns = {each["id"]: each["attributes"]["title"] for each in saved if each["type"] == "index-pattern"}
    queries = {
        name: json.loads(each["attributes"]["kibanaSavedObjectMeta"]["searchSourceJSON"])["query"]
        for name, each in searches.items()
    }
    assert queries == {
        "library-errors-in-last-hour": {
            "language": "lucene",
            "query": "level:(ERROR OR FATAL) AND @timestamp:[now-1h TO now]",
        },
        "library-slow-requests": {"language": "lucene", "query": "latency_ms:>1000"},
        "library-failed-login-attempts": {
            "language": "lucene",
            "query": 'endpoint:"/api/v1/auth/login" AND status_code:401',
        },
        "library-tenant-specific-logs": {
            "language": "lucene",
            "query": 'tenant_id:"tenant_001" AND level:(ERROR OR FATAL)',
        },
    }
    known = searched_fields(all_streams(catalog), catalog.log_schema)
    for each in searches.values():
        assert set(each["attributes"]["columns"]) <= set(known)
        (reference,) = each["references"]
        assert patterns[reference["id"]] == "logs-library-*"


def test_there_is_a_pattern_for_all_for_each_workload_and_for_the_restricted(
    catalog: Catalog, requests: list[dict[str, Any]]
) -> None:
    (saved,) = (request["body"] for request in requests if "saved_objects" in request["path"])
    titles = {each["attributes"]["title"] for each in saved if each["type"] == "index-pattern"}
    assert titles == {"logs-*", "restricted-*"} | {f"logs-{each.workload}-*" for each in all_streams(catalog)}
    for stream in all_streams(catalog):
        assert any(fnmatch(f"{stream.index}-2026.11.22", title) for title in titles - {"logs-*"})
