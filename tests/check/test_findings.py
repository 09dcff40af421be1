"""A faulty edit is found in seconds, with its place; what a preview refuses is said in the preview's own words."""

import re
from collections.abc import Callable
from pathlib import Path
from shutil import copy2

import pytest

from compiler.catalog import promql
from compiler.catalog.catalog import Watched
from compiler.errors import UserError
from compiler.model.alerts import Alert
from compiler.site.conditions import conditions
from sandbox.api import run
from tests.catalog_copy import ROOT
from tests.check.findings import compiled, findings
from tests.workloads import first, project_catalog


def _alone(watched: Watched, alert: Alert) -> bool:
    """Tell whether an alert says its limit, of one severity, has a page of its own and case of every kind."""
    text = f"{alert.summary} {alert.description}"
    readers = [each for each in conditions(project_catalog(), watched, alert.runbook) if each.name != alert.name]
    case = ROOT / "tests" / "rules" / watched.name / f"{alert.name}.yaml"
    kinds = case.read_text("utf-8") if case.is_file() else ""
    return "{{limit}}" in text and not readers and all(part in kinds for part in ("kind: resolves", "severity: "))


def _chosen() -> tuple[Watched, Alert]:
    """Return an alert that can be edited, and its workload."""
    watched = first(lambda each: any(_alone(each, alert) for alert in each.alerts))
    return watched, next(alert for alert in watched.alerts if _alone(watched, alert))


WATCHED, ALERT = _chosen()
RUNBOOKS = f"docs/runbooks/{WATCHED.name}"
PAGE = f"{RUNBOOKS}/{ALERT.runbook}.md"
CASES = f"tests/rules/{WATCHED.name}"
CASE = f"{CASES}/{ALERT.name}.yaml"
ALERTS = next(
    str(file.relative_to(ROOT))
    for file in sorted((ROOT / "catalog" / WATCHED.name).rglob("*.yaml"))
    if f"  - name: {ALERT.name}\n" in file.read_text("utf-8")
)
METRIC = next(str(each.name) for each in promql.selectors(promql.parse(ALERT.value)))


def changed(file: str, old: str, new: str) -> Callable[[Path], None]:
    """Return an edit that replaces the first match of a pattern in a file, which must be there."""

    def edit(project: Path) -> None:
        before = (project / file).read_text(encoding="utf-8")
        after = re.sub(old, new, before, count=1, flags=re.MULTILINE)
        assert after != before, f"{file}: nothing matches {old}"
        (project / file).write_text(after, encoding="utf-8")

    return edit


def removed(file: str) -> Callable[[Path], None]:
    """Return an edit that removes a file."""
    return lambda project: (project / file).unlink()


def doubled(project: Path) -> None:
    """Write the entries of an alert twice, as a copied block does."""
    file = project / ALERTS
    text = file.read_text(encoding="utf-8")
    block = re.findall(rf"^  - name: {ALERT.name}\n(?:    .*\n|\n)*", text, re.MULTILINE)[0]
    file.write_text(text.replace(block, block.rstrip("\n") + "\n" + block, 1), encoding="utf-8")


REFUSED = {
    "a page that is missing": (removed(PAGE), rf"{ALERTS}:\d+: .*runbook: no runbook: .*{PAGE}"),
    "a channel that is unknown": (
        changed("catalog/routing.yaml", r"^fallback: .*", "fallback: nowhere"),
        r"catalog/routing.yaml:?\d*: fallback: .*nowhere",
    ),
    "a metric that is misspelt": (
        changed(ALERTS, rf"\b{METRIC}\b", f"mis{METRIC}"),
        rf"{ALERTS}:\d+: .*mis{METRIC}",
    ),
    "an alert that stands twice": (doubled, rf"{ALERTS}:\d+: .*{ALERT.name}.* twice"),
    "a placeholder that is misspelt": (changed(ALERTS, r"\{\{limit\}\}", "{{limits}}"), rf"{ALERTS}:\d+: .*limits"),
    "a priority on a page": (
        changed(PAGE, "^## Escalation$", "## Escalation\n\nRaise it to P0."),
        rf"{PAGE}:\d+: .*'P0'",
    ),
    "a section that is missing": (changed(PAGE, "^## Resolution$", "## Repair"), rf"{PAGE}:\d+: expected the sections"),
    "a step without a command": (
        changed(PAGE, "^## Resolution$", "9. Think.\n\n## Resolution"),
        rf"{PAGE}:\d+: .*command",
    ),
    "a link that leads nowhere": (
        changed(PAGE, "^## Escalation$", "## Escalation\n\n[x](gone.md)"),
        rf"{PAGE}:\d+: .*'gone.md'",
    ),
    "a title that names an alert": (changed(PAGE, "^# .*", f"# {ALERT.name}"), rf"{PAGE}:1: .*{ALERT.name}"),
    "a page that nothing names": (
        lambda project: copy2(project / PAGE, project / RUNBOOKS / "orphan.md"),
        rf"{RUNBOOKS}/orphan\.md:1: expected an entry",
    ),
    "a query on a page that names nothing": (
        changed(PAGE, r"^( *)```promql$", r"\1```promql\n\1requests_of_nobody"),
        rf"{PAGE}:\d+: .*",
    ),
}
"""Edits that a preview refuses too, with what both say."""

FOUND = {
    "cases that are missing": (removed(CASE), rf"{ALERTS}:\d+: .*{ALERT.name}: expected the behaviour cases {CASE}"),
    "cases of another alert": (
        lambda project: (project / CASE).rename(project / CASE.replace(ALERT.name, "Other")),
        rf"{CASES}/Other\.yaml: expected an alert of this name",
    ),
    "a kind of case that is missing": (
        changed(CASE, "kind: resolves", "kind: fires"),
        rf"{CASE}: severity \w+: .*resolves",
    ),
    "cases of a severity that is unknown": (
        changed(CASE, r"severity: \w+", "severity: urgent"),
        rf"{CASE}: .*'urgent'",
    ),
    "a schema that is stale": (
        changed("catalog/.schema/alerts.json", '"type"', '"kind"'),
        r"catalog/\.schema/alerts\.json:\d+: .*make schemas",
    ),
    "a table that is stale": (
        changed("docs/sampling.md", r"^# .*", "# Another"),
        r"docs/sampling\.md:\d+: .*make coverage-table",
    ),
}
"""Edits on which a preview has nothing to say: it reads no cases and no made files."""


def said(project: Path) -> list[str]:
    """Return the findings on a copy; what loading refuses is all that there is."""
    try:
        return findings(compiled(project))
    except UserError as error:
        return str(error).splitlines()


def refusal(project: Path, state: Path) -> list[str]:
    """Return the lines with which a preview of the copy ends; the smallest stack reads the whole catalog."""
    try:
        run("preview", "account", project=project, state=state)
    except UserError as error:
        return str(error).splitlines()
    return []


@pytest.mark.parametrize("name", REFUSED)
def test_what_a_preview_refuses_is_said_in_its_words(project: Path, tmp_path: Path, name: str) -> None:
    edit, expected = REFUSED[name]
    edit(project)
    found = said(project)
    assert any(re.match(expected, line) for line in found), found
    assert found == refusal(project, tmp_path / "state")


@pytest.mark.parametrize("name", FOUND)
def test_what_only_the_check_reads_is_found_with_its_place(project: Path, name: str) -> None:
    edit, expected = FOUND[name]
    edit(project)
    found = said(project)
    assert any(re.match(expected, line) for line in found), found
    assert all(re.match(r"[\w./-]+\.(yaml|md|json)(:\d+)?: ", line) for line in found), "each with its place"


def test_a_title_that_changes_is_accepted_by_both(project: Path, tmp_path: Path) -> None:
    changed("catalog/platform/workload.yaml", "^title: .*", "title: The platform itself")(project)
    assert said(project) == []
    assert refusal(project, tmp_path / "state") == []
