"""Findings on what users edit: the catalog, runbooks, behaviour cases, and the files that are made of these.

Each is one line with its place, as `preview` writes its own; what loading and compiling refuse is taken as they say it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import Any

from compiler.artefacts import compile_artefacts, rule_groups
from compiler.catalog.catalog import Catalog, Watched
from compiler.catalog.places import finding
from compiler.catalog.schema import schemas
from compiler.errors import UserError
from compiler.load import load_catalog
from compiler.metrics.rules import Group, Rule
from sandbox.project import load_config, load_project
from stacks.loaded import settings_for
from tests.check.layout import layout_findings
from tests.coverage.pages import pages
from tests.rules import cases
from tests.targets import target_with_all_live


@dataclass(frozen=True)
class Compiled:
    """A catalog with what it compiles to for the stacks of a project, each made once.

    Attributes:
        root: the folder of the project, whose settings count.
        catalog: its catalog, or another one.
    """

    root: Path
    catalog: Catalog

    @cached_property
    def groups(self) -> Mapping[str, list[Group]]:
        """The rule groups of each workload, as the behaviour cases try them."""
        target = target_with_all_live(self.catalog)
        return {each.name: rule_groups(each, self.catalog, target) for each in self.catalog}

    @property
    def documents(self) -> Mapping[str, Mapping[str, Any]]:
        """The rules of each workload, as Prometheus reads them."""
        return {name: {"groups": [group.to_dict() for group in groups]} for name, groups in self.groups.items()}

    def alerting(self, workload: str) -> Mapping[str, list[Rule]]:
        """Return the alerting rules of a workload, one for each severity, by the alert's name."""
        made: dict[str, list[Rule]] = {}
        for rule in (rule for group in self.groups[workload] for rule in group.rules if rule.alert):
            made.setdefault(str(rule.alert), []).append(rule)
        return made

    @cached_property
    def stacks(self) -> Mapping[str, Mapping[str, str] | UserError]:
        """The artefacts of each stack, none where it has no layer of rules; or what a preview of it refuses."""
        project, made = load_project(self.root), dict[str, Mapping[str, str] | UserError]()
        for stack in project.stacks():
            try:
                settings = settings_for(self.catalog, stack, load_config(project, stack).values)
                made[stack] = compile_artefacts(self.catalog, settings.target) if "metrics" in settings.layers else {}
            except UserError as error:
                made[stack] = error
        return made

    def artefacts(self) -> Iterator[tuple[str, Mapping[str, str]]]:
        """Yield each stack that has rules, with its artefacts."""
        yield from ((name, made) for name, made in self.stacks.items() if made and not isinstance(made, UserError))


def compiled(root: Path) -> Compiled:
    """Load the catalog of a project's folder, or of a copy of it.

    Raises:
        UserError: for what a preview refuses of the catalog and its runbooks, with a line for each mistake.
    """
    return Compiled(root, load_catalog(root / "catalog"))


def findings(made: Compiled) -> list[str]:
    """Return a line for each mistake in a project's settings, cases and made files."""
    found = [line for each in made.stacks.values() if isinstance(each, UserError) for line in str(each).splitlines()]
    for watched in made.catalog:
        found += case_findings(made, watched)
    return sorted({*found, *stray_cases(made), *stale(made.root, made.catalog), *layout_findings(made.root)})


def case_findings(made: Compiled, watched: Watched) -> Iterator[str]:
    """Yield a line for each alert without the behaviour cases that its rule asks for.

    Alerts of objectives are made by one generator, which is proven by itself: they may have cases.
    """
    places = {alert.name: partial(finding, watched, "alerts", ("alerts", n)) for n, alert in enumerate(watched.alerts)}
    for alert, rules in made.alerting(watched.name).items():
        name = f"tests/rules/{watched.name}/{alert}.yaml"
        if not (made.root / name).exists():
            if alert in places:
                yield places[alert](f"{alert}: expected the behaviour cases {name}, found none: write them")
            continue
        try:
            file = cases.load(made.root / name)
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


def stray_cases(made: Compiled) -> Iterator[str]:
    """Yield a line for each case file whose alert is not compiled."""
    known = {f"{watched.name}/{alert}" for watched in made.catalog for alert in made.alerting(watched.name)}
    for path in cases.files(made.root / "tests" / "rules"):
        if f"{path.parent.name}/{path.stem}" not in known:
            name = path.relative_to(made.root)
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
