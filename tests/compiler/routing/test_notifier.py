"""CloudWatch alarms are routed as Prometheus alerts of their priority, and their messages have the same fields."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from compiler.catalog.catalog import Catalog
from compiler.model.platform import Secretive
from compiler.routing.alertmanager import configuration
from compiler.routing.messages import TEMPLATES
from compiler.routing.notifier import secret_name, secrets, table
from compiler.target import Target
from lambdas.notifier import payloads
from lambdas.notifier.events import parse
from lambdas.notifier.model import Notice
from lambdas.notifier.table import Table
from tests.frozen import routing
from tests.lambdas.notifier.messages import FACTS, alarm, event
from tests.tools.finder import require

# Alertmanager's label or annotation for what the notifier calls otherwise.
ANNOTATIONS = {"runbook": "runbook_url", "dashboard": "dashboard_url"}


@pytest.fixture(scope="module")
def catalog(catalog: Catalog) -> Catalog:
    """Return the project's catalog with the frozen routing: whatever a user's channels are called."""
    return replace(catalog, routing=routing())


@pytest.fixture(scope="module")
def compiled(catalog: Catalog, target: Target) -> Table:
    return Table.parse(json.dumps(table(catalog.routing, target)))


def notice(state: str = "ALARM", old: str = "OK") -> Notice:
    made = parse(event(alarm(state=state, old=old))["Records"][0]["Sns"])
    assert made is not None
    return made


def test_every_priority_of_every_workload_has_its_channels(catalog: Catalog, compiled: Table) -> None:
    for watched in catalog:
        for priority in catalog.routing.priorities:
            route = catalog.routing.route(watched.name, priority, "api-down")
            wanted = [name for name in route.channels if isinstance(catalog.routing.channels[name], Secretive)]
            facts = {"priority": priority, "workload": watched.name}
            channels = compiled.channels_of(Notice("k", "n", "firing", "", "", "", facts))
            assert [channel.name for channel in channels] == wanted


def test_secrets_are_those_of_the_channels_that_are_told(catalog: Catalog, target: Target, compiled: Table) -> None:
    names = [secret_name(each, target) for each in secrets(catalog.routing)]
    assert names == sorted({channel.secret_id for channel in compiled.channels.values()})
    assert "observability/prod/dead-mans-switch-url" not in names


def test_a_secret_of_the_stacks_config_has_a_name_of_its_own(catalog: Catalog, target: Target) -> None:
    read = Table.parse(json.dumps(table(catalog.routing, target, {"slack-alerts-url"})))
    assert read.channels["slack-alerts"].secret_id == "observability/prod/config/slack-alerts-url"
    assert read.channels["slack-incidents"].secret_id == "observability/prod/slack-incidents-url"


def test_what_has_no_priority_goes_where_alertmanagers_strays_go(catalog: Catalog, compiled: Table) -> None:
    channels = compiled.channels_of(Notice("k", "n", "plain", "elsewhere", "", ""))
    assert [channel.name for channel in channels] == [catalog.routing.fallback]


@pytest.fixture(scope="module")
def alertmanager(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, Notice], str]:
    """Render a template as the real Alertmanager does, for the alert that a notice would be."""
    amtool = require("amtool")
    folder: Path = tmp_path_factory.mktemp("templates")
    (folder / "messages.tmpl").write_text(TEMPLATES, encoding="utf-8")

    def render(template: str, of: Notice) -> str:
        labels = {name: of.fact(name) for name in ("severity", "priority", "workload", "service", "team")}
        labels["alertname"] = of.name
        annotations = {"summary": of.summary, "description": of.description}
        annotations |= {theirs: of.fact(ours) for ours, theirs in ANNOTATIONS.items()}
        alert = {"status": of.status, "labels": labels, "annotations": annotations}
        data = {"status": of.status, "alerts": [alert], "commonLabels": labels, "commonAnnotations": annotations}
        (folder / "data.json").write_text(json.dumps(data), encoding="utf-8")
        command = [str(amtool), "template", "render", f"--template.glob={folder}/*.tmpl"]
        command += [f"--template.text={template}", f"--template.data={folder}/data.json"]
        return subprocess.run(command, capture_output=True, text=True, check=True, timeout=30).stdout.strip()

    return render


def _receiver(catalog: Catalog, target: Target, kind: str) -> dict[str, Any]:
    receivers: Any = configuration(catalog, target)["receivers"]
    found: dict[str, Any] = next(each[kind][0] for each in receivers if kind in each)
    return found


@pytest.mark.parametrize(("state", "old"), [("ALARM", "OK"), ("OK", "ALARM")])
def test_slack_reads_the_same(
    alertmanager: Callable[[str, Notice], str], catalog: Catalog, target: Target, compiled: Table, state: str, old: str
) -> None:
    theirs = _receiver(catalog, target, "slack_configs")
    of = notice(state, old)
    post: Any = payloads.slack(of, compiled.channels["slack-incidents"], compiled)
    (message,) = post["attachments"]
    for field in ("title", "title_link", "text", "fallback", "color"):
        assert message[field] == alertmanager(theirs[field], of), field


def test_pagerduty_reads_the_same(
    alertmanager: Callable[[str, Notice], str], catalog: Catalog, target: Target, compiled: Table
) -> None:
    theirs, of = _receiver(catalog, target, "pagerduty_configs"), notice()
    sent: Any = payloads.pagerduty(of, compiled.channels["pagerduty-call"], compiled)
    ours = sent["payload"]
    assert ours["summary"] == alertmanager(theirs["description"], of)
    for field in ("component", "group", "class"):
        assert ours[field] == alertmanager(theirs[field], of), field
    assert (sent["client"], sent["client_url"]) == (theirs["client"], alertmanager(theirs["client_url"], of))
    assert ours["custom_details"] == {name: alertmanager(value, of) for name, value in theirs["details"].items()}
    links = [{"href": alertmanager(link["href"], of), "text": link["text"]} for link in theirs["links"]]
    assert sent["links"] == links
    assert ours["severity"] == theirs["severity"]
    assert links[0]["href"] == FACTS["runbook"]
