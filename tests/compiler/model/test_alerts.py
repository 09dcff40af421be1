"""Alerts and objectives refuse meaningless values."""

from typing import Any

import pytest
from pydantic import ValidationError

from compiler.model.alerts import Alert, BurnRates, Events, Slo, Threshold

ALERT: dict[str, Any] = {
    "name": "HighErrorRate",
    "service": "api",
    "value": "sum(rate(errors_total[5m]))",
    "unit": "ratio",
    "thresholds": {"critical": {"above": 0.01, "for": "5m"}},
    "summary": "The API fails",
    "description": "{{ $value }} of requests fail",
    "runbook": "high-error-rate",
    "dashboard": "operations",
}
SLO: dict[str, Any] = {
    "name": "api-availability",
    "service": "api",
    "title": "The API answers",
    "objective": 99.9,
    "window": "30d",
    "events": {"total": "requests_total", "bad": "errors_total"},
    "at_least": 0.1,
    "severities": {"page": "critical", "ticket": "warning", "absence": "critical"},
    "runbook": "budget",
    "dashboard": "operations",
}


def test_an_alert_needs_neither_traffic_nor_absence() -> None:
    alert = Alert.model_validate(ALERT)
    assert (alert.traffic, alert.absence, alert.aliases) == (None, None, ())
    assert alert.thresholds["critical"].for_ == "5m"


@pytest.mark.parametrize(
    "change",
    [
        {"name": "high-error-rate"},
        {"thresholds": {}},
        {"thresholds": {"critical": {"above": 0.01}}},
        {"thresholds": {"critical": {"above": 0.01, "for": 5}}},
        {"thresholds": {"critical": {"above": "0.01", "for": "5m"}}},
        {"thresholds": {"critical": {"above": 0.01, "for_": "5m"}}},
        {"thresholds": {"critical": {"outside": [0.1], "for": "5m"}}},
        {"thresholds": {"critical": {"outside": ["0.1", "0.6"], "for": "5m"}}},
        {"value": "  "},
        {"value": "-" * 2_001},
        {"traffic": {"value": "a", "at_least": 0}},
        {"absence": {"each": ["pop"]}},
        {"summary": "no"},
        {"sumary": "The API fails"},
    ],
)
def test_a_wrong_alert_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Alert.model_validate(ALERT | change)


def test_a_range_is_broken_on_either_side() -> None:
    threshold = Threshold.model_validate({"outside": [0.1, 0.6], "for": "1h"})
    assert threshold.limits() == (("<", 0.1), (">", 0.6))


@pytest.mark.parametrize("ends", [[0.6, 0.1], [0.5, 0.5]])
def test_a_range_that_holds_nothing_is_refused(ends: list[float]) -> None:
    with pytest.raises(ValidationError, match="outside: expected a low and a higher limit, found"):
        Threshold.model_validate({"outside": ends, "for": "1h"})


@pytest.mark.parametrize("sides", [{}, {"above": 0.1, "outside": [0.1, 0.6]}])
def test_a_threshold_has_one_bound(sides: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match="expected exactly one of above, below, equals, outside; found"):
        Threshold.model_validate({**sides, "for": "1h"})


@pytest.mark.parametrize("events", [{}, {"bad": "b", "good": "g"}])
def test_events_are_counted_from_one_side(events: dict[str, str]) -> None:
    with pytest.raises(ValidationError, match="expected either bad or good events, found both or neither"):
        Events.model_validate({"total": "t", **events})


@pytest.mark.parametrize(
    "change",
    [
        {"objective": 100},
        {"objective": 0},
        {"objective": "99"},
        {"at_least": 0},
        {"or_bad": 0},
        {"window": "month"},
        {"each": {"label": "plan", "objectives": {}}},
        {"each": {"label": "plan", "objectives": {"pro": 100}}},
        {"each": {"label": "plan", "objectives": {'"': 99}}},
        {"each": {"objectives": {"pro": 99}}},
    ],
)
def test_a_wrong_objective_is_refused(change: dict[str, Any]) -> None:
    assert Slo.model_validate(SLO).objective == 99.9
    with pytest.raises(ValidationError):
        Slo.model_validate(SLO | change)


def test_burn_rates_say_which_page_and_which_open_a_ticket() -> None:
    window = {"budget_percent": 2, "long": "1h", "short": "5m"}
    stances = [{"name": "ship", "above": 0.5, "text": "Ship."}, {"name": "stop", "text": "Stop."}]
    policy = {"policy_source": "a book", "policy": stances}
    rates: dict[str, object] = {"source": "a book", "page": [window], "ticket": [window], **policy}
    assert BurnRates.model_validate(rates).page[0].budget_percent == 2
    changes: list[dict[str, object]] = [{"page": []}, {"ticket": []}, {"page": [window | {"budget_percent": 101}]}]
    for change in changes:
        with pytest.raises(ValidationError):
            BurnRates.model_validate(rates | change)
