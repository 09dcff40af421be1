"""The fast burn as CloudWatch alarms: thresholds, guards, and who is notified when."""

from dataclasses import replace

import pytest

from compiler.catalog.catalog import Catalog, Watched
from compiler.cloud.cloudwatch import AlarmSpec
from compiler.objectives.cloudwatch import burn_alarms, burn_composites
from compiler.target import Target


@pytest.fixture
def alarms(billing: Watched, catalog: Catalog, target: Target) -> dict[str, AlarmSpec]:
    return {alarm.name: alarm for alarm in burn_alarms(billing, catalog.burn_rates, target)}


@pytest.mark.parametrize(
    ("window", "period", "share", "least"),
    # 14.4 and 6 times the 0.1 % that may fail; 0.33 requests a second.
    [("1h", 3_600, 0.0144, 1_188), ("5m", 300, 0.0144, 99), ("6h", 21_600, 0.006, 7_128), ("30m", 1_800, 0.006, 594)],
)
def test_each_window_is_an_alarm(
    alarms: dict[str, AlarmSpec], window: str, period: int, share: float, least: int
) -> None:
    alarm = alarms[f"api-availability-burn-{window}-prod"]
    assert (alarm.period, alarm.evaluation_periods, alarm.threshold) == (period, 1, share)
    assert (alarm.comparison_operator, alarm.treat_missing_data) == ("GreaterThanThreshold", "notBreaching")
    total, bad, ratio = alarm.lines
    assert (total.metric_name, bad.metric_name) == ("Count", "5XXError")
    assert total.dimensions == bad.dimensions == {"ApiName": "billing-api-prod"}
    assert {total.statistic, bad.statistic} == {"Sum"}
    assert (ratio.expression, [line.returns for line in alarm.lines]) == (
        f"IF(total >= {least}, bad / total)",
        [False, False, True],
    )


def test_a_window_alone_tells_nobody(alarms: dict[str, AlarmSpec]) -> None:
    assert len(alarms) == 4
    assert {alarm.topics for alarm in alarms.values()} == {()}


def test_both_windows_of_a_pair_tell_the_page(billing: Watched, catalog: Catalog, target: Target) -> None:
    (burn,) = burn_composites(billing, catalog.burn_rates, target)
    name = "api-availability-burn"
    assert burn.name == f"{name}-fast-prod"
    assert burn.rule == (
        f'(ALARM("{name}-1h-prod") AND ALARM("{name}-5m-prod")) OR '
        f'(ALARM("{name}-6h-prod") AND ALARM("{name}-30m-prod"))'
    )
    assert burn.topics == ("p1", "pagerduty")
    assert set(burn.children) == {alarm.name for alarm in burn_alarms(billing, catalog.burn_rates, target)}
    facts = dict(line.partition(": ")[::2] for line in burn.description.splitlines()[2:])
    assert (facts["severity"], facts["priority"], facts["workload"]) == ("p1", "P1", "billing")
    assert facts["runbook"].endswith("/billing/objectives/")
    assert facts["dashboard"].endswith("billing-operations-prod")


def test_events_of_prometheus_need_no_alarm(shop: Watched, catalog: Catalog, target: Target) -> None:
    assert burn_alarms(shop, catalog.burn_rates, target) == []
    assert burn_composites(shop, catalog.burn_rates, target) == []


def test_another_window_scales_the_rates(billing: Watched, catalog: Catalog, target: Target) -> None:
    shorter = replace(billing, slos=(billing.slos[0].model_copy(update={"window": "15d"}),))
    found = {alarm.period: alarm.threshold for alarm in burn_alarms(shorter, catalog.burn_rates, target)}
    assert found == {3_600: 0.0072, 300: 0.0072, 21_600: 0.003, 1_800: 0.003}
