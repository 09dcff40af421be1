"""A stream names what exists, and no rule on a line undoes another."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.catalog_copy import CatalogCopy

WAREHOUSE = "warehouse/logs.yaml"
LIBRARY = "library/logs.yaml"
SCHEMA = "log-schema.yaml"
Edit = Callable[[Any], object]


def _kept(data: Any) -> object:
    return data["fields"].update({"context.auth_token": {"type": "string"}})


@pytest.mark.parametrize(
    ("file", "edit", "message"),
    [
        (LIBRARY, lambda d: d["streams"][0].update(retention="long"), "retention: unknown retention class 'long'"),
        (
            LIBRARY,
            lambda d: d["streams"][0].update(retention="platform"),
            "expected hot_days and standard_days of class",
        ),
        (LIBRARY, lambda d: d["streams"][0]["services"].update(api="apj"), "services.api: unknown service 'apj'"),
        (LIBRARY, lambda d: d["streams"][0].update(default_service="x"), "expected one of the stream's services"),
        (LIBRARY, lambda d: d["streams"][0].update(name="dead-letter"), "is the topic of unusable lines"),
        (LIBRARY, lambda d: d["streams"].append(d["streams"][0]), "'application' is declared twice"),
        (LIBRARY, lambda d: d.update(aliases={"ts": "time"}), "alias 'ts': expected a field of the stream"),
        (LIBRARY, lambda d: d.update(aliases={"level": "event"}), "alias 'level': a field has this name"),
        (LIBRARY, _kept, "field 'context.auth_token' is kept and '*token' forbids it"),
        (LIBRARY, lambda d: d["fields"].pop("user_id"), "expected the field 'user_id' to be dropped"),
        (LIBRARY, lambda d: d["fields"].update(doc_id={"type": "id"}), "field 'doc_id': the job adds this name"),
        (LIBRARY, lambda d: d["fields"].update({"geo.city": {"type": "string"}}), "the job adds this name"),
        (LIBRARY, lambda d: d["fields"].update({"method.name": {"type": "string"}}), "lies below 'method'"),
        (LIBRARY, lambda d: d["fields"].update({"message.a": {"type": "text"}}), "lies below 'message'"),
        (
            LIBRARY,
            lambda d: d["fields"].update(latency_ms={"type": "string"}),
            "latency_ms.type: expected number, as in",
        ),
        (LIBRARY, lambda d: d["fields"].update(event={"type": "integer"}), "expected string, as in catalog/log-schema"),
        (
            WAREHOUSE,
            lambda d: d["streams"][0]["services"].update({"backend-api": "parcel-store"}),
            "declared by library",
        ),
        (SCHEMA, lambda d: d["record"].pop("trace_id"), "record.trace_id: expected this name with type id"),
        (SCHEMA, lambda d: d["record"].update(level={"type": "string"}), "record.level: expected this name"),
        (SCHEMA, lambda d: d["patterns"].append(d["patterns"][0]), "'private-key' is declared twice"),
        (SCHEMA, lambda d: d["record"].update(tags={"type": "string"}), "field 'tags': the job adds this name"),
        (
            "billing/logs.yaml",
            lambda d: d["do_not_log"][0].update(hashed=["function"]),
            "expected the field 'function' to be hashed",
        ),
    ],
)
def test_a_mistake_is_told_with_its_place(copy: CatalogCopy, file: str, edit: Edit, message: str) -> None:
    copy.change(file, edit)
    lines = copy.mistakes()
    assert any(message in line for line in lines), lines
    assert all(line.startswith("catalog/") for line in lines)


def test_a_retention_class_without_cold_days_is_told(copy: CatalogCopy) -> None:
    copy.change("retention.yaml", lambda data: data["classes"]["library"].pop("standard_days"))
    (line,) = copy.mistakes()
    assert line.startswith("catalog/library/logs.yaml:")
    assert "expected hot_days and standard_days" in line
