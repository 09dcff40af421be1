"""Names that hide a type or unit, and alerts that one request can fire, are refused with their place."""

from typing import Any

import pytest

from tests.catalog_copy import CatalogCopy


def _metric(data: Any, kind: str, **changes: object) -> str:
    """Change the first metric of a type; return its name."""
    metric = next(each for each in data["prometheus"] if each["type"] == kind)
    metric.update(changes)
    return str(metric["name"])


@pytest.mark.parametrize(
    ("kind", "changes", "message"),
    [
        ("gauge", {"name": "queue_total"}, "expected a name without _total for a gauge, found 'queue_total'"),
        (
            "counter",
            {"name": "queue_events"},
            "expected a name that ends with _total for a counter, found",
        ),
        ("histogram", {"name": "queue_wait"}, "expected a histogram's name to end with its unit, _seconds, found"),
        ("gauge", {"labels": {"quantile": ["0.5"]}}, "expected no label quantile, which cannot be aggregated"),
    ],
)
def test_a_name_that_hides_what_it_is_is_refused(copy: CatalogCopy, kind: str, changes: Any, message: str) -> None:
    copy.change("shop/metrics.yaml", lambda data: _metric(data, kind, **changes))
    assert any(line.startswith("catalog/shop/metrics.yaml:") and message in line for line in copy.mistakes())


def test_a_distribution_is_named_by_its_document(copy: CatalogCopy) -> None:
    new = {"name": "queue_wait_distribution", "type": "histogram", "unit": "seconds", "help": "Waits", "service": "api"}
    new |= {"producer": "api", "note": "The document's own name."}
    copy.change("shop/metrics.yaml", lambda data: data["prometheus"].append(new))
    copy.change("shop/workload.yaml", lambda data: data["producers"].setdefault("api", {"service": "api"}))
    assert copy.load()


def test_a_share_without_a_guard_is_refused(copy: CatalogCopy) -> None:
    guarded: list[str] = []

    def edit(data: Any) -> None:
        alert = next(each for each in data["alerts"] if each["unit"] in ("ratio", "seconds"))
        guarded.append(alert["name"])
        del alert["traffic"]

    copy.change("shop/alerts.yaml", edit)
    (line,) = copy.mistakes()
    assert f"{guarded[0]}: expected traffic, the least on which a value in " in line
    assert line.startswith("catalog/shop/alerts.yaml:")
