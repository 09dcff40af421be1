"""Windows of what happens once, judged by the cadence of its producer."""

from typing import Any

import pytest

from compiler.catalog.catalog import Catalog
from compiler.metrics.happened import slowest_group
from compiler.model.base import seconds
from compiler.model.platform import Digest
from compiler.texts.placeholders import window
from tests.catalog_copy import CatalogCopy

COUNTER = "alertmanager_notifications_failed_total"


def happens(copy: CatalogCopy, cadence: str | None = None, **more: Any) -> None:
    """Make the platform's first alert one on what happened."""

    def alert(data: Any) -> None:
        first = data["alerts"][0]
        for key in ("value", "traffic", "absence"):
            first.pop(key, None)
        first["happened"] = {"counters": [COUNTER], **more}
        first["thresholds"] = {name: {"above": 0} for name in first["thresholds"]}

    def metric(data: Any) -> None:
        found = next(each for each in data["prometheus"] if each["name"] == COUNTER)
        found.update({"counts_every": cadence} if cadence else {})

    copy.change("platform/alerts.yaml", alert)
    copy.change("platform/metrics.yaml", metric)


def made(copy: CatalogCopy) -> str:
    (platform,) = (each for each in copy.load() if each.name == "platform")
    return platform.alerts[0].value


def test_a_window_follows_from_the_slowest_route_that_sends(copy: CatalogCopy, catalog: Catalog) -> None:
    happens(copy, "group_interval")
    routing = catalog.routing
    digests = {name for name, channel in routing.channels.items() if isinstance(channel, Digest)}
    slowest = max(seconds(each.group_interval) for each in routing.priorities.values() if {*each.channels} - digests)
    assert slowest_group(routing) >= slowest
    assert seconds(window(made(copy)) or "") > 2 * slowest_group(routing)


def test_a_slower_route_makes_the_window_longer(copy: CatalogCopy) -> None:
    happens(copy, "group_interval")
    copy.change("routing.yaml", lambda data: data["priorities"]["P3"].update(group_interval="3h"))
    assert seconds(window(made(copy)) or "") > 2 * 3 * 3600


@pytest.mark.parametrize(("cadence", "within"), [("1h", "2h"), ("20m", "40m"), (None, "20m"), (None, "5m")])
def test_a_window_of_two_counts_is_told_with_its_place(copy: CatalogCopy, cadence: str | None, within: str) -> None:
    happens(copy, cadence, within=within)
    (line,) = copy.mistakes()
    assert line.startswith("catalog/platform/alerts.yaml:")
    assert "happened.within" in line
    assert f"found {within}: leave it out" in line


def test_a_window_of_more_than_two_counts_is_taken(copy: CatalogCopy) -> None:
    happens(copy, "20m", within="41m")
    assert window(made(copy)) == "41m"


@pytest.mark.parametrize("counter", [f"rate({COUNTER}[5m])", f"sum({COUNTER})", f"{COUNTER} offset 5m"])
def test_a_counter_is_a_selector(copy: CatalogCopy, counter: str) -> None:
    happens(copy, counters=[counter])
    assert any("expected the selector of a counter" in line for line in copy.mistakes())


def test_a_counter_that_nobody_declares_is_told(copy: CatalogCopy) -> None:
    happens(copy, counters=["lost_total"])
    assert any("lost_total" in line for line in copy.mistakes())


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"value": "vector(1)"}, "expected either value or happened"),
        ({"happened": None}, "expected either value or happened"),
        ({"thresholds": {"critical": {"above": 0, "for": "5m"}}}, "expected none, since it happens once"),
    ],
)
def test_what_happens_once_does_not_wait_and_is_no_value(copy: CatalogCopy, change: Any, message: str) -> None:
    happens(copy)
    copy.change("platform/alerts.yaml", lambda data: data["alerts"][0].update(change))
    lines = copy.mistakes()
    assert any(message in line for line in lines), lines


def test_a_value_says_how_long_it_must_last(copy: CatalogCopy) -> None:
    def at_once(data: Any) -> None:
        data["alerts"][0]["thresholds"] = {name: {"above": 0} for name in data["alerts"][0]["thresholds"]}

    copy.change("platform/alerts.yaml", at_once)
    assert any("expected how long the bound must be broken" in line for line in copy.mistakes())
