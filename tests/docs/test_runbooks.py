"""The runbooks keep up with the catalog: every page is there and named, its numbers agree, its commands exist."""

import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import botocore.session
import pytest
from botocore import xform_name

from compiler import promql
from compiler.artefacts import rule_groups
from compiler.catalog import Catalog, Watched
from compiler.conventions import added_labels, recorded_labels, series
from compiler.load import load_catalog
from compiler.model.alerts import Alert, Slo, ThresholdSlo
from compiler.model.base import seconds
from compiler.model.platform import Channel, Mail, PagerDuty, Slack, Webhook
from compiler.prometheus import Rule
from compiler.slo_cloudwatch import burn_composites
from tests.targets import target_for

ROOT = Path(__file__).parents[2]
RUNBOOKS = ROOT / "docs" / "runbooks"
PAGES = sorted(str(page.relative_to(RUNBOOKS).with_suffix("")) for page in RUNBOOKS.glob("*/*.md"))
SECTIONS = ["Symptoms", "Diagnosis", "Resolution", "Escalation", "Response"]
UNITS = ((86_400, "day"), (3_600, "hour"), (60, "minute"))
WRITTEN = {"ratio": (100, "%"), "percent": (1, "%"), "seconds": (1, "s"), "hours": (1, "h"), "times": (1, "times")}
"""How pages write an alert's unit: the factor and the word; a unit that is not here stands as a bare number."""
AWS_COMMANDS_OF_THE_CLI = {("s3", "ls"), ("logs", "tail"), ("lambda", "wait")}
"""Commands that the AWS CLI makes itself: no operation of an API has their names."""
FLAGS_OF_THE_CLI = {"query", "output", "max-items"}

TARGET = target_for()

every_page = pytest.mark.parametrize("page", PAGES)


@cache
def catalog() -> Catalog:
    return load_catalog(ROOT / "catalog")


@cache
def rules(workload: str) -> tuple[Rule, ...]:
    """Returns every rule that is compiled for a workload."""
    watched = next(watched for watched in catalog() if watched.name == workload)
    return tuple(rule for group in rule_groups(watched, catalog(), TARGET) for rule in group.rules)


@dataclass(frozen=True)
class Trigger:
    """What leads to a page: an alert, an alarm or a budget, with what the page must say of it."""

    page: str
    name: str
    severity: str | None
    symptoms: tuple[str, ...]


def text(page: str) -> str:
    return (RUNBOOKS / f"{page}.md").read_text(encoding="utf-8")


def section(page: str, title: str) -> str:
    """Returns a section's text with all white space as single spaces, so that line breaks do not matter."""
    found = re.search(rf"^## {title}\n(.*?)(?=^## |\Z)", text(page), re.DOTALL | re.MULTILINE)
    return " ".join(found.group(1).split()) if found else ""


def blocks(page: str, language: str) -> list[str]:
    """Returns the fenced blocks of a language, each without the indentation of its list item."""
    found = re.findall(rf"^( *)```{language}\n(.*?)^ *```$", text(page), re.DOTALL | re.MULTILINE)
    return [re.sub(rf"^{indent}", "", code, flags=re.MULTILINE) for indent, code in found]


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


def objectives(watched: Watched) -> tuple[Slo | ThresholdSlo, ...]:
    """Returns a workload's objectives, on events and on values."""
    return (*watched.slos, *watched.thresholds)


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


def declared_labels(name: str) -> frozenset[str] | None:
    """The labels of a series that the catalog declares or that a rule records; None for any other."""
    for watched in catalog():
        for metric in watched.metrics.prometheus:
            exposed = series(metric, added_labels(watched.workload, metric.producer))
            if name in exposed:
                return exposed[name]
        for recording in watched.recordings:
            if recording.name == name:
                return frozenset(recording.labels)
    each = frozenset(slo.each.label for watched in catalog() for slo in watched.slos if slo.each)
    return recorded_labels(name, each) if ":" not in name or name in recorded_names() else None


@cache
def recorded_names() -> frozenset[str]:
    return frozenset(rule.record for watched in catalog() for rule in rules(watched.name) if rule.record)


@cache
def values_of(label: str, name: str) -> frozenset[str]:
    """The values that a label of a series can have; none when any may be."""
    if label == "workload":
        return frozenset(watched.name for watched in catalog())
    if label == "slo":
        return frozenset(slo.name for watched in catalog() for slo in objectives(watched))
    if label == "service":
        return frozenset(service for watched in catalog() for service in watched.workload.services)
    declared = (watched.metric(name) for watched in catalog())
    return frozenset(value for metric in declared if metric for value in metric.labels.get(label, ()))


def aws_commands(page: str) -> Iterator[tuple[str, str, list[str]]]:
    """Yields service, operation and flags of every AWS command in the page's shell blocks."""
    for block in blocks(page, "sh"):
        for line in block.replace("\\\n", " ").splitlines():
            for part in re.split(r"(?=\baws [a-z])", line)[1:]:
                words = part.split()
                yield words[1], words[2], re.findall(r" --([a-z0-9-]+)", part)


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


@every_page
def test_promql_means_something(page: str) -> None:
    for block in blocks(page, "promql"):
        expression = promql.parse(block)
        promql.shape(expression, declared_labels)
        for selector in promql.selectors(expression):
            for matcher in selector.matchers.matchers:
                known = values_of(matcher.name, str(selector.name))
                asked = matcher.value.split("|") if str(matcher.op) == "MatchOp.Re" else [matcher.value]
                assert not known or set(asked) <= known, f"{selector.name}: {matcher.name}: expected one of {known}"


def test_the_pages_of_prometheus_alerts_have_promql() -> None:
    pages = {trigger.page for watched in catalog() for trigger in _rules(watched)}
    assert [page for page in sorted(pages) if not blocks(page, "promql")] == []


@every_page
def test_shell_blocks_parse(page: str) -> None:
    for block in blocks(page, "sh"):
        done = subprocess.run(["bash", "-n"], input=block, text=True, capture_output=True, check=False)
        assert done.returncode == 0, f"{done.stderr}{block}"


@every_page
def test_aws_commands_exist(page: str) -> None:
    for service, operation, flags in aws_commands(page):
        if (service, operation) in AWS_COMMANDS_OF_THE_CLI:
            continue
        model = botocore.session.get_session().get_service_model(service)
        operations = {xform_name(name, "-"): name for name in model.operation_names}
        assert operation in operations, f"aws {service} {operation}: no such operation"
        shape = model.operation_model(operations[operation]).input_shape
        members = {xform_name(member, "-") for member in shape.members} if shape else set()
        assert set(flags) <= members | FLAGS_OF_THE_CLI, f"aws {service} {operation}: it takes {sorted(members)}"


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
