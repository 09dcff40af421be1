"""The live runs scrape and evaluate as often as what is deployed: a kinder interval would hide a window too short."""

from pathlib import Path

import pytest
import yaml

from compiler.artefacts import rule_groups
from compiler.catalog.catalog import Watched
from compiler.metrics.probes import probes
from compiler.metrics.scrapes import scrapes
from compiler.model.base import seconds
from compiler.model.workload import SCRAPE_INTERVAL
from components.metrics.workload_metrics import WorkloadMetrics, WorkloadMetricsArgs
from tests.components.isolated import deploy, in_cluster
from tests.e2e import configs
from tests.e2e.simulator import Simulator
from tests.targets import target_for
from tests.workloads import project_catalog

WATCHED = [pytest.param(watched, id=watched.name) for watched in project_catalog() if watched.workload.producers]


def deployed(watched: Watched) -> dict[str, str]:
    """Return the interval of each monitor and probe that the program makes of a workload, by producer."""
    args = WorkloadMetricsArgs("observability", [], [*scrapes(watched)], [*probes(watched)], "prober:9115", [])
    made = deploy(lambda: WorkloadMetrics(watched.name, args, in_cluster()))
    intervals = {}
    for each in made.of("ServiceMonitor"):
        (endpoint,) = each.inputs["spec"]["endpoints"]
        intervals[each.inputs["spec"]["selector"]["matchLabels"]["observability/producer"]] = endpoint["interval"]
    for each in made.of("Probe"):
        labels = each.inputs["spec"]["targets"]["staticConfig"]["labels"]
        intervals[labels["probe"]] = each.inputs["spec"]["interval"]
    return intervals


def live(watched: Watched, folder: Path, factor: float = 1) -> dict[str, str]:
    """Return the interval of each job of the live runs' Prometheus, by producer."""
    simulator = Simulator(watched, target=target_for("local"))
    try:
        path = configs.write_prometheus("prometheus", [], [simulator], [], folder, factor)
    finally:
        simulator.close()
    jobs = yaml.safe_load(path.read_text(encoding="utf-8"))["scrape_configs"]
    return {job["job_name"].removeprefix(f"{watched.name}/"): job["scrape_interval"] for job in jobs}


@pytest.mark.parametrize("watched", WATCHED)
def test_a_producer_is_scraped_as_often_as_its_monitor_says(watched: Watched, tmp_path: Path) -> None:
    running, made = live(watched, tmp_path), deployed(watched)
    assert running
    for name, interval in running.items():
        # Charts have monitors of their own (tests/catalog/test_chart_ports.py), and so has what receives StatsD.
        expected = made.get(name) or watched.workload.interval(name)
        assert interval == f"{seconds(expected) * 1000}ms", name


def test_compressed_time_compresses_the_interval_as_it_does_windows(tmp_path: Path) -> None:
    watched = project_catalog().workloads[-1]
    factor = 20
    assert live(watched, tmp_path, factor) == {
        name: f"{int(interval.removesuffix('ms')) // factor}ms" for name, interval in live(watched, tmp_path).items()
    }


def test_rules_without_a_groups_interval_are_evaluated_as_deployed(tmp_path: Path) -> None:
    path = configs.write_prometheus("prometheus", [], [], [], tmp_path, 1)
    said = yaml.safe_load(path.read_text(encoding="utf-8"))["global"]
    assert said["scrape_interval"] == f"{seconds(SCRAPE_INTERVAL) * 1000}ms"
    catalog = project_catalog()
    groups = [group for watched in catalog for group in rule_groups(watched, catalog, target_for("prod"))]
    assert groups
    assert all(group.interval for group in groups)
