"""The weekly edit is one line: what is changed in one place of a copy is right wherever it is read."""

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from compiler.artefacts import rule_groups
from compiler.catalog.catalog import Catalog, Watched
from compiler.check import findings
from compiler.conventions import SHARED_WORKLOAD
from compiler.model.alerts import Alert
from compiler.model.base import Bound
from compiler.model.platform import Slack
from compiler.target import Target
from compiler.texts.amounts import amount
from tests.catalog.holds import HOLDS, Compiled
from tests.catalog_copy import CatalogCopy
from tests.frozen import FROZEN
from tests.workloads import project_catalog

WORKLOADS = [watched.name for watched in project_catalog()]
ENDS = ("BurnFast", "BurnSlow", "NoData")
FACTOR = {"above": 1.1, "below": 0.9}


def shifted(bound: Bound) -> dict[str, Any]:
    """Return a bound a tenth further out; of a range, its upper end."""
    fields = bound.model_dump(by_alias=True, exclude_none=True)
    for side, factor in FACTOR.items():
        if side in fields:
            further = fields[side] * factor
            # No share is above the whole: one just below it goes half of the way.
            whole = fields[side] < 1 <= further
            fields[side] = round((1 + fields[side]) / 2 if whole else further, 9)
    if "outside" in fields:
        low, high = fields["outside"]
        fields["outside"] = [low, round(high * 1.1, 9)]
    return fields


def with_other_limits(watched: Watched) -> Watched:
    """Return the workload with every threshold of its alerts and alarms a tenth further out."""
    alerts = [
        Alert.model_validate(
            {
                **alert.model_dump(by_alias=True, exclude_none=True),
                "thresholds": {severity: shifted(each) for severity, each in alert.thresholds.items()},
            }
        )
        for alert in watched.alerts
    ]
    alarms = [
        alarm.model_copy(update={"bound": Bound.model_validate(shifted(alarm.bound))})
        for alarm in watched.alarms.alarms
    ]
    return replace(watched, alerts=tuple(alerts), alarms=watched.alarms.model_copy(update={"alarms": tuple(alarms)}))


@pytest.fixture(scope="module")
def moved(catalog: Catalog) -> Catalog:
    """Return the catalog with every threshold changed, and nothing else."""
    return replace(catalog, workloads=tuple(with_other_limits(watched) for watched in catalog))


def hold(catalog: Catalog, target: Target) -> Compiled:
    """Run every assertion that holds of the project's catalog on an edited one; return what it compiled to."""
    made = Compiled(catalog, target)
    for check in HOLDS:
        check(made)
    return made


def test_changed_thresholds_break_nothing(moved: Catalog, target: Target) -> None:
    assert findings(moved) == []
    hold(moved, target)


def test_changed_thresholds_are_in_every_text_of_their_own_severity(
    catalog: Catalog, moved: Catalog, target: Target
) -> None:
    changed = 0
    for before, after in zip(catalog, moved, strict=True):
        texts = {
            (rule.alert, rule.labels["severity"]): " ".join(rule.annotations.values())
            for group in rule_groups(after, moved, target)
            for rule in group.rules
            if rule.alert
        }
        for old, alert in zip(before.alerts, after.alerts, strict=True):
            if "{{limit}}" not in f"{alert.summary} {alert.description}":
                continue
            for severity, threshold in alert.thresholds.items():
                if alert.layer is not None and alert.layer not in target.layers:
                    continue
                text = texts[alert.name, severity]
                assert all(amount(limit, alert.unit) in text for _, limit in threshold.limits())
                changed += threshold.limits() != old.thresholds[severity].limits()
    assert changed


def renamed(data: dict[str, Any]) -> None:
    """Rename every channel, by key and by what it is called outside."""
    data["channels"] = {f"{name}-new": each for name, each in data["channels"].items()}
    for channel in data["channels"].values():
        if "channel" in channel:
            channel["channel"] += "-new"
        if "to" in channel:
            channel["to"] = f"new-{channel['to']}"
        if "through" in channel:
            channel["through"] += "-new"
    _each_route(data, lambda route: route.update(channels=[f"{name}-new" for name in route["channels"]]))
    data["fallback"] += "-new"


def shortened(data: dict[str, Any]) -> None:
    """Take from every priority all channels but the first: that of the most urgent calls a phone."""
    _each_route(data, lambda route: route.update(channels=route["channels"][:1]))


def _each_route(data: dict[str, Any], edit: Callable[[dict[str, Any]], object]) -> None:
    own = [route for routes in data.get("workloads", {}).values() for route in routes.values()]
    for route in (*data["priorities"].values(), *data.get("alerts", {}).values(), *own):
        edit(route)


@pytest.mark.parametrize("edit", [renamed, shortened], ids=lambda edit: edit.__name__)
def test_routing_is_edited_in_its_one_file(copy: CatalogCopy, target: Target, edit: Callable[[Any], object]) -> None:
    copy.change("routing.yaml", edit)
    changed = copy.load()
    made = hold(changed, target)
    kept = {channel.channel for channel in changed.routing.channels.values() if isinstance(channel, Slack)}
    old = project_catalog().routing.channels.values()
    names = {channel.channel for channel in old if isinstance(channel, Slack)} - kept
    for path, text in made.site.items():
        stale = [name for name in names if re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", text)]
        assert not stale, path


@pytest.mark.parametrize("gone", [name for name in WORKLOADS if name != SHARED_WORKLOAD])
def test_a_workload_that_is_removed_leaves_nothing(copy: CatalogCopy, target: Target, gone: str) -> None:
    copy.remove(gone)
    rest = copy.load()
    assert [watched.name for watched in rest] == [name for name in WORKLOADS if name != gone]
    made = hold(rest, target)
    assert not [path for path in (*made.artefacts, *made.site) if f"/{gone}/" in path or f"/{gone}." in path]


def test_an_ordinary_service_is_added_in_its_own_folders(copy: CatalogCopy, target: Target) -> None:
    """The catalog's folder and the runbooks of the example, and no other file."""
    copy.add(FROZEN / "checkout")
    more = copy.load()
    assert {watched.name for watched in more} == {*WORKLOADS, "checkout"}
    checkout = hold(more, target).rules["checkout"]
    names = {"CheckoutFailing", "CheckoutSlow", *(f"CheckoutAvailability{end}" for end in ENDS)}
    assert {rule.alert for rule in checkout if rule.alert} == names
