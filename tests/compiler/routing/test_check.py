"""Waits that grow the wrong way, and a dead man's switch that would hear too little or too much, are refused."""

from typing import Any

import pytest

from compiler.model.base import seconds
from tests.catalog_copy import CatalogCopy

OWN = "expected a channel of its own for Watchdog, found 'dead-mans-switch' in both"


def _waits(data: Any, priority: str, wait: str) -> None:
    data["priorities"][priority]["group_wait"] = wait


def _unrouted(data: Any) -> None:
    del data["alerts"]["Watchdog"]


def _shared(data: Any) -> None:
    data["priorities"]["P3"]["channels"].append("dead-mans-switch")


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (
            lambda data: _waits(data, "P0", "11s"),
            "priorities.P0.group_wait: expected at most 10s",
        ),
        (
            lambda data: _waits(data, "P2", "20s"),
            "priorities.P2.group_wait: expected at least 30s",
        ),
        (_unrouted, "alerts: expected a route of Watchdog, found none"),
        (
            lambda data: data["alerts"]["Watchdog"].update(repeat_interval="6m"),
            "alerts.Watchdog.repeat_interval: expected at most 300s",
        ),
        (_shared, f"priorities.P3.channels: {OWN}"),
    ],
)
def test_a_route_that_fails_people_is_refused(copy: CatalogCopy, edit: Any, message: str) -> None:
    copy.change("routing.yaml", edit)
    (line,) = copy.mistakes()
    assert line.startswith(f"catalog/routing.yaml: {message}")


def test_a_catalog_without_the_watchdog_needs_no_route_of_it(copy: CatalogCopy) -> None:
    copy.keep_only("shop")
    assert copy.load().routing.alerts == {}


def test_the_limits_of_waits_are_allowed(copy: CatalogCopy) -> None:
    copy.change("routing.yaml", lambda data: data["priorities"]["P1"].update(group_wait="10s"))
    assert seconds(copy.load().routing.priorities["P1"].group_wait) == 10


@pytest.mark.parametrize(("keep", "found"), [("", "none"), (", keep: 5m", "5m")])
def test_what_holds_back_a_burn_outlasts_it(copy: CatalogCopy, keep: str, found: str) -> None:
    """A burn goes on for five minutes after its end: it would call for what the other has called for."""

    def held(data: Any) -> None:
        source, target = {"alertname": "HighErrorRate"}, {"alertname": "ApiAvailabilityBurnFast"}
        data["inhibitions"].append({"reason": "it burns because of them", "source": source, "target": target})

    copy.change("routing.yaml", held)
    assert copy.load(), "six minutes are enough"
    copy.replace("library/alerts.yaml", "for: 5m, keep: 6m}", f"for: 5m{keep}}}")
    (line,) = copy.mistakes()
    expected = "expected at least 360s, since it holds back a burn that ends so much later"
    assert line.endswith(f"HighErrorRate.thresholds.critical.keep: {expected}, found {found}")
