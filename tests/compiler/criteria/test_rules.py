"""Success criteria: their rules, what of them a stack can measure, and what is refused."""

from dataclasses import replace
from typing import Any

import pytest

from compiler.catalog.catalog import Catalog
from compiler.criteria.rules import criteria_group
from compiler.metrics import yace
from compiler.target import Target
from tests.catalog_copy import CatalogCopy

FILE = "criteria.yaml"


def recorded(catalog: Catalog, target: Target) -> dict[str, list[str]]:
    """Return the criteria of each recorded series."""
    found: dict[str, list[str]] = {}
    for rule in criteria_group(catalog, target).rules:
        found.setdefault(str(rule.record), []).append(rule.labels.get("criterion", ""))
    return found


def test_each_criterion_has_a_value_and_its_target(catalog: Catalog, target: Target) -> None:
    names = [each.name for each in catalog.criteria.criteria]
    found = recorded(catalog, target)
    assert found["platform:criterion:value"] == found["platform:criterion:target"] == names
    assert found["platform:criterion:met"] == names


def test_a_stack_measures_what_its_layers_have(catalog: Catalog, target: Target) -> None:
    found = recorded(catalog, replace(target, layers=("foundation", "metrics")))
    missing = {"log-search": "logs", "trace-coverage": "traces"}
    assert {each.name: each.layer for each in catalog.criteria.criteria if each.layer} == missing
    assert set(found["platform:criterion:value"]) == {each.name for each in catalog.criteria.criteria} - set(missing)
    assert not [name for name in found if name.startswith("traces:")]


def test_a_target_is_met_unless_its_bound_is_broken(catalog: Catalog, target: Target) -> None:
    met = [rule.expr for rule in criteria_group(catalog, target).rules if rule.record == "platform:criterion:met"]
    assert '(platform:criterion:value{criterion="time-to-detect"} > bool 300) == bool 0' in met
    assert '(platform:criterion:value{criterion="trace-coverage"} < bool 0.999) == bool 0' in met


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda data: data["criteria"][0].update(value="sum(nothing)"),
            "time-to-detect.value: uses the metric",
        ),
        (
            lambda data: data["criteria"][0].update(value="up"),
            "time-to-detect.value: expected one value without",
        ),
        (
            lambda data: data["criteria"][0].update(value="7"),
            "time-to-detect.value: expected one value without",
        ),
        (
            lambda data: data["criteria"][1].update(name="time-to-detect"),
            "time-to-detect.name: 'time-to-detect' is declared",
        ),
        (
            lambda data: data["critical_paths"].append(data["critical_paths"][0]),
            "'warehouse predictions'.name: 'warehouse predictions' is declared twice",
        ),
        (
            lambda data: data["critical_paths"][0].update(workload="bakery"),
            "predictions.workload: unknown workload",
        ),
        (
            lambda data: data["critical_paths"][0].update(requests="sum(up)"),
            "predictions.requests: expected the sel",
        ),
        (
            lambda data: data["critical_paths"][0].update(spans=["prediction_request", "transform"]),
            "predictions.spans.1: unknown critical span of warehouse 'transform': expected one of",
        ),
    ],
)
def test_what_cannot_be_measured_is_refused_with_its_place(copy: CatalogCopy, change: Any, message: str) -> None:
    copy.change(FILE, change)
    wrong = copy.mistakes()
    assert any(line.startswith(f"catalog/{FILE}: {message}") for line in wrong), wrong


def test_a_path_reads_its_own_workload(copy: CatalogCopy) -> None:
    copy.change(FILE, lambda data: data["critical_paths"][0].update(requests="http_requests_total"))
    (line,) = copy.mistakes()
    assert "predictions.requests: uses the metric 'http_requests_total', which the catalog does not declare" in line


def test_a_critical_span_without_a_path_is_told(copy: CatalogCopy) -> None:
    copy.change("warehouse/traces.yaml", lambda data: data["spans"][1].update(critical=True))
    (line,) = copy.mistakes()
    assert "model_inference.critical: expected a path of catalog/criteria.yaml with this span, found none" in line


def test_what_goes_to_x_ray_cannot_be_counted(copy: CatalogCopy) -> None:
    copy.change("billing/traces.yaml", lambda data: data["spans"][0].update(critical=True))
    path = {"workload": "billing", "name": "predict", "requests": "up", "spans": ["predict_payment"]}
    copy.change(FILE, lambda data: data["critical_paths"].append(path))
    assert any("predict.spans: spans of billing go to X-Ray" in line for line in copy.mistakes())


def test_every_workload_that_counts_its_spans_has_a_critical_path(catalog: Catalog, target: Target) -> None:
    measured = {path.workload for path in catalog.criteria.critical_paths}
    assert measured == {watched.name for watched in catalog if watched.traces.spans and not watched.traces.xray}
    rules = [
        rule for rule in criteria_group(catalog, target).rules if rule.record == "traces:critical_path:spans_rate5m"
    ]
    seen = {(rule.labels["workload"], rule.labels["span"]) for rule in rules}
    assert seen == {(watched.name, span.name) for watched in catalog for span in watched.traces.spans if span.critical}
    selector = (
        'traces_span_metrics_calls_total{workload="warehouse", service_name="parcel-api", span_name="parcel_lookup"}'
    )
    assert f"sum(rate({selector}[5m])) or vector(0)" in [rule.expr for rule in rules]


def test_a_value_of_cloudwatch_is_exported_and_read_in_its_unit(catalog: Catalog, target: Target) -> None:
    """0 and NaN say that nobody searched; the account is the exporter's own."""
    (rule,) = [rule for rule in criteria_group(catalog, target).rules if rule.labels.get("criterion") == "log-search"][
        :1
    ]
    series = 'aws_es_search_latency_maximum{workload="platform", dimension_DomainName="observability-prod-logs"}'
    assert rule.expr == f"max({series} > 0) / 1000"
    configuration = yace.configuration(catalog, target)
    assert configuration
    jobs = configuration["customNamespace"]
    assert isinstance(jobs, list)
    (job,) = [job for job in jobs if job["namespace"] == "AWS/ES"]
    assert (job["dimensionNameRequirements"], job["metrics"][0]["period"]) == (["ClientId", "DomainName"], 3600)
    assert "AWS/ES" not in str(yace.configuration(catalog, replace(target, layers=("foundation", "metrics", "cloud"))))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"cloudwatch": None}, "log-search: expected either value or cloudwatch, found both or neither"),
        ({"value": "vector(1)"}, "log-search: expected either value or cloudwatch, found both or neither"),
        (
            {"cloudwatch": {"metric": "gone", "statistic": "Maximum", "period": "1h"}},
            "unknown CloudWatch metric of platform",
        ),
    ],
)
def test_a_criterion_is_measured_by_one_thing(copy: CatalogCopy, change: Any, message: str) -> None:
    copy.change(FILE, lambda data: data["criteria"][4].update(change))
    wrong = copy.mistakes()
    assert any(message in line for line in wrong), wrong
