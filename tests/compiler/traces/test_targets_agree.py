"""One table of rules, three targets: the gateways' policies, X-Ray, the package in services.

`test_policies.py` reads the policies as the processor does and holds them against `decide` for every combination of
facts; `test_xray.py` does so for X-Ray. Here each rule is looked for in every target, and the package is held against
`decide`.
"""

import json
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.trace import SpanContext, TraceFlags

from compiler.catalog.catalog import Catalog, Watched
from compiler.instrumentation import contract
from compiler.target import Target
from compiler.traces import sampling
from compiler.traces.policies import policies
from compiler.traces.sampling import Facts, decide, decisions, known_at_the_head
from compiler.traces.xray import groups, sampling_rules
from instrumentation.contract import Contract, read_contract
from instrumentation.sampling import Keeping, head_percent, kept
from tests.catalog_copy import CatalogCopy

IDS = [f"{n * 0x9E3779B97F4A7C15F39CC0605CEDC835 % 2**128:032x}" for n in range(1, 3_001)]


def _traced(catalog: Catalog) -> list[Watched]:
    return [watched for watched in catalog if watched.traces.sampling]


def _contract(watched: Watched, catalog: Catalog, folder: Path) -> Contract:
    path = folder / f"{watched.name}.json"
    path.write_text(json.dumps(contract(watched, catalog)), encoding="utf-8")
    return read_contract(path, watched.name)


def _shares(catalog: Catalog, target: Target, watched: Watched) -> dict[str, float]:
    """Return the percentage by rule, as the target that decides has it; groups find what X-Ray's head cannot tell."""
    if watched.traces.xray:
        prefix = f"{watched.traces.xray.prefix}-{target.environment}-"
        return {rule.rule_name.removeprefix(prefix): 100 * rule.fixed_rate for rule in sampling_rules(watched, target)}
    made: list[Any] = policies(catalog)
    own = [policy for policy in made if policy["name"].startswith(f"{watched.name}/")]
    return {policy["name"].partition("/")[2]: _percent(policy) for policy in own}


def _percent(policy: Any) -> float:
    parts = policy["and"]["and_sub_policy"]
    return next((part["probabilistic"]["sampling_percentage"] for part in parts if "probabilistic" in part), 100)


def _told_in_vain(watched: Watched) -> set[str]:
    """Return the rules that the deciding target cannot evaluate: the table says so, and groups find such traces."""
    return {row.rule.name for row in decisions(watched) if not row.held}


def test_each_rule_is_in_the_target_that_decides_with_its_share(catalog: Catalog, target: Target) -> None:
    for watched in _traced(catalog):
        asked = {rule.name: rule.keep for rule in watched.traces.sampling if rule.name not in _told_in_vain(watched)}
        assert _shares(catalog, target, watched) == asked, watched.name


def test_what_x_ray_cannot_tell_has_a_group(catalog: Catalog, target: Target) -> None:
    for watched in _traced(catalog):
        names = {group.group_name.rpartition("-")[2] for group in groups(watched, target)}
        assert names == _told_in_vain(watched)


def test_services_are_told_the_same_rules(catalog: Catalog, tmp_path: Path) -> None:
    for watched in _traced(catalog):
        contract = _contract(watched, catalog, tmp_path)
        asked = [(rule.name, rule.keep, rule.decided) for rule in watched.traces.sampling]
        assert [(rule.name, rule.keep, rule.decided) for rule in contract.sampling] == asked
        for own, theirs in zip(watched.traces.sampling, contract.sampling, strict=True):
            limit = own.when.milliseconds
            assert theirs.when.get("longer_than") == (limit / 1_000 if limit else None)
            assert set(theirs.when) == set(own.when.model_dump(exclude_defaults=True))


def test_a_share_that_changes_in_the_catalog_changes_everywhere(
    copy: CatalogCopy, target: Target, tmp_path: Path
) -> None:
    for file in ("shop", "billing"):
        copy.change(f"{file}/traces.yaml", lambda data: data["sampling"][3].update(keep=3))
    changed = copy.load()
    for watched in _traced(changed):
        if watched.name in ("shop", "billing"):
            assert _shares(changed, target, watched)["normal"] == pytest.approx(3)
            contract = {rule.name: rule.keep for rule in _contract(watched, changed, tmp_path).sampling}
            assert contract["normal"] == 3


def test_services_hash_a_trace_as_gateways_do() -> None:
    for percent in (0, 0.1, 1, 5, 33.3, 100):
        for trace in IDS[:500]:
            assert kept(int(trace, 16), percent, "observability") == sampling.kept(trace, percent), (trace, percent)


def test_no_exemplar_leads_to_a_trace_that_is_dropped(catalog: Catalog, tmp_path: Path) -> None:
    """Whatever else the trace turns out to hold: what a service takes for kept is kept by the rules."""
    few = [trace for trace in IDS if sampling.kept(trace, 1)][:12] + IDS[:12]
    for watched in _traced(catalog):
        if watched.traces.xray is None:
            contract = _contract(watched, catalog, tmp_path)
            services = sorted(watched.traces.services)
            for here, other in product(services, services):
                for failed, seconds, trace in product((False, True), (0.0, 0.009, 0.0299, 0.03, 0.2, 0.25), few):
                    facts = Facts(frozenset({here, other}), error=failed, milliseconds=1_000 * seconds)
                    context = SpanContext(int(trace, 16), 1, is_remote=False, trace_flags=TraceFlags(1))
                    if Keeping(contract, here).keeps(context, name="", failed=failed, seconds=seconds):
                        share = decide(watched.traces.sampling, facts)
                        assert sampling.kept(trace, share), (watched.name, facts, trace)


def test_services_record_what_the_one_who_decides_needs(catalog: Catalog, tmp_path: Path) -> None:
    """Everything where a tail decides; the head's share where it does."""
    for watched in _traced(catalog):
        contract = _contract(watched, catalog, tmp_path)
        for service in watched.traces.services:
            rules = tuple(rule for rule in watched.traces.sampling if known_at_the_head(rule.when))
            head = decide(rules, Facts(frozenset({service}))) if watched.traces.xray else 100
            assert head_percent(contract, service) == head, service
