"""The schema of stored documents: a document of each stream is accepted, and nothing that should not be stored is."""

from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from compiler.catalog.catalog import Catalog
from compiler.logs.stored import document_schema, hashes, stored_fields
from compiler.logs.streams import Stream, all_streams

NOW = "2026-11-22T18:00:00.000Z"
EXAMPLES: dict[str, Any] = {
    "level": "WARN",
    "number": 1.5,
    "integer": 3,
    "boolean": True,
    "array": ["a"],
    "object": {},
    "ip": "192.0.2.1",
}


def put(document: dict[str, Any], name: str, value: object) -> None:
    *path, last = name.split(".")
    for part in path:
        document = document.setdefault(part, {})
    document[last] = value


def example(stream: Stream, catalog: Catalog) -> dict[str, Any]:
    """Return a document with every name that the stream may store."""
    document: dict[str, Any] = {}
    for name, field in stored_fields(stream, catalog.log_schema).items():
        put(document, name, EXAMPLES.get(field.type, "text"))
    for name in hashes(stream, catalog.log_schema):
        put(document, name, "hmac:" + "0f" * 16)
    added = {
        "@timestamp": NOW,
        "received_at": NOW,
        "workload": stream.workload,
        "stream": stream.name,
        "environment": "prod",
        "doc_id": "ab" * 16,
        "tags": ["error"],
        "dropped_fields": 2,
        "service": min(stream.declared.services),
        "category": "ml",
    }
    return document | added


@pytest.fixture(scope="module")
def validator(catalog: Catalog) -> Draft202012Validator:
    schema = document_schema(catalog)
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


@pytest.fixture(scope="module")
def documents(catalog: Catalog) -> dict[str, dict[str, Any]]:
    return {stream.name: example(stream, catalog) for stream in all_streams(catalog)}


def changes(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    yield "an unknown name", document | {"surprise": 1}
    yield "a raw id", document | {"user_id": "42"}
    yield "the line's own timestamp", document | {"timestamp": NOW}
    yield "a bare hash", document | {"session_id_hash": "sha256:" + "0f" * 16}
    yield "another level", document | {"level": "CRITICAL"}
    yield "another's service", document | {"service": "nobody"}
    yield "no id", {name: value for name, value in document.items() if name != "doc_id"}
    yield "no time", {name: value for name, value in document.items() if name != "@timestamp"}
    yield "a local time", document | {"@timestamp": "2026-11-22T18:00:00.000+01:00"}
    yield "an unknown name below", document | {"error": {"cause": "x"}}


def test_a_document_of_each_stream_is_accepted(
    validator: Draft202012Validator, documents: dict[str, dict[str, Any]]
) -> None:
    for name, document in documents.items():
        assert not [*validator.iter_errors(document)], name


def test_nothing_else_is_accepted(validator: Draft202012Validator, documents: dict[str, dict[str, Any]]) -> None:
    for name, document in documents.items():
        for what, changed in changes(document):
            assert not validator.is_valid(changed), f"{name}: {what}"


def test_a_stream_that_drops_text_has_none(catalog: Catalog) -> None:
    stream = all_streams(catalog)[0]
    dropping = Stream(
        stream.workload,
        stream.declared.model_copy(update={"text": "drop"}),
        stream.fields,
        stream.aliases,
        stream.do_not_log,
        stream.retention,
    )
    assert "message" in stored_fields(stream, catalog.log_schema)
    assert not {"message", "error.stack"} & set(stored_fields(dropping, catalog.log_schema))


def test_an_ip_that_gives_a_place_is_not_stored(catalog: Catalog, documents: dict[str, dict[str, Any]]) -> None:
    schema: Any = document_schema(catalog)
    found = schema["$defs"]["library-application"]["properties"]
    assert "ip_address" not in found["context"]["properties"]
    assert set(found["geo"]["properties"]) >= {"country", "city"}
    assert "geo" not in schema["$defs"]["shop-edge"]["properties"]
    assert documents["warehouse-log-ins"]["context"]["ip"] == "192.0.2.1"
