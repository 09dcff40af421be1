"""The weekly digest asks a real Prometheus and a real Alertmanager, with the rules and routes that are compiled."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from compiler.routing.digest import settings
from compiler.text import to_json
from jobs.digest.__main__ import main
from tests.e2e import rig as rigs
from tests.e2e.loopback import ask
from tests.jobs.digest.servers import by_title
from tests.targets import target_for
from tests.tools.finder import require
from tests.workloads import project_catalog

pytestmark = pytest.mark.e2e
FACTOR = 20.0
LATE = {
    "alertname": "NoveltyLow",
    "workload": "personalization",
    "service": "api",
    "severity": "info",
    "priority": "P4",
}


def digest(rig: rigs.Rig, folder: Path) -> tuple[int, Mapping[str, list[str]]]:
    """Return the exit code of one digest, and what it posted by the titles of its parts."""
    catalog = project_catalog()
    (folder / "settings.json").write_text(to_json(settings("weekly-digest", catalog, target_for("local"))))
    (folder / "address").write_text(f"http://{rig.http.address}/slack/digest")
    servers = [
        "--prometheus",
        f"http://{rig.prometheus.address}",
        "--alertmanager",
        f"http://{rig.alertmanager.address}",
    ]
    files = ["--settings", str(folder / "settings.json"), "--address", str(folder / "address")]
    code = main([*servers, *files])
    (message,) = rig.http.slack.all(lambda each: each.to == "/slack/digest")
    return code, by_title(message.content)


def tell(rig: rigs.Rig, labels: Mapping[str, Any]) -> None:
    """Hand an alert to Alertmanager, as Prometheus would."""
    alert = {"labels": labels, "annotations": {"summary": "Little that is new is shown"}}
    status, text = ask(rig.alertmanager.address, "/api/v2/alerts", json.loads(json.dumps([alert])))
    assert status == 200, text


def test_real_servers_take_every_question_and_tell_of_what_fires(tmp_path: Path) -> None:
    programs = {name: require(name) for name in ("prometheus", "alertmanager")}
    (tmp_path / "servers").mkdir()
    with rigs.running(tmp_path / "servers", programs, FACTOR, rigs.WORKLOAD, "platform") as rig:
        rig.wait_query('ALERTS{alertname="Watchdog", alertstate="firing"}', 120)
        tell(rig, LATE)
        tell(rig, {**LATE, "alertname": "HighLatency", "priority": "P1"})
        code, parts = digest(rig, tmp_path)
    # A refused query would be told of, and end with 1.
    assert code == 0, parts
    assert parts["Of these, now"] == ["NoveltyLow of personalization/api (info): Little that is new is shown"]
    assert parts["Alerts of the week that waited for this digest"] == ["None."], "the Watchdog goes its own way"
    assert len(parts["Success criteria"]) == 6
