"""Index templates of OpenSearch: the mapping of each stored field, and the number of shards."""

from collections.abc import Iterable, Mapping
from math import ceil
from typing import Any

from compiler.catalog.catalog import Catalog
from compiler.logs.kafka import lines_per_second
from compiler.logs.stored import GEO, TIME, hashes, stored_fields
from compiler.logs.streams import Stream, all_streams
from compiler.model.logs import LogField, LogSchema
from compiler.target import Target

_DAY = 86_400
_GIB = 2**30
# A term has 32,766 bytes at most (source: Lucene, IndexWriter.MAX_TERM_LENGTH), a character up to four: longer values
# are kept and shown, and not found.
_KEYWORD = {"type": "keyword", "ignore_above": 1024}
# Lines are sorted by time, never by relevance: norms are not kept.
_TEXT = {"type": "text", "norms": False}
_DATE = {"type": "date", "format": "strict_date_optional_time"}
_TYPES: Mapping[str, Mapping[str, object]] = {
    "text": _TEXT,
    "timestamp": _DATE,
    "number": {"type": "double"},
    "integer": {"type": "long"},
    "boolean": {"type": "boolean"},
    "ip": {"type": "ip"},
    # Stored and shown, not searched.
    "object": {"type": "object", "enabled": False},
}
_ADDED: Mapping[str, Mapping[str, object]] = {
    "@timestamp": _DATE,
    # The documents' own searches ask for it by this name.
    TIME: {"type": "alias", "path": "@timestamp"},
    "received_at": _DATE,
    "dropped_fields": {"type": "integer"},
    **dict.fromkeys(("workload", "stream", "environment", "doc_id", "tags", "level_original"), _KEYWORD),
}


def index_templates(catalog: Catalog, target: Target) -> dict[str, dict[str, object]]:
    """Return the index templates by name: one for each prefix of daily indices."""
    by_index: dict[str, list[Stream]] = {}
    for stream in all_streams(catalog):
        by_index.setdefault(stream.index, []).append(stream)
    return {index: _template(index, streams, catalog, target) for index, streams in sorted(by_index.items())}


def _template(index: str, streams: list[Stream], catalog: Catalog, target: Target) -> dict[str, object]:
    shards, mapped = _shards(streams, catalog, target), mappings(streams, catalog.log_schema)
    return template(f"{index}-*", mapped, shards, aliases=_aliases(streams))


def template(pattern: str, mapped: Mapping[str, object], shards: int, **more: object) -> dict[str, object]:
    """Return the index template of daily indices.

    Args:
        pattern: of the indices' names.
        mapped: the mapping of a document.
        shards: how many an index has.
        more: what else each index gets: its aliases.
    """
    settings = {
        "number_of_shards": shards,
        # A second copy wherever there is a second node to hold it: a single node would stay yellow for ever.
        "auto_expand_replicas": "0-1",
        "codec": "best_compression",
        # Each refresh makes a segment; documents are some seconds old anyway when they are sent.
        "refresh_interval": "10s",
        # A value that does not fit is kept and shown, and not found: better than a document that is refused.
        "mapping.ignore_malformed": True,
    }
    return {
        "index_patterns": [pattern],
        "priority": 100,
        "template": {"settings": {"index": settings}, "mappings": mapped, **more},
    }


def _shards(streams: list[Stream], catalog: Catalog, target: Target) -> int:
    """Return the shards of one day's index, each small enough to move and recover quickly."""
    searching = catalog.log_schema.searching
    rates = [lines_per_second(each, catalog, target) * each.declared.rate.mean_bytes for each in streams]
    return max(1, ceil(sum(rates) * _DAY * searching.indexed_percent / 100 / _GIB / searching.shard_gib))


def mappings(streams: list[Stream], schema: LogSchema) -> dict[str, object]:
    """Return the mapping of an index's streams.

    A field that is in no mapping is kept and shown, and not searched (`dynamic: false`): a field that joins the catalog
    at noon is in a mapping from midnight on, and `strict` would refuse its lines until then.
    """
    return {"dynamic": False, "properties": _nested(searched_fields(streams, schema))}


def searched_fields(streams: Iterable[Stream], schema: LogSchema) -> dict[str, Mapping[str, object]]:
    """Return the mapping of each searchable field of some streams, by its dotted name."""
    found: dict[str, Mapping[str, object]] = dict(_ADDED)
    for stream in streams:
        found |= {name: _mapping(field) for name, field in stored_fields(stream, schema).items()}
        found |= dict.fromkeys(hashes(stream, schema), _KEYWORD)
        if any(field.treat == "geo" for field in stream.known(schema.record).values()):
            found |= {f"geo.{name}": _KEYWORD for name in GEO}
    return found


def _mapping(field: LogField) -> Mapping[str, object]:
    return _TYPES.get(field.items or "" if field.type == "array" else field.type, _KEYWORD)


def _nested(flat: Mapping[str, Mapping[str, object]]) -> dict[str, Any]:
    tree: dict[str, Any] = {}
    for name, mapping in sorted(flat.items()):
        *path, last = name.split(".")
        below = tree
        for part in path:
            below = below.setdefault(part, {"properties": {}})["properties"]
        below[last] = dict(mapping)
    return tree


def _aliases(streams: list[Stream]) -> dict[str, object]:
    """Return the aliases of a stream's services; lines that only the security role reads have none.

    An alias has no star in its name. These end so that the documents' patterns, `logs-<service>-*` and the like, fit
    them: what asks for those patterns goes on working.
    """
    open_to_all = [stream for stream in streams if not stream.declared.restricted]
    services = sorted({service for stream in open_to_all for service in stream.declared.services})
    found: dict[str, object] = {f"logs-{name}-all": {"filter": {"term": {"service": name}}} for name in services}
    former: dict[str, list[str]] = {}
    for stream in open_to_all:
        for name in stream.declared.former_indices:
            former.setdefault(name, []).append(stream.name)
    return found | {f"{name}-all": {"filter": {"terms": {"stream": streams}}} for name, streams in former.items()}
