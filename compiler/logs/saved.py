"""The index patterns and saved searches that OpenSearch Dashboards starts with."""

import json
from collections.abc import Iterator

from compiler.catalog.catalog import Catalog, Watched
from compiler.logs.streams import all_streams
from compiler.model.logs import LogSearch

_INDEX = "kibanaSavedObjectMeta.searchSourceJSON.index"


def saved_objects(catalog: Catalog) -> list[dict[str, object]]:
    """Return index patterns and saved searches, as Dashboards' `_bulk_create` takes them."""
    patterns = ["logs", *sorted({f"logs-{each.workload}" for each in all_streams(catalog)})]
    if any(stream.declared.restricted for stream in all_streams(catalog)):
        patterns.append("restricted")
    return [*map(_pattern, patterns), *_searches(catalog)]


def _pattern(name: str) -> dict[str, object]:
    return {
        "type": "index-pattern",
        "id": name,
        "attributes": {"title": f"{name}-*", "timeFieldName": "@timestamp"},
        "references": [],
    }


def _searches(catalog: Catalog) -> Iterator[dict[str, object]]:
    for watched in catalog:
        yield from (_search(watched, search) for search in watched.logs.searches)


def _search(watched: Watched, search: LogSearch) -> dict[str, object]:
    source = {"query": {"query": search.query, "language": "lucene"}, "filter": [], "indexRefName": _INDEX}
    return {
        "type": "search",
        "id": f"{watched.name}-{search.name}",
        "attributes": {
            "title": f"{watched.workload.title}: {search.title}",
            "description": search.note or "",
            "columns": list(search.columns),
            "sort": [["@timestamp", "desc"]],
            "version": 1,
            "kibanaSavedObjectMeta": {"searchSourceJSON": json.dumps(source, sort_keys=True)},
        },
        "references": [{"name": _INDEX, "type": "index-pattern", "id": f"logs-{watched.name}"}],
    }
