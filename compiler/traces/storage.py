"""Traces in OpenSearch: the templates of Jaeger's daily indices, and their retention.

The fields are those of Jaeger's documents, in internal/storage/v2/elasticsearch/tracestore of its repository. Jaeger
would make templates of its own, with a fixed number of copies: these have as many as the domain has nodes for.
"""

from collections.abc import Mapping

from compiler.catalog.catalog import Catalog
from compiler.errors import UserError
from compiler.logs.lifecycle import FILLING_DAYS, policy
from compiler.logs.templates import template

PREFIX = "traces"
"""What the names of all of Jaeger's indices begin with."""
CLASS = "traces"
"""Their retention class."""
# A span lies in the index of the day on which it began; gateways hold what Jaeger cannot take for less than a day.
_SETTLED_DAYS = FILLING_DAYS + 1
# Jaeger's own figure: longer values are kept and shown, and not found.
_WORD: Mapping[str, object] = {"type": "keyword", "ignore_above": 256}
_WHOLE: Mapping[str, object] = {"type": "long"}


def kept_days(catalog: Catalog) -> int:
    """Return how many days traces are kept.

    Raises:
        UserError: when the retention table does not say.
    """
    kept = catalog.retention.classes.get(CLASS)
    if kept is None or kept.hot_days is None:
        raise UserError(f"catalog/retention.yaml: classes.{CLASS}: expected hot_days, since Jaeger keeps traces")
    return kept.hot_days


def trace_policy(catalog: Catalog) -> dict[str, object]:
    """Return the index-state policy of all of Jaeger's indices."""
    return policy(CLASS, [f"{PREFIX}-jaeger-*"], kept_days(catalog), _SETTLED_DAYS)


def trace_templates() -> dict[str, dict[str, object]]:
    """Return the index templates by name: spans, and which services and operations there are."""
    return {
        f"{PREFIX}-spans": _template("span", _span()),
        f"{PREFIX}-services": _template("service", {"serviceName": _WORD, "operationName": _WORD}),
    }


def _template(kind: str, properties: Mapping[str, object]) -> dict[str, object]:
    # A field that a newer Jaeger writes is kept, and is no reason to refuse the span.
    return template(f"{PREFIX}-jaeger-{kind}-*", {"dynamic": False, "properties": dict(properties)}, shards=1)


def _span() -> Mapping[str, object]:
    return {
        "traceID": _WORD,
        "spanID": _WORD,
        "parentSpanID": _WORD,
        "flags": {"type": "integer"},
        "operationName": _WORD,
        "startTime": _WHOLE,
        "startTimeMillis": {"type": "date", "format": "epoch_millis"},
        "duration": _WHOLE,
        "process": {"properties": {"serviceName": _WORD, "tags": _pairs()}},
        "references": _nested({"refType": _WORD, "traceID": _WORD, "spanID": _WORD}),
        "tags": _pairs(),
        "scopeTags": _pairs(),
        "logs": _nested({"timestamp": _WHOLE, "fields": _pairs()}),
    }


def _pairs() -> Mapping[str, object]:
    """Return the mapping of attributes: nested documents, since a key must be found with its own value."""
    return _nested({"key": _WORD, "type": _WORD, "value": _WORD})


def _nested(properties: Mapping[str, object]) -> Mapping[str, object]:
    return {"type": "nested", "dynamic": False, "properties": dict(properties)}
