"""StatsD mappings that could not deliver their metric are reported with their place."""

from typing import Any

import pytest

from compiler.metrics.check_statsd import overlap
from tests.catalog_copy import CatalogCopy

METRICS = "warehouse/metrics.yaml"
WORKLOAD = "warehouse/workload.yaml"


def mistakes(copy: CatalogCopy, name: str, **changes: object) -> list[str]:
    """Change one metric's mapping; None takes the mapping away."""

    def edit(data: Any) -> None:
        (metric,) = (each for each in data["prometheus"] if each["name"] == name)
        metric["statsd"] = {**metric.get("statsd", {}), **changes} if changes else None

    copy.change(METRICS, edit)
    return copy.mistakes()


@pytest.mark.parametrize(
    ("name", "changes", "message"),
    [
        ("dag_failures_total", {"labels": {"pipeline": "$1"}}, "expected labels ['pipeline', 'task'], the metric's"),
        ("dag_failures_total", {"labels": {"pipeline": "$1", "task": "$3"}}, "'$3' stands for nothing: 'courier"),
        (
            "dag_failures_total",
            {"labels": {"pipeline": "$1", "task": "all"}},
            "nothing uses the * that '$2' stands for",
        ),
        ("dag_failures_total", {"buckets": [1, 2]}, "expected no buckets for a counter, found [1.0, 2.0]"),
        ("dag_duration_seconds", {"buckets": []}, "expected buckets for a histogram, found none"),
        ("dag_duration_seconds", {"buckets": [2, 1]}, "expected rising buckets, found [2.0, 1.0]"),
        ("dag_duration_seconds", {"buckets": [1, 1]}, "expected rising buckets, found [1.0, 1.0]"),
        (
            "dag_failures_total",
            {"match": "courier.dag.executions.*.*"},
            "takes names that 'courier.dag.executions.*.*' of dag_executions_total takes too",
        ),
        ("dag_failures_total", {"match": "courier"}, "String should match pattern"),
        ("dag_failures_total", {"match": "a..*.*"}, "String should match pattern"),
        ("dag_failures_total", {"match": "ml*.x.*"}, "String should match pattern"),
        ("dag_queue_depth", {"ttl": "soon"}, "expected a duration such as 30s"),
        ("dag_queue_depth", {}, "its producer 'courier' is of kind statsd: expected statsd, found none"),
        (
            "predictions_total",
            {"match": "a.*.*", "labels": {"model": "$1", "version": "$2"}},
            "its producer 'picking' is of kind prometheus: expected no statsd, found one",
        ),
    ],
)
def test_a_wrong_mapping_is_told(copy: CatalogCopy, name: str, changes: dict[str, object], message: str) -> None:
    wrong = mistakes(copy, name, **changes)
    assert any(message in line and "statsd" in line for line in wrong), wrong


@pytest.mark.parametrize(
    ("one", "other", "shared"),
    [
        ("a.b.*", "a.b.*", "yes"),
        ("a.*.c", "a.b.*", "yes"),
        ("*.*", "a.b", "yes"),
        ("a.b.*", "a.c.*", "no"),
        ("a.b.*", "a.b.*.*", "no"),
        ("a.b", "a.c", "no"),
    ],
)
def test_patterns_that_share_a_name(one: str, other: str, shared: str) -> None:
    assert overlap(one, other) == overlap(other, one) == (shared == "yes")


def test_two_types_may_share_a_name(copy: CatalogCopy) -> None:
    """StatsD tells counts and times of one thing by one name; the exporter keeps them apart by type."""
    copy.replace(METRICS, "match: courier.dag.failures.*.*", "match: courier.task.duration.*.*")
    copy.load()


def test_an_unknown_kind_of_producer_is_told(copy: CatalogCopy) -> None:
    place = copy.replace(WORKLOAD, "kind: statsd", "kind: graphite")
    assert any(line.startswith(place) and "expected 'prometheus' or 'statsd'" in line for line in copy.mistakes())


def test_a_producer_of_statsd_is_not_scraped_as_well(copy: CatalogCopy) -> None:
    copy.replace(WORKLOAD, "kind: statsd", "kind: statsd, port: metrics")
    assert any("expected nothing on scraping for statsd, found ['kind', 'port'" in line for line in copy.mistakes())
