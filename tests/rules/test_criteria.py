"""The platform's success criteria in the real rule engine: incidents as alerts make them, and what becomes of them."""

import subprocess
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from compiler.artefacts import rule_groups
from compiler.catalog.catalog import Catalog
from compiler.conventions import SHARED_WORKLOAD
from tests.frozen import frozen_catalog
from tests.rules import promtool, rendered
from tests.rules.scraped import scraped
from tests.tools.finder import require
from tests.workloads import project_catalog

SERVICE = 'alertname="ServiceDown", severity="critical", priority="P0", workload="library", service="api"'
LATENCY = SERVICE.replace("ServiceDown", "HighLatency")
REQUESTS = 'http_requests_total{endpoint="/api/v1/loans", status="%s"}'
SPANS = 'traces_span_metrics_calls_total{workload="library", service_name="backend-api", span_name="%s"}'
PATH = ("POST /api/v1/loans", "authenticate", "get_loans", "shelf_call", "log_usage")
GRAFANA = 'grafana_http_request_duration_seconds_bucket{handler="/api/ds/query", le="%s"}'


@cache
def both() -> Catalog:
    """Return the project's criteria on the critical paths of the frozen catalog."""
    project, frozen = project_catalog(), frozen_catalog()
    platform = next(each for each in project if each.name == SHARED_WORKLOAD)
    others = [each for each in frozen if each.name != SHARED_WORKLOAD]
    criteria = project.criteria.model_copy(update={"critical_paths": frozen.criteria.critical_paths})
    return replace(project, workloads=(platform, *others), criteria=criteria)


@cache
def groups() -> list[Mapping[str, Any]]:
    """Return the platform's recording rules."""
    platform = next(each for each in both() if each.name == SHARED_WORKLOAD)
    found = [group.to_dict() for group in rule_groups(platform, both(), rendered.TARGET)]
    return [group for group in found if "alerts" not in str(group["name"])]


def check(tmp_path: Path, series: Mapping[str, str], expected: Mapping[tuple[str, str], float | None]) -> str:
    """Run the rules on series of 30 s; returns what promtool found wrong.

    Args:
        tmp_path: where to write.
        series: in promtool's notation.
        expected: the value of each query at a time; None for no result.
    """
    wanted: list[dict[str, Any]] = [
        {"expr": query, "eval_time": time, "exp_samples": [] if value is None else [{"labels": "{}", "value": value}]}
        for (query, time), value in expected.items()
    ]
    promtool.written(tmp_path / "rules.yaml", {"groups": groups()})
    tests = [
        {
            "interval": "30s",
            "input_series": promtool.inputs(scraped(both().workloads, series)),
            "promql_expr_test": wanted,
        }
    ]
    document = {"rule_files": ["rules.yaml"], "evaluation_interval": "30s", "tests": tests}
    promtool.written(tmp_path / "test.yaml", document)
    command = [str(require("promtool")), "test", "rules", str(tmp_path / "test.yaml")]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    return "" if done.returncode == 0 else done.stdout + done.stderr


def criterion(name: str, series: str = "value") -> str:
    return f'round(sum(platform:criterion:{series}{{criterion="{name}"}}), 0.001)'


def alert(labels: str, since: int, pending: int, firing: int) -> dict[str, str]:
    """Return what Prometheus records of an alert whose condition begins at a second; states in half minutes."""
    before = since // 30
    return {
        f"ALERTS_FOR_STATE{{{labels}}}": f"_x{before} {since}x{pending + firing - 1} stale",
        f'ALERTS{{{labels}, alertstate="pending"}}': f"_x{before} 1x{pending - 1} stale",
        f'ALERTS{{{labels}, alertstate="firing"}}': f"_x{before + pending} 1x{firing - 1} stale",
    }


def test_an_incident_is_detected_and_resolved(tmp_path: Path) -> None:
    """It holds from 10:00 on, fires from 11:00 until 31:00: a minute to detect, twenty to resolve."""
    expected = {
        (criterion("time-to-detect"), "60m"): 60,
        (criterion("time-to-resolve"), "60m"): 1200,
        (criterion("time-to-detect", "met"), "60m"): 1,
        (criterion("time-to-resolve", "met"), "60m"): 1,
        (criterion("missed-critical"), "60m"): 0,
        (criterion("missed-critical", "met"), "60m"): 1,
        ("count(incident:detection:seconds)", "11m"): 1,
        ("count(incident:detection:seconds)", "12m"): None,
        ("count(incident:open:flag)", "40m"): 1,
        ("count(incident:open:flag)", "42m"): None,
    }
    assert not check(tmp_path, alert(SERVICE, since=600, pending=2, firing=40), expected)


def test_two_incidents_are_averaged_and_one_that_returns_at_once_is_one(tmp_path: Path) -> None:
    """The first lasts 20 minutes after one; the second fires twice, five minutes apart: 20 in all, after three."""
    again = SERVICE.replace("ServiceDown", "DatabaseDown").replace("api", "database")
    series = {
        **alert(SERVICE, since=600, pending=2, firing=40),
        f"ALERTS_FOR_STATE{{{again}}}": "_x20 600x15 stale _x9 1380x19 stale",
        f'ALERTS{{{again}, alertstate="firing"}}': "_x26 1x9 stale _x9 1x19 stale",
    }
    both = {
        (criterion("time-to-detect"), "80m"): (60 + 180) / 2,
        ("sum(count_over_time(incident:detection:seconds[1h]))", "59m"): 2,
        # Open from 13:00 on: five minutes, five of quiet, ten more.
        (criterion("time-to-resolve"), "80m"): (1200 + 1200) / 2,
    }
    assert not check(tmp_path, series, both)


def test_a_slow_incident_misses_both_targets(tmp_path: Path) -> None:
    series = alert(LATENCY, since=600, pending=20, firing=240)
    expected = {
        (criterion("time-to-detect"), "150m"): 600,
        (criterion("time-to-detect", "met"), "150m"): 0,
        (criterion("time-to-resolve"), "150m"): 7200,
        (criterion("time-to-resolve", "met"), "150m"): 0,
        # Nobody was told for ten minutes.
        (criterion("missed-critical"), "150m"): 1,
        (criterion("missed-critical", "met"), "150m"): 0,
    }
    assert not check(tmp_path, series, expected)


def test_a_condition_is_announced_by_another_alert_of_its_service(tmp_path: Path) -> None:
    """The latency alert waits ten minutes; the outage of the same service pages in its second one."""
    series = {**alert(LATENCY, since=600, pending=20, firing=20), **alert(SERVICE, since=600, pending=2, firing=38)}
    expected = {(criterion("missed-critical"), "60m"): 0, (criterion("time-to-detect"), "60m"): 60}
    assert not check(tmp_path, series, expected)


def test_that_of_another_service_announces_nothing(tmp_path: Path) -> None:
    other = SERVICE.replace('service="api"', 'service="billing"')
    series = {**alert(LATENCY, since=600, pending=20, firing=20), **alert(other, since=600, pending=2, firing=38)}
    assert not check(tmp_path, series, {(criterion("missed-critical"), "60m"): 1})


def test_a_warning_is_no_incident(tmp_path: Path) -> None:
    series = alert(SERVICE.replace("P0", "P2"), since=600, pending=20, firing=40)
    expected = {(criterion("time-to-detect"), "60m"): None, (criterion("missed-critical"), "60m"): 0}
    expected |= {("count(incident:paging:alerts)", "30m"): None, ("count(incident:open:flag)", "30m"): None}
    assert not check(tmp_path, series, {**expected, (criterion("time-to-detect", "target"), "60m"): 300})


def test_a_page_that_is_lost_is_missed(tmp_path: Path) -> None:
    """Of the failures of an hour that is over, no other hour sees any."""
    series = {'alertmanager_notifications_failed_total{integration="pagerduty"}': "0x59 1x1 2x180"}
    assert not check(tmp_path, series, {(f"{criterion('missed-critical')} > bool 1.5", "119m"): 1})


def test_loads_are_as_slow_as_the_slowest_panels(tmp_path: Path) -> None:
    series = {GRAFANA % le: f"0+{n}x240" for le, n in (("1", 980), ("2.5", 994), ("5", 1000), ("+Inf", 1000))}
    # 995 of 1,000 panels take at most a sixth of the way from 2.5 to 5 seconds.
    expected = {(criterion("dashboard-load"), "2h"): 2.917, (criterion("dashboard-load", "met"), "2h"): 1}
    assert not check(tmp_path, series, expected)


def test_searches_are_the_slowest_of_the_hour_by_cloudwatch(tmp_path: Path) -> None:
    """It tells milliseconds, and 0 where nobody searches."""
    domain = 'aws_es_search_latency_maximum{dimension_DomainName="observability-local-logs"}'
    expected = {
        (criterion("log-search"), "1h"): 6.5,
        (criterion("log-search", "met"), "1h"): 0,
        (criterion("log-search"), "2h"): None,
        (criterion("log-search", "met"), "2h"): None,
    }
    assert not check(tmp_path, {domain: "6500x130 0x120"}, expected)


@pytest.mark.parametrize(
    ("spans", "coverage", "met"),
    [
        (dict.fromkeys(PATH, 10), 1, 1),
        ({**dict.fromkeys(PATH, 10), "shelf_call": 9}, 0.9, 0),
        (dict.fromkeys(PATH[:-1], 10), 0, 0),
        # As many retries as make up for what is missing cannot be told from them; more than all is all.
        ({**dict.fromkeys(PATH, 11), "get_loans": 12}, 1, 1),
    ],
)
def test_coverage_is_that_of_the_span_that_is_missing_most(
    tmp_path: Path, spans: dict[str, int], coverage: float, met: int
) -> None:
    """Requests that are turned away reach no engine, and are not counted against it."""
    series = {REQUESTS % "200": "0+10x240", REQUESTS % "401": "0+5x240"}
    series |= {SPANS % name: f"0+{n}x240" for name, n in spans.items()}
    expected = {(criterion("trace-coverage"), "2h"): coverage, (criterion("trace-coverage", "met"), "2h"): met}
    assert not check(tmp_path, series, expected)


def test_each_workloads_spans_count_for_its_own_requests(tmp_path: Path) -> None:
    """Two services of different workloads may have spans of one name."""
    spans = 'traces_span_metrics_calls_total{workload="%s", service_name="picking", span_name="prediction_request"}'
    series = {'predictions_total{model="a"}': "0+10x240", spans % "warehouse": "0+8x240", spans % "other": "0+10x240"}
    coverage = 'traces:critical_path:coverage_ratio{workload="warehouse", path="predictions"}'
    assert not check(tmp_path, series, {(f"round(sum({coverage}), 0.001)", "2h"): 0.8})
