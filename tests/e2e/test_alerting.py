"""From a failing workload to a person's phone and back, on real servers, with the rendered rules and routes."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e import scale, servers
from tests.e2e.configs import routing_key
from tests.e2e.rig import WORKLOAD, Rig, about, running
from tests.e2e.series import Faults
from tests.tools.finder import require

pytestmark = pytest.mark.e2e
RUNBOOKS = "https://docs.example.com/runbooks/personalization"
DASHBOARD = "https://grafana.example.com/d/personalization-operations"


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    programs = {name: require(name) for name in ("prometheus", "alertmanager")}
    with running(tmp_path, programs, scale.factor()) as started:
        # Healthy first: every request is counted, and nothing fires or is about to.
        started.wait_query('service:requests:rate5m{service="api"} > 0 unless on() ALERTS', 300)
        yield started


class Watch:
    """Takes times since the fault began and prints them, as measured and as they would be unscaled."""

    def __init__(self, rig: Rig) -> None:
        self._rig = rig
        self._began = time.monotonic()

    def lap(self, what: str) -> None:
        taken = time.monotonic() - self._began
        unscaled = taken * self._rig.factor
        print(f"  {what}: {taken:.1f} s at factor {self._rig.factor:g} (about {unscaled:.0f} s in production)")

    def restart(self) -> None:
        self._began = time.monotonic()


def wait_firing(rig: Rig, alert: str, count: int, nominal: float) -> None:
    servers.until(lambda: len(rig.firing(alert)) == count, rig.patience(nominal), f"{count} x {alert} firing")


def assert_nothing_lost(rig: Rig) -> None:
    """Assert that Alertmanager's count of sent messages equals the received ones, and that none failed."""
    servers.until(lambda: rig.sent() == rig.received(), 10, f"sent {rig.sent()} = received {rig.received()}")
    assert not any(rig.sent("alertmanager_notifications_failed_total").values())


# First, since it takes longest: with several workers the others run beside it.
def test_warning_goes_to_slack_and_email_but_not_to_a_phone(rig: Rig) -> None:
    watch = Watch(rig)
    rig.simulator.behave(Faults(cache_hit_ratio=0.5))
    wait_firing(rig, "LowCacheHitRate", 3, 1860)
    watch.lap("LowCacheHitRate detected in three points of presence")

    post = rig.http.slack.wait(about("LowCacheHitRate", "firing"), rig.patience(90), "a Slack message")
    mail = rig.mail.inbox.wait(about("LowCacheHitRate", "firing"), rig.patience(90), "an e-mail")
    watch.lap("Slack and e-mail told")
    assert post.to == "/slack/alerts"
    assert mail.to == "oncall@company.com"
    for message in (post, mail):
        assert f"{RUNBOOKS}/low-cache-hit-rate/" in message.text
        assert all(f"in {pop} " in message.text for pop in ("sfo", "nyc", "fra"))

    watch.restart()
    rig.simulator.behave(Faults())
    rig.http.slack.wait(about("LowCacheHitRate", "resolved"), rig.patience(600), "Slack told of the end")
    rig.mail.inbox.wait(about("LowCacheHitRate", "resolved"), rig.patience(600), "an e-mail of the end")
    watch.lap("both told of the end")
    assert rig.http.pagerduty.all() == []
    assert rig.received() == {"pagerduty": 0, "slack": 2, "email": 2}
    assert_nothing_lost(rig)


def test_outage_pages_once_and_resolves_once(rig: Rig) -> None:
    watch = Watch(rig)
    rig.simulator.behave(Faults(error_ratio=0.2))
    wait_firing(rig, "FastErrorBurn", 1, 420)
    watch.lap("FastErrorBurn detected by Prometheus")

    page = rig.http.pagerduty.wait(about("FastErrorBurn", "firing"), rig.patience(60), "a page")
    watch.lap("PagerDuty called")
    assert page.content["routing_key"] == routing_key("pagerduty-sms-key")
    assert page.content["payload"]["severity"] == "error"
    assert "P1 personalization/api: FastErrorBurn" in page.content["payload"]["summary"]
    links = {link["href"] for link in page.content["links"]}
    assert links == {f"{RUNBOOKS}/high-error-rate/", DASHBOARD}

    post = rig.http.slack.wait(about("FastErrorBurn", "firing"), rig.patience(60), "a Slack message")
    watch.lap("Slack told")
    assert post.to == "/slack/alerts"
    assert post.content["channel"] == "#alerts"
    assert f"Runbook: {RUNBOOKS}/high-error-rate/" in post.text
    assert f"Dashboard: {DASHBOARD}" in post.text

    watch.restart()
    rig.simulator.behave(Faults())
    resolved = rig.http.pagerduty.wait(about("FastErrorBurn", "resolved"), rig.patience(900), "the page resolved")
    watch.lap("PagerDuty resolved after recovery")
    assert resolved.content["dedup_key"] == page.content["dedup_key"]
    rig.http.slack.wait(about("FastErrorBurn", "resolved"), rig.patience(900), "Slack told of the end")
    watch.lap("Slack told of the end")

    for inbox in (rig.http.pagerduty, rig.http.slack):
        assert len(inbox.all(about("FastErrorBurn", "firing"))) == 1
        assert len(inbox.all(about("FastErrorBurn", "resolved"))) == 1
    assert_nothing_lost(rig)


def test_vanished_processors_page_each_for_itself(rig: Rig) -> None:
    watch = Watch(rig)
    rig.simulator.behave(Faults(vanished=("embed", "bandit")))
    wait_firing(rig, "StreamProcessorStalled", 2, 420)
    watch.lap("two vanished processors detected")

    def pages(status: str) -> set[str]:
        messages = rig.http.pagerduty.all(about("StreamProcessorStalled", status))
        return {message.content["dedup_key"] for message in messages}

    servers.until(lambda: len(pages("firing")) == 2, rig.patience(60), "two pages with a dedup_key each")
    watch.lap("PagerDuty called for both")
    written = " ".join(message.text for message in rig.http.pagerduty.all())
    assert "The processor embed" in written
    assert "The processor bandit" in written
    assert "The processor context" not in written

    watch.restart()
    rig.simulator.behave(Faults())
    servers.until(lambda: pages("resolved") == pages("firing"), rig.patience(900), "both pages resolved")
    watch.lap("PagerDuty resolved both after recovery")
    assert_nothing_lost(rig)


def test_errors_in_a_trickle_of_requests_do_not_page(rig: Rig) -> None:
    rig.simulator.behave(Faults(error_ratio=0.5, rate=0.05))
    ratio = 'sum(rate(api_requests_total{status_code=~"5.."}[5m])) / sum(rate(api_requests_total[5m]))'
    # The unguarded condition must have held for longer than the alert waits: only then is silence an answer.
    rig.wait_query(f"min_over_time(({ratio})[7m:15s]) > 0.2 and sum(rate(api_requests_total[7m])) < 0.1", 1200)
    assert rig.query('ALERTS{alertstate="firing"}') == []
    assert rig.received() == {"pagerduty": 0, "slack": 0, "email": 0}

    # The same share of errors among enough requests does page: it was the guard that kept quiet.
    rig.simulator.behave(Faults(error_ratio=0.5, rate=5.0))
    rig.http.pagerduty.wait(about("FastErrorBurn", "firing"), rig.patience(480), "a page")


def test_failing_service_silences_its_latency(rig: Rig) -> None:
    rig.simulator.behave(Faults(error_ratio=0.2, latency_seconds=0.4))
    wait_firing(rig, "HighLatency", 1, 480)
    servers.until(lambda: rig.inhibited("HighLatency"), rig.patience(60), "HighLatency inhibited")
    rig.http.pagerduty.wait(about("FastErrorBurn", "firing"), rig.patience(60), "a page for the errors")
    assert rig.http.pagerduty.all(about("HighLatency", "firing")) == []


def test_the_dead_mans_switch_hears_of_the_watchdog_until_alerting_dies(tmp_path: Path) -> None:
    programs = {name: require(name) for name in ("prometheus", "alertmanager")}
    with running(tmp_path, programs, scale.factor(), WORKLOAD, "platform") as rig:
        watch, reports = Watch(rig), rig.http.webhooks
        first = reports.wait(lambda _: True, rig.patience(180), "the first report")
        watch.lap("the switch heard of the Watchdog")
        assert first.to == "/webhook/dead-mans-switch-url"
        assert [alert["labels"]["alertname"] for alert in first.content["alerts"]] == ["Watchdog"]
        watch.restart()
        servers.until(lambda: len(reports.all()) >= 3, rig.patience(720), "two more reports")
        watch.lap("two more reports came")
        assert rig.received() == {"pagerduty": 0, "slack": 0, "email": 0}

        rig.prometheus.close()
        # Alertmanager takes an alert for ended some minutes after the last word of Prometheus.
        servers.until(lambda: not rig.known("Watchdog"), rig.patience(600), "Alertmanager forgot the Watchdog")
        watch.restart()
        received = len(reports.all())
        # Silence shows by waiting alone: for two of the reports that would have come.
        deadline = time.monotonic() + rig.seconds(720)
        servers.until(lambda: time.monotonic() > deadline, rig.patience(720), "the time of two reports")
        watch.lap("and the switch heard nothing")
        assert len(reports.all()) == received
