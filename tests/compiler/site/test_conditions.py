"""The catalog's part of a runbook's page: every condition, its limits, and who is notified."""

from dataclasses import replace
from functools import cache

import pytest

from compiler.artefacts import rule_groups
from compiler.catalog.catalog import Catalog, Watched
from compiler.metrics.rules import Rule
from compiler.model.platform import Routing
from compiler.objectives.cloudwatch import burn_composites
from compiler.site.conditions import conditions, facts
from compiler.site.runbooks import runbook_site
from compiler.text import number
from compiler.texts.amounts import amount, in_words
from compiler.texts.pages import channel_in_words
from tests.catalog_copy import CatalogCopy
from tests.compiler.site.recordings import Page
from tests.frozen import frozen_catalog
from tests.targets import target_for

CATALOG = frozen_catalog()
TARGET = target_for()


@cache
def page_text(workload: str, page: str) -> str:
    """Return what the catalog says of a page, as a reader sees it."""
    watched = next(each for each in CATALOG if each.name == workload)
    return " ".join(Page(str(facts(CATALOG, watched, page))).text.split())


def alerts() -> list[tuple[Watched, Rule]]:
    return [
        (watched, rule)
        for watched in CATALOG
        for group in rule_groups(watched, CATALOG, TARGET)
        for rule in group.rules
        if rule.alert
    ]


@pytest.mark.parametrize(("watched", "rule"), alerts(), ids=lambda each: getattr(each, "alert", None))
def test_every_compiled_alert_stands_on_its_page(watched: Watched, rule: Rule) -> None:
    page = rule.annotations["runbook_url"].rstrip("/").rpartition("/")[2]
    severity = watched.severity(rule.labels["severity"])
    route = CATALOG.routing.route(watched.name, severity.priority, str(rule.alert))
    channels = [channel_in_words(CATALOG.routing.channels[name]) for name in route.channels]
    expected = [str(rule.alert), rule.labels["severity"], in_words(rule.for_ or ""), severity.priority]
    expected += [severity.response, *channels, in_words(route.repeat_interval)]
    assert not [each for each in expected if " ".join(each.split()) not in page_text(watched.name, page)]


@pytest.mark.parametrize("watched", CATALOG.workloads, ids=lambda watched: watched.name)
def test_every_limit_guard_and_alias_stands_on_its_page(watched: Watched) -> None:
    for alert in watched.alerts:
        text = page_text(watched.name, alert.runbook)
        for threshold in alert.thresholds.values():
            assert all(amount(limit, alert.unit) in text for _, limit in threshold.limits())
            assert not threshold.keep or in_words(threshold.keep) in text
        assert all(alias in text for alias in alert.aliases)
        assert not alert.traffic or f"is below {number(alert.traffic.at_least)}." in text
        assert not alert.absence or f"{alert.absence.metric}" in text


@pytest.mark.parametrize("watched", CATALOG.workloads, ids=lambda watched: watched.name)
def test_every_alarm_and_composite_stands_on_its_page(watched: Watched) -> None:
    for alarm in watched.alarms.alarms:
        text = page_text(watched.name, alarm.runbook)
        assert all(each in text for each in (alarm.name, alarm.severity, in_words(alarm.period), *alarm.topics))
    for composite in watched.alarms.composites:
        text = page_text(watched.name, composite.runbook)
        assert all(each in text for each in (composite.name, *composite.alarms, *composite.topics))
    for made in burn_composites(watched, CATALOG.burn_rates, TARGET):
        name = made.name.removesuffix(f"-{TARGET.environment}")
        slo = next(each for each in watched.slos if f"{each.name}-burn-fast" == name)
        assert name in page_text(watched.name, slo.runbook)


def test_every_rule_of_silencing_stands_on_the_pages_of_both() -> None:
    found = 0
    for watched in CATALOG:
        own = {alert.name: alert.runbook for alert in watched.alerts}
        for rule in CATALOG.routing.inhibitions:
            source, held = rule.source.get("alertname", ""), rule.target.get("alertname", "")
            if source in own and held in own:
                assert rule.reason in page_text(watched.name, own[source])
                assert rule.reason in page_text(watched.name, own[held])
                found += 1
    assert found


@pytest.mark.parametrize("watched", CATALOG.workloads, ids=lambda watched: watched.name)
def test_a_budget_has_its_shares_and_who_is_written_to(watched: Watched) -> None:
    budget = watched.workload.budget
    if budget:
        text = page_text(watched.name, budget.runbook)
        assert all(f"{each.above_percent:g} %" in text for each in budget.notifications)
        assert all(email in text for each in budget.notifications for email in each.emails)


def test_a_renamed_channel_and_a_shorter_list_are_on_every_page_at_once(catalog: Catalog) -> None:
    """No page of a person has to be edited for it."""
    routing = catalog.routing.model_dump(by_alias=True)
    for channel in routing["channels"].values():
        if channel["kind"] == "slack":
            channel["channel"] += "-renamed"
    for route in routing["priorities"].values():
        route["channels"] = route["channels"][:1]
    changed = replace(catalog, routing=Routing.model_validate(routing))
    names = {channel.channel for channel in catalog.routing.channels.values() if channel.kind == "slack"}
    text = " ".join(runbook_site(changed).values())
    assert "-renamed" in text
    assert not [name for name in names if f"{name} " in text or f"{name}<" in text or f"{name}," in text]


def test_every_page_says_something(catalog: Catalog) -> None:
    for watched in catalog:
        own = [name.partition("/")[2] for name in catalog.runbooks if name.startswith(f"{watched.name}/")]
        assert all(conditions(catalog, watched, page) for page in own)


PAGE = "shop/high-error-rate"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Write in #incidents.", "expected {{chat}} or {{urgent-chat}}, found '#incidents'"),
        ("Raise it to P0.", "expected a placeholder such as {{urgent}}, found 'P0'"),
        ("PagerDuty calls.", "found 'PagerDuty'"),
        ("Write to oncall@company.com.", "expected {{owner}}, found 'oncall@company.com'"),
        ("See `pagerduty-call`.", "expected {{urgent}}, found '`pagerduty-call`'"),
        ("It is above {{limit:Unheard}}.", "unknown placeholder '{{limit:Unheard}}': expected one of {{"),
    ],
)
def test_what_routing_decides_is_refused_in_a_page_with_its_place(copy: CatalogCopy, text: str, found: str) -> None:
    path = copy.runbooks / f"{PAGE}.md"
    path.write_text(f"{path.read_text()}\n{text}\n")
    mistakes = copy.mistakes()
    assert all(line.startswith(f"docs/runbooks/{PAGE}.md") for line in mistakes)
    assert any(found in line for line in mistakes)


def test_a_limit_among_the_symptoms_is_refused(copy: CatalogCopy) -> None:
    copy.change(
        "shop/alerts.yaml",
        lambda data: data["alerts"][0].update(thresholds={"critical": {"above": 0.03, "for": "5m"}}),
    )
    path = copy.runbooks / f"{PAGE}.md"
    path.write_text(path.read_text().replace("## Symptoms\n", "## Symptoms\n\n- More than 3 % fail.\n"))
    (mistake,) = copy.mistakes()
    assert mistake.startswith(f"docs/runbooks/{PAGE}.md:")
    assert "Symptoms: expected no limit, found '3 %'" in mistake


def test_placeholders_are_filled_in_on_the_published_page_but_not_in_code(copy: CatalogCopy) -> None:
    path = copy.runbooks / f"{PAGE}.md"
    text = "\nAbove {{limit:HighErrorRate/critical}}: write in {{chat}}.\n\n```sh\necho '{{limit}}'\n```\n"
    path.write_text(path.read_text() + text)
    made = Page(runbook_site(copy.load())[f"runbooks/{PAGE}/index.html"]).text
    assert "echo '{{limit}}'" in made
    assert "{{chat}}" not in made
    assert "{{limit:" not in made


def test_a_page_links_to_the_dashboards_that_its_notifications_link_to() -> None:
    """Of each stack with a Grafana of its own address; without one it names the dashboard only."""
    for watched, rule in alerts():
        page = rule.annotations["runbook_url"].rstrip("/").rpartition("/")[2]
        linked = Page(str(facts(CATALOG, watched, page, {"prod": TARGET.grafana_url, "dr": "https://dr.example"})))
        address = rule.annotations["dashboard_url"]
        elsewhere = address.replace(TARGET.grafana_url, "https://dr.example")
        assert {address, elsewhere} <= set(linked.values("href", "a")), rule.alert
        plain = Page(str(facts(CATALOG, watched, page)))
        assert not [each for each in plain.values("href", "a") if "://" in each]
