"""The settings of the digest's job: its alerts, schedule and channel."""

from dataclasses import replace
from typing import Any

import pytest

from compiler.catalog import promql
from compiler.catalog.catalog import Catalog
from compiler.routing.digest import digests, schedule, secret_of, settings
from compiler.target import Target
from tests.catalog_copy import CatalogCopy
from tests.frozen import ROUTING, routing

NAME = "weekly-digest"


@pytest.fixture
def catalog(catalog: Catalog) -> Catalog:
    """Return the project's catalog with the frozen routing: whatever a user's channels are called."""
    return replace(catalog, routing=routing())


def digest_settings(catalog: Catalog, target: Target) -> dict[str, Any]:
    return settings(NAME, catalog, target)


def test_alerts_of_p4_wait_for_it_and_the_charts_own_that_count_as_such(catalog: Catalog, target: Target) -> None:
    assert digest_settings(catalog, target)["filters"] == [
        ['priority="P4"', 'alertname!~"Watchdog"'],
        ['priority=""', 'severity=~"info|none"', 'alertname!~"Watchdog"'],
    ]


def test_a_workloads_own_way_to_it_and_away_from_it_counts(copy: CatalogCopy, target: Target) -> None:
    times = {"group_wait": "1m", "group_interval": "5m", "repeat_interval": "12h"}

    def edit(data: Any) -> None:
        own = {"P4": {**times, "channels": ["tickets"]}, "P3": {**times, "channels": [NAME, "email"]}}
        data["workloads"] = {"platform": own}

    copy.write("routing.yaml", ROUTING.read_text(encoding="utf-8"))
    copy.change("routing.yaml", edit)
    filters = digest_settings(copy.load(), target)["filters"]
    assert ['priority="P4"', 'workload!~"platform"', 'alertname!~"Watchdog"'] in filters
    assert ['workload="platform"', 'priority="P3"', 'alertname!~"Watchdog"'] in filters
    assert not [each for each in filters if 'workload="platform"' in each and 'priority="P4"' in each]


def test_its_queries_parse_and_look_back_a_week(catalog: Catalog, target: Target) -> None:
    queries = digest_settings(catalog, target)["queries"]
    for query in queries.values():
        promql.parse(query)
    assert "[7d]" in queries["waited"]
    assert 'ALERTS_FOR_STATE{alertname!~"Watchdog"}[7d]' in queries["noisiest"]


def test_it_tells_of_the_criteria_that_the_stack_measures(catalog: Catalog, target: Target) -> None:
    all_of_them = [each["name"] for each in digest_settings(catalog, target)["criteria"]]
    assert all_of_them == [each.name for each in catalog.criteria.criteria]
    here = digest_settings(catalog, replace(target, layers=("foundation", "metrics")))["criteria"]
    assert [each["name"] for each in here] == [each.name for each in catalog.criteria.criteria if each.layer is None]


def test_stances_are_in_the_order_of_the_recorded_numbers(catalog: Catalog, target: Target) -> None:
    first, *_, last = digest_settings(catalog, target)["stances"]
    assert (first.split()[0], last.split()[0]) == ("Incident", "Ship")


def test_it_holds_neither_a_secret_nor_its_name(catalog: Catalog, target: Target) -> None:
    secret = secret_of(digests(catalog.routing)[NAME], catalog.routing)
    assert secret == "slack-alerts-url"
    assert digest_settings(catalog, target)["room"] == "#alerts"
    assert secret not in str(digest_settings(catalog, target))


@pytest.mark.parametrize(
    ("weekday", "at", "expected"), [("monday", "08:00", "0 8 * * 1"), ("sunday", "23:05", "5 23 * * 0")]
)
def test_it_goes_out_at_its_time(catalog: Catalog, weekday: str, at: str, expected: str) -> None:
    digest = digests(catalog.routing)[NAME]
    assert schedule(digest.model_validate({**digest.model_dump(), "weekday": weekday, "at": at})) == expected


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("through: slack-alerts", "through: email", "channels.weekly-digest.through: unknown Slack channel 'email'"),
        ('at: "08:00"', 'at: "24:00"', "channels.weekly-digest.at: String should match pattern"),
        ("weekday: monday", "weekday: mon", "channels.weekly-digest.weekday: expected 'monday'"),
    ],
)
def test_a_digest_that_cannot_go_out_is_refused(copy: CatalogCopy, old: str, new: str, message: str) -> None:
    copy.write("routing.yaml", ROUTING.read_text(encoding="utf-8"))
    copy.replace("routing.yaml", old, new)
    wrong = copy.mistakes()
    assert any(message in line for line in wrong), wrong
