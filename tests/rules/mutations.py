"""Break a rule on purpose, one property at a time: the cases of its alert must fail.

Each mutation names the kinds of case that are there to catch it.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from compiler.model.base import seconds
from tests.rules.cases import Kind
from tests.rules.rendered import Rule

_THRESHOLD = re.compile(r"([<>]) ([\d.]+)")
HIGHER, LOWER = 1.5, 0.6
"""Cases pin a threshold at least this closely."""


@dataclass(frozen=True)
class Mutation:
    """A way to break a rule; a rule that it leaves unchanged has nothing of that kind to break."""

    name: str
    caught_by: tuple[Kind, ...]
    change: Callable[[Rule], Rule]


def _expression(rule: Rule, pattern: str | re.Pattern[str], to: str | Callable[[re.Match[str]], str]) -> Rule:
    return {**rule, "expr": re.sub(pattern, to, str(rule["expr"]))}


def _times(factor: float) -> Callable[[Rule], Rule]:
    def scaled(found: re.Match[str]) -> str:
        return f"{found[1]} {float(found[2]) * factor:g}"

    return lambda rule: _expression(rule, _THRESHOLD, scaled)


def _flipped(found: re.Match[str]) -> str:
    return f"{'<' if found[1] == '>' else '>'} {found[2]}"


MUTATIONS = (
    Mutation("a higher threshold", ("fires", "below"), _times(HIGHER)),
    Mutation("a lower threshold", ("fires", "below"), _times(LOWER)),
    Mutation(
        "the other side of the threshold", ("fires", "below"), lambda rule: _expression(rule, _THRESHOLD, _flipped)
    ),
    Mutation("no minimum of traffic", ("trickle",), lambda rule: _expression(rule, r">= [\d.]+", ">= 0")),
    Mutation("blind to absence", ("absent",), lambda rule: _expression(rule, r"(absent\([^)]*\))", r"\1 > 1")),
    Mutation("a constant that is false", ("fires",), lambda rule: _expression(rule, r"vector\([\d.]+\)", "vector(7)")),
    Mutation("no waiting", ("duration", "fires", "absent"), lambda rule: {**rule, "for": "0s"}),
    Mutation("waits for an hour more", ("fires", "absent"), lambda rule: {**rule, "for": _longer(str(rule["for"]))}),
)


def _longer(text: str) -> str:
    return f"{seconds(text) + 3_600}s"


def broken(document: Mapping[str, Any], alert: str, severity: str, mutation: Mutation) -> dict[str, Any] | None:
    """Return the rules file with that one rule broken, or None when there was nothing to break."""

    def change(rule: Rule) -> Rule:
        mine = rule.get("alert") == alert and rule["labels"]["severity"] == severity
        return mutation.change(rule) if mine else rule

    groups = [{**group, "rules": [change(rule) for rule in group["rules"]]} for group in document["groups"]]
    mutated = {"groups": groups}
    return None if mutated == dict(document) else mutated
