"""Assertions that hold of any catalog: of the project's, and of every copy of it that a weekly edit makes.

A function with the decorator takes the catalog as it was compiled; `HOLDS` is all of them.
"""

import json
import posixpath
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from typing import Any
from urllib.parse import urlsplit

from compiler.artefacts import compile_artefacts, rule_groups
from compiler.catalog import promql
from compiler.catalog.catalog import Catalog, Watched
from compiler.catalog.scope import scope_of, selectors
from compiler.catalog.yaml_source import parse
from compiler.conventions import SHARED_WORKLOAD
from compiler.dashboards.steps import colors
from compiler.metrics.rules import Rule
from compiler.site.conditions import conditions
from compiler.site.runbooks import runbook_site
from compiler.target import Target
from compiler.texts.amounts import amount
from tests.compiler.site.recordings import Page
from tests.e2e.panels import questions
from tests.inhibition import told_apart

LABELS = {"severity", "priority", "workload", "service", "team"}
ANNOTATIONS = {"summary", "description", "runbook_url", "dashboard_url"}


@dataclass(frozen=True)
class Compiled:
    """A catalog with what it compiles to, each made once."""

    catalog: Catalog
    target: Target

    @cached_property
    def artefacts(self) -> dict[str, str]:
        """Every file of the environment, by its path."""
        return dict(compile_artefacts(self.catalog, self.target))

    @cached_property
    def rules(self) -> dict[str, list[Rule]]:
        """The rules of each workload."""
        return {
            watched.name: [rule for group in rule_groups(watched, self.catalog, self.target) for rule in group.rules]
            for watched in self.catalog
        }

    @cached_property
    def site(self) -> dict[str, str]:
        """The runbooks' pages, by their paths."""
        return runbook_site(self.catalog)

    @cached_property
    def pages(self) -> dict[str, Page]:
        """The same pages, parsed."""
        return {path: Page(text) for path, text in self.site.items()}

    def alerts(self) -> Iterator[tuple[Watched, Rule]]:
        """Yield every compiled alert with its workload."""
        for watched in self.catalog:
            yield from ((watched, rule) for rule in self.rules[watched.name] if rule.alert)


Hold = Callable[[Compiled], None]
HOLDS: list[Hold] = []


def holds(check: Hold) -> Hold:
    """Add an assertion to those that hold of any catalog."""
    HOLDS.append(check)
    return check


@holds
def every_alert_says_how_bad_whose_and_where_to_look(made: Compiled) -> None:
    """Hold every alert to the labels that route it and the annotations that explain it."""
    assert any(made.alerts())
    for watched, rule in made.alerts():
        assert set(rule.labels) >= LABELS, rule.alert
        assert set(rule.annotations) >= ANNOTATIONS, rule.alert
        assert rule.labels["workload"] == watched.name
        assert rule.labels["priority"] in made.catalog.routing.priorities
        assert all(value.strip() for value in (*rule.labels.values(), *rule.annotations.values()))
        assert "{{limit}}" not in " ".join(rule.annotations.values())
        assert rule.for_


@holds
def every_rule_parses(made: Compiled) -> None:
    """Parse every expression as Prometheus would."""
    for rules in made.rules.values():
        for rule in rules:
            promql.parse(rule.expr)


PLATFORMS_OWN = ("incident:", "ALERTS")
"""What tells of the alerts of everybody, those of a chart among them, which have no workload."""


def _expressions(made: Compiled) -> Iterator[tuple[str, str, str]]:
    """Yield workload, place and text of every expression of a rule or a panel."""
    for workload, rules in made.rules.items():
        yield from ((workload, str(rule.record or rule.alert), rule.expr) for rule in rules)
    for question in questions(made.artefacts, lambda *_: ["one"]):
        yield question.dashboard.partition("/")[0], question.place, question.expression


@holds
def every_selector_says_whose_series_it_means(made: Compiled) -> None:
    """Find a workload or a job in every selector: of the workload itself, or of the platform."""
    wrong = []
    for workload, place, text in _expressions(made):
        own = workload == SHARED_WORKLOAD
        for name, matched in selectors(text):
            whose = matched.get("workload")
            foreign = not own and whose not in (None, workload, SHARED_WORKLOAD)
            bare = whose is None and "job" not in matched and not (own and name.startswith(PLATFORMS_OWN))
            wrong += [f"{workload}: {place}: {name} of {whose}"] if foreign or bare else []
    assert wrong == []


@holds
def every_artefact_is_what_its_name_says(made: Compiled) -> None:
    """Parse every JSON and YAML file."""
    for path, text in made.artefacts.items():
        assert text.endswith("\n"), path
        if path.endswith(".json"):
            assert json.loads(text)
        if path.endswith(".yaml"):
            assert parse(text, path).data


@holds
def every_workload_has_its_rules_dashboards_and_contract(made: Compiled) -> None:
    """Find each workload's files among the artefacts, and no other workload's."""
    expected = {f"prometheus/rules/{name}.yaml" for name, rules in made.rules.items() if rules}
    expected |= {f"grafana/{each.name}/{board.name}.json" for each in made.catalog for board in each.dashboards.grafana}
    expected |= {f"instrumentation/{each.name}.json" for each in made.catalog if each.name != SHARED_WORKLOAD}
    kinds = tuple(path.partition("/")[0] + "/" for path in expected)
    assert {path for path in made.artefacts if path.startswith(kinds)} == expected


@holds
def every_limit_is_on_its_page_and_panel(made: Compiled) -> None:
    """Find every severity's limit in the words of its page, and steps on every panel that names an alert."""
    for watched in made.catalog:
        for alert in watched.alerts:
            text = made.pages[f"runbooks/{watched.name}/{alert.runbook}/index.html"].text
            for threshold in alert.thresholds.values():
                assert all(amount(limit, alert.unit) in text for _, limit in threshold.limits()), alert.name
        for panel in (panel for board in watched.dashboards.grafana for row in board.rows for panel in row.panels):
            assert colors(watched, panel)[1] or not (panel.alerts or panel.steps), panel.title


@holds
def every_page_leads_somewhere_and_something_leads_to_it(made: Compiled) -> None:
    """Follow every link of the runbooks' site; find what fires for each page."""
    pages = made.pages
    for path, page in pages.items():
        for address in (*page.values("href", "a"), *page.values("action")):
            if urlsplit(address).scheme:
                continue
            file, _, place = address.partition("#")
            aim = posixpath.normpath(posixpath.join(posixpath.dirname(path), file)) if file else path
            assert aim in pages, f"{path}: {address}"
            assert not place or place in pages[aim].values("id"), f"{path}: {address}"
    for watched in made.catalog:
        own = [name.partition("/")[2] for name in made.catalog.runbooks if name.startswith(f"{watched.name}/")]
        assert all(conditions(made.catalog, watched, page) for page in own), watched.name


def severities(made: Compiled) -> Iterator[tuple[Rule, Rule, frozenset[str]]]:
    """Yield every two severities of an alert, the higher one first, with the labels that tell its things apart."""
    for watched in made.catalog:
        ordered, scope = [*watched.workload.severities], scope_of(watched, made.catalog)
        several = [rule for rule in made.rules[watched.name] if rule.alert and "slo" not in rule.labels]
        several.sort(key=lambda rule: ordered.index(rule.labels["severity"]))
        for higher, lower in combinations(several, 2):
            if higher.alert == lower.alert:
                shape = promql.shape_of(higher.expr, scope.labels)
                yield higher, lower, (shape.labels if shape else frozenset()) - LABELS


@holds
def a_severity_holds_back_the_lower_ones_of_the_same_thing_alone(made: Compiled) -> None:
    """Try two severities of each alert on the same thing, and on another by each label that the rule keeps."""
    document: Any = parse(made.artefacts["alertmanager/alertmanager.yaml"], "alertmanager.yaml").data
    rules = document["inhibit_rules"]
    for higher, lower, kept in severities(made):
        pair = [{**rule.labels, "alertname": str(rule.alert)} for rule in (higher, lower)]
        assert told_apart(pair[0], pair[1], sorted(kept), rules) == [], higher.alert
