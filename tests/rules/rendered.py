"""The rendered rules and routes that the checks of this folder read, and the rules that one alert needs."""

import re
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from compiler.artefacts import compile_artefacts
from compiler.catalog.catalog import Catalog, Watched
from compiler.catalog.yaml_source import parse
from compiler.conventions import SHARED_WORKLOAD
from tests.targets import target_with_all_live
from tests.workloads import project_catalog

Rule = Mapping[str, Any]
ENVIRONMENTS = ("local", "dev", "staging", "prod", "dr")
TARGET = target_with_all_live(project_catalog())


@cache
def artefacts(environment: str = "local", templates: str = TARGET.templates_glob) -> Mapping[str, str]:
    """Return every compiled artefact of an environment, by its path."""
    return compile_artefacts(project_catalog(), replace(TARGET, environment=environment, templates_glob=templates))


@cache
def rule_files(environment: str = "local") -> Mapping[str, Mapping[str, Any]]:
    """Return each workload's rules file, parsed once, by workload: to read, not to change."""
    found = {Path(path): text for path, text in artefacts(environment).items() if path.startswith("prometheus/rules/")}
    parsed: dict[str, Any] = {path.stem: parse(text, path.name).data for path, text in found.items()}
    return parsed


def read_by(workload: str, among: Catalog | None = None) -> list[Watched]:
    """Return the workloads whose series a workload's rules may read: itself, then the platform."""
    found = {watched.name: watched for watched in among or project_catalog()}
    return [found[name] for name in dict.fromkeys((workload, SHARED_WORKLOAD)) if name in found]


def alerts(workload: str) -> list[Rule]:
    """Return a workload's alerting rules: one for each severity."""
    groups = rule_files()[workload]["groups"]
    return [rule for group in groups for rule in group["rules"] if "alert" in rule]


def generated(workload: str, alert: str) -> bool:
    """Returns whether an alert is made of an objective: its generator is proven on random ones (test_generator)."""
    return all("slo" in rule["labels"] for rule in alerts(workload) if rule["alert"] == alert)


def needed(document: Mapping[str, Any], alert: str) -> dict[str, Any]:
    """Return the rules file with only the rules of one alert and the recorded series that it reads.

    A month's budget takes seconds to compute for each case, and most alerts never read it.
    """
    rules = [rule for group in document["groups"] for rule in group["rules"]]
    read = {token for rule in rules if rule.get("alert") == alert for token in _names(rule)}
    before = 0
    while len(read) > before:
        before = len(read)
        read |= {token for rule in rules if rule.get("record") in read for token in _names(rule)}
    groups = [
        {
            **group,
            "rules": [rule for rule in group["rules"] if rule.get("alert") == alert or rule.get("record") in read],
        }
        for group in document["groups"]
    ]
    return {"groups": [group for group in groups if group["rules"]]}


def _names(rule: Rule) -> set[str]:
    return set(re.findall(r"[a-zA-Z_:][a-zA-Z0-9_:]*", str(rule["expr"])))
