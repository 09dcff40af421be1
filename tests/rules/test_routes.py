"""Each priority of each workload reaches the receivers of its route in the catalog, by amtool's verdict."""

import subprocess
from pathlib import Path

import pytest
import yaml

from compiler.model.base import Priority, seconds
from tests.rules import amtool, rendered
from tests.tools.finder import require
from tests.workloads import project_catalog

ROUTING = project_catalog().routing
WORKLOADS = [entry.name for entry in project_catalog()]


def receivers(folder: Path, **labels: str) -> list[str]:
    program = require("amtool")
    path = folder / "alertmanager.yaml"
    path.write_text(amtool.readable(program, rendered.artefacts()["alertmanager/alertmanager.yaml"]))
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
@pytest.mark.parametrize("priority", sorted(ROUTING.priorities))
def test_priority_reaches_its_receivers(priority: Priority, workload: str, tmp_path: Path) -> None:
    found = receivers(tmp_path, priority=priority, workload=workload, alertname="Any", severity="any")
    assert found == list(ROUTING.route(workload, priority, "Any").channels)


@pytest.mark.parametrize(("severity", "priority"), ROUTING.foreign_severities.items())
def test_alert_of_the_chart_is_routed_by_severity(severity: str, priority: Priority, tmp_path: Path) -> None:
    assert receivers(tmp_path, alertname="KubePodCrashLooping", severity=severity) == list(
        ROUTING.priorities[priority].channels
    )


@pytest.mark.parametrize("labels", [{"priority": "P4", "workload": "platform"}, {"priority": "P0"}, {}])
def test_the_watchdog_goes_to_the_dead_mans_switch_alone(labels: dict[str, str], tmp_path: Path) -> None:
    assert receivers(tmp_path, alertname="Watchdog", severity="none", **labels) == list(
        ROUTING.alerts["Watchdog"].channels
    )


def test_alert_that_nobody_expects_is_still_seen(tmp_path: Path) -> None:
    assert receivers(tmp_path, alertname="Stranger") == [ROUTING.fallback]


@pytest.mark.parametrize("workload", sorted(ROUTING.workloads))
def test_a_workloads_own_routes_are_grouped_and_timed_as_its_table_says(workload: str) -> None:
    routes = yaml.safe_load(rendered.artefacts()["alertmanager/alertmanager.yaml"])["route"]["routes"]
    for priority, own in ROUTING.workloads[workload].items():
        wanted = {f'workload="{workload}"', f'priority="{priority}"'}
        (route,) = [each for each in routes if set(each["matchers"]) == wanted]
        assert route["group_by"] == list(own.group_by)
        assert route["group_wait"] == own.group_wait
        assert route["group_interval"] == own.group_interval
        assert route["repeat_interval"] == own.repeat_interval


def test_maintenance_keeps_back_what_its_table_says_and_nothing_else() -> None:
    configuration = yaml.safe_load(rendered.artefacts()["alertmanager/alertmanager.yaml"])
    intervals = {each["name"]: each["time_intervals"] for each in configuration.get("time_intervals", ())}
    assert len(intervals) == len(ROUTING.maintenance)
    muted = {
        (*route["matchers"], name)
        for route in configuration["route"]["routes"]
        for child in route["routes"]
        for name in child.get("mute_time_intervals", ())
    }
    expected = {
        (f'workload="{each.workload}"', f'priority="{priority}"', name)
        for name, each in ROUTING.maintenance.items()
        for priority in each.priorities
    }
    assert muted == expected
    for name, each in ROUTING.maintenance.items():
        times = [{"start_time": each.start, "end_time": each.end}]
        assert intervals[name] == [{"weekdays": list(each.weekdays), "times": times, "location": each.zone}]


def test_highest_priority_waits_ten_seconds_at_most() -> None:
    routes = yaml.safe_load(rendered.artefacts()["alertmanager/alertmanager.yaml"])["route"]["routes"]
    waits = [seconds(route["group_wait"]) for route in routes if 'priority="P0"' in route["matchers"]]
    assert waits
    assert max(waits) <= 10
