"""The platform's monitors name ports that the chart's services have, by the list of the chart's objects."""

import json
from pathlib import Path

import yaml

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
