"""The weekly digest: its message on a week, its message when servers do not answer, and no secret in either."""

from __future__ import annotations

import logging

import pytest

from jobs.digest.web import TRIES
from tests.jobs.digest.conftest import Rig
from tests.jobs.digest.servers import held, sample

WAITED, NOW = "Alerts of the week that waited for this digest", "Of these, now"
CRITERIA, BUDGETS, OFTEN = "Success criteria", "Error budgets left", "Alerts that began most often"
P4 = {"alertname": "ColdStartSlow", "workload": "shop", "service": "api", "severity": "info"}


@pytest.fixture
def week(rig: Rig) -> Rig:
    """Return a week in which something happened."""
    rig.prometheus.answers = {
        "count_over_time": [sample("900", **P4), sample("93600", **{**P4, "alertname": "NoveltyLow"})],
        "ALERTS_FOR_STATE": [sample("3", alertname="HighLatency", workload="library")],
        "remaining_ratio": [
            sample("0.75", workload="library", service="api", slo="plan-availability", plan="pro"),
            sample("-0.2", workload="shop", service="api", slo="availability"),
        ],
        "stance": [
            sample("2", workload="library", service="api", slo="plan-availability", plan="pro"),
            sample("0", workload="shop", service="api", slo="availability"),
        ],
        "criterion:value": [
            sample("72", criterion="time-to-detect"),
            sample("5400", criterion="time-to-resolve"),
            sample("0", criterion="missed-critical"),
            sample("0.9995", criterion="trace-coverage"),
            sample("NaN", criterion="dashboard-load"),
        ],
        "criterion:met": [
            sample("1", criterion="time-to-detect"),
            sample("0", criterion="time-to-resolve"),
            sample("1", criterion="missed-critical"),
        ],
    }
    rig.alertmanager.answers = {'priority="P4"': [held(**P4), held("suppressed", **{**P4, "alertname": "NoveltyLow"})]}
    return rig


def test_it_tells_of_the_week(week: Rig) -> None:
    assert week.run() == 0
    parts = week.parts()
    assert parts[WAITED] == [
        "NoveltyLow of shop/api (info): 1 d 2 h",
        "ColdStartSlow of shop/api (info): 15 min",
    ]
    assert parts[NOW] == [
        "ColdStartSlow of shop/api (info): Cold starts are slow",
        "NoveltyLow of shop/api (info) (kept quiet): Cold starts are slow",
    ]
    assert parts[OFTEN] == ["HighLatency of library: 3 times"]


def test_it_tells_of_each_criterion_against_its_target(week: Rig) -> None:
    assert week.run() == 0
    assert week.parts()[CRITERIA] == [
        "Mean time to detection: 1 min 12 s, met (target at most 5 min)",
        "Mean time to resolution: 1 h 30 min, MISSED (target at most 1 h)",
        "Critical conditions that nobody was told of: 0 conditions, met (target at most 0 conditions)",
        "Time to load a dashboard: nothing to measure (target at most 3 s)",
        "Time to search logs: nothing to measure (target at most 5 s)",
        "Trace coverage of critical paths: 99.95 %, not judged (target at least 99.9 %)",
    ]


def test_the_budget_with_least_left_comes_first_with_what_to_do(week: Rig) -> None:
    assert week.run() == 0
    assert week.parts()[BUDGETS] == [
        "shop api availability: -20 %. Incident response: nothing but what restores the service.",
        "library api plan-availability pro: 75 %. Ship fast, take risks.",
    ]


def test_a_quiet_week_says_so(rig: Rig) -> None:
    assert rig.run() == 0
    parts = rig.parts()
    assert (parts[WAITED], parts[NOW], parts[OFTEN]) == (["None."], ["None fires."], ["None began."])
    assert parts[BUDGETS] == ["No objective is recorded yet."]
    assert all("nothing to measure" in line for line in parts[CRITERIA])


def test_it_goes_to_the_channel_with_a_link_and_parts_are_green(week: Rig) -> None:
    assert week.run() == 0
    (message,) = week.http.slack.all()
    assert (message.to, message.content["channel"]) == ("/slack/alerts", "#alerts")
    assert message.content["text"].startswith("*Weekly digest of observability-prod*\n<https://grafana.example.com/d/")
    assert {part["color"] for part in message.content["attachments"]} == {"good"}


def test_it_asks_for_what_waits_by_the_routing(rig: Rig) -> None:
    assert rig.run() == 0
    assert rig.alertmanager.asked == [" ".join(matchers) for matchers in rig.settings["filters"]]


def test_a_long_list_ends_after_twenty_lines(rig: Rig) -> None:
    rig.prometheus.answers["count_over_time"] = [sample(str(n * 60), alertname=f"A{n}") for n in range(1, 24)]
    assert rig.run() == 0
    lines = rig.parts()[WAITED]
    assert (len(lines), lines[0], lines[-1]) == (21, "A23: 23 min", "... and 3 more.")


def test_foreign_text_mentions_nobody(rig: Rig) -> None:
    rig.prometheus.answers["count_over_time"] = [sample("60", alertname="<!channel> & <https://evil.example.com|x>")]
    assert rig.run() == 0
    assert "<" not in rig.parts()[WAITED][0]


def test_prometheus_that_is_down_is_told_of_and_fails_the_job(week: Rig) -> None:
    week.prometheus.close()
    assert week.run() == 1
    parts = week.parts()
    for part in (WAITED, CRITERIA, BUDGETS, OFTEN):
        assert parts[part] == ["Not known: Prometheus did not answer (ConnectionRefusedError)."]
    assert parts[NOW][0].startswith("ColdStartSlow")
    assert "not complete" in week.posted()["text"]
    colors = {part["title"]: part["color"] for part in week.posted()["attachments"]}
    assert (colors[CRITERIA], colors[NOW]) == ("danger", "good")
    week.prometheus = type(week.prometheus)()


def test_alertmanager_that_is_down_is_told_of_and_fails_the_job(week: Rig) -> None:
    week.alertmanager.close()
    assert week.run() == 1
    assert week.parts()[NOW] == ["Not known: Alertmanager did not answer (ConnectionRefusedError)."]
    assert week.parts()[OFTEN] == ["HighLatency of library: 3 times"]
    week.alertmanager = type(week.alertmanager)()


def test_a_server_that_restarts_is_asked_again(week: Rig) -> None:
    week.prometheus.failures = TRIES - 1
    assert week.run() == 0
    assert week.paused == [5, 10]


@pytest.mark.parametrize(
    ("status", "text", "reason"),
    [(422, "{}", "HTTP 422"), (302, "", "HTTP 302"), (200, "<html>", "no JSON"), (200, "[]", "no result")],
)
def test_an_answer_that_is_none_is_told_of(week: Rig, status: int, text: str, reason: str) -> None:
    week.prometheus.failures, week.prometheus.status, week.prometheus.text = 100, status, text
    assert week.run() == 1
    assert week.parts()[CRITERIA] == [f"Not known: Prometheus did not answer ({reason})."]


def test_a_message_that_nobody_takes_fails_the_job_and_tells_no_secret(
    week: Rig, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    week.address("http://127.0.0.1:9/secret-of-the-address")
    assert week.run() == 1
    assert "#alerts did not take the digest: ConnectionRefusedError" in caplog.text
    assert "secret-of-the-address" not in caplog.text


def test_a_channel_that_refuses_fails_the_job(week: Rig, caplog: pytest.LogCaptureFixture) -> None:
    week.address(f"http://{week.http.address}/nowhere/secret-of-the-address")
    assert week.run() == 1
    assert "#alerts did not take the digest: HTTP 404" in caplog.text
    assert "secret-of-the-address" not in caplog.text


def test_an_address_without_tls_is_not_used(week: Rig, caplog: pytest.LogCaptureFixture) -> None:
    week.address("http://hooks.example.com/secret-of-the-address")
    assert week.run() == 1
    assert "expected an address with TLS" in caplog.text
    assert "hooks" not in caplog.text


def test_a_secret_that_is_not_there_fails_the_job(week: Rig, caplog: pytest.LogCaptureFixture) -> None:
    (week.folder / "address").unlink()
    assert week.run() == 1
    assert "#alerts did not take the digest: FileNotFoundError" in caplog.text
