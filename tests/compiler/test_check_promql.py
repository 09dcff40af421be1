"""Expressions that do not parse, or would match nothing, are reported with their place."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from tests.catalog_copy import CatalogCopy

ALERTS = "shop/alerts.yaml"
METRICS = "shop/metrics.yaml"
SLOS = "shop/slos.yaml"
BOARDS = "shop/dashboards.yaml"
WORKLOAD = "shop/workload.yaml"
REQUESTS = "rate(api_requests_total[5m])"
FAILED = 'rate(api_requests_total{status_code=~"5.."}[5m])'


def first_alert(**changes: object) -> Callable[[Any], object]:
    return lambda data: data["alerts"][0].update(changes)


def pipeline_down(**absence: object) -> Callable[[Any], object]:
    return lambda data: data["alerts"][2]["absence"].update(absence)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("sum(rate(api_requests_total[5m])", "HighErrorRate.value: does not parse: "),
        ("topk(10, api_requests_total by endpoint)", "HighErrorRate.value: does not parse: "),
        ("rate(api_requests_total)", "HighErrorRate.value: does not parse: expected type matrix"),
        ("sum(api_request_total)", "uses the metric 'api_request_total', which the catalog does not declare"),
        ("sum(api_latency_seconds)", "uses the metric 'api_latency_seconds', which the catalog does not declare"),
        (
            'sum(rate(api_requests_total{status="500"}[5m]))',
            "uses the label 'status', which 'api_requests_total' does not",
        ),
        ("sum by (status) (rate(api_requests_total[5m]))", "aggregates by {status}, which its series do not have"),
        (
            f"{FAILED} / {REQUESTS}",
            "'/' joins sides that are narrowed differently by {status_code}: each element would meet only itself",
        ),
        (f"sum({FAILED}) / {REQUESTS}", "'/' joins {} with {"),
        (
            f"sum by (endpoint) ({FAILED}) / sum({REQUESTS})",
            "'/' joins {endpoint} with {}: aggregate both sides to the same labels",
        ),
        (f"sum by (pod) ({FAILED}) / sum by (job) ({REQUESTS})", "'/' joins {pod} with {job}"),
        (
            "histogram_quantile(0.95, sum(rate(api_latency_seconds_bucket[5m])))",
            "histogram_quantile needs the label le",
        ),
        ('{status_code="500"}', "a selector without a metric's name reads every series"),
        ("42", "cannot be compared: expected an instant vector"),
        ("api_requests_total[5m]", "cannot be compared: expected an instant vector"),
        (f"sum({REQUESTS}) # of all", "cannot be compared: expected an instant vector, without a comment"),
        ("+".join(["1"] * 900), "nests too deeply"),
    ],
)
def test_a_wrong_value_of_an_alert_is_told(copy: CatalogCopy, value: str, message: str) -> None:
    copy.change(ALERTS, first_alert(value=value))
    reported = [line for line in copy.mistakes() if f"catalog/{ALERTS}:" in line and ": HighErrorRate.value: " in line]
    assert len(reported) == 1
    assert message in reported[0]


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (f"sum by (endpoint) ({REQUESTS})", "keeps ['endpoint'], its alert's value keeps []: expected the same"),
        (REQUESTS, "its alert's value keeps []: expected the same"),
        ("sum(rate(api_calls_total[5m]))", "uses the metric 'api_calls_total', which the catalog does not declare"),
        ("sum(", "does not parse"),
        ("1", "cannot be compared"),
    ],
)
def test_a_traffic_guard_that_would_not_guard_is_told(copy: CatalogCopy, value: str, message: str) -> None:
    copy.change(ALERTS, first_alert(traffic={"value": value, "at_least": 0.1}))
    (line,) = copy.mistakes()
    assert ": HighErrorRate.traffic.value: " in line
    assert message in line


@pytest.mark.parametrize("field", ["summary", "description"])
def test_a_label_that_the_value_does_not_keep_is_told_where_it_is_used(copy: CatalogCopy, field: str) -> None:
    copy.change(ALERTS, first_alert(**{field: "The endpoint {{ $labels.endpoint }} fails"}))
    (line,) = copy.mistakes()
    assert f": HighErrorRate.{field}: uses the label 'endpoint', which its value does not keep" in line


def test_a_label_that_the_alerts_own_overwrites_is_told(copy: CatalogCopy) -> None:
    """Two series that differ in it would become the same alert twice, which Prometheus refuses to evaluate."""
    copy.replace("warehouse/alerts.yaml", "max by (queue) (label_replace(", "max by (priority) ((")
    copy.replace("warehouse/alerts.yaml", ', "queue", "$1", "priority", "(.*)"))', "))")
    assert any("keeps the label 'priority', which the alert's own overwrites" in line for line in copy.mistakes())


@pytest.mark.parametrize(
    ("absence", "message"),
    [
        ({"metric": "streaming_events"}, "absence.metric: unknown metric 'streaming_events': declare it"),
        (
            {"metric": "api_latency_seconds"},
            "absence.metric: 'api_latency_seconds' is a histogram: no series has that very name",
        ),
        (
            {"metric": "streaming_lag_seconds", "each": ["consumer_group"]},
            "absence.each: 'streaming_lag_seconds' declares no values for the label 'consumer_group'",
        ),
        ({"where": {"queue": "a"}}, "absence.where.queue: unknown label 'queue'"),
        ({"metric": "up", "each": ["processor"]}, "absence.each: 'up' declares no values for the label 'processor'"),
        ({"metric": "probe_success", "where": {"pod": "a"}}, "absence.where.pod: unknown label 'pod'"),
        ({"each": ["pod"]}, "absence.each: 'streaming_events_processed_total' declares no values for the label 'pod'"),
        ({"each": []}, "absence.each: expected each to be the labels that the value keeps, ['processor'], found []"),
    ],
)
def test_an_absence_that_cannot_be_told_is_told(copy: CatalogCopy, absence: dict[str, Any], message: str) -> None:
    copy.change(ALERTS, pipeline_down(**absence))
    wrong = copy.mistakes()
    assert any(f": EventPipelineDown.{message}" in line for line in wrong), wrong


def test_an_absence_over_a_label_whose_values_are_taken_away_is_told(copy: CatalogCopy) -> None:
    copy.replace(METRICS, "{processor: [index, context, offers]}", "{processor: []}")
    (line,) = copy.mistakes()
    assert "declares no values for the label 'processor': their absence cannot be told" in line


@pytest.mark.parametrize("field", ["total", "bad"])
@pytest.mark.parametrize(
    ("selector", "message"),
    [
        ("api_calls_total", "uses the metric 'api_calls_total', which the catalog does not declare"),
        ('api_requests_total{status="500"}', "uses the label 'status'"),
        ("api_requests_total{", "does not parse"),
        (f"sum({REQUESTS})", "expected the selector of a counter, found an expression"),
        ("api_requests_total offset 5m", "expected the selector of a counter, found an expression"),
        ("api_requests_total[5m]", "expected the selector of a counter, found an expression"),
        ('api_requests_total{pod="a"} + api_requests_total{pod="b"}', "expected the selector of a counter, found an"),
    ],
)
def test_wrong_events_of_an_objective_are_told(copy: CatalogCopy, field: str, selector: str, message: str) -> None:
    def edit(data: Any) -> None:
        data["slos"][0]["events"][field] = selector

    copy.change(SLOS, edit)
    assert any(f": api-availability.events.{field}: " in line and message in line for line in copy.mistakes())


def test_a_label_that_events_do_not_have_tells_no_budgets_apart(copy: CatalogCopy) -> None:
    each = {"label": "plan", "objectives": {"pro": 99.9}}
    copy.change(SLOS, lambda data: data["slos"][0].update(each=each))
    wrong = copy.mistakes()
    assert wrong
    assert all(
        ": api-availability.each.label: aggregates by {plan}, which its series do not have" in line for line in wrong
    )
    copy.change(SLOS, lambda data: data["slos"][0].update(each=each | {"label": "endpoint"}))
    copy.replace(BOARDS, "max(streaming_lag_seconds)", "'slo:error_budget:remaining_ratio{endpoint=\"/explain\"}'")
    assert copy.load()


def test_failed_requests_may_be_a_counters_with_matchers(copy: CatalogCopy) -> None:
    copy.replace(WORKLOAD, "errors: api_errors_total", """errors: 'api_requests_total{status_code=~"5.."}'""")
    assert copy.load()
    copy.replace(WORKLOAD, "{status_code=~", "{status=~")
    (line,) = copy.mistakes()
    assert ": services.api.red.errors: uses the label 'status', which 'api_requests_total' does not have" in line


@pytest.mark.parametrize("each", [["job"], ["job", "service"]])
def test_up_may_be_absent_by_job(copy: CatalogCopy, each: list[str]) -> None:
    value = f'max by ({", ".join(each)}) (up{{workload="shop", service="api"}})'
    change = {"value": value, "absence": {"metric": "up", "each": each}}
    copy.change(ALERTS, first_alert(**change, traffic={"value": value, "at_least": 1}))
    if each == ["job"]:
        assert copy.load()
    else:
        assert any("declares no values for the label 'service'" in line for line in copy.mistakes())


@pytest.mark.parametrize(
    ("expr", "message"),
    [
        ("max(streaming_lag)", "uses the metric 'streaming_lag', which the catalog does not declare"),
        ("max(streaming_lag_seconds", "does not parse"),
        ('max(streaming_lag_seconds{queue="a"})', "uses the label 'queue'"),
    ],
)
def test_a_wrong_panel_is_told_with_its_title(copy: CatalogCopy, expr: str, message: str) -> None:
    copy.replace(BOARDS, "max(streaming_lag_seconds)", f"'{expr}'")
    (line,) = copy.mistakes()
    assert ": operations.rows.'Tiers'.panels.'Streaming: lag'.queries.0.expr: " in line
    assert message in line
    assert line.endswith("(panel 'Streaming: lag' of operations)")


def test_a_metric_of_another_workload_is_not_to_be_used_except_of_the_platform(copy: CatalogCopy) -> None:
    shop = copy.text("billing/workload.yaml").split("budget:")[0]
    metric = {"name": "queue_size", "type": "gauge", "unit": "messages", "help": "Queued", "service": "api"}
    copy.keep_only("shop")
    for owner in ("bakery", "platform"):
        copy.write(f"{owner}/workload.yaml", shop)
        copy.change(
            f"{owner}/workload.yaml",
            partial(dict.update, name=owner, producers={"api": {"service": "api"}}),
        )
    copy.write("bakery/metrics.yaml", "{}")
    copy.write("platform/metrics.yaml", "{}")
    copy.replace(BOARDS, "max(streaming_lag_seconds)", "max(queue_size)")
    copy.change("bakery/metrics.yaml", lambda data: data.update(prometheus=[{**metric, "producer": "api"}]))
    (line,) = copy.mistakes()
    assert "uses the metric 'queue_size', which the catalog does not declare" in line
    copy.write("bakery/metrics.yaml", "{}")
    copy.change("platform/metrics.yaml", lambda data: data.update(prometheus=[{**metric, "producer": "api"}]))
    assert {watched.name for watched in copy.load()} >= {"platform", "bakery"}


@pytest.mark.parametrize(
    "value",
    [
        f"sum({FAILED}) / sum({REQUESTS})",
        f"sum by (endpoint) ({FAILED}) / ignoring (endpoint) group_left sum({REQUESTS})",
        'service:errors:ratio_rate5m{service="api"}',
        'max(ALERTS{alertname="HighLatency"})',
        f"sum({REQUESTS}) or vector(0)",
    ],
)
def test_a_right_value_is_taken(copy: CatalogCopy, value: str) -> None:
    copy.change(ALERTS, first_alert(value=value, traffic={"value": value, "at_least": 1}))
    assert copy.load()
