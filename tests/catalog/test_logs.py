"""The documents' own log lines, tables and lists, written down by reading them, against the catalog."""

import re
from collections.abc import Iterator
from time import process_time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compiler.catalog.catalog import Catalog
from compiler.logs.check import forbids
from compiler.logs.streams import Stream, all_streams
from tests.workloads import project_catalog

# Each document's own example, and the stream that takes it.
LINES: dict[str, dict[str, Any]] = {
    "personalization-application": {
        "timestamp": "2026-01-29T10:30:00.123Z",
        "level": "INFO",
        "service": "personalization-api",
        "instance": "api-pod-xyz",
        "trace_id": "abc123",
        "span_id": "def456",
        "user_id_hash": "sha256:...",
        "request_id": "req-789",
        "event": "personalization_complete",
        "metrics": {
            "latency_ms": 45,
            "candidates_retrieved": 500,
            "candidates_ranked": 100,
            "tier": "edge",
            "cache_hit": True,
        },
        "context": {"device": "mobile", "geo": "us-west", "page_type": "home"},
    },
    "bighead-feature-api": {
        "timestamp": "2024-01-15T10:30:00.123Z",
        "level": "INFO",
        "service": "feature-api",
        "instance": "feature-api-pod-abc123",
        "trace_id": "abc123def456",
        "span_id": "span789",
        "message": "Feature lookup completed",
        "context": {
            "namespace": "search",
            "feature_group": "user_booking_features",
            "entity_count": 100,
            "latency_ms": 5,
            "cache_hit_rate": 0.75,
        },
    },
    "recsys-saas-application": {
        "timestamp": "2025-01-07T10:30:45.123Z",
        "level": "INFO",
        "service": "backend-api",
        "trace_id": "abc123def456",
        "span_id": "xyz789",
        "tenant_id": "tenant_001",
        "user_id": "user_456",
        "endpoint": "/api/v1/recommendations",
        "method": "POST",
        "status_code": 200,
        "latency_ms": 45,
        "message": "Request processed successfully",
        "context": {"user_agent": "Mozilla/5.0...", "ip_address": "192.168.1.1", "api_key_id": "key_789"},
    },
    "recommendation-service-application": {
        "event": "recommendation_request",
        "level": "info",
        "logger": "api",
        "timestamp": "2026-01-29T10:30:00.123456Z",
        "correlation_id": 170141183460469231731687303715884105727,
        "user_id": 12345,
        "location": {"lat": 37.7749, "lng": -122.4194},
        "num_results": 10,
        "response_time_ms": 85,
        "cache_hit": True,
    },
    "engagement-prediction-application": {
        "timestamp": "2025-10-21T10:30:00Z",
        "level": "INFO",
        "service": "engagement-predictor",
        "function": "predict",
        "customer_id": "hashed_12345",
        "model_version": "v1.0",
        "prediction": 0.73,
        "latency_ms": 45,
        "request_id": "abc-123",
        "trace_id": "xyz-789",
    },
}
LEVELS = {
    "personalization": ("ERROR", "WARN", "INFO", "DEBUG", "TRACE"),
    "bighead": ("ERROR", "WARN", "INFO", "DEBUG"),
    "recommendation-service": ("DEBUG", "INFO", "WARN", "ERROR", "FATAL"),
    "engagement-prediction": ("DEBUG", "INFO", "WARN", "ERROR", "CRITICAL"),
}
# Each row of a document's "do not log", with a key under which such a thing is logged.
NOT_LOGGED = [
    ("personalization-application", "Actual recommendations (privacy)", "recommendations"),
    ("personalization-application", "API keys or tokens", "api_key"),
    ("personalization-application", "Full embedding vectors", "user_embedding"),
    ("personalization-application", "PII or sensitive data", "email"),
    ("bighead-feature-api", "Entity IDs", "entity_ids"),
    ("bighead-feature-api", "feature values", "feature_values"),
    ("bighead-deep-thought", "Prediction inputs/outputs", "inputs"),
    ("bighead-deep-thought", "Prediction inputs/outputs", "outputs"),
    ("bighead-ml-automator", "Training data", "training_data"),
    ("bighead-log-ins", "Auth: passwords, tokens", "password"),
    ("bighead-log-ins", "Auth: passwords, tokens", "session_token"),
]
# Hot days and cold days: one document gives both, one gives one figure a service, two give none.
KEPT = {
    "personalization-application": (7, 90),
    "bighead-feature-api": (14, 14),
    "bighead-deep-thought": (14, 14),
    "bighead-ml-automator": (30, 30),
    "bighead-zipline-batch": (7, 7),
    "bighead-zipline-stream": (7, 7),
    "recsys-saas-application": (14, 90),
    "recommendation-service-application": (14, 90),
    "engagement-prediction-application": (90, 7 * 365),
}
SECRETS = {
    "email": "ada.lovelace+ml@mail.example.co.uk",
    "ipv4": "203.0.113.7",
    "ipv6": "2001:db8::8a2e:370:7334",
    "card": "4111 1111 1111 1111",
    "jwt": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U",
    "bearer": "Bearer mF_9.B5f-4.1JqM",
    "authorization": "Authorization: Basic dXNlcjpwYXNz",
    "url-credentials": "https://ada:s3cret@db",
    "assigned-secret": 'api_key="q9Zk2"',
    "aws-key-id": "AKIAIOSFODNN7EXAMPLE",
    "github-token": "ghp_16C7e42F292c6912E7710c838347Ae178B4a",
    "slack-token": "xoxb-2345678901-abcdefghij",
    "slack-webhook": "hooks.slack.com/services/T000/B000/XXXXXXXXXXXX",
    "pagerduty-key": "R0123456789ABCDEFGHIJKLMNOPQRSTU",
    "private-key": "-----BEGIN RSA PRIVATE KEY-----\nMIIBOgIBAAJBAK==\n-----END RSA PRIVATE KEY-----",
}
HARMLESS = [
    "Feature lookup completed in 5 ms for 100 entities",
    "GET /api/v1/recommendations 200 45ms",
    "trace 4bf92f3577b34da6a3ce929d0e0e4736 span 00f067aa0ba902b7",
    "2026-01-29T10:30:00.123Z retry 3 of 5 at 10:30:45",
    "model v1.0 used 512 tokens, tokens: many",
    "std::vector in torch::nn::Module, score 0.123456789012",
    'File "/srv/app/rank.py", line 45, in rank',
]
PATTERNS = [
    (each.name, re.compile(each.expression), each.replacement) for each in project_catalog().log_schema.patterns
]
# Around a secret stands what does not belong to any: a word's characters might lengthen or hide one.
around = st.text(st.sampled_from(" \t\n\"'<>(),;{}|"), min_size=1, max_size=12)


def stream(catalog: Catalog, name: str) -> Stream:
    return next(each for each in all_streams(catalog) if each.name == name)


def paths(value: dict[str, Any], above: str = "") -> Iterator[str]:
    for key, below in value.items():
        if isinstance(below, dict):
            yield from paths(below, f"{above}{key}.")
        else:
            yield above + key


def mask(text: str) -> str:
    for _, expression, replacement in PATTERNS:
        text = expression.sub(replacement, text)
    return text


@pytest.mark.parametrize("name", LINES)
def test_every_name_in_a_documents_own_line_is_known(catalog: Catalog, name: str) -> None:
    found = stream(catalog, name)
    known = {*found.known(catalog.log_schema.record), *found.aliases}
    assert set(paths(LINES[name])) <= known


@pytest.mark.parametrize("name", LINES)
def test_a_documents_own_line_comes_from_a_known_service(catalog: Catalog, name: str) -> None:
    declared = stream(catalog, name).declared
    assert LINES[name].get("service", declared.default_service) in declared.services


@pytest.mark.parametrize("workload", LEVELS)
def test_every_level_of_a_document_is_known(catalog: Catalog, workload: str) -> None:
    assert set(LEVELS[workload]) <= set(catalog.log_schema.levels)


@pytest.mark.parametrize(("name", "row", "key"), NOT_LOGGED)
def test_what_a_document_forbids_is_forbidden(catalog: Catalog, name: str, row: str, key: str) -> None:
    found = stream(catalog, name)
    assert row in [each.what for each in found.do_not_log]
    assert any(forbids(each, key) for each in (*catalog.log_schema.forbidden, *found.forbidden))


def test_ids_are_hashed_where_a_document_wants_that_and_removed_where_it_wants_that(catalog: Catalog) -> None:
    record = catalog.log_schema.record
    for name in ("personalization-application", "recommendation-service-application"):
        assert stream(catalog, name).known(record)["user_id"].treat == "hash"
    assert stream(catalog, "engagement-prediction-application").known(record)["customer_id"].treat == "hash"
    assert stream(catalog, "recsys-saas-application").known(record)["user_id"].treat == "drop"


@pytest.mark.parametrize("name", KEPT)
def test_lines_are_kept_as_their_document_says(catalog: Catalog, name: str) -> None:
    found = stream(catalog, name)
    assert (found.hot_days, found.retention.archive_days) == KEPT[name]


def test_the_log_groups_stay_as_long_as_their_document_says(catalog: Catalog) -> None:
    kept = catalog.retention.classes["engagement-prediction"]
    assert (kept.cloudwatch_days, kept.standard_days, kept.glacier_days) == (90, 365, 2555)


def test_the_categories_are_the_documents(catalog: Catalog) -> None:
    assert [*catalog.log_schema.categories] == ["business", "performance", "security", "infrastructure", "ml"]
    found = stream(catalog, "recommendation-service-application").declared
    assert found.categories["recommendation_request"] == "business"


@pytest.mark.parametrize("kind", SECRETS)
def test_a_secret_is_masked_by_its_own_pattern(kind: str) -> None:
    (expression,) = [each for name, each, _ in PATTERNS if name == kind]
    assert expression.search(SECRETS[kind])


def test_every_pattern_has_its_secret() -> None:
    assert {name for name, _, _ in PATTERNS} == set(SECRETS)


@given(st.sampled_from(sorted(SECRETS)), around, around)
def test_a_secret_is_masked_wherever_it_stands(kind: str, before: str, after: str) -> None:
    masked = mask(f"{before}{SECRETS[kind]}{after}")
    words = [word for word in re.split(r"[^A-Za-z0-9]+", SECRETS[kind]) if len(word) > 5]
    hidden = [word for word in words if word.lower() not in ("bearer", "authorization", "services", "private")]
    assert "[" in masked
    assert not [word for word in hidden if word in masked and word not in ("secret",)], masked


@given(st.ip_addresses(v=4), around, around)
def test_every_ipv4_address_is_masked(address: object, before: str, after: str) -> None:
    assert mask(f"{before}{address}{after}") == f"{before}[ip]{after}"


@given(st.ip_addresses(v=6), around, around)
def test_every_global_ipv6_address_is_masked(address: Any, before: str, after: str) -> None:
    if int(address) >> 96:
        assert mask(f"{before}{address}{after}") == f"{before}[ip]{after}"


@pytest.mark.parametrize("line", HARMLESS)
def test_an_ordinary_line_stays_as_it_is(line: str) -> None:
    assert mask(line) == line


@pytest.mark.parametrize(("name", "expression", "_"), PATTERNS, ids=[name for name, _, _ in PATTERNS])
def test_no_line_keeps_a_pattern_busy(catalog: Catalog, name: str, expression: re.Pattern[str], _: str) -> None:
    longest = catalog.log_schema.limits.string_chars
    pieces = [*SECRETS.values(), *(SECRETS[name][:n] for n in range(1, 12)), "a", "1", "a.", "1.", "f:", "a@", "://a:"]
    for piece in pieces:
        began = process_time()
        expression.sub("", (piece * longest)[:longest])
        # Linear ones take milliseconds; one that looks again from every place would take minutes.
        assert process_time() - began < 2, piece
