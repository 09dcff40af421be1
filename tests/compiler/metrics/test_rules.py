"""Alerts and RED series of a workload, as Prometheus rules."""

from dataclasses import replace

import pytest

from compiler.catalog import promql
from compiler.catalog.catalog import Watched
from compiler.conventions import ERROR_RATIO, LATENCY, REQUEST_RATE
from compiler.metrics.red import red_group
from compiler.metrics.rules import Rule, absence_guards, alert_group
from compiler.model.alerts import Absence, Alert, Threshold, Traffic
from compiler.target import Target
from compiler.text import number

ENVIRONMENTS = ["local", "dev", "staging", "prod", "dr"]


def rules_of(watched: Watched, target: Target, name: str) -> list[Rule]:
    return [rule for rule in alert_group(watched, target).rules if rule.alert == name]


def test_each_severity_of_an_alert_is_a_rule(shop: Watched, target: Target) -> None:
    several = next(alert for alert in shop.alerts if len(alert.thresholds) > 1)
    rules = {rule.labels["severity"]: rule for rule in rules_of(shop, target, several.name)}
    assert rules.keys() == several.thresholds.keys()
    for severity, threshold in several.thresholds.items():
        assert rules[severity].for_ == threshold.for_
        assert all(f") {sign} {number(limit)}" in rules[severity].expr for sign, limit in threshold.limits())


def test_an_alert_may_stay_on_for_a_while_after_its_condition(shop: Watched, target: Target) -> None:
    kept = {(a.name, s): t.keep for a in shop.alerts for s, t in a.thresholds.items()}
    assert set(kept.values()) > {None}
    for rule in alert_group(shop, target).rules:
        assert rule.to_dict().get("keep_firing_for") == kept[str(rule.alert), rule.labels["severity"]]


def test_every_alert_carries_the_facts_that_route_and_explain_it(shop: Watched, target: Target) -> None:
    for rule in alert_group(shop, target).rules:
        assert set(rule.labels) == {"severity", "priority", "workload", "service", "team"}
        assert rule.labels["priority"] == shop.severity(rule.labels["severity"]).priority
        links = {"runbook", "runbook_url", "dashboard_url"}
        assert set(rule.annotations) - {"aliases"} == {"summary", "description", *links}
        assert rule.annotations["runbook"] == rule.annotations["runbook_url"]
        assert rule.annotations["runbook_url"].startswith("https://docs.example.com/runbooks/shop/")
        boards = {dashboard.name for dashboard in shop.dashboards.grafana}
        prefix, _, board = rule.annotations["dashboard_url"].rpartition("-")
        assert prefix == "https://grafana.example.com/d/shop"
        assert board in boards


def test_other_names_of_an_alert_are_kept(shop: Watched, target: Target) -> None:
    alert = next(alert for alert in shop.alerts if len(alert.aliases) > 1)
    for rule in rules_of(shop, target, alert.name):
        assert rule.annotations["aliases"] == ", ".join(alert.aliases)


def test_little_traffic_fires_nothing(shop: Watched, target: Target) -> None:
    alert = next(alert for alert in shop.alerts if alert.traffic and not alert.absence)
    assert alert.traffic
    for rule in rules_of(shop, target, alert.name):
        assert rule.expr.endswith(f"\nand ({alert.traffic.value}) >= {number(alert.traffic.at_least)}")


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_silence_fires_where_the_workload_is_expected(shop: Watched, target: Target, environment: str) -> None:
    declared = replace(target, environment=environment, live=("shop",))
    (rule,) = rules_of(shop, declared, "EventPipelineDown")
    assert rule.expr.startswith("(" if environment == "dr" else "((")
    absent = [line for line in rule.expr.splitlines() if " absent(" in line]
    expected = [
        f'or on (processor) absent(streaming_events_processed_total{{processor="{p}"}})'
        for p in ("index", "context", "offers")
    ]
    assert absent == ([] if environment == "dr" else expected)


def test_silence_of_what_is_not_declared_live_waits_for_its_first_data(shop: Watched, target: Target) -> None:
    def guards(*live: str) -> list[str]:
        (rule,) = rules_of(shop, replace(target, live=live), "EventPipelineDown")
        return [line for line in rule.expr.splitlines() if "absent(" in line]

    service = next(alert.service for alert in shop.alerts if alert.name == "EventPipelineDown")
    seen = f'service:seen_live:info{{workload="shop", service="{service}"}}'
    waiting = guards("library", "shop/edge")
    assert waiting
    assert all(" (absent(" in line and line.endswith(f" and on () {seen})") for line in waiting)
    plain = [line.replace(" (absent(", " absent(").removesuffix(f" and on () {seen})") for line in waiting]
    assert guards("shop") == guards(f"shop/{service}") == plain


def test_up_must_be_there_for_every_producer_of_the_service(shop: Watched) -> None:
    up = Absence(metric="up", each=("job",))
    assert list(absence_guards(shop, "data", up)) == [
        f'or on (job) absent(up{{workload="shop", job="{job}"}})' for job in ("vectordb", "redis", "kafka-exporter")
    ]


def test_absence_asks_for_every_combination_of_labels(shop: Watched) -> None:
    alert = next(alert for alert in shop.alerts if alert.absence)
    assert alert.absence
    metric = shop.metrics.prometheus[0].model_copy(
        update={"name": "seen_total", "labels": {"pop": ("a", "b"), "cache": ("hit", "miss")}}
    )
    watched = replace(shop, metrics=shop.metrics.model_copy(update={"prometheus": (metric,)}))
    absence = alert.absence.model_copy(update={"metric": "seen_total", "each": ("pop", "cache")})
    guards = list(absence_guards(watched, alert.service, absence))
    assert guards == [
        f'or on (pop, cache) absent(seen_total{{pop="{pop}", cache="{cache}"}})'
        for pop in "ab"
        for cache in ("hit", "miss")
    ]
    plain = absence.model_copy(update={"each": ()})
    assert list(absence_guards(watched, alert.service, plain)) == ["or on () absent(seen_total)"]


@pytest.mark.parametrize(
    ("bound", "condition"),
    [
        ({"above": 1_234_567}, "> 1234567"),
        ({"above": 107_374_182_400}, "> 107374182400"),
        ({"below": 0.1}, "< 0.1"),
        ({"below": 0.123456789}, "< 0.123456789"),
        ({"equals": 0}, "== 0"),
    ],
)
def test_a_limit_is_compared_as_it_was_written(
    shop: Watched, target: Target, bound: dict[str, float], condition: str
) -> None:
    threshold = Threshold.model_validate({**bound, "for": "5m"})
    alert: Alert = shop.alerts[0].model_copy(update={"thresholds": {"critical": threshold}, "traffic": None})
    (rule,) = rules_of(replace(shop, alerts=(alert,)), target, alert.name)
    assert rule.expr.endswith(f") {condition}")


def test_a_range_is_watched_on_both_sides_under_one_guard(shop: Watched, target: Target) -> None:
    threshold = Threshold.model_validate({"outside": [0.1, 0.6], "for": "1h"})
    traffic = Traffic.model_validate({"value": "sum(up)", "at_least": 2})
    changed = {"thresholds": {"critical": threshold}, "value": "up", "traffic": traffic, "absence": None}
    alert = shop.alerts[0].model_copy(update=changed)
    (rule,) = rules_of(replace(shop, alerts=(alert,)), target, alert.name)
    assert rule.expr == "((up) < 0.1\nor (up) > 0.6)\nand (sum(up)) >= 2"


def test_each_service_with_red_metrics_records_rate_errors_and_duration(shop: Watched) -> None:
    group = red_group(shop)
    services = [name for name, service in shop.workload.services.items() if service.red]
    assert {"edge", "api", "assistant"} <= set(services)
    for service in services:
        rules = [rule for rule in group.rules if rule.labels["service"] == service]
        assert [rule.record for rule in rules].count(REQUEST_RATE) == 1
        assert [rule.record for rule in rules].count(ERROR_RATIO) == 1
        assert [r.labels["quantile"] for r in rules if r.record == LATENCY] == ["0.5", "0.95", "0.99"]
        assert all(rule.labels["workload"] == "shop" for rule in rules)


def test_no_error_yet_is_a_rate_of_zero(shop: Watched) -> None:
    ratios = [rule.expr for rule in red_group(shop).rules if rule.record == ERROR_RATIO]
    assert ratios[1] == "(sum(rate(api_errors_total[5m])) or vector(0)) / sum(rate(api_requests_total[5m]))"


def test_a_workload_without_metrics_has_no_rules(billing: Watched, target: Target) -> None:
    assert (red_group(billing).rules, alert_group(billing, target).rules) == ((), ())


def test_every_expression_parses(shop: Watched, target: Target) -> None:
    for rule in (*red_group(shop).rules, *alert_group(shop, target).rules):
        promql.parse(rule.expr)


def test_a_rule_is_spelled_without_what_it_does_not_have() -> None:
    assert Rule("up", record="a:b").to_dict() == {"record": "a:b", "expr": "up"}
    alert = Rule("up == 0", alert="Down", for_="5m", labels={"a": "b"}, annotations={"c": "d"}).to_dict()
    assert alert == {"alert": "Down", "expr": "up == 0", "for": "5m", "labels": {"a": "b"}, "annotations": {"c": "d"}}
