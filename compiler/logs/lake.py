"""Cold logs as Athena tables: columns from the log schema, partitions from the archive's folders, first queries."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass

from compiler.catalog.catalog import Catalog
from compiler.logs.stored import GEO, hashes, stored_fields
from compiler.logs.streams import Stream, all_streams
from compiler.model.logs import LogField
from compiler.text import to_json

EVENT_TIME = "event_time"
"""The column of `@timestamp`, which cannot be one's name."""
_TYPES = {"number": "double", "integer": "bigint", "boolean": "boolean"}
_PARTITIONS = {"workload": "string", "service": "string", "dt": "string", "hour": "string"}
_ADDED = {
    EVENT_TIME: "string",
    "received_at": "string",
    "stream": "string",
    "environment": "string",
    "doc_id": "string",
    "tags": "array<string>",
    "level_original": "string",
    "dropped_fields": "bigint",
}
_LONG_AGO = 80
"""Days: past what is searched hot, within what most classes keep."""


@dataclass(frozen=True)
class LakeTable:
    """A table over the folders of one retention class.

    Attributes:
        name: the table's name, in lower case with underscores.
        prefix: the folder in the archive, with a slash at the end.
        columns: type of Athena by name.
        renamed: the name in the lines, by column, where it is another one (`mapping.<column>` of the JSON SerDe).
        partitions: type by name, in the order of the folders, which are called `<name>=<value>`: Athena's own form, so
            that no template of locations is needed.
        projection: how Athena knows the partitions without a crawler: parameters of the table.
        help: what it holds.
    """

    name: str
    prefix: str
    columns: Mapping[str, str]
    renamed: Mapping[str, str]
    partitions: Mapping[str, str]
    projection: Mapping[str, str]
    help: str


@dataclass(frozen=True)
class LakeQuery:
    """A named query to start from; each `?` is a parameter of its execution."""

    name: str
    help: str
    text: str


def _by_class(catalog: Catalog) -> dict[str, list[Stream]]:
    found: dict[str, list[Stream]] = {}
    for stream in sorted(all_streams(catalog), key=lambda each: each.declared.retention):
        found.setdefault(stream.declared.retention, []).append(stream)
    return found


def lake_tables(catalog: Catalog) -> list[LakeTable]:
    """Return a table for each retention class whose streams go to the archive."""
    return [_table(name, streams, catalog) for name, streams in _by_class(catalog).items()]


def _table(name: str, streams: list[Stream], catalog: Catalog) -> LakeTable:
    days = catalog.retention.classes[name].archive_days or 0
    flat: dict[str, str] = {}
    for stream in streams:
        flat |= {field: _type(kind) for field, kind in stored_fields(stream, catalog.log_schema).items()}
        flat |= dict.fromkeys(hashes(stream, catalog.log_schema), "string")
        if any(field.treat == "geo" for field in stream.known(catalog.log_schema.record).values()):
            flat |= {f"geo.{part}": "string" for part in GEO}
    columns = {column: kind for column, kind in _columns(flat | _ADDED).items() if column not in _PARTITIONS}
    return LakeTable(
        name=table_name(name),
        prefix=f"{name}/logs/",
        columns=columns,
        renamed={EVENT_TIME: "@timestamp"},
        partitions=_PARTITIONS,
        projection=_projection(streams, days),
        help=f"Lines of retention class {name}, {days} days",
    )


def table_name(retention: str) -> str:
    """Return the table of a retention class."""
    return retention.replace("-", "_")


def _type(field: LogField) -> str:
    if field.type == "array":
        return f"array<{_TYPES.get(field.items or '', 'string')}>"
    return _TYPES.get(field.type, "string")


def _columns(flat: Mapping[str, str]) -> dict[str, str]:
    """Return the columns of a class's tables; objects become structs."""
    columns, below = {name: kind for name, kind in flat.items() if "." not in name}, dict[str, dict[str, str]]()
    for name, kind in flat.items():
        head, dot, rest = name.partition(".")
        if dot:
            below.setdefault(head, {})[rest] = kind
    structs = {
        head: f"struct<{','.join(f'{n}:{k}' for n, k in _columns(rest).items())}>" for head, rest in below.items()
    }
    return dict(sorted((columns | structs).items()))


def _projection(streams: list[Stream], days: int) -> dict[str, str]:
    """Return the table's partition projection; the days are UTC, as in the folders' names."""
    services = sorted({service for stream in streams for service in stream.declared.services})
    return {
        "projection.workload.type": "enum",
        "projection.workload.values": ",".join(sorted({stream.workload for stream in streams})),
        "projection.service.type": "enum",
        "projection.service.values": ",".join(services),
        "projection.dt.type": "date",
        "projection.dt.format": "yyyy-MM-dd",
        # The lifecycle deletes at midnight, so an object can be a day older than its class says.
        "projection.dt.range": f"NOW-{days + 1}DAYS,NOW",
        "projection.hour.type": "integer",
        "projection.hour.digits": "2",
        "projection.hour.range": "0,23",
    }


def lake_queries(catalog: Catalog) -> list[LakeQuery]:
    """Return the named queries of each table."""
    return [query for name in _by_class(catalog) for query in _queries(name, catalog)]


def _queries(name: str, catalog: Catalog) -> Iterator[LakeQuery]:
    kept = catalog.retention.classes[name]
    table = table_name(name)
    yield LakeQuery(f"{name}-request-today", "A request's lines of today, by its id", _request(table, 0))
    # Objects in Glacier are not read: Athena skips them until they are restored.
    readable = min(kept.standard_days or 0, kept.archive_days or 0)
    ago = min(_LONG_AGO, readable)
    what = f"A request's lines of {ago} days ago, by its id"
    yield LakeQuery(f"{name}-request-{ago}-days-ago", what, _request(table, ago))
    yield LakeQuery(f"{name}-errors", "Errors of the last hour, by service", _errors(table))
    yield LakeQuery(f"{name}-trace", "All lines of a trace, by its id, on one day (2026-01-31)", _trace(table))


def _request(table: str, days_ago: int) -> str:
    day = "current_date" if days_ago == 0 else f"current_date - interval '{days_ago}' day"
    return _lines(table, f"dt = date_format({day}, '%Y-%m-%d')\n  AND request_id = ?")


def _trace(table: str) -> str:
    return _lines(table, "trace_id = ?\n  AND dt = ?")


def _lines(table: str, where: str) -> str:
    return (
        f'SELECT {EVENT_TIME}, service, "level", "event", "message", trace_id, request_id\n'
        f'FROM "{table}"\nWHERE {where}\nORDER BY {EVENT_TIME}\n'
    )


def _errors(table: str) -> str:
    """Return the query for errors of this hour and the one before: folders are by the hour of arrival."""
    hours = " OR\n    ".join(
        f"(dt = date_format({when}, '%Y-%m-%d') AND hour = date_format({when}, '%H'))"
        for when in ("now()", "now() - interval '1' hour")
    )
    return (
        f"SELECT service, count(*) AS errors, min({EVENT_TIME}) AS first, max({EVENT_TIME}) AS last\n"
        f'FROM "{table}"\nWHERE ({hours})\n'
        "  AND \"level\" IN ('ERROR', 'FATAL')\n"
        f"  AND from_iso8601_timestamp({EVENT_TIME}) > now() - interval '1' hour\n"
        "GROUP BY service\nORDER BY errors DESC\n"
    )


def lake_artefacts(catalog: Catalog) -> Iterator[tuple[str, str]]:
    """Yield tables and queries by path."""
    for table in lake_tables(catalog):
        yield f"athena/tables/{table.name}.json", to_json(asdict(table))
    for query in lake_queries(catalog):
        yield f"athena/queries/{query.name}.sql", f"-- {query.help}\n{query.text}"
