"""Compresses time: every duration in rendered rules and routes is divided by one factor, and nothing else changes.

Rules wait minutes on purpose. Judged unscaled (`E2E_SCALE=1`) the scenarios take the better part of an hour; at the
usual factor they take a minute or two. Thresholds and rates stay, since rates are per second whatever the window.
"""

import os
import re
from collections.abc import Mapping
from typing import Any

from compiler.model.base import seconds

FACTOR = 20.0
"""Five minutes become fifteen seconds: the shortest window that still holds a dozen samples a second apart."""
RULE_KEYS = ("for", "interval", "keep_firing_for")
ROUTE_KEYS = ("group_wait", "group_interval", "repeat_interval", "resolve_timeout")
_LONG = 2**31
_DURATION = r"(?:\d+(?:ms|[smhdwy]))+"
_QUOTED = r"""("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')"""
# A range or subquery in brackets, or an offset: never a digit of a name such as rate5m, nor text in quotes.
_IN_PROMQL = re.compile(
    rf"{_QUOTED}|(\[\s*(?={_DURATION}\s*[\]:])|:\s*(?={_DURATION}\s*\])|\boffset\s+-?)({_DURATION})"
)


def factor() -> float:
    """Return the factor in force: `E2E_SCALE`, or the usual one.

    Raises:
        ValueError: when `E2E_SCALE` is no number of at least 1.
    """
    text = os.environ.get("E2E_SCALE", str(FACTOR))
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if value < 1:
        raise ValueError(f"E2E_SCALE: expected a number of at least 1, found '{text}'")
    return value


def duration(text: str, by: float) -> str:
    """Return a Prometheus duration divided by the factor, in whole milliseconds and never none.

    In whole seconds where it is long: promql-parser takes no more milliseconds than fit in 32 bits.
    """
    short = max(1, round(seconds(text) * 1000 / by))
    return f"{short}ms" if short < _LONG else f"{round(short / 1000)}s"


def promql(expression: str, by: float) -> str:
    """Return the expression with its ranges, subqueries and offsets divided by the factor."""

    def shorter(found: re.Match[str]) -> str:
        return found[1] or f"{found[2]}{duration(found[3], by)}"

    return _IN_PROMQL.sub(shorter, expression)


def rules(document: Mapping[str, Any], by: float) -> dict[str, Any]:
    """Return a rules file (`groups:`) in compressed time."""
    return {"groups": [_group(group, by) for group in document["groups"]]}


def _group(group: Mapping[str, Any], by: float) -> dict[str, Any]:
    return {**_keys(group, RULE_KEYS, by), "rules": [_rule(rule, by) for rule in group["rules"]]}


def _rule(rule: Mapping[str, Any], by: float) -> dict[str, Any]:
    return {**_keys(rule, RULE_KEYS, by), "expr": promql(str(rule["expr"]), by)}


def routes(document: Mapping[str, Any], by: float) -> dict[str, Any]:
    """Return an Alertmanager configuration in compressed time."""
    compressed = dict(document)
    if "global" in document:
        compressed["global"] = _keys(document["global"], ROUTE_KEYS, by)
    compressed["route"] = _route(document["route"], by)
    return compressed


def _route(route: Mapping[str, Any], by: float) -> dict[str, Any]:
    compressed = _keys(route, ROUTE_KEYS, by)
    if "routes" in route:
        compressed["routes"] = [_route(child, by) for child in route["routes"]]
    return compressed


def _keys(mapping: Mapping[str, Any], names: tuple[str, ...], by: float) -> dict[str, Any]:
    return {key: duration(str(value), by) if key in names else value for key, value in mapping.items()}
