"""Recordings: groups by interval, known to every expression, refused where they would mean nothing."""

from dataclasses import replace
from functools import partial
from typing import Any

import pytest
import yaml

from compiler.artefacts import rule_groups
from compiler.catalog.catalog import Catalog, Watched
from compiler.metrics.recordings import recording_groups
from compiler.model.recordings import Recording
from compiler.site.series import SERIES_HEADS, recordings
from compiler.target import Target
from tests.catalog_copy import CatalogCopy
from tests.targets import target_for

FILE = "shop/recordings.yaml"
ALERTS = "shop/alerts.yaml"
HOUR: dict[str, object] = {
    "name": "api:requests:increase1h",
    "value": "sum by (endpoint) (increase(api_requests_total[1h]))",
    "labels": ["endpoint"],
    "unit": "requests",
    "interval": "1m",
    "help": "Requests of an hour.",
}
WEEK: dict[str, object] = {
    "name": "api:requests:average7d",
    "value": "avg_over_time(api:requests:increase1h[7d:1h] offset 1d)",
    "labels": ["endpoint"],
    "unit": "requests",
    "interval": "4m",
    "help": "Requests of an hour, on average over a week.",
}


def with_recordings(copy: CatalogCopy, *entries: dict[str, object]) -> CatalogCopy:
    copy.write(FILE, yaml.safe_dump({"recordings": list(entries)}))
    return copy


def mistakes(copy: CatalogCopy, *entries: dict[str, object]) -> list[str]:
    return with_recordings(copy, *entries).mistakes()


def recording(entry: dict[str, object], **changes: object) -> Recording:
    return Recording.model_validate({**entry, **changes})


def test_each_interval_is_a_group_and_the_fastest_is_first(shop: Watched) -> None:
    slow, fast = recording(WEEK), recording(HOUR)
    often = recording(HOUR, name="api:requests:increase2h", interval="30s")
    groups = recording_groups(replace(shop, recordings=(slow, fast, often)))
    assert [group.interval for group in groups] == ["30s", "1m", "4m"]
    assert [group.name.rpartition("-")[2] for group in groups] == ["30s", "1m", "4m"]
    assert [rule.to_dict() for rule in groups[1].rules] == [
        {"record": HOUR["name"], "expr": HOUR["value"], "labels": {"workload": "shop"}}
    ]


def test_rules_of_one_interval_keep_their_order(shop: Watched) -> None:
    entries = tuple(recording(HOUR, name=f"api:requests:{name}") for name in ("z", "a", "m"))
    (group,) = recording_groups(replace(shop, recordings=entries))
    assert [rule.record for rule in group.rules] == [each.name for each in entries]


def test_recordings_come_before_the_alerts_that_read_them(copy: CatalogCopy, target: Target, shop: Watched) -> None:
    catalog = with_recordings(copy, HOUR, WEEK).load()
    watched = next(each for each in catalog if each.name == shop.name)
    names = [group.name.removeprefix("shop-") for group in rule_groups(watched, catalog, target)]
    assert names[:3] == ["red", "recordings-1m", "recordings-4m"]
    assert names[-1] == "alerts"


def _first_value(value: str, data: Any) -> None:
    data["alerts"][0].update(value=value)


def test_an_alert_may_read_a_recording_and_must_fit_its_labels(copy: CatalogCopy) -> None:
    with_recordings(copy, HOUR, WEEK)

    def edit(data: Any) -> None:
        quotient = "sum by (endpoint) (increase(api_requests_total[1h])) / ignoring (workload) api:requests:average7d"
        guard = "max by (endpoint) (api:requests:average7d)"
        data["alerts"][0].update(value=quotient, traffic={"value": guard, "at_least": 5})

    copy.change(ALERTS, edit)
    copy.load()
    for value, message in (
        ("sum(api_requests_total)", "'/' joins {} with {endpoint, workload}: aggregate both sides"),
        ("sum by (endpoint) (api_requests_total)", "with {endpoint, workload}: write / ignoring (workload)"),
    ):
        copy.change(ALERTS, partial(_first_value, f"{value} / api:requests:average7d"))
        assert any(message in line for line in copy.mistakes())


def test_another_workload_cannot_read_it(copy: CatalogCopy) -> None:
    with_recordings(copy, HOUR)
    stolen = {**WEEK, "value": "sum(api:requests:increase1h)", "labels": []}
    copy.write("library/recordings.yaml", yaml.safe_dump({"recordings": [stolen]}))
    (line,) = copy.mistakes()
    assert line.startswith("catalog/library/recordings.yaml:")
    assert "uses the metric 'api:requests:increase1h', which the catalog does not declare" in line


@pytest.mark.parametrize(
    ("changes", "place", "message"),
    [
        ({"labels": []}, "labels", "expected the labels that its value keeps, ['endpoint'], found []"),
        ({"labels": ["endpoint", "pod"]}, "labels", "expected the labels that its value keeps, ['endpoint']"),
        ({"value": "sum(api_calls_total)"}, "value", "uses the metric 'api_calls_total', which the catalog does not"),
        ({"value": "sum(api_requests_total"}, "value", "does not parse"),
        ({"value": "7", "labels": []}, "value", "cannot be compared: expected an instant vector"),
        ({"name": "api_requests"}, "name", "String should match pattern"),
        ({"name": "slo:events_total:rate5m"}, "name", "is recorded by the platform's own rules"),
        ({"interval": "5m"}, "interval", "expected at most 240s, or the series has gaps; found '5m'"),
        ({"interval": "soon"}, "interval", "expected a duration such as 30s"),
        ({"help": ""}, "help", "String should have at least 3 characters"),
        ({"windw": "7d"}, "windw", "unknown key"),
    ],
)
def test_a_wrong_recording_is_told_with_its_place(
    copy: CatalogCopy, changes: dict[str, object], place: str, message: str
) -> None:
    wrong = mistakes(copy, {**HOUR, **changes})
    assert any(f".{place}: " in line and message in line for line in wrong), wrong


@pytest.mark.parametrize("entries", [(WEEK, HOUR), ({**WEEK, "value": "avg_over_time(api:requests:average7d[1d])"},)])
def test_a_recording_reads_only_what_stands_above_it(copy: CatalogCopy, entries: tuple[dict[str, object], ...]) -> None:
    wrong = mistakes(copy, *entries)
    assert any("which is not recorded above it: put it below that" in line for line in wrong), wrong


def test_a_name_is_recorded_once_in_a_workload_and_may_be_in_another(copy: CatalogCopy) -> None:
    assert any("is declared twice: names are unique" in line for line in mistakes(copy, HOUR, HOUR))
    with_recordings(copy, HOUR, WEEK)
    own = {**HOUR, "value": "sum(up)", "labels": []}
    copy.write("library/recordings.yaml", yaml.safe_dump({"recordings": [own, {**WEEK, "labels": []}]}))
    catalog = copy.load()
    for name in ("shop", "library"):
        watched = next(each for each in catalog if each.name == name)
        (group,) = [each for each in rule_groups(watched, catalog, target_for()) if each.name.endswith("4m")]
        (rule,) = group.rules
        assert f'api:requests:increase1h{{workload="{name}"}}[7d:1h]' in rule.expr
        assert rule.labels == {"workload": name}


def test_the_page_shows_each_with_its_rule(catalog: Catalog, shop: Watched) -> None:
    one = replace(shop, recordings=(recording(WEEK),))
    (row,) = recordings(replace(catalog, workloads=(one,)))
    assert len(row) == len(SERIES_HEADS)
    shown = " ".join(map(str, row))
    assert all(fact in shown for fact in (str(WEEK["name"]), str(WEEK["help"]), "endpoint", "4m", "7d:1h"))
