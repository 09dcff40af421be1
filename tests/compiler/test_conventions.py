"""Names are built in one place, fit where they go, and never collide."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compiler import conventions as names
from compiler.catalog.catalog import Catalog
from compiler.metrics.red import red_group
from compiler.model.metrics import Metric, MetricType
from compiler.objectives.events import slo_groups
from compiler.target import Target

slugs = st.from_regex(r"[a-z][a-z0-9]{0,20}(-[a-z0-9]{1,20}){0,2}", fullmatch=True)


def metric(kind: MetricType) -> Metric:
    labels: dict[str, tuple[str, ...]] = {"pop": ()}
    return Metric(name="m", type=kind, unit="seconds", help="A metric", service="api", producer="api", labels=labels)


@pytest.mark.parametrize("kind", ["counter", "gauge"])
def test_a_counter_or_a_gauge_is_one_series(kind: MetricType) -> None:
    assert names.series(metric(kind)) == {"m": names.TARGET_LABELS | {"pop"}}


def test_a_histogram_is_three_series_and_none_of_its_own_name() -> None:
    series = names.series(metric("histogram"))
    assert set(series) == {"m_bucket", "m_sum", "m_count"}
    assert series["m_bucket"] - series["m_sum"] == {"le"}


def test_the_labels_of_recorded_series_are_those_that_the_rules_give(catalog: Catalog, target: Target) -> None:
    for watched in catalog:
        groups = [red_group(watched), *slo_groups(watched, catalog.burn_rates, target)]
        for rule in (rule for group in groups for rule in group.rules if rule.record):
            each = frozenset(slo.each.label for slo in watched.slos if slo.each and slo.name == rule.labels.get("slo"))
            labels = names.recorded_labels(str(rule.record))
            assert labels is not None
            assert set(rule.labels) <= labels
            # Shares take their labels from the series that they read.
            assert set(rule.labels) == labels or ("slo:" in str(rule.record) and not rule.labels)
            assert all(f"by ({label})" in rule.expr for label in each if "rate5m" in str(rule.record))


def test_a_charts_monitor_adds_labels_of_its_own(catalog: Catalog) -> None:
    platform = next(watched.workload for watched in catalog if watched.name == "platform")
    added = names.added_labels(platform, "cadvisor")
    assert "metrics_path" in added
    assert not added & {"workload", "pod"}
    assert names.series(metric("gauge"), added) == {"m": added | {"pop"}}
    assert names.added_labels(platform, "unknown") == names.TARGET_LABELS


def test_an_objectives_series_have_the_label_by_which_it_has_budgets() -> None:
    plain = names.recorded_labels(names.SLO_BUDGET)
    assert plain is not None
    assert names.recorded_labels(names.SLO_BUDGET, frozenset({"plan"})) == plain | {"plan"}
    assert names.recorded_labels(names.ERROR_RATIO, frozenset({"plan"})) == names.recorded_labels(names.ERROR_RATIO)


def test_a_name_that_no_rule_records_has_no_labels() -> None:
    assert names.recorded_labels("requests_total") is None
    assert names.recorded_labels("slo:events_good:rate5m") is None
    assert names.recorded_labels("slo:events_bad:ratio_12h") is None
    assert names.recorded_labels("up") == names.TARGET_LABELS


@given(slugs, slugs)
def test_the_uid_of_a_dashboard_fits_grafana(workload: str, dashboard: str) -> None:
    uid = names.dashboard_uid(workload, dashboard)
    assert len(uid) <= 40
    assert uid == f"{workload}-{dashboard}" or len(f"{workload}-{dashboard}") > 40


def test_two_dashboards_with_a_long_beginning_in_common_stay_two() -> None:
    long = "billing-customer-lifetime"
    uids = {names.dashboard_uid(long, board) for board in ("operations", "operators")}
    assert len(uids) == 2


def test_links(target: Target) -> None:
    assert names.runbook_url(target, "shop", "slow") == "https://docs.example.com/runbooks/shop/slow/"
    assert names.grafana_url(target, "shop", "ops") == "https://grafana.example.com/d/shop-ops"
    assert names.cloudwatch_url(target, "ops").endswith("#dashboards/dashboard/ops-prod")


def test_placeholders_are_filled(target: Target) -> None:
    text = "{region}:{account}:{environment}"
    assert names.resolve(text, target) == "eu-west-1:{account}:prod"
    assert names.in_environment("api", "dev") == "api-dev"
    assert names.topic("P0") == "p0"


def test_a_target_goes_without_the_labels_that_metrics_have_of_their_own(catalog: Catalog) -> None:
    metrics = {metric.name: metric for watched in catalog for metric in watched.metrics.prometheus}
    assert names.own_labels([metrics["parcel_lookups_total"], metrics["dag_queue_depth"]]) == ("namespace",)
    assert names.own_labels([metrics["dag_queue_depth"]]) == ()


def test_a_metric_about_others_says_so_by_its_labels(catalog: Catalog) -> None:
    metrics = {metric.name: metric for watched in catalog for metric in watched.metrics.prometheus}
    assert names.naming_labels([metrics["traces_span_metrics_calls_total"]]) == ("workload",)
    assert names.naming_labels([metrics["http_requests_total"]]) == ()


def test_rules_of_x_ray_carry_the_environment(target: Target) -> None:
    assert names.xray_name("shop", target, "errors") == "shop-prod-errors"
