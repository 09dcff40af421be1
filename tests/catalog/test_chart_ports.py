"""Ports and intervals of the catalog are those of the charts, by the list of each chart's objects."""

import json
from pathlib import Path

import yaml

from compiler.model.workload import SCRAPE_INTERVAL, ScrapeTarget
from tests.workloads import project_catalog

ROOT = Path(__file__).resolve().parents[2]
PRODUCER = "observability/producer"


def test_services_of_charts_have_the_ports_that_their_producers_name() -> None:
    producers = yaml.safe_load((ROOT / "catalog/platform/workload.yaml").read_text(encoding="utf-8"))["producers"]
    found = {}
    for file in (ROOT / "facts" / "charts").glob("*.json"):
        for each in json.loads(file.read_text(encoding="utf-8"))["objects"]:
            if each["kind"] == "Service" and PRODUCER in each.get("labels", {}):
                found[each["labels"][PRODUCER]] = [port["name"] for port in each["ports"]]
    assert "cert-manager" in found
    for name, ports in found.items():
        assert producers[name].get("port", "metrics") in ports, name


def test_what_a_charts_monitor_scrapes_has_the_monitors_interval() -> None:
    """A window on these series is judged by it, and no monitor of ours says it."""
    producers = {
        name: each
        for watched in project_catalog()
        for name, each in watched.workload.producers.items()
        if isinstance(each, ScrapeTarget) and each.scraped_by
    }
    assert producers
    for name, each in producers.items():
        file = ROOT / "facts" / "charts" / f"{each.scraped_by}.json"
        monitors = [
            found
            for found in json.loads(file.read_text(encoding="utf-8"))["objects"]
            if found["kind"] == "ServiceMonitor"
        ]
        (monitor,) = [found for found in monitors if found["name"].endswith(f"-{each.known_by['job']}")]
        page = each.known_by.get("metrics_path", each.path)
        (endpoint,) = [found for found in monitor["endpoints"] if found.get("path", "/metrics") == page]
        assert each.interval == endpoint.get("interval", SCRAPE_INTERVAL), name
