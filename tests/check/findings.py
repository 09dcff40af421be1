"""Findings on what users edit: the catalog, runbooks, behaviour cases, and the files that are made of these.

Each is one line with its place, as `preview` writes its own; what loading and compiling refuse is taken as they say it.
"""

from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path

from compiler.artefacts import compile_artefacts, rule_groups
from compiler.catalog.catalog import Catalog, Watched
from compiler.catalog.places import finding
from compiler.catalog.schema import schemas
from compiler.errors import UserError
from compiler.load import load_catalog
from compiler.metrics.rules import Rule
from sandbox.project import load_config, load_project
from settings import load_settings
from stacks.program import secret_names
from tests.check.runbooks import runbook_findings
from tests.coverage.pages import pages
from tests.rules import cases
from tests.targets import target_for


def findings(root: Path) -> list[str]:
    """Return a line for each mistake in a project's catalog, runbooks, cases and made files.

    Args:
        root: the project's folder, or a copy of it.
    """
    try:
        catalog = load_catalog(root / "catalog")
    except UserError as error:
        return str(error).splitlines()
    found = [*stack_findings(root, catalog), *runbook_findings(catalog, root / "docs" / "runbooks")]
    for watched in catalog:
        found += case_findings(root, catalog, watched)
    return sorted({*found, *stray_cases(root, catalog), *stale(root, catalog)})


def stack_findings(root: Path, catalog: Catalog) -> Iterator[str]:
    """Yield what a preview refuses of each stack's settings, and of its artefacts where it has the layer of rules."""
    project = load_project(root)
    for stack in project.stacks():
        try:
            settings = load_settings(load_config(project, stack).values, stack, secret_names(catalog))
            if "metrics" in settings.layers:
                compile_artefacts(catalog, settings.target)
        except UserError as error:
            yield from str(error).splitlines()


def alerting_rules(watched: Watched, catalog: Catalog) -> Mapping[str, list[Rule]]:
    """Return the alerting rules of a workload, one for each severity, by the alert's name."""
    made: dict[str, list[Rule]] = {}
    for group in rule_groups(watched, catalog, target_for("local")):
        for rule in group.rules:
            if rule.alert:
                made.setdefault(rule.alert, []).append(rule)
    return made


def case_findings(root: Path, catalog: Catalog, watched: Watched) -> Iterator[str]:
    """Yield a line for each alert without the behaviour cases that its rule asks for.

    Alerts of objectives are made by one generator, which is proven by itself: they may have cases.
    """
    places = {alert.name: partial(finding, watched, "alerts", ("alerts", n)) for n, alert in enumerate(watched.alerts)}
    for alert, rules in alerting_rules(watched, catalog).items():
        name = f"tests/rules/{watched.name}/{alert}.yaml"
        if not (root / name).exists():
            if alert in places:
                yield places[alert](f"{alert}: expected the behaviour cases {name}, found none: write them")
            continue
        try:
            file = cases.load(root / name)
        except cases.CaseError as error:
            yield from (f"tests/rules/{line}" for line in str(error).splitlines())
            continue
        yield from _unproven(name, file, rules)


def _unproven(name: str, file: cases.CaseFile, rules: list[Rule]) -> Iterator[str]:
    """What a rule claims and no case of its severity shows, and severities that the alert has not."""
    known = {rule.labels["severity"] for rule in rules}
    for rule in rules:
        severity = rule.labels["severity"]
        shown = {case.kind for case in file.cases if (case.severity or file.severity or severity) == severity}
        for kind in sorted(cases.expected_kinds(rule.expr) - shown):
            yield f"{name}: severity {severity}: expected a case of kind {kind}, found none: write one"
    for unknown in sorted({case.severity or file.severity or "" for case in file.cases} - known - {""}):
        yield f"{name}: unknown severity '{unknown}': expected one of {', '.join(sorted(known))}"


def stray_cases(root: Path, catalog: Catalog) -> Iterator[str]:
    """Yield a line for each case file whose alert is not compiled."""
    known = {f"{watched.name}/{alert}" for watched in catalog for alert in alerting_rules(watched, catalog)}
    for path in cases.files(root / "tests" / "rules"):
        if f"{path.parent.name}/{path.stem}" not in known:
            name = path.relative_to(root)
            yield f"{name}: expected an alert of this name in {path.parent.name}, found none: rename or remove the file"


def stale(root: Path, catalog: Catalog) -> Iterator[str]:
    """Yield a line for each file that is made of the catalog and is not as it would be made now."""
    made = {f"catalog/.schema/{name}": (text, "schemas") for name, text in schemas().items()}
    made |= {f"docs/{path.name}": (text, "coverage-table") for path, text in pages(catalog).items()}
    for name, (text, command) in made.items():
        path = root / name
        written = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        lines = text.splitlines()
        if written != lines:
            pairs = enumerate(zip(written, lines, strict=False), start=1)
            number = next((n for n, (old, new) in pairs if old != new), min(len(written), len(lines)) + 1)
            yield f"{name}:{number}: expected what the catalog makes, found another text: run `make {command}`"
