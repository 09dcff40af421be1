"""The runbooks keep up with the catalog: every page is there and named, its numbers agree, it says who hears of it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from compiler.catalog import Watched
from compiler.model.alerts import Alert
from compiler.model.base import seconds
from compiler.model.platform import Channel, Mail, PagerDuty, Slack, Webhook
from compiler.slo_cloudwatch import burn_composites
from tests.docs.pages import PAGES, RUNBOOKS, TARGET, blocks, catalog, every_page, objectives, rules, section, text

SECTIONS = ["Symptoms", "Diagnosis", "Resolution", "Escalation", "Response"]
UNITS = ((86_400, "day"), (3_600, "hour"), (60, "minute"))
WRITTEN = {"ratio": (100, "%"), "percent": (1, "%"), "seconds": (1, "s"), "hours": (1, "h"), "times": (1, "times")}
"""How pages write an alert's unit: the factor and the word; a unit that is not here stands as a bare number."""


@dataclass(frozen=True)
class Trigger:
    """What leads to a page: an alert, an alarm or a budget, with what the page must say of it."""

    page: str
    name: str
    severity: str | None
    symptoms: tuple[str, ...]


def in_words(duration: str) -> str:
    """Returns ``5m`` as ``5 minutes``."""
    total = seconds(duration)
    size, unit = next((size, unit) for size, unit in UNITS if total % size == 0)
    return f"{total // size} {unit}{'s' if total > size else ''}"


def in_unit(value: float, unit: str) -> str:
    """Returns a limit as a page writes it: ``0.15`` as ``15 %``, 0.1 seconds as ``100 ms``, a score as it is."""
    if unit == "seconds" and value < 1:
        return f"{value * 1000:g} ms"
    factor, word = WRITTEN.get(unit, (1, ""))
    return f"{value * factor:g} {word}".strip()


def bounds(alert: Alert) -> Iterator[str]:
    """Yields each threshold and its duration as a page writes them; a bound of nothing at all is told in words."""
    for threshold in alert.thresholds.values():
        yield in_words(threshold.for_)
        yield from (in_unit(limit, alert.unit) for _, limit in threshold.limits() if limit)


def named(watched: Watched) -> dict[str, str]:
    """Returns the page of everything in a workload's catalog that names one."""
    entries = [(entry.name, entry.runbook) for entry in watched.alerts]
    entries += [(entry.name, entry.runbook) for entry in objectives(watched)]
    entries += [(entry.name, entry.runbook) for entry in watched.alarms.alarms]
    entries += [(entry.name, entry.runbook) for entry in watched.alarms.composites]
    if watched.workload.budget:
        entries.append((watched.workload.budget.name, watched.workload.budget.runbook))
    return {name: f"{watched.name}/{runbook}" for name, runbook in entries}


@cache
def triggers() -> tuple[Trigger, ...]:
    return tuple(trigger for watched in catalog() for trigger in (*_rules(watched), *_clouds(watched)))


def _rules(watched: Watched) -> Iterator[Trigger]:
    declared = {alert.name: alert for alert in watched.alerts}
    for rule in rules(watched.name):
        if rule.alert is None:
            continue
        page = rule.annotations["runbook_url"].removeprefix(f"{TARGET.docs_url}/runbooks/").strip("/")
        alert = declared.get(rule.alert)
        phrases = tuple(bounds(alert)) if alert else (in_words(rule.for_ or ""),)
        yield Trigger(page, rule.alert, rule.labels["severity"], phrases)


def _clouds(watched: Watched) -> Iterator[Trigger]:
    for alarm in watched.alarms.alarms:
        metric = watched.cloudwatch_metric(alarm.metric)
        periods = f"{alarm.evaluation_periods} period{'s' if alarm.evaluation_periods > 1 else ''} of"
        name = metric.name.replace("{environment}", "<environment>")
        phrases = (metric.namespace, name, f"{alarm.bound.value:g}", f"{periods} {in_words(alarm.period)}")
        yield Trigger(f"{watched.name}/{alarm.runbook}", alarm.name, alarm.severity, phrases)
    for composite in watched.alarms.composites:
        children = tuple(f"`{child}`" for child in composite.alarms)
        yield Trigger(f"{watched.name}/{composite.runbook}", composite.name, composite.severity, children)
    burning = {f"{slo.name}-burn-fast": slo for slo in watched.slos if slo.cloudwatch}
    for made in burn_composites(watched, catalog().burn_rates, TARGET):
        name = made.name.removesuffix(f"-{TARGET.environment}")
        children = tuple(f"`{child.removesuffix(f'-{TARGET.environment}')}`" for child in made.children)
        slo = burning[name]
        yield Trigger(f"{watched.name}/{slo.runbook}", name, slo.severities.page, children)
    budget = watched.workload.budget
    if budget:
        shares = (
            f"{notification.above_percent:g} % of {budget.monthly_usd} USD" for notification in budget.notifications
        )
        yield Trigger(f"{watched.name}/{budget.runbook}", budget.name, None, tuple(shares))


def channel_in_words(channel: Channel) -> str:
    if isinstance(channel, PagerDuty):
        return "PagerDuty (SMS)" if "SMS" in channel.urgency else "PagerDuty (phone call)"
    if isinstance(channel, Slack):
        return f"Slack {channel.channel}"
    if isinstance(channel, Webhook):
        return channel.title
    return "e-mail" if isinstance(channel, Mail) else "weekly digest"


@pytest.mark.parametrize("watched", catalog().workloads, ids=lambda watched: watched.name)
def test_everything_that_can_fire_has_its_page(watched: Watched) -> None:
    assert set(named(watched).values()) <= set(PAGES)


@every_page
def test_every_page_is_named_by_the_catalog(page: str) -> None:
    assert page in {name for watched in catalog() for name in named(watched).values()}, "an orphan: nothing leads here"


@every_page
def test_the_sections_stand_in_order_and_say_something(page: str) -> None:
    assert re.findall(r"^## (.+)$", text(page), re.MULTILINE) == SECTIONS
    assert all(section(page, title) for title in SECTIONS)


@every_page
def test_the_title_names_what_fired(page: str) -> None:
    title = text(page).splitlines()[0]
    names, _, says = title.removeprefix("# ").partition(": ")
    assert set(names.split(", ")) == {trigger.name for trigger in triggers() if trigger.page == page}
    assert says


@pytest.mark.parametrize("trigger", triggers(), ids=lambda trigger: f"{trigger.name}-{trigger.severity}")
def test_the_symptoms_give_the_conditions_of_the_catalog(trigger: Trigger) -> None:
    symptoms = section(trigger.page, "Symptoms")
    missing = [phrase for phrase in (f"`{trigger.name}`", *trigger.symptoms) if phrase not in symptoms]
    assert not missing, f"{trigger.page}: Symptoms: expected {missing}"


@pytest.mark.parametrize(
    "trigger", [t for t in triggers() if t.severity], ids=lambda trigger: f"{trigger.name}-{trigger.severity}"
)
def test_the_response_says_who_hears_of_it(trigger: Trigger) -> None:
    watched = next(watched for watched in catalog() if watched.name == trigger.page.partition("/")[0])
    severity = watched.severity(str(trigger.severity))
    routing = catalog().routing
    route = routing.route(watched.name, severity.priority, trigger.name)
    channels = (routing.channels[name] for name in route.channels)
    expected = [severity.priority, severity.response, *map(channel_in_words, channels)]
    found = re.findall(
        rf"^\|.*\b{trigger.severity}\b.*\|$", text(trigger.page).partition("## Response")[2], re.MULTILINE
    )
    assert found, f"{trigger.page}: Response: expected a row for {trigger.severity}"
    assert any(all(phrase in row for phrase in expected) for row in found), f"expected {expected}, found {found}"


@every_page
def test_every_step_of_the_diagnosis_has_a_command(page: str) -> None:
    steps = re.split(
        r"^\d+\. ", text(page).partition("## Diagnosis")[2].partition("## Resolution")[0], flags=re.MULTILINE
    )
    assert len(steps) > 1
    assert [step.splitlines()[0] for step in steps[1:] if "```" not in step] == []


def test_the_pages_of_prometheus_alerts_have_promql() -> None:
    pages = {trigger.page for watched in catalog() for trigger in _rules(watched)}
    assert [page for page in sorted(pages) if not blocks(page, "promql")] == []


@every_page
def test_the_dashboard_is_named(page: str) -> None:
    watched = next(watched for watched in catalog() if watched.name == page.partition("/")[0])
    names = [board.title for board in watched.dashboards.grafana]
    names += [board.name for board in watched.dashboards.cloudwatch]
    assert any(f"**{name}**" in text(page) for name in names)


@every_page
def test_links_lead_somewhere(page: str) -> None:
    folder = (RUNBOOKS / page).parent
    targets = re.findall(r"\]\(([^)\s]+)\)", text(page))
    assert [target for target in targets if not (folder / Path(target.partition("#")[0])).is_file()] == []
