"""The weekly edit is one line: what is changed in one place of a copy is right wherever it is read."""

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from compiler.artefacts import compile_artefacts, rule_groups
from compiler.catalog.catalog import Catalog, Watched
from compiler.check import findings
from compiler.conventions import SHARED_WORKLOAD
from compiler.dashboards.steps import colors
from compiler.load import load_catalog
from compiler.model.alerts import Alert
from compiler.model.base import Bound
from compiler.model.platform import Slack
from compiler.site.runbooks import runbook_site
from compiler.target import Target
from compiler.texts.amounts import amount
from tests.catalog_copy import ROOT, CatalogCopy

WORKLOADS = [watched.name for watched in load_catalog(ROOT / "catalog")]
FACTOR = {"above": 1.1, "below": 0.9}


def shifted(bound: Bound) -> dict[str, Any]:
    """Return a bound a tenth further out; of a range, its upper end."""
    fields = bound.model_dump(by_alias=True, exclude_none=True)
    for side, factor in FACTOR.items():
        if side in fields:
            fields[side] = round(fields[side] * factor, 9)
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


def test_changed_thresholds_break_no_rule_of_the_catalog(moved: Catalog) -> None:
    assert findings(moved) == []


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


def test_changed_thresholds_are_on_every_page_and_panel(moved: Catalog, target: Target) -> None:
    site = runbook_site(moved)
    for watched in moved:
        for alert in watched.alerts:
            page = re.sub(r"<[^>]+>", "", site[f"runbooks/{watched.name}/{alert.runbook}/index.html"])
            for threshold in alert.thresholds.values():
                assert all(amount(limit, alert.unit) in page for _, limit in threshold.limits())
        panels = [panel for board in watched.dashboards.grafana for row in board.rows for panel in row.panels]
        assert all(colors(watched, panel) for panel in panels)
    assert compile_artefacts(moved, target)


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
    """Take from every priority all channels but the last."""
    _each_route(data, lambda route: route.update(channels=route["channels"][-1:]))


def _each_route(data: dict[str, Any], edit: Callable[[dict[str, Any]], object]) -> None:
    own = [route for routes in data.get("workloads", {}).values() for route in routes.values()]
    for route in (*data["priorities"].values(), *data.get("alerts", {}).values(), *own):
        edit(route)


@pytest.mark.parametrize("edit", [renamed, shortened], ids=lambda edit: edit.__name__)
def test_routing_is_edited_in_its_one_file(copy: CatalogCopy, target: Target, edit: Callable[[Any], object]) -> None:
    copy.change("routing.yaml", edit)
    changed = copy.load()
    assert compile_artefacts(changed, target)
    assert runbook_site(changed).keys() == runbook_site(load_catalog(ROOT / "catalog")).keys()


def test_a_page_promises_no_channel_that_its_priority_has_not(copy: CatalogCopy) -> None:
    copy.change("routing.yaml", renamed)
    changed = copy.load()
    old = load_catalog(ROOT / "catalog").routing.channels.values()
    names = {channel.channel for channel in old if isinstance(channel, Slack)}
    for path, text in runbook_site(changed).items():
        stale = [name for name in names if re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", text)]
        assert not stale, path


@pytest.mark.parametrize("gone", [name for name in WORKLOADS if name != SHARED_WORKLOAD])
def test_a_workload_that_is_removed_leaves_nothing(copy: CatalogCopy, target: Target, gone: str) -> None:
    copy.remove(gone)
    rest = copy.load()
    assert [watched.name for watched in rest] == [name for name in WORKLOADS if name != gone]
    assert not [path for path in compile_artefacts(rest, target) if f"/{gone}" in path]
    assert not [path for path in runbook_site(rest) if f"/{gone}/" in path]
