"""Undeclared names, names declared twice, missing pages: each is reported with its place."""

import re
from typing import Any

import pytest

from tests.catalog_copy import CatalogCopy

ALERTS = "shop/alerts.yaml"
SLOS = "shop/slos.yaml"
METRICS = "shop/metrics.yaml"
BOARDS = "shop/dashboards.yaml"
WORKLOAD = "shop/workload.yaml"
ALARMS = "billing/alarms.yaml"
LOGS = "billing/logs.yaml"
CLOUD_METRICS = "billing/metrics.yaml"
CLOUD_BOARDS = "billing/dashboards.yaml"


@pytest.mark.parametrize(
    ("file", "old", "new", "message"),
    [
        (
            ALERTS,
            "service: api",
            "service: apj",
            "HighErrorRate.service: unknown service 'apj': expected one of api, assistant",
        ),
        (SLOS, "service: api", "service: apj", "api-availability.service: unknown service 'apj'"),
        (METRICS, "service: edge", "service: edgy", "edge_requests_total.service: unknown service 'edgy'"),
        (
            METRICS,
            "producer: edge",
            "producer: edgy",
            "edge_requests_total.producer: unknown producer 'edgy': expected one of",
        ),
        (ALARMS, "service: api", "service: apj", "api-error-rate-high.service: unknown service 'apj'"),
        (
            LOGS,
            "service: api",
            "service: apj",
            "/aws/apigateway/billing-api-{environment}.service: unknown service 'apj'",
        ),
        (WORKLOAD, "{service: nodes}", "{service: node}", "producers.resource-agent.service: unknown service 'node'"),
        (
            ALERTS,
            "{critical: {",
            "{fatal: {",
            "HighErrorRate.thresholds.fatal: unknown severity 'fatal': expected one of critical",
        ),
        (SLOS, "page: critical", "page: fatal", "api-availability.severities.page: unknown severity 'fatal'"),
        (SLOS, "absence: critical", "absence: fatal", "api-availability.severities.absence: unknown severity 'fatal'"),
        (ALARMS, "severity: p1", "severity: p9", "api-error-rate-high.severity: unknown severity 'p9'"),
        (CLOUD_METRICS, "thresholds: {p1", "thresholds: {p9", "api-latency.thresholds.p9: unknown severity 'p9'"),
        (ALERTS, "dashboard: operations", "dashboard: ops", "HighErrorRate.dashboard: unknown Grafana dashboard 'ops'"),
        (
            SLOS,
            "dashboard: operations",
            "dashboard: ops",
            "api-availability.dashboard: unknown Grafana dashboard 'ops'",
        ),
        (
            ALARMS,
            "dashboard: billing-operations",
            "dashboard: ops",
            "api-error-rate-high.dashboard: unknown CloudWatch dashboard",
        ),
        (
            ALARMS,
            "metric: api-4xx",
            "metric: api-499",
            "api-error-rate-high.metric: unknown CloudWatch metric 'api-499'",
        ),
        (
            ALARMS,
            "topics: [pagerduty]",
            "topics: [pagerd]",
            "api-error-rate-high.topics.0: unknown topic 'pagerd': expected one of data_team",
        ),
        (
            CLOUD_BOARDS,
            "metric: api-latency",
            "metric: api-lat",
            "sections.'API health'.widgets.'Latency p50, p95, p99'.metrics.m1.metric: unknown CloudWatch metric",
        ),
        (
            LOGS,
            "retention: billing",
            "retention: forever",
            "/aws/apigateway/billing-api-{environment}.retention: unknown retention class 'forever'",
        ),
        (LOGS, 'groups: ["/aws/', 'groups: ["/azure/', "slow-predictions.groups.0: unknown log group '/azure/"),
        (
            ALERTS,
            "runbook: high-latency",
            "runbook: slow",
            "HighLatency.runbook: no runbook: expected the page docs/runbooks/shop/slow.md, found none",
        ),
        (SLOS, "runbook: api", "runbook: apj", "api-availability.runbook: no runbook: expected the page"),
        (
            ALARMS,
            "runbook: api",
            "runbook: apj",
            "api-error-rate-high.runbook: no runbook: expected the page docs/runbooks/billing/apj-error",
        ),
        ("billing/workload.yaml", "runbook: monthly", "runbook: weekly", "budget.runbook: no runbook"),
        (
            WORKLOAD,
            "requests: edge_requests_total",
            "requests: edge_requests",
            "services.edge.red.requests: expected a declared counter, found 'edge_requests'",
        ),
        (
            WORKLOAD,
            "errors: edge_errors_total",
            "errors: edge_cache_hit_ratio",
            "services.edge.red.errors: expected a declared counter",
        ),
        (
            WORKLOAD,
            "errors: edge_errors_total",
            """errors: 'edge_error_total{pop="a"}'""",
            "services.edge.red.errors: expected a declared counter",
        ),
        (
            WORKLOAD,
            "latency: edge_latency_seconds",
            "latency: edge_errors_total",
            "services.edge.red.latency: expected a declared histogram",
        ),
        (
            ALARMS,
            "topics:\n",
            "topics:\n  p0: whoever\n",
            "topics.p0: 'p0' is the topic of a priority: expected another name",
        ),
    ],
)
def test_a_name_that_is_not_there_is_told(copy: CatalogCopy, file: str, old: str, new: str, message: str) -> None:
    place, _, line = copy.replace(file, old, new).rpartition(":")
    wrong = copy.mistakes()
    assert [
        reported for reported in wrong if reported.startswith(f"{place}:{int(line) + new.strip().count(chr(10))}: ")
    ] == [reported for reported in wrong if message in reported]
    assert sum(message in reported for reported in wrong) == 1, wrong


def test_a_severity_below_a_less_urgent_one_is_told(copy: CatalogCopy) -> None:
    copy.change(WORKLOAD, lambda data: data["severities"]["critical"].update(priority="P3"))
    (line,) = copy.mistakes()
    assert "severities.warning.priority: expected P3 or less urgent, below one of P3, found P2: order them" in line


def test_every_mistake_is_told_at_once(copy: CatalogCopy) -> None:
    copy.replace(ALERTS, "service: api", "service: apj")
    copy.replace(SLOS, "page: critical", "page: fatal")
    copy.replace(ALARMS, "topics: [pagerduty]", "topics: [pagerd]")
    copy.replace(BOARDS, "max(streaming_lag_seconds)", "max(streaming_lag)")
    copy.change("routing.yaml", lambda data: data["priorities"].pop("P0"))
    wrong = copy.mistakes()
    assert len(wrong) == 5
    assert wrong == sorted(wrong)


@pytest.mark.parametrize(
    ("file", "key", "name"),
    [
        (METRICS, "prometheus", "name"),
        (CLOUD_METRICS, "cloudwatch", "id"),
        (ALERTS, "alerts", "name"),
        (SLOS, "slos", "name"),
        (BOARDS, "grafana", "name"),
        (CLOUD_BOARDS, "cloudwatch", "name"),
        (ALARMS, "alarms", "name"),
        (LOGS, "groups", "name"),
        (LOGS, "queries", "name"),
    ],
)
def test_a_name_that_is_declared_twice_is_told(copy: CatalogCopy, file: str, key: str, name: str) -> None:
    copy.change(file, lambda data: data[key].append(data[key][0]))
    wrong = [line for line in copy.mistakes() if "is declared twice: names are unique" in line]
    assert len(wrong) == 1
    assert re.match(rf"catalog/{file}:\d+: (?P<whose>.+)\.{name}: '(?P=whose)' is", wrong[0])


@pytest.mark.parametrize("path", ["alarms", "dashboards", "logs", "workload"])
def test_a_name_that_two_workloads_declare_is_told(copy: CatalogCopy, path: str) -> None:
    """The second workload is a copy of the first, with one of its files alone."""
    tailor = "tailor/workload.yaml"
    copy.write(tailor, copy.text("billing/workload.yaml"))
    for page in (copy.runbooks / "billing").iterdir():
        (copy.runbooks / "tailor").mkdir(exist_ok=True)
        (copy.runbooks / "tailor" / page.name).write_text("page")
    copy.change(tailor, lambda data: data.update(name="tailor"))
    if path != "workload":
        copy.change(tailor, lambda data: data.pop("budget"))
        for file in ("metrics", "alarms", "slos", "dashboards", "logs"):
            copy.write(f"tailor/{file}.yaml", copy.text(f"billing/{file}.yaml"))
    wrong = [line for line in copy.mistakes() if line.startswith(f"catalog/tailor/{path}.yaml:")]
    assert wrong
    assert all("is declared by billing too: such names are unique in the catalog" in line for line in wrong)


def test_renaming_a_metric_tells_every_use_of_the_old_name(copy: CatalogCopy) -> None:
    copy.replace(METRICS, "name: api_requests_total", "name: api_calls_total")
    wrong = copy.mistakes()
    reported = {re.sub(r":\d+: ", ": ", line).split(": ")[0] + " " + line.split(": ")[1] for line in wrong}
    uses = {
        f"catalog/{ALERTS} HighErrorRate.value",
        f"catalog/{ALERTS} FastErrorBurn.value",
        f"catalog/{SLOS} api-availability.events.total",
        f"catalog/{SLOS} api-availability.events.bad",
        f"catalog/{WORKLOAD} services.api.red.requests",
        "catalog/criteria.yaml origin.requests",
    }
    assert reported == uses
    assert all("'api_requests_total'" in line for line in wrong)


def test_renaming_a_metric_tells_the_panels_by_their_title(copy: CatalogCopy) -> None:
    copy.replace(METRICS, "name: edge_cache_hit_ratio", "name: edge_hit_ratio")
    wrong = copy.mistakes()
    assert sum("uses the metric 'edge_cache_hit_ratio', which the catalog does not declare" in w for w in wrong) == 5
    titles = {line.rpartition(" (")[2] for line in wrong if BOARDS in line}
    operations = {"panel 'Edge: points of presence' of operations)", "panel 'Cache hit rate' of operations)"}
    assert titles == operations | {"panel 'Edge hit rate' of executive)"}
    assert any("LowCacheHitRate" in line for line in wrong)


@pytest.mark.parametrize("priority", ["P0", "P1", "P2", "P3", "P4"])
def test_a_priority_without_a_route_is_told(copy: CatalogCopy, priority: str) -> None:
    copy.change("routing.yaml", lambda data: data["priorities"].pop(priority))
    message = f"priorities: expected {priority}, found none: its alerts would reach nobody"
    assert copy.mistakes() == [f"catalog/routing.yaml: {message}"]


def test_a_route_to_an_unknown_channel_is_told(copy: CatalogCopy) -> None:
    copy.replace("routing.yaml", "P3: {channels: [email]", "P3: {channels: [mail]")
    copy.replace("routing.yaml", "Watchdog: {channels: [dead-mans-switch]", "Watchdog: {channels: [cat]")
    alert, priority = sorted(copy.mistakes())
    known = "expected one of dead-mans-switch, email,"
    assert alert.startswith(f"catalog/routing.yaml: alerts.Watchdog: unknown channel 'cat': {known}")
    assert priority.startswith(f"catalog/routing.yaml: priorities.P3: unknown channel 'mail': {known}")


@pytest.mark.parametrize(
    ("old", "new", "place", "written"),
    [
        ("alertname: HighErrorRate", "alertname: HighErorRate", "1.source.alertname", "alert 'HighErorRate'"),
        ("alertname: HighLatency", "alertname: HighLatncy", "1.target.alertname", "alert 'HighLatncy'"),
        ("source: {severity: critical}", "source: {severity: critcal}", "0.source.severity", "severity 'critcal'"),
    ],
)
def test_an_inhibition_on_a_name_that_nothing_has_is_told(
    copy: CatalogCopy, old: str, new: str, place: str, written: str
) -> None:
    copy.replace("routing.yaml", old, new)
    expected = "expected one that a workload of the catalog has"
    meant = re.findall(r"\w+", old)[-1]
    message = f"unknown {written}: {expected}: did you mean '{meant}'?"
    assert copy.mistakes() == [f"catalog/routing.yaml: inhibitions.{place}: {message}"]


def test_a_way_of_its_own_for_an_alert_that_there_is_not_is_told(copy: CatalogCopy) -> None:
    copy.replace("routing.yaml", "  Watchdog: {channels", "  Watchdgo: {channels")
    line, _ = copy.mistakes()
    assert line.startswith("catalog/routing.yaml: alerts.Watchdgo: unknown alert 'Watchdgo': expected one that")


@pytest.mark.parametrize("end", ["BurnFast", "BurnSlow", "NoData"])
def test_alerts_of_objectives_may_be_inhibited(copy: CatalogCopy, end: str) -> None:
    copy.replace("routing.yaml", "alertname: HighLatency", f"alertname: ApiAvailability{end}")
    assert copy.load()


@pytest.mark.parametrize(("kind", "n", "field"), [("page", 0, "long"), ("page", 1, "short"), ("ticket", 1, "long")])
def test_a_burn_rate_in_a_window_that_no_rule_records_is_told(copy: CatalogCopy, kind: str, n: int, field: str) -> None:
    def edit(data: Any) -> None:
        data[kind][n][field] = "12h"

    copy.change("burn-rates.yaml", edit)
    (line,) = copy.mistakes()
    assert line.startswith(f"catalog/burn-rates.yaml: {kind}.{n}.{field}: no rule records the window '12h'")


@pytest.mark.parametrize(
    ("new", "message"),
    [
        ("", "expected cloudwatch_days, since a log group uses it"),
        ("cloudwatch_days: 3654", "CloudWatch keeps 3653 days at most, not 3654"),
    ],
)
def test_a_log_group_that_cloudwatch_cannot_keep_is_told(copy: CatalogCopy, new: str, message: str) -> None:
    copy.replace("retention.yaml", "cloudwatch_days: 90", new)
    assert copy.mistakes() == [f"catalog/retention.yaml: classes.billing: {message}"]
