"""Tables of the archive: every stored field is a column, every folder a partition, and the queries know both."""

import re
from datetime import date, timedelta
from typing import Any

import pytest

from compiler.artefacts import compile_artefacts
from compiler.catalog.catalog import Catalog
from compiler.logs.lake import LakeTable, lake_queries, lake_tables, table_name
from compiler.logs.stored import document_schema
from compiler.logs.streams import all_streams
from compiler.target import Target
from tests.compiler.logs.documents import leaves


@pytest.fixture(scope="module")
def tables(catalog: Catalog) -> dict[str, LakeTable]:
    return {table.name: table for table in lake_tables(catalog)}


def names(kind: str, below: str) -> set[str]:
    """Return the dotted names in a type of Athena; structs stand in structs."""
    if not kind.startswith("struct<"):
        return {below}
    found, depth, part = set[str](), 0, ""
    for character in kind[len("struct<") : -1] + ",":
        depth += {"<": 1, ">": -1}.get(character, 0)
        if character == "," and depth == 0:
            name, _, inner = part.partition(":")
            found |= names(inner, f"{below}.{name}")
            part = ""
        else:
            part += character
    return found


def test_every_stored_field_is_a_column_or_a_folder(catalog: Catalog, tables: dict[str, LakeTable]) -> None:
    schema: Any = document_schema(catalog)
    stored: dict[str, set[str]] = {}
    for stream in all_streams(catalog):
        stored.setdefault(table_name(stream.declared.retention), set()).update(leaves(schema["$defs"][stream.name]))
    assert set(tables) == set(stored)
    for name, table in tables.items():
        columns = {
            one for column, kind in table.columns.items() for one in names(kind, table.renamed.get(column, column))
        }
        assert columns | {"workload", "service"} == stored[name]
        assert not columns & set(table.partitions)


def test_names_are_those_that_athena_takes(tables: dict[str, LakeTable]) -> None:
    for table in tables.values():
        for name in (table.name, *table.columns):
            assert re.fullmatch(r"[a-z][a-z0-9_]*", name), name


def test_types_are_those_of_the_record(tables: dict[str, LakeTable]) -> None:
    columns = tables["shop"].columns
    assert columns["metrics"].startswith("struct<cache_hit:boolean,candidates_ranked:bigint,")
    assert "latency_ms:double" in columns["metrics"]
    assert (columns["tags"], columns["event_time"], columns["trace_id"]) == ("array<string>", "string", "string")


def test_folders_are_known_for_as_long_as_the_class_keeps_them(catalog: Catalog, tables: dict[str, LakeTable]) -> None:
    for stream in all_streams(catalog):
        table = tables[table_name(stream.declared.retention)]
        kept = stream.retention.archive_days or 0
        assert list(table.partitions) == ["workload", "service", "dt", "hour"]
        assert table.prefix == f"{stream.declared.retention}/logs/"
        assert table.projection["projection.dt.range"] == f"NOW-{kept + 1}DAYS,NOW"
        assert stream.workload in table.projection["projection.workload.values"].split(",")
        assert set(stream.declared.services) <= set(table.projection["projection.service.values"].split(","))
        assert set(table.partitions) == {key.split(".")[1] for key in table.projection}


def test_each_table_answers_the_four_questions(catalog: Catalog, tables: dict[str, LakeTable]) -> None:
    queries = {query.name: query.text for query in lake_queries(catalog)}
    assert len(queries) == 4 * len(tables)
    for text in queries.values():
        (name,) = re.findall(r'FROM "(\w+)"', text)
        known = {*tables[name].columns, *tables[name].partitions}
        words = set(
            re.findall(
                r"\b[a-z_]+\b", re.sub(r"'[^']*'|\b[a-z_0-9]+\(|\bAS \w+|FROM \"\w+\"|interval '\d+' \w+", " ", text)
            )
        )
        assert words - {"day", "hour", "current_date", "errors"} <= known
        assert "dt = " in text, "else the query reads every day there is"


def test_what_lies_back_farthest_is_still_there(catalog: Catalog) -> None:
    queries = {query.name: query.text for query in lake_queries(catalog)}
    assert "interval '80' day" in queries["shop-request-80-days-ago"]
    # A class that keeps less is asked for its first day.
    assert "interval '14' day" in queries["warehouse-serving-request-14-days-ago"]
    for name, kept in catalog.retention.classes.items():
        asked = [
            int(each.split("-")[-3]) for each in queries if each.startswith(f"{name}-request") and each.endswith("ago")
        ]
        assert all(
            date.today() - timedelta(days=days) >= date.today() - timedelta(days=kept.standard_days or 0)
            for days in asked
        )


def test_tables_and_queries_are_artefacts(catalog: Catalog, target: Target, tables: dict[str, LakeTable]) -> None:
    paths = set(compile_artefacts(catalog, target))
    assert {f"athena/tables/{name}.json" for name in tables} <= paths
    assert {f"athena/queries/{query.name}.sql" for query in lake_queries(catalog)} <= paths
