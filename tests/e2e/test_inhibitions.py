"""What a real Alertmanager holds back with the compiled inhibitions is what `tests/inhibition.py` says."""

import json
import time
from pathlib import Path

import pytest
import yaml

from compiler.catalog.catalog import Catalog
from compiler.routing.chart import chart_alerts
from compiler.routing.held import ROUTED
from compiler.target import Target
from tests.catalog.holds import Compiled, severities
from tests.e2e import servers
from tests.e2e.loopback import ask, ask_json
from tests.inhibition import held_back
from tests.tools.finder import require

pytestmark = pytest.mark.e2e
Alert = dict[str, str]


def all_alerts(made: Compiled) -> list[Alert]:
    """Return each alert's higher severity for one thing, and the lower one for it and for another by each label."""
    found: list[Alert] = []
    pairs = [
        ({**high.labels, "alertname": str(high.alert)}, {**low.labels, "alertname": str(low.alert)}, kept)
        for high, low, kept in severities(made)
    ]
    for name, labels in chart_alerts().items():
        named = {"alertname": name}
        pairs.append(({**named, "severity": "critical"}, {**named, "severity": "warning"}, labels - ROUTED))
    for high, low, kept in pairs:
        thing = dict.fromkeys(kept, "one")
        found += [{**high, **thing}, {**low, **thing}, *({**low, **thing, label: "another"} for label in kept)]
    return [dict(each) for each in {tuple(sorted(each.items())) for each in found}]


def test_a_real_alertmanager_holds_back_the_same_alerts(catalog: Catalog, target: Target, tmp_path: Path) -> None:
    made = Compiled(catalog, target)
    rules = yaml.safe_load(made.artefacts["alertmanager/alertmanager.yaml"])["inhibit_rules"]
    config = tmp_path / "alertmanager.yaml"
    config.write_text(
        yaml.safe_dump({"route": {"receiver": "none"}, "receivers": [{"name": "none"}], "inhibit_rules": rules})
    )
    alerts = all_alerts(made)
    expected = {json.dumps(each, sort_keys=True): held_back(rules, each, alerts) for each in alerts}
    assert {True, False} == set(expected.values())
    server = servers.alertmanager(require("alertmanager"), config, tmp_path)
    try:
        assert ask(server.address, "/api/v2/alerts", [{"labels": each} for each in alerts])[0] == 200
        found: dict[str, bool] = {}
        for _ in range(50):
            listed = ask_json(server.address, "/api/v2/alerts?inhibited=true")
            found = {json.dumps(each["labels"], sort_keys=True): bool(each["status"]["inhibitedBy"]) for each in listed}
            if found == expected:
                break
            time.sleep(0.2)
        assert found == expected
        print(f"{len(found)} alerts, {sum(found.values())} of them held back")
    finally:
        server.close()
