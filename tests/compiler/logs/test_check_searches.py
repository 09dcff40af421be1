"""Saved searches use fields that exist, and a former name of indices leads to one workload."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.catalog_copy import CatalogCopy

LIBRARY = "library/logs.yaml"
WAREHOUSE = "warehouse/logs.yaml"
Edit = Callable[[Any], object]


def _search(**changes: object) -> Edit:
    return lambda data: data["searches"][1].update(**changes)


@pytest.mark.parametrize(
    ("file", "edit", "message"),
    [
        (LIBRARY, _search(query="latency:>1000"), "no stream has a searchable field 'latency'"),
        (LIBRARY, _search(query="method:GET AND (context.ip_address:1)"), "searchable field 'context.ip_address'"),
        (LIBRARY, _search(columns=["user_id"]), "no stream has a searchable field 'user_id'"),
        (LIBRARY, _search(name="errors-in-last-hour"), "'errors-in-last-hour' is declared twice"),
        (LIBRARY, lambda d: d.update(streams=[]), "expected a stream of this workload, whose lines are searched"),
        (
            WAREHOUSE,
            lambda d: d.update(
                searches=[{"name": "a", "title": "Addresses", "query": "context.ip:1", "columns": ["level"]}]
            ),
            "no stream has a searchable field 'context.ip'",
        ),
        (
            WAREHOUSE,
            lambda d: d["streams"][2].update(former_indices=["log-ins"]),
            "a restricted stream has no other names",
        ),
        (
            WAREHOUSE,
            lambda d: d["streams"][0].update(former_indices=["loans"]),
            "'loans' is declared by",
        ),
    ],
)
def test_a_mistake_is_told_with_its_place(copy: CatalogCopy, file: str, edit: Edit, message: str) -> None:
    copy.change(file, edit)
    lines = copy.mistakes()
    assert [line for line in lines if message in line and line.startswith("catalog/")], lines


@pytest.mark.parametrize(
    "query",
    [
        'message:"a: b: c"',
        "_exists_:trace_id",
        "timestamp:[2026-01-01T10:00:00 TO now]",
        'endpoint:"\\"x:1" AND level:ERROR',
    ],
)
def test_what_is_no_field_is_not_taken_for_one(copy: CatalogCopy, query: str) -> None:
    copy.change(LIBRARY, _search(query=query))
    copy.load()
