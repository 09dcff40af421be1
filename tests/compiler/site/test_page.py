"""A stack's page: complete, one file, no request to anywhere, nothing unescaped."""

import json
import re
from dataclasses import replace
from html import escape

import pytest

from compiler.artefacts import rule_groups
from compiler.catalog.catalog import Catalog, Watched
from compiler.cloud.cloudwatch import alarms, composites
from compiler.metrics.liveness import silent
from compiler.model.alerts import Threshold
from compiler.model.dashboards import DashboardsFile
from compiler.site.graph import Layer
from compiler.site.page import stack_page
from compiler.site.recorded import Recorded
from compiler.site.watching import notified
from compiler.target import Target
from compiler.texts.placeholders import objective_title
from tests.compiler.site.recordings import LAYERS, Page, component, recorded, resource
from tests.compiler.site.test_html import NASTY

FINDINGS: list[dict[str, object]] = [
    {"policy": NASTY, "level": "mandatory", "urn": "a::b::c::bucket", "message": NASTY},
    {"policy": "two", "level": "mandatory", "urn": "a::b::c::key", "message": "m", "exempted": True},
    {"policy": "three", "level": "advisory", "urn": "", "message": "later", "not_run": True},
]
COST = {
    "as_of": "2026-08",
    "currency": "USD",
    "monthly": "1234.50",
    "by_workload": {"small": "34.50", "large": "1200.00"},
    "unpriced": 1,
    "lines": [
        {"type": "aws:x:Alarm", "name": "a", "workload": "small", "monthly_usd": "34.50", "basis": "list price"},
        {"type": "aws:x:Queue", "name": "q", "workload": "large", "monthly_usd": None, "basis": "a cent a call"},
    ],
}


@pytest.fixture
def everything() -> Recorded:
    charts = [resource("kubernetes:helm.sh/v3:Release", name, mode="opaque") for name in ("chart", "another")]
    plain = resource("kubernetes:x/v1:Odd", "odd", mode="unchecked")
    findings = [{"not_run": False, "exempted": False, **finding} for finding in FINDINGS]
    made = [*component("Server", NASTY), *component("Key", "k"), *charts, plain]
    return recorded(made, findings=findings, cost=COST, files=[f"a/{NASTY}.json", "graph.mmd"])


@pytest.fixture
def text(everything: Recorded, catalog: Catalog, target: Target) -> str:
    cloud = Layer("cloud", "Alarms.", frozenset({"Topics"}))
    with_cloud = everything.model_copy(update={"resources": (*everything.resources, *component("Topics", "t"))})
    return stack_page("toy", with_cloud, [*LAYERS, cloud], catalog, target)


def test_it_is_well_formed_and_nothing_in_it_is_unescaped(text: str) -> None:
    page = Page(text)
    assert [tag for tag, _ in page.elements].count("script") == 1
    assert NASTY in page.text


def test_it_asks_nobody_for_anything(text: str) -> None:
    page = Page(text)
    policy = page.values("content", "meta")[0]
    assert policy.startswith("default-src 'none';")
    assert "http" not in policy
    assert page.values("src") == []
    assert page.values("href", "link") == ["data:,"]
    assert not re.search(r"url\((?!#)|@import|fetch\(", text)


def test_the_same_bytes_for_the_same_recording(everything: Recorded, catalog: Catalog, target: Target) -> None:
    turned = everything.model_copy(update={"resources": everything.resources[::-1]})
    pages = {stack_page("toy", each, LAYERS, catalog, target) for each in (everything, turned)}
    assert len(pages) == 1


def test_every_alert_is_there_with_what_a_person_needs(text: str, catalog: Catalog, target: Target) -> None:
    rows = [row for row in text.split("<tr>") if 'data-label="Alert"' in row]
    rules = [
        (watched, rule) for watched in catalog for group in rule_groups(watched, catalog, target)
        for rule in group.rules if rule.alert
    ]  # fmt: skip
    assert len(rows) == len(rules)
    for watched, rule in rules:
        needed = [str(rule.alert), rule.labels["severity"], rule.labels["priority"], rule.for_ or "at once"]
        links = [f'href="{rule.annotations[kind]}"' for kind in ("runbook_url", "dashboard_url")]
        channels = escape(notified(catalog, watched, rule.labels["severity"], str(rule.alert)))
        found = [row for row in rows if all(each in row for each in (*needed, *links, channels))]
        assert found, f"{rule.alert} {rule.labels['severity']}"


def test_an_alert_with_a_route_of_its_own_is_told_there(catalog: Catalog) -> None:
    platform = next(watched for watched in catalog if watched.name == "platform")
    assert notified(catalog, platform, "none", "Watchdog") == "dead man's switch"
    assert notified(catalog, platform, "none", "Other") == "weekly digest"


def test_a_workload_with_a_table_of_its_own_is_told_there(catalog: Catalog) -> None:
    library = next(watched for watched in catalog if watched.name == "library")
    assert notified(catalog, library, "warning", "Any") == "Slack #alerts"


def test_alarms_objectives_and_dashboards_are_there(text: str, catalog: Catalog, target: Target) -> None:
    prose = Page(text).text
    for watched in catalog:
        assert all(each.name in prose and ", ".join(each.topics) in prose for each in alarms(watched, target))
        assert all(each.name in prose and ", ".join(each.topics) in prose for each in composites(watched, target))
        assert all(objective_title(watched, slo) in prose for slo in watched.slos)
        panels = [panel for board in watched.dashboards.grafana for row in board.rows for panel in row.panels]
        assert all(panel.title in prose for panel in panels)
        widgets = [w for board in watched.dashboards.cloudwatch for part in board.sections for w in part.widgets]
        assert all(widget.title in prose for widget in widgets)
    for fact in ("14.4", "2 %", "7 h 12 min of total failure", "2 d 2 h"):
        assert fact in prose


def test_recorded_series_are_there_where_something_is_recorded(text: str, catalog: Catalog, target: Target) -> None:
    shown, prose = Page(text), Page(text).text
    assert "recordings" in shown.values("id")
    assert all(each.name in prose and each.help in prose for watched in catalog for each in watched.recordings)
    silent = replace(catalog, workloads=tuple(replace(watched, recordings=()) for watched in catalog))
    page = Page(stack_page("toy", recorded(component("Server", "s")), LAYERS, silent, target))
    assert "grafana" in page.values("id")
    assert "recordings" not in page.values("id")


def test_findings_cost_files_and_the_unseen_are_there(text: str) -> None:
    page = Page(text)
    for fact in (
        "1 mandatory", "1 exempt", "1 not run", "1 could not be judged", "What no rule can see: 2",
        "has no schema here: 1", "1,234.50",
        "1,200.00", "by resource: 1 with a price", "a cent a call",
    ):  # fmt: skip
        assert fact in page.text
    assert "../graph.mmd" in page.values("href")
    assert text.index(">1,200.00<") < text.index(">34.50<"), "the most expensive workload comes first"


def test_links_within_the_page_lead_somewhere(text: str) -> None:
    page = Page(text)
    ids = page.values("id")
    assert len(ids) == len(set(ids))
    assert {href for href in page.values("href") if href.startswith("#")} <= {f"#{each}" for each in ids}


def test_a_stack_without_a_layer_says_nothing_of_what_that_deploys(catalog: Catalog, target: Target) -> None:
    page = Page(stack_page("toy-base", recorded(component("Key", "k")), LAYERS, catalog, target))
    assert {"architecture", "cost", "files"} <= set(page.values("id"))
    assert not {"alerts", "objectives", "alarms", "grafana", "cloudwatch"} & set(page.values("id"))
    assert "estimates no cost" in page.text
    assert "No findings; judged: 1 resource." in page.text


def test_a_recording_of_another_shape_is_refused() -> None:
    with pytest.raises(ValueError, match="surprise"):
        Recorded.model_validate({**json.loads(recorded([]).model_dump_json()), "surprise": 1})


@pytest.mark.parametrize(("side", "prose"), [("above", "above <b>50 %</b>"), ("below", "below <b>50 %</b>")])
def test_a_threshold_says_its_side(side: str, prose: str, catalog: Catalog, shop: Watched, target: Target) -> None:
    threshold = Threshold.model_validate({side: 0.5, "for": "5m"})
    alert = shop.alerts[0].model_copy(update={"thresholds": {"critical": threshold}, "unit": "ratio"})
    one = replace(catalog, workloads=(replace(shop, alerts=(alert,), dashboards=DashboardsFile()),))
    assert prose in stack_page("toy", recorded(component("Server", "s")), LAYERS, one, target)


def test_what_is_filled_in_when_an_alert_fires_is_shown_as_a_name(text: str) -> None:
    rows = [row.partition("<details")[0] for row in text.split("<tr>") if 'data-label="Alert"' in row]
    assert [row for row in rows if "$labels" in row] == []
    assert any("&lt;plan&gt;" in row for row in rows)


def test_services_whose_silence_calls_nobody_yet_are_listed(
    everything: Recorded, catalog: Catalog, target: Target
) -> None:
    names = [watched.name for watched in catalog]
    quiet = [f"{each.name}/{service}" for each in catalog for service in silent(each, target)]
    assert quiet
    shown = stack_page("toy", everything, LAYERS, catalog, target)
    assert all(f"<code>{name}</code>" in shown for name in quiet)
    assert "Not declared live" not in stack_page("toy", everything, LAYERS, catalog, replace(target, live=tuple(names)))
