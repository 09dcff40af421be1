"""The catalog's rules on saved searches: they use fields that exist, and each former name belongs to one workload."""

import re
from collections.abc import Iterator

from compiler.catalog.catalog import Catalog, Watched
from compiler.catalog.places import Path, finding
from compiler.logs.streams import streams_of
from compiler.logs.templates import searched_fields

_QUOTED = re.compile(r'"(?:\\.|[^"\\])*"')
_FIELD = re.compile(r"(?<![\w.:-])([A-Za-z_@][\w.@]*)\s*:")
# Lucene's own: it asks whether there is such a field.
_EXISTS = "_exists_"


def search_findings(catalog: Catalog) -> Iterator[str]:
    """Yield a line for every rule that a saved search or a former name breaks."""
    owners = dict[str, str]()
    for watched in catalog:
        # A missing class is reported by the rules on streams.
        if all(stream.retention in catalog.retention.classes for stream in watched.logs.streams):
            yield from _searches(watched, catalog)
        yield from _former(watched, owners)


def _searches(watched: Watched, catalog: Catalog) -> Iterator[str]:
    known = searched_fields(
        (each for each in streams_of(watched, catalog) if not each.declared.restricted), catalog.log_schema
    )
    for n, search in enumerate(watched.logs.searches):
        at: Path = ("searches", n)
        if not watched.logs.streams:
            yield finding(watched, "logs", at, "expected a stream of this workload, whose lines are searched")
            continue
        queried = [("query", name) for name in _FIELD.findall(_QUOTED.sub('""', search.query)) if name != _EXISTS]
        for key, name in [*queried, *(("columns", name) for name in search.columns)]:
            if name not in known:
                yield finding(watched, "logs", (*at, key), f"no stream has a searchable field '{name}'")


def _former(watched: Watched, owners: dict[str, str]) -> Iterator[str]:
    for n, stream in enumerate(watched.logs.streams):
        for i, name in enumerate(stream.former_indices):
            at: Path = ("streams", n, "former_indices", i)
            if stream.restricted:
                yield finding(watched, "logs", at, "a restricted stream has no other names: take this away")
            owner = owners.setdefault(name, watched.name)
            if owner != watched.name:
                yield finding(
                    watched, "logs", at, f"'{name}' is declared by {owner} too: such names are unique in the catalog"
                )
