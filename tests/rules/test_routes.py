"""Each priority of each workload reaches the receivers that decision 8 of the design names, by amtool's verdict."""

import subprocess
from pathlib import Path

import pytest
import yaml

from compiler.model.base import seconds
from tests.rules import rendered
from tests.tools.finder import require

RECEIVERS = {
    "P0": ["pagerduty-call", "slack-incidents"],
    "P1": ["pagerduty-sms", "slack-alerts"],
    "P2": ["slack-alerts", "email"],
    "P3": ["email"],
    "P4": ["weekly-digest"],
}
OWN = {
    # The Bighead document's P3 posts, and its P4 opens a ticket.
    "bighead": {"P2": ["slack-alerts"], "P3": ["tickets"]},
    # The recsys-saas document sends warnings to Slack only.
    "recsys-saas": {"P2": ["slack-engineering"]},
}
"""What a workload's own table says instead."""
WORKLOADS = [entry.name for entry in rendered.catalog()]


def receivers(folder: Path, **labels: str) -> list[str]:
    program = require("amtool", minimum=(0, 26))  # url_file of a webhook
    path = folder / "alertmanager.yaml"
    path.write_text(rendered.artefacts()["alertmanager/alertmanager.yaml"])
    pairs = [f"{name}={value}" for name, value in labels.items()]
    result = subprocess.run(
        [program, "config", "routes", "test", f"--config.file={path}", *pairs],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert result.returncode == 0, result.stderr
    return result.stdout.strip().split(",")


@pytest.mark.parametrize("workload", WORKLOADS)
@pytest.mark.parametrize("priority", sorted(RECEIVERS))
def test_priority_reaches_its_receivers(priority: str, workload: str, tmp_path: Path) -> None:
    found = receivers(tmp_path, priority=priority, workload=workload, alertname="Any", severity="any")
    assert found == OWN.get(workload, {}).get(priority, RECEIVERS[priority])


@pytest.mark.parametrize(("severity", "priority"), [("critical", "P1"), ("warning", "P2"), ("info", "P4")])
def test_alert_of_the_chart_is_routed_by_severity(severity: str, priority: str, tmp_path: Path) -> None:
    assert receivers(tmp_path, alertname="KubePodCrashLooping", severity=severity) == RECEIVERS[priority]


@pytest.mark.parametrize("labels", [{"priority": "P4", "workload": "platform"}, {"priority": "P0"}, {}])
def test_the_watchdog_goes_to_the_dead_mans_switch_alone(labels: dict[str, str], tmp_path: Path) -> None:
    assert receivers(tmp_path, alertname="Watchdog", severity="none", **labels) == ["dead-mans-switch"]


def test_alert_that_nobody_expects_is_still_seen(tmp_path: Path) -> None:
    assert receivers(tmp_path, alertname="Stranger") == ["slack-general"]


def test_recsys_saas_is_grouped_and_timed_as_its_document_says() -> None:
    routes = yaml.safe_load(rendered.artefacts()["alertmanager/alertmanager.yaml"])["route"]["routes"]
    own = [route for route in routes if 'workload="recsys-saas"' in route["matchers"]]
    assert len(own) == 2
    for route in own:
        assert route["group_by"] == ["alertname", "service"]
        assert (route["group_wait"], route["group_interval"], route["repeat_interval"]) == ("10s", "10s", "12h")


def test_maintenance_keeps_back_what_does_not_page_and_nothing_else() -> None:
    configuration = yaml.safe_load(rendered.artefacts()["alertmanager/alertmanager.yaml"])
    (interval,) = configuration["time_intervals"]
    assert interval["time_intervals"] == [
        {"weekdays": ["sunday"], "times": [{"start_time": "03:00", "end_time": "05:00"}], "location": "UTC"}
    ]
    muted = {
        tuple(route["matchers"])
        for route in configuration["route"]["routes"]
        for child in route["routes"]
        if child.get("mute_time_intervals") == [interval["name"]]
    }
    assert muted == {('workload="platform"', f'priority="{priority}"') for priority in ("P2", "P3", "P4")}


def test_highest_priority_waits_ten_seconds_at_most() -> None:
    routes = yaml.safe_load(rendered.artefacts()["alertmanager/alertmanager.yaml"])["route"]["routes"]
    waits = [seconds(route["group_wait"]) for route in routes if 'priority="P0"' in route["matchers"]]
    assert waits
    assert max(waits) <= 10
