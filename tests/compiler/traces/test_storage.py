"""Traces in OpenSearch: one template fits each of Jaeger's indices, one policy deletes them."""

from __future__ import annotations

import json
from fnmatch import fnmatch
from typing import Any

import pytest

from compiler.artefacts import compile_artefacts
from compiler.catalog.catalog import Catalog
from compiler.search.access import role_mappings, roles
from compiler.target import Target
from compiler.traces.jaeger import jaeger

# A document of Jaeger's; source: jaegertracing/jaeger v2.20.0, tracestore/core/dbmodel/model.go.
SPAN: dict[str, Any] = {
    "traceID": "0123456789abcdef0123456789abcdef",
    "spanID": "0123456789abcdef",
    "parentSpanID": "",
    "flags": 1,
    "operationName": "offers.select",
    "references": [{"refType": "CHILD_OF", "traceID": "0", "spanID": "1"}],
    "startTime": 1_795_000_000_000_000,
    "startTimeMillis": 1_795_000_000_000,
    "duration": 5_000,
    "tags": [{"key": "http.method", "type": "string", "value": "GET"}],
    "logs": [{"timestamp": 1, "fields": [{"key": "event", "type": "string", "value": "retry"}]}],
    "process": {"serviceName": "offers", "tags": [{"key": "k8s.pod.name", "type": "string", "value": "a"}]},
    "scopeTags": [{"key": "a", "type": "string", "value": "b"}],
}


@pytest.fixture(scope="module")
def artefacts(catalog: Catalog, target: Target) -> dict[str, Any]:
    found = compile_artefacts(catalog, target)
    return {path: json.loads(text) for path, text in found.items() if path.startswith("opensearch/")}


@pytest.fixture(scope="module")
def indices(catalog: Catalog) -> list[str]:
    """Return the names of Jaeger's indices; source: elasticsearch/config, IndexPrefix.Apply and SpanIndexName."""
    configuration: Any = jaeger(catalog)
    (backend,) = configuration["extensions"]["jaeger_storage"]["backends"].values()
    prefix = backend["opensearch"]["indices"]["index_prefix"]
    return [f"{prefix}-jaeger-{kind}-2026-11-22" for kind in ("span", "service")]


def fitting(artefacts: dict[str, Any], folder: str, index: str) -> list[dict[str, Any]]:
    found = [body for path, body in artefacts.items() if path.startswith(f"opensearch/{folder}/")]
    return [each for each in found if any(fnmatch(index, pattern) for pattern in patterns(each))]


def patterns(body: dict[str, Any]) -> list[str]:
    policy = body.get("policy")
    return list(policy["ism_template"][0]["index_patterns"] if policy else body["index_patterns"])


def test_one_template_and_one_policy_fit_each_index(artefacts: dict[str, Any], indices: list[str]) -> None:
    for index in indices:
        assert len(fitting(artefacts, "index-templates", index)) == 1
        assert len(fitting(artefacts, "ism", index)) == 1


def test_an_index_goes_a_day_after_its_last_span_is_as_old_as_it_may_get(
    catalog: Catalog, artefacts: dict[str, Any], indices: list[str]
) -> None:
    days = catalog.retention.classes["traces"].hot_days or 0
    (policy,) = fitting(artefacts, "ism", indices[0])
    moves = [move for state in policy["policy"]["states"] for move in state["transitions"]]
    assert [move["conditions"]["min_index_age"] for move in moves if move["state_name"] == "delete"] == [f"{days + 1}d"]


def test_every_field_of_a_span_is_in_the_mapping(artefacts: dict[str, Any], indices: list[str]) -> None:
    (template,) = fitting(artefacts, "index-templates", indices[0])
    mappings = template["template"]["mappings"]
    assert mappings["dynamic"] is False
    assert missing(SPAN, mappings["properties"]) == []
    # What is asked together must be of the same attribute.
    assert {mappings["properties"][name]["type"] for name in ("tags", "logs", "references")} == {"nested"}


def missing(document: dict[str, Any], properties: dict[str, Any], path: str = "") -> list[str]:
    found: list[str] = []
    for key, value in document.items():
        here = properties.get(key)
        if here is None:
            found.append(f"{path}{key}")
            continue
        below = value[0] if isinstance(value, list) else value
        if isinstance(below, dict):
            found += missing(below, here["properties"], f"{path}{key}.")
    return found


def test_jaeger_writes_and_reads_traces_and_sees_no_line(indices: list[str]) -> None:
    found: Any = roles()
    (rights,) = found["trace_keeper"]["index_permissions"]
    assert all(any(fnmatch(index, pattern) for pattern in rights["index_patterns"]) for index in indices)
    assert not any(fnmatch("logs-shop-7d-2026.11.22", pattern) for pattern in rights["index_patterns"])
    assert {"read", "indices:data/write/index"} <= set(rights["allowed_actions"])
    assert not [action for action in rights["allowed_actions"] if "delete" in action or action == "*"]
    mapped: Any = role_mappings()
    assert mapped["trace_keeper"]["backend_roles"] == ["${tracer_role}"]


def test_who_reads_lines_reads_no_traces(indices: list[str]) -> None:
    found: Any = roles()
    for name in ("log_reader", "log_writer", "security_reader"):
        for pattern in found[name]["index_permissions"][0]["index_patterns"]:
            assert not any(fnmatch(index, pattern) for index in indices), (name, pattern)
