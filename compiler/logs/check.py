"""The catalog's rules on logs: what a stream names is there, and no rule on a line undoes another."""

from collections.abc import Iterable, Iterator
from functools import lru_cache

from compiler.catalog.catalog import Catalog, Watched
from compiler.catalog.places import Path, finding, unless_known
from compiler.conventions import DEAD_LETTERS
from compiler.logs.stored import ADDED
from compiler.logs.streams import Stream, streams_of
from compiler.model.logs import DoNotLog, LogField, LogSchema

_SHARED = "catalog/log-schema.yaml"
_SEPARATORS = str.maketrans("", "", "-_. ")
NEEDED = {
    "timestamp": "timestamp",
    "level": "level",
    "service": "string",
    "trace_id": "id",
    "request_id": "id",
    "event": "string",
    "category": "string",
}
"""The names that the job itself reads or fills, with their types."""


def log_findings(catalog: Catalog) -> Iterator[str]:
    """Yield a line for every rule that the log schema or a workload's streams break."""
    schema = catalog.log_schema
    yield from _record(schema)
    yield from (f"{_SHARED}: record: {problem}" for problem in _clashes(schema.record, {}))
    types = dict[str, tuple[str, str]]()
    for name, field in schema.record.items():
        types[name] = (field.type, _SHARED)
    owners = dict[str, str]()
    for watched in catalog:
        yield from _workload(watched, catalog)
        yield from _one_type(watched, types)
        yield from _one_owner(watched, owners)


def _record(schema: LogSchema) -> Iterator[str]:
    for name, kind in NEEDED.items():
        found = schema.record.get(name)
        if found is None or found.type != kind:
            yield f"{_SHARED}: record.{name}: expected this name with type {kind}, which the job needs"
    seen = set[str]()
    for n, pattern in enumerate(schema.patterns):
        if pattern.name in seen:
            yield f"{_SHARED}: patterns.{n}.name: '{pattern.name}' is declared twice: names are unique"
        seen.add(pattern.name)


def _workload(watched: Watched, catalog: Catalog) -> Iterator[str]:
    classes, schema = catalog.retention.classes, catalog.log_schema
    for n, declared in enumerate(watched.logs.streams):
        at: Path = ("streams", n)
        yield from unless_known(watched, "logs", (*at, "retention"), declared.retention, classes, "retention class")
        kept = classes.get(declared.retention)
        if kept and not (kept.hot_days and kept.standard_days):
            message = f"expected hot_days and standard_days of class '{declared.retention}', since a stream uses it"
            yield finding(watched, "logs", (*at, "retention"), message)
        for name, service in declared.services.items():
            known = watched.workload.services
            yield from unless_known(watched, "logs", (*at, "services", name), service, known, "service")
        if declared.default_service and declared.default_service not in declared.services:
            message = f"expected one of the stream's services, found '{declared.default_service}'"
            yield finding(watched, "logs", (*at, "default_service"), message)
        if declared.name == DEAD_LETTERS:
            yield finding(watched, "logs", (*at, "name"), f"'{DEAD_LETTERS}' is the topic of unusable lines")
    if all(declared.retention in classes for declared in watched.logs.streams):
        for n, stream in enumerate(streams_of(watched, catalog)):
            yield from (finding(watched, "logs", ("streams", n), text) for text in _rules(stream, schema))


def _rules(stream: Stream, schema: LogSchema) -> Iterator[str]:
    known = stream.known(schema.record)
    yield from _clashes(stream.fields, schema.record)
    for name, target in stream.aliases.items():
        if target not in known:
            yield f"alias '{name}': expected a field of the stream or of {_SHARED}, found '{target}'"
        if name in known:
            yield f"alias '{name}': a field has this name: expected another"
    keys = [*schema.forbidden, *stream.forbidden]
    whole, ends = set(keys), tuple(key[1:] for key in keys if key.startswith("*"))
    for name, field in known.items():
        if field.treat != "keep":
            continue
        parts = [plain(part) for part in name.split(".")]
        if whole.isdisjoint(parts) and not any(part.endswith(ends) for part in parts):
            continue
        hit = next((key for part in parts for key in keys if forbids(key, part)), None)
        if hit:
            yield f"field '{name}' is kept and '{hit}' forbids it: take one away"
    for row in stream.do_not_log:
        yield from _carried_out(row, known)


def forbids(key: str, name: str) -> bool:
    """Return whether a forbidden key is this name: in lower case, without separators, and from the end after a star."""
    plain_name = plain(name)
    return plain_name.endswith(key[1:]) if key.startswith("*") else plain_name == key


@lru_cache(maxsize=4_096)
def plain(name: str) -> str:
    """Return a name in lower case and without separators, as forbidden keys are written."""
    return name.lower().translate(_SEPARATORS)


def _carried_out(row: DoNotLog, known: dict[str, LogField]) -> Iterator[str]:
    """Yield rows of do-not-log that say hashed or dropped, where no field or key does it."""
    for wanted, fields, treats in (("hashed", row.hashed, {"hash"}), ("dropped", row.dropped, {"drop", "geo"})):
        for name in fields:
            if name not in known or known[name].treat not in treats:
                yield f"do_not_log '{row.what}': expected the field '{name}' to be {wanted}"


def _clashes(fields: Iterable[str], others: Iterable[str]) -> Iterator[str]:
    names = {*fields, *others}
    for name in sorted(fields):
        if name in ADDED or name.partition(".")[0] == "geo":
            yield f"field '{name}': the job adds this name: expected another"
        parents = {name.rsplit(".", n)[0] for n in range(1, name.count(".") + 1)}
        for parent in sorted(parents & names):
            yield f"field '{name}' lies below '{parent}', which is a field: expected one of the two"


def _one_type(watched: Watched, types: dict[str, tuple[str, str]]) -> Iterator[str]:
    """Yield names that have two types: a search over all indices would fail."""
    for path, fields in _declared(watched):
        for name, field in fields.items():
            kind, owner = types.setdefault(name, (field.type, f"catalog/{watched.name}/logs.yaml"))
            if kind != field.type:
                message = f"expected {kind}, as in {owner}: one name has one type in all indices"
                yield finding(watched, "logs", (*path, name, "type"), message)


def _declared(watched: Watched) -> Iterator[tuple[Path, dict[str, LogField]]]:
    if watched.logs.fields:
        yield ("fields",), watched.logs.fields
    for n, declared in enumerate(watched.logs.streams):
        yield ("streams", n, "fields"), declared.fields


def _one_owner(watched: Watched, owners: dict[str, str]) -> Iterator[str]:
    """Yield services that two workloads own: a service's name is an OpenSearch alias and a folder of the archive."""
    for n, declared in enumerate(watched.logs.streams):
        for name in declared.services:
            owner = owners.setdefault(name, watched.name)
            if owner != watched.name:
                message = f"'{name}' is declared by {owner} too: such names are unique in the catalog"
                yield finding(watched, "logs", ("streams", n, "services", name), message)
