"""When each CloudWatch alarm of engagement prediction is in alarm and when not, on data as CloudWatch has it."""

from collections.abc import Mapping

import pytest

from compiler.catalog.catalog import Watched
from compiler.model.base import Bound
from compiler.model.cloud import Alarm
from tests.catalog.alarm_states import Point, fires

Values = Mapping[str, Point]
PARITY = {"parity-gender": 0.9, "parity-age": 0.9, "parity-location": 0.9}
TRAINED: Values = {"training-duration-engagement": 4, "training-duration-churn": 4, "training-duration-ltv": None}
# The bounds for which the cases are written: they prove metric math, periods and silence, whatever the limits are.
BOUNDS: Mapping[str, dict[str, float]] = {
    "api-error-rate-high": {"above": 10},
    "model-accuracy-degraded": {"below": 0.75},
    "data-drift-detected": {"above": 0.1},
    "api-5xx-share-high": {"above": 1},
    "api-latency-high": {"above": 300},
    "api-latency-target-missed": {"above": 200},
    "lambda-concurrency-high": {"above": 90},
    "lambda-concurrency-target-missed": {"above": 80},
    "api-failing": {"above": 50},
    "api-no-requests": {"below": 1},
    "model-accuracy-low": {"below": 0.78},
    "model-health-check-failed": {"below": 1},
    "fairness-violated": {"below": 0.8},
    "fairness-low": {"below": 0.85},
    "prediction-drift-detected": {"above": 0.1},
    "prediction-latency-high": {"above": 100},
    "cache-hit-rate-low": {"below": 95},
    "training-failed": {"above": 0},
    "training-slow": {"above": 5},
    "model-retraining-due": {"above": 90},
    "null-rate-high": {"above": 5},
    "schema-violations-high": {"above": 10},
    "outlier-rate-high": {"above": 5},
    "duplicate-records-high": {"above": 100},
    "data-stale": {"above": 48},
    "data-freshness-missed": {"above": 24},
    "personal-data-in-logs": {"above": 0},
    "security-findings-open": {"above": 0},
    "nan-in-prediction-log": {"above": 0},
    "nan-in-batch": {"above": 0},
    "run-cost-high": {"above": 5.3},
}
# Each with data at which it is on, and data at which it is not: a point of every period, by the metric's id.
CASES: Mapping[str, tuple[list[Values], list[Values]]] = {
    "api-error-rate-high": ([{"api-4xx": 11}], [{"api-4xx": 10}, {"api-4xx": None}]),
    "model-accuracy-degraded": ([{"model-r2": 0.74}, {"model-r2": None}], [{"model-r2": 0.75}]),
    "data-drift-detected": ([{"ks-statistic": 0.11}], [{"ks-statistic": 0.1}, {"ks-statistic": None}]),
    "api-5xx-share-high": (
        [{"api-requests": 1_000, "api-5xx": 11}],
        [
            {"api-requests": 1_000, "api-5xx": 10},
            {"api-requests": 99, "api-5xx": 99},
            {"api-requests": None, "api-5xx": None},
        ],
    ),
    "api-latency-high": (
        [{"api-requests": 100, "api-latency": 301}],
        [{"api-requests": 100, "api-latency": 300}, {"api-requests": 99, "api-latency": 900}],
    ),
    "api-latency-target-missed": (
        [{"api-requests": 100, "api-latency": 201}],
        [{"api-requests": 100, "api-latency": 200}, {"api-requests": 99, "api-latency": 900}],
    ),
    "lambda-concurrency-high": ([{"account-concurrency": 901}], [{"account-concurrency": 900}]),
    "lambda-concurrency-target-missed": ([{"account-concurrency": 801}], [{"account-concurrency": 800}]),
    "api-failing": (
        [{"api-requests": 20, "api-5xx": 11}],
        [{"api-requests": 20, "api-5xx": 10}, {"api-requests": 19, "api-5xx": 19}],
    ),
    "api-no-requests": ([{"api-requests": None}, {"api-requests": 0}], [{"api-requests": 1}]),
    "model-accuracy-low": ([{"model-r2": 0.77}], [{"model-r2": 0.78}]),
    "model-health-check-failed": ([{"model-health": 0}, {"model-health": None}], [{"model-health": 1}]),
    "fairness-violated": ([PARITY | {"parity-age": 0.79}], [PARITY | {"parity-age": 0.8}]),
    "fairness-low": ([PARITY | {"parity-location": 0.84}], [PARITY | {"parity-location": 0.85}]),
    "prediction-drift-detected": ([{"prediction-ks-statistic": 0.11}], [{"prediction-ks-statistic": 0.1}]),
    "prediction-latency-high": (
        [{"predictions": 100, "prediction-latency": 101}],
        [{"predictions": 100, "prediction-latency": 100}, {"predictions": 99, "prediction-latency": 900}],
    ),
    "cache-hit-rate-low": (
        [{"cache-hits": 94, "cache-misses": 6}, {"cache-hits": None, "cache-misses": 100}],
        [
            {"cache-hits": 95, "cache-misses": 5},
            {"cache-hits": 9, "cache-misses": 90},
            {"cache-hits": 100, "cache-misses": None},
        ],
    ),
    "training-failed": (
        [{"pipeline-failed": 1, "pipeline-timed-out": None}, {"pipeline-failed": None, "pipeline-timed-out": 1}],
        [{"pipeline-failed": 0, "pipeline-timed-out": None}],
    ),
    "training-slow": ([{**TRAINED, "training-duration-churn": 5.1}], [TRAINED]),
    "model-retraining-due": ([{"model-age": 91}], [{"model-age": 90}]),
    "null-rate-high": ([{"null-rate": 5.1}], [{"null-rate": 5}]),
    "schema-violations-high": ([{"schema-violations": 11}], [{"schema-violations": 10}]),
    "outlier-rate-high": ([{"outlier-rate": 5.1}], [{"outlier-rate": 5}]),
    "duplicate-records-high": ([{"duplicate-records": 101}], [{"duplicate-records": 100}]),
    "data-stale": ([{"data-age": 49}, {"data-age": None}], [{"data-age": 48}]),
    "data-freshness-missed": ([{"data-age": 25}], [{"data-age": 24}]),
    "personal-data-in-logs": ([{"personal-data-lines": 1}], [{"personal-data-lines": 0}]),
    "security-findings-open": ([{"security-findings": 1}], [{"security-findings": 0}]),
    "nan-in-prediction-log": ([{"nan-log-lines": 1}], [{"nan-log-lines": 0}]),
    "nan-in-batch": ([{"nan-predictions": 1}], [{"nan-predictions": 0}]),
    "run-cost-high": ([{"run-cost": 5.31}], [{"run-cost": 5.3}]),
}


def alarm(engagement: Watched, name: str) -> Alarm:
    found = next(each for each in engagement.alarms.alarms if each.name == name)
    return found.model_copy(update={"bound": Bound.model_validate(BOUNDS[name])})


def test_every_alarm_has_its_cases(engagement: Watched) -> None:
    assert set(CASES) == set(BOUNDS) == {each.name for each in engagement.alarms.alarms}


@pytest.mark.parametrize("name", CASES)
def test_an_alarm_is_on_when_its_cases_say(engagement: Watched, name: str) -> None:
    found, (on, off) = alarm(engagement, name), CASES[name]
    periods = found.evaluation_periods
    for values in on:
        assert fires(found, {metric: [point] * periods for metric, point in values.items()}), values
    for values in off:
        assert not fires(found, {metric: [point] * periods for metric, point in values.items()}), values


@pytest.mark.parametrize("name", [name for name, (on, _) in CASES.items() if on])
def test_one_good_period_among_bad_ones_keeps_it_off(engagement: Watched, name: str) -> None:
    found, (on, off) = alarm(engagement, name), CASES[name]
    data = {metric: [*[on[0][metric]] * (found.evaluation_periods - 1), off[0][metric]] for metric in on[0]}
    assert not fires(found, data)


@pytest.mark.parametrize("name", ["api-down", "data-breach", "model-returns-nan"])
def test_a_composite_is_on_when_one_of_its_children_is(engagement: Watched, name: str) -> None:
    (composite,) = (each for each in engagement.alarms.composites if each.name == name)
    assert composite.when == "any"
    assert len(composite.alarms) == 2
    assert set(composite.alarms) <= set(CASES)
