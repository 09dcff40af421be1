"""Objectives in the real rule engine: a label that is renamed, a night without requests, a deploy, an outage's end."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from compiler.artefacts import rule_groups
from compiler.catalog.catalog import Watched
from compiler.model.alerts import Slo
from tests.frozen import frozen_catalog
from tests.rules.scraped import scraped
from tests.rules.test_first_up import judged
from tests.targets import target_for

LIBRARY = next(watched for watched in frozen_catalog() if watched.name == "library")
SLO = next(slo for slo in LIBRARY.slos if slo.events and slo.events.bad and slo.each is None)
OF_SLO = f'{{workload="library", service="{SLO.service}", slo="{SLO.name}"}}'
UP = f'up{{job="{next(n for n, each in LIBRARY.workload.scraped.items() if each.service == SLO.service)}"}}'


def firing(suffix: str) -> str:
    name = "".join(part.capitalize() for part in SLO.name.split("-")) + suffix
    return f'(count(ALERTS{{alertname="{name}", alertstate="firing"}}) or vector(0))'


def requests(status: str, pod: str, label: str = "status") -> str:
    return f'http_requests_total{{{label}="{status}", pod="{pod}", plan="pro"}}'


def check(tmp_path: Path, series: Mapping[str, str], expected: Mapping[tuple[str, str], int], slo: Slo = SLO) -> str:
    watched: Watched = replace(LIBRARY, slos=(slo,), alerts=())
    groups = [group.to_dict() for group in rule_groups(watched, frozen_catalog(), target_for("prod"))]
    return judged(tmp_path, {"groups": groups}, scraped([watched], {UP: "1x1600", **series}), expected)


def test_a_renamed_label_is_told_within_ten_minutes_and_the_budget_is_unknown(tmp_path: Path) -> None:
    """A new version calls `status` `code`, and fails every request."""
    series = {requests("200", "old"): "0+60x60 stale", requests("500", "new", "code"): "_x61 0+60x120"}
    missing = 'count(metric:label_missing:info{metric="http_requests_total", label="status"}) or vector(0)'
    budget = f"count(slo:error_budget:remaining_ratio{OF_SLO}) or vector(0)"
    assert not check(
        tmp_path,
        series,
        {(missing, "60m"): 0, (budget, "60m"): 1, (missing, "65m"): 1, (budget, "75m"): 0, (missing, "2h"): 1},
    )


@pytest.mark.parametrize(("status", "bad"), [("200", 0), ("500", 1)])
def test_what_never_failed_or_never_succeeded_is_known(tmp_path: Path, status: str, bad: int) -> None:
    share = f"slo:events_bad:ratio_5m{OF_SLO}"
    missing = "count(metric:label_missing:info) or vector(0)"
    series = {requests(status, "one"): "0+60x120"}
    assert not check(tmp_path, series, {(f"sum({share})", "1h"): bad, (missing, "1h"): 0})


def test_pods_that_are_replaced_at_night_are_no_outage(tmp_path: Path) -> None:
    """The last request comes at 20 minutes; at 60 new pods have no counter before their first one."""
    series = {requests("200", "old"): "0+60x20 1200x40 stale"}
    assert not check(tmp_path, series, {(firing("NoData"), "2h"): 0, (firing("NoData"), "20h"): 0})


def test_requests_that_stop_while_there_were_some_are_an_outage_until_they_come(tmp_path: Path) -> None:
    series = {requests("200", "old"): "0+60x60 stale", requests("200", "new"): "_x1500 0+60x60"}
    expected = {(firing("NoData"), "65m"): 0, (firing("NoData"), "80m"): 1, (firing("NoData"), "24h"): 1}
    assert not check(tmp_path, series, {**expected, (firing("NoData"), "25h10m"): 0})


def test_targets_that_are_gone_are_an_outage_on_a_quiet_night_too(tmp_path: Path) -> None:
    series = {requests("200", "old"): "0+60x20 1200x40 stale", UP: "1x60 stale"}
    assert not check(tmp_path, series, {(firing("NoData"), "60m"): 0, (firing("NoData"), "80m"): 1})
    pod_that_fails = {**series, UP: "1x60 0x100"}
    assert not check(tmp_path, pod_that_fails, {(firing("NoData"), "80m"): 1})


def test_a_burn_that_pages_ends_soon_after_the_outage(tmp_path: Path) -> None:
    """Half an hour of failure, and all is well again: nobody is called for it later than six minutes after its end."""
    series = {
        requests("200", "one"): "0+60x400 24000x30 24000+60x200",
        requests("500", "one"): "0x400 0+60x30 1800x200",
    }
    expected = {(firing("BurnFast"), "399m"): 0, (firing("BurnFast"), "425m"): 1}
    assert not check(tmp_path, series, {**expected, (firing("BurnFast"), "437m"): 0, (firing("BurnFast"), "455m"): 0})
