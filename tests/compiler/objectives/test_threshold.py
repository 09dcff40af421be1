"""Objectives on values: the worst counts, its average over the window decides, and NaN is no value."""

from dataclasses import replace
from typing import Any

import pytest

from compiler.catalog import promql
from compiler.catalog.catalog import Watched
from compiler.catalog.scope import scope_of
from compiler.catalog.steady import FINITE, steady
from compiler.metrics.rules import Rule
from compiler.model.alerts import ThresholdSlo
from compiler.objectives.threshold import limit_in_words, threshold_groups
from compiler.target import Target
from tests.frozen import frozen_catalog


def rules(watched: Watched, target: Target, name: str, **changes: Any) -> dict[str, Rule]:
    found = next(slo for slo in watched.thresholds if slo.name == name)
    slo = ThresholdSlo.model_validate(found.model_dump() | changes)
    (group,) = threshold_groups(replace(watched, thresholds=(slo,)), target)
    assert group.interval == "5m"
    return {str(rule.record or rule.alert): rule for rule in group.rules}


def test_the_worst_of_several_counts_and_nan_does_not(billing: Watched, target: Target) -> None:
    value = rules(billing, target, "fairness")["slo:threshold:value"]
    assert value.expr.startswith("min(aws_custommetrics_ml_demographic_parity_minimum{")
    made = steady(value.expr, scope_of(billing, frozen_catalog()))
    assert made.count(" or ") == 2
    assert made.endswith(f"){FINITE})"), "NaN is left out of the three, as wherever gauges are aggregated"
    assert value.labels == {"workload": "billing", "service": "models", "slo": "fairness"}
    assert rules(billing, target, "api-latency")["slo:threshold:value"].expr.startswith("max(")


@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [
        ("model-accuracy", ">= bool 0.75", "< 0.75"),
        ("fairness", ">= bool 0.8", "< 0.8"),
        ("api-latency", "<= bool 200", "> 200"),
    ],
)
def test_what_is_good_is_what_does_not_break_the_bound(
    billing: Watched, target: Target, name: str, good: str, bad: str
) -> None:
    found = rules(billing, target, name)
    assert found["slo:threshold:met"].expr.endswith(good)
    missed = next(rule for rule in found.values() if str(rule.alert).endswith("Missed"))
    assert missed.expr.endswith(f"}} {bad}")
    assert missed.expr.startswith("slo:threshold:average{")


def test_the_average_is_taken_once(billing: Watched, target: Target) -> None:
    """CloudWatch's p95 of a day is that of the objective's window: an average of those would be of two days."""
    assert rules(billing, target, "api-latency")["slo:threshold:average"].expr.startswith("slo:threshold:value{")
    accuracy = rules(billing, target, "model-accuracy")["slo:threshold:average"].expr
    assert (accuracy.startswith("avg_over_time(slo:threshold:value{"), accuracy.endswith("[7d])")) == (True, True)


def test_silence_is_told_where_the_workload_runs(billing: Watched, target: Target) -> None:
    there = rules(billing, target, "data-freshness")
    assert set(there) == {
        "slo:threshold:value",
        "slo:threshold:met",
        "slo:threshold:attained_ratio",
        "slo:threshold:average",
        "DataFreshnessNoData",
    }
    elsewhere = rules(billing, replace(target, environment="dr"), "data-freshness")
    assert "DataFreshnessNoData" not in elsewhere


def test_every_expression_parses(billing: Watched, target: Target) -> None:
    for group in threshold_groups(billing, target):
        for rule in group.rules:
            promql.parse(rule.expr)


def test_the_limit_is_said_with_its_unit(billing: Watched) -> None:
    text = {slo.name: limit_in_words(billing, slo) for slo in billing.thresholds}
    assert text == {
        "api-latency": "200 ms",
        "model-accuracy": "0.75",
        "fairness": "0.8",
        "data-freshness": "24 hours",
    }


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"bound": {"equals": 1}}, "expected above or below, found equals"),
        ({"period": "8d"}, "at most the window of 7d, found 8d"),
        ({"period": "90s"}, "expected minutes"),
        ({"metrics": ()}, "at least 1 item"),
    ],
)
def test_what_makes_no_sense_is_refused(billing: Watched, change: dict[str, Any], message: str) -> None:
    slo = next(slo for slo in billing.thresholds if slo.name == "model-accuracy")
    with pytest.raises(ValueError, match=message):
        ThresholdSlo.model_validate(slo.model_dump() | change)
