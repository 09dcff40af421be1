"""The configuration of the Flink job, `flink/job.json`: every rule on a line, as data and without a secret."""

from compiler.catalog.catalog import Catalog
from compiler.conventions import dead_letter_topic
from compiler.logs.streams import Stream, all_streams
from compiler.model.logs import LogField, LogSchema
from compiler.target import Target

_VERSION = 1


def job(catalog: Catalog, target: Target) -> dict[str, object]:
    """Return the job's rules in an environment, as JSON data."""
    return {
        "version": _VERSION,
        "environment": target.environment,
        **job_rules(catalog.log_schema),
        "streams": [_stream(stream) for stream in all_streams(catalog)],
    }


def job_rules(schema: LogSchema) -> dict[str, object]:
    """Return what holds for every line, as JSON data; the job and the services read the same."""
    return {
        "limits": schema.limits.model_dump(),
        "levels": dict(schema.levels),
        "categories": list(schema.categories),
        "record": _fields(schema.record),
        "forbidden": sorted(schema.forbidden),
        "patterns": _patterns(schema),
    }


def _patterns(schema: LogSchema) -> list[dict[str, str]]:
    return [pattern.model_dump(exclude_none=True) for pattern in schema.patterns]


def _fields(fields: dict[str, LogField]) -> dict[str, dict[str, object]]:
    """Return the fields without notes, and without what has its default value."""
    return {name: field.model_dump(exclude_defaults=True, exclude={"note"}) for name, field in fields.items()}


def _stream(stream: Stream) -> dict[str, object]:
    declared = stream.declared
    return stream_rules(stream) | {
        "workload": stream.workload,
        "topic": stream.topic,
        "dead_letter": dead_letter_topic(stream.workload),
        "retention": declared.retention,
        "index": stream.index,
        "restricted": declared.restricted,
    }


def stream_rules(stream: Stream) -> dict[str, object]:
    """Return the rules on a stream's lines as JSON data, wherever the lines go."""
    declared = stream.declared
    rules: dict[str, object] = {
        "name": stream.name,
        "services": sorted(declared.services),
        "aliases": dict(stream.aliases),
        "fields": _fields(dict(stream.fields)),
        "forbidden": stream.forbidden,
        "text": declared.text,
        "category": declared.category,
        "categories": dict(declared.categories),
    }
    if declared.default_service:
        rules["default_service"] = declared.default_service
    return rules
