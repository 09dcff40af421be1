"""The gateways' policies, read as the tail_sampling processor reads them, agree with the table of rules."""

import re
from collections.abc import Callable
from dataclasses import replace
from itertools import product
from typing import Any

import pytest

from compiler.catalog.catalog import Catalog, Watched
from compiler.conventions import TRACE_SALT
from compiler.model.traces import SamplingRule, When
from compiler.traces.conformance import sampled
from compiler.traces.policies import policies
from compiler.traces.sampling import ALL, Facts, decide

QUOTED = re.compile(r'"([^"]*)"')


def holds(part: dict[str, Any], facts: Facts, workload: str) -> bool:
    """Return whether one policy votes for a trace, but for its share (processor's v0.155.0, internal/sampling)."""
    kind = part["type"]
    settings = part[kind]
    readings: dict[str, Callable[[], bool]] = {
        "and": lambda: all(holds(each, facts, workload) for each in settings["and_sub_policy"]),
        "not": lambda: not holds(settings["not_sub_policy"], facts, workload),
        "status_code": lambda: settings == {"status_codes": ["ERROR"]} and facts.error,
        "latency": lambda: int(facts.milliseconds) >= int(settings["threshold_ms"]),
        "string_attribute": lambda: bool(_values(settings["key"], facts, workload) & set(settings["values"])),
        "ottl_condition": lambda: _span(settings["span"], facts),
        "probabilistic": lambda: True,
    }
    return readings[kind]()


def _values(key: str, facts: Facts, workload: str) -> frozenset[str]:
    return {"workload": frozenset({workload}), "service.name": facts.services}[key]


def _span(conditions: list[str], facts: Facts) -> bool:
    (condition,) = conditions
    names = set(QUOTED.findall(condition)) - {"service.name"}
    if condition.startswith("span.name =="):
        return bool(facts.spans & names)
    assert "!=" in condition
    assert " or " not in condition
    return bool(facts.services - names)


def share(part: dict[str, Any]) -> float:
    shares = [each["probabilistic"] for each in part["and"]["and_sub_policy"] if each["type"] == "probabilistic"]
    assert all(each["hash_salt"] == TRACE_SALT for each in shares)
    return float(min((each["sampling_percentage"] for each in shares), default=ALL))


def voted(catalog: Catalog, facts: Facts, workload: str) -> float:
    found: Any = policies(catalog)
    return max((share(each) for each in found if holds(each, facts, workload)), default=0)


def all_facts(watched: Watched) -> list[Facts]:
    """Return every pair of services, with every combination of what rules look at."""
    services = sorted(watched.traces.services)
    spans = sorted({name for rule in watched.traces.sampling for name in rule.when.spans})
    limits = {rule.when.milliseconds for rule in watched.traces.sampling} - {None}
    durations = sorted({0.0, *(limit + step for limit in limits if limit for step in (-0.1, 0.0))})
    groups = [frozenset({one, other}) for one in services for other in services]
    named = [frozenset[str](), *(frozenset({name}) for name in spans)]
    return [Facts(*each) for each in product(groups, named, (False, True), durations)]


def test_policies_say_what_the_table_says(each_catalog: Catalog) -> None:
    for watched in sampled(each_catalog):
        for facts in all_facts(watched):
            kept = decide(watched.traces.sampling, facts)
            assert voted(each_catalog, facts, watched.name) == kept, (watched.name, facts)


def test_a_trace_of_no_workload_is_not_kept(catalog: Catalog) -> None:
    assert voted(catalog, Facts(frozenset({"shop-assistant"}), error=True, milliseconds=1e6), "unknown") == 0


def test_names_are_unique(catalog: Catalog) -> None:
    names = [each["name"] for each in policies(catalog)]
    assert len(set(names)) == len(names)
    assert "shop/edge-only" in names


RARE = (
    When(spans=("edge.score",), error=True),
    When(services=("shop-offers",), longer_than="50ms"),
    When(only_services=("shop-edge",), longer_than="20ms"),
)


@pytest.mark.parametrize("when", RARE)
def test_what_is_kept_less_often_is_taken_out_of_the_normal_share(catalog: Catalog, when: When) -> None:
    """Each way in which such a rule does not hold is a policy of its own."""
    less = SamplingRule(name="less", keep=0.01, when=when, decided="tail", why="why", source="source")
    normal = SamplingRule(name="normal", keep=1, decided="tail", why="why", source="source")
    changed = replace(catalog, workloads=tuple(_with(each, (less, normal)) for each in catalog))
    watched = next(each for each in changed if each.name == "shop")
    assert sum("normal" in str(each["name"]) for each in policies(changed) if "shop" in str(each["name"])) == 2
    for facts in all_facts(watched):
        assert voted(changed, facts, "shop") == decide(watched.traces.sampling, facts), facts


def _with(watched: Watched, rules: tuple[SamplingRule, ...]) -> Watched:
    if watched.name != "shop":
        return watched
    return replace(watched, traces=watched.traces.model_copy(update={"sampling": rules}))
