"""The contract of a workload: what the catalog says, in the form that a service reads."""

import json
from typing import Any

import pytest

from compiler.artefacts import compile_artefacts
from compiler.catalog.catalog import Catalog
from compiler.conventions import TRACE_SALT
from compiler.errors import UserError
from compiler.instrumentation import contract
from compiler.logs.job import job
from compiler.target import Target
from tests.catalog_copy import CatalogCopy
from tests.targets import target_for


def made(catalog: Catalog, name: str) -> dict[str, Any]:
    (watched,) = [one for one in catalog if one.name == name]
    found: dict[str, Any] = json.loads(json.dumps(contract(watched, catalog)))
    return found


def test_every_workload_but_the_platforms_own_has_one_and_it_is_the_same_everywhere(catalog: Catalog) -> None:
    everywhere = [compile_artefacts(catalog, target_for(name)) for name in ("local", "prod")]
    names = {path for path in everywhere[0] if path.startswith("instrumentation/")}
    assert names == {f"instrumentation/{one.name}.json" for one in catalog if one.name != "platform"}
    for path in names:
        assert everywhere[0][path] == everywhere[1][path]


def test_all_metrics_are_there_with_what_the_catalog_says_of_them(catalog: Catalog) -> None:
    for watched in catalog:
        declared = made(catalog, watched.name)["metrics"]
        assert set(declared) == {metric.name for metric in watched.metrics.prometheus}
        for metric in watched.metrics.prometheus:
            one = declared[metric.name]
            assert (one["type"], one["unit"], one["help"]) == (metric.type, metric.unit, metric.help)
            assert one["labels"] == {name: list(values) for name, values in metric.labels.items()}
            assert ("buckets" in one) is (metric.type == "histogram")


@pytest.mark.parametrize(
    ("workload", "metric"),
    [
        ("library", "http_request_duration_seconds"),
        ("shop", "api_latency_seconds"),
        ("warehouse", "prediction_latency_seconds"),
        ("warehouse", "parcel_lookup_latency_seconds"),
    ],
)
def test_buckets_end_where_limits_are(catalog: Catalog, workload: str, metric: str) -> None:
    buckets = made(catalog, workload)["metrics"][metric]["buckets"]
    watched = next(each for each in catalog if each.name == workload)
    on_it = [alert for alert in watched.alerts if f"{metric}_bucket" in alert.value]
    limits = {limit for alert in on_it for each in alert.thresholds.values() for _, limit in each.limits()}
    assert limits
    assert limits <= set(buckets)
    assert buckets == sorted(set(buckets))
    # "Twice the baseline" is no duration.
    assert not {2.0, 3.0} & set(buckets)


def test_line_rules_are_the_log_jobs(catalog: Catalog, target: Target) -> None:
    theirs: dict[str, Any] = json.loads(json.dumps(job(catalog, target)))
    for watched in catalog:
        ours = made(catalog, watched.name)["logs"]
        for name in ("limits", "levels", "categories", "record", "forbidden", "patterns"):
            assert ours[name] == theirs[name]
        for stream in ours["streams"]:
            (same,) = [one for one in theirs["streams"] if one["name"] == stream["name"]]
            assert stream == {name: same[name] for name in stream}


def test_spans_and_rules_are_those_of_the_traces_file(catalog: Catalog) -> None:
    traces = made(catalog, "shop")["traces"]
    assert traces["salt"] == TRACE_SALT
    (span,) = [one for one in traces["spans"] if one["name"] == "edge.order"]
    assert span == {
        "name": "edge.order",
        "service": "shop-edge",
        "kind": "server",
        "route": "POST /order",
        "attributes": ["cache_hit", "pop_location"],
    }
    (slow,) = [one for one in traces["sampling"] if one["name"] == "slow"]
    assert slow == {"name": "slow", "keep": 100.0, "decided": "tail", "when": {"longer_than": 0.2}}
    assert made(catalog, "library")["traces"]["withheld"] == ["user_id"]
    assert made(catalog, "billing")["traces"]["naming"] is None


def test_readiness_names_its_dependencies(catalog: Catalog) -> None:
    assert made(catalog, "library")["health"] == {"dependencies": ["database", "ml_model", "parcel_store", "redis"]}
    assert made(catalog, "shop")["health"] == {"dependencies": []}


def test_services_are_all_that_lines_and_spans_call_themselves(catalog: Catalog) -> None:
    declared = made(catalog, "billing")
    assert declared["services"]["billing-predictor"] == "predict"
    assert declared["services"]["billing-api"] == "api"
    assert made(catalog, "shop")["red"]["api"]["latency"] == "api_latency_seconds"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("buckets: [0.01, 0.05,", "buckets: [0.05, 0.01,", "buckets: expected rising bounds"),
        ("unit: percent, service: redis,", "unit: percent, buckets: [1], service: redis,", "expected with a histogram"),
    ],
)
def test_buckets_that_cannot_be_are_refused(copy: CatalogCopy, old: str, new: str, message: str) -> None:
    copy.replace("library/metrics.yaml", old, new)
    with pytest.raises(UserError, match=message):
        copy.load()
