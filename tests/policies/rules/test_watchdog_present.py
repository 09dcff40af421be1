"""A Prometheus with its Watchdog is accepted; the alert is taken away, renamed, and made able to be quiet."""

from __future__ import annotations

from typing import Any

import pytest

from policies.rules.watchdog_present import is_always_true
from sandbox.analyzer import AnalyzerResource, PolicyPack
from tests.policies.specs import UNKNOWN, of, one, resource, urn

RULE = "watchdog-present"
PROMETHEUS = "kubernetes:monitoring.coreos.com/v1:Prometheus"
RULES = "kubernetes:monitoring.coreos.com/v1:PrometheusRule"
SERVER = resource(PROMETHEUS, {"spec": {"replicas": 2}})


def rules(name: str = "one", **watchdog: Any) -> AnalyzerResource:
    other = {"record": "a:b", "expr": "vector(1)"}
    alert = {"alert": "Watchdog", "expr": "vector(1)", **watchdog}
    return resource(RULES, {"spec": {"groups": [{"name": "x", "rules": [other, alert]}]}}, name=name)


def test_accepts_a_server_with_its_watchdog(pack: PolicyPack) -> None:
    assert of(RULE, pack.analyze_stack([SERVER, rules()])) == []


def test_accepts_a_watchdog_in_any_of_the_rules(pack: PolicyPack) -> None:
    assert of(RULE, pack.analyze_stack([SERVER, rules("two", alert="Other"), rules()])) == []


@pytest.mark.parametrize(
    ("watchdog", "shown"),
    [
        ({"alert": "Watchman"}, "found none"),
        ({"expr": "up == 0"}, "found up == 0"),
        ({"expr": "vector(0) > 0"}, "found vector(0) > 0"),
    ],
)
def test_reports_a_server_without_one_that_always_fires(pack: PolicyPack, watchdog: dict[str, str], shown: str) -> None:
    finding = one(RULE, pack.analyze_stack([SERVER, rules(**watchdog)]))
    assert (finding.level, finding.urn, finding.message.endswith(shown)) == ("mandatory", urn(PROMETHEUS), True)


def test_reports_a_server_without_any_rules(pack: PolicyPack) -> None:
    assert one(RULE, pack.analyze_stack([SERVER])).urn == urn(PROMETHEUS)


@pytest.mark.parametrize("properties", [{}, {"spec": UNKNOWN}, {"spec": {"groups": [{"rules": UNKNOWN}]}}])
def test_cannot_judge_rules_that_are_not_known_yet(pack: PolicyPack, properties: dict[str, Any]) -> None:
    """An engine shows nothing of an object whose cluster is not made yet."""
    finding = one(RULE, pack.analyze_stack([SERVER, resource(RULES, properties)]))
    assert (finding.level, finding.not_run) == ("advisory", True)


def test_asks_nothing_of_a_stack_without_a_server(pack: PolicyPack) -> None:
    assert of(RULE, pack.analyze_stack([rules(alert="Other")])) == []


CONSTANTS = ["vector(1)", "(vector(1)) == 1", " ( vector( 1 ) > 0 ) ", "vector(0)", "vector(1) != 2"]


@pytest.mark.parametrize("expression", CONSTANTS)
def test_a_constant_that_passes_is_always_true(expression: str) -> None:
    assert is_always_true(expression)


@pytest.mark.parametrize(
    "expression", ["vector(1) == 0", "vector(1) > 1", "up", "vector(time()) > 0", "vector(1) and up", "1", ""]
)
def test_anything_else_may_be_quiet(expression: str) -> None:
    assert not is_always_true(expression)
