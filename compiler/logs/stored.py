"""The stored document: the log schema as JSON Schema, one definition a stream."""

from collections.abc import Iterable, Mapping
from typing import get_args

from compiler.catalog.catalog import Catalog
from compiler.logs.streams import Stream, all_streams
from compiler.model.logs import Level, LogField, LogSchema

HASH = r"^hmac:[0-9a-f]{32}$"
"""A keyed hash: the first 128 bits of HMAC-SHA-256."""
GEO = ("continent_code", "country_code", "country", "region", "city")
"""What is kept of an IP whose place is looked up, below `geo`; no coordinates."""
ADDED = frozenset(
    {"@timestamp", "received_at", "workload", "stream", "environment", "doc_id", "tags", "level_original"}
    | {"dropped_fields", "geo", *(f"geo.{name}" for name in GEO)}
)
"""The names that the job adds to a line's own: no line may bring them."""
TIME = "timestamp"
"""The line's own time, which is stored as `@timestamp`."""
_ALWAYS = ("@timestamp", "received_at", "workload", "stream", "environment", "doc_id", "tags", "dropped_fields")
_INSTANT = {"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$"}


def document_schema(catalog: Catalog) -> dict[str, object]:
    """Return the JSON Schema of every document that the job may store."""
    defined = {stream.name: _document(stream, catalog.log_schema) for stream in all_streams(catalog)}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A stored log record",
        "oneOf": [{"$ref": f"#/$defs/{name}"} for name in defined],
        "$defs": defined,
    }


def _document(stream: Stream, schema: LogSchema) -> dict[str, object]:
    kept = stored_fields(stream, schema)
    properties: dict[str, object] = {name: field_schema(field, schema) for name, field in kept.items()}
    properties |= {name: {"type": "string", "pattern": HASH} for name in hashes(stream, schema)}
    properties |= _added(stream, schema)
    if any(field.treat == "geo" for field in stream.known(schema.record).values()):
        properties |= {f"geo.{name}": {"type": "string"} for name in GEO}
    required = [name for name, field in kept.items() if field.required]
    return nested(properties, [*required, "category", *_ALWAYS])


def stored_fields(stream: Stream, schema: LogSchema) -> dict[str, LogField]:
    """Return the fields that stay under their own names."""
    dropped = {"text"} if stream.declared.text == "drop" else set[str]()
    return {
        name: field
        for name, field in stream.known(schema.record).items()
        if field.treat == "keep" and field.type not in dropped and name != TIME
    }


def hashes(stream: Stream, schema: LogSchema) -> list[str]:
    """Return the names under which keyed hashes are stored, sorted."""
    return sorted({field.into for field in stream.known(schema.record).values() if field.into})


def _added(stream: Stream, schema: LogSchema) -> dict[str, object]:
    return {
        "@timestamp": _INSTANT,
        "received_at": _INSTANT,
        "workload": {"const": stream.workload},
        "stream": {"const": stream.name},
        "environment": {"type": "string"},
        "doc_id": {"type": "string", "pattern": "^[0-9a-f]{32}$"},
        "tags": {"type": "array", "items": {"type": "string"}},
        "level_original": {"type": "string"},
        "dropped_fields": {"type": "integer", "minimum": 0},
        "service": {"enum": sorted(stream.declared.services)},
        "category": {"enum": list(schema.categories)},
    }


def field_schema(field: LogField, schema: LogSchema) -> dict[str, object]:
    """Return the schema of a field that is stored as it is."""
    if field.type == "level":
        return {"enum": list(get_args(Level))}
    if field.type == "array":
        return {"type": "array", "items": {"type": field.items}}
    if field.type in ("number", "integer", "boolean", "object"):
        return {"type": field.type}
    return {"type": "string", "maxLength": schema.limits.string_chars}


def nested(properties: Mapping[str, object], required: Iterable[str]) -> dict[str, object]:
    """Turn dotted names into nested objects that allow no further properties."""
    flat = {name: value for name, value in properties.items() if "." not in name}
    below: dict[str, dict[str, object]] = {}
    for name, value in properties.items():
        head, dot, rest = name.partition(".")
        if dot:
            below.setdefault(head, {})[rest] = value
    inner: dict[str, object] = {head: nested(rest, ()) for head, rest in below.items()}
    schema: dict[str, object] = {
        "type": "object",
        "properties": dict(sorted({**flat, **inner}.items())),
        "additionalProperties": False,
    }
    wanted = sorted(name for name in required if "." not in name)
    return {**schema, "required": wanted} if wanted else schema
