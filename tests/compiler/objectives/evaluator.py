"""An evaluator of the PromQL that objectives are generated in, at one moment, over rates that do not change.

It stands for Prometheus' engine (3.5, promql/engine.go) where hundreds of random objectives are tried, for which
promtool would take minutes. What it does otherwise: a range is not made of samples (a world says what a series is
worth over a range), so that extrapolation, staleness and lookback are not there; of binary operators it knows those
without `ignoring` and `group_left`, and `on ()` of set operators, and it raises on any other syntax. Prometheus itself
evaluates the rules of the project's own objectives in `tests/rules`.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from typing import Any

import promql_parser

PROVEN = ("BurnFast", "BurnSlow", "NoData", "Missed")
"""What the names of objectives' alerts end with, each of which `test_generator.py` tries on random objectives."""

Labels = frozenset[tuple[str, str]]
Vector = dict[Labels, float]
World = Callable[[str, timedelta | None, timedelta | None], Vector]
"""What a series is worth, by its name: now; on average over a range; at each step of a range, added up."""

_COMPARED: Mapping[str, Callable[[float, float], bool]] = {
    "==": lambda a, b: a == b,
    ">": lambda a, b: a > b,
    "<": lambda a, b: a < b,
    ">=": lambda a, b: a >= b,
    "<=": lambda a, b: a <= b,
}
_SETS = ("and", "or", "unless")
_COUNTED: Mapping[str, Callable[[float, float], float]] = {
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b if b else float("nan"),
    "-": lambda a, b: a - b,
    "+": lambda a, b: a + b,
}
_MATCHED: Mapping[str, Callable[[str, str], bool]] = {
    "MatchOp.Equal": lambda value, given: value == given,
    "MatchOp.NotEqual": lambda value, given: value != given,
    "MatchOp.Re": lambda value, given: bool(re.fullmatch(given, value)),
    "MatchOp.NotRe": lambda value, given: not re.fullmatch(given, value),
}
_SUMMED: Mapping[str, Callable[[list[float]], float]] = {"sum": sum, "min": min, "max": max, "group": lambda _: 1.0}
_OVER_TIME = {"rate", "avg_over_time", "sum_over_time", "last_over_time"}


def evaluate(text: str, world: World) -> Vector | float:
    """Return what an expression is worth in a world: a number, or a value for each set of labels."""
    return _value(promql_parser.parse(text), world)


def _value(node: Any, world: World) -> Vector | float:
    match type(node).__name__:
        case "ParenExpr":
            return _value(node.expr, world)
        case "NumberLiteral":
            return float(node.val)
        case "VectorSelector":
            return dict(_selected(node, world(str(node.name), None, None)))
        case "AggregateExpr":
            return _aggregated(node, _vector(node.expr, world))
        case "BinaryExpr":
            return _binary(node, _value(node.lhs, world), _value(node.rhs, world))
        case "Call":
            return _called(node, world)
    raise AssertionError(f"expected syntax of an objective's rules, found {node}")


def _vector(node: Any, world: World) -> Vector:
    value = _value(node, world)
    assert isinstance(value, dict)
    return value


def _selected(node: Any, series: Vector) -> Iterator[tuple[Labels, float]]:
    for labels, value in series.items():
        had = dict(labels)
        if all(_MATCHED[str(each.op)](had.get(each.name, ""), each.value) for each in node.matchers.matchers):
            yield labels, value


def _called(node: Any, world: World) -> Vector:
    name, (argument,) = node.func.name, node.args
    if name == "absent":
        found = _vector(argument, world)
        matchers = argument.matchers.matchers if hasattr(argument, "matchers") else ()
        equal = {(each.name, each.value) for each in matchers if str(each.op) == "MatchOp.Equal"}
        return {} if found else {frozenset(equal): 1.0}
    assert name in _OVER_TIME, name
    selector = argument.vector_selector if hasattr(argument, "vector_selector") else argument.expr
    step = argument.step if name == "sum_over_time" else None
    return dict(_selected(selector, world(str(selector.name), argument.range, step)))


def _aggregated(node: Any, inner: Vector) -> Vector:
    kept = set(node.modifier.labels) if node.modifier else set[str]()
    groups = dict[Labels, list[float]]()
    for labels, value in inner.items():
        groups.setdefault(frozenset(each for each in labels if each[0] in kept), []).append(value)
    return {labels: _SUMMED[str(node.op)](values) for labels, values in groups.items()}


def _binary(node: Any, left: Vector | float, right: Vector | float) -> Vector | float:
    operator, modifier = str(node.op), node.modifier
    alone = bool(modifier and modifier.matching)
    assert not alone or (operator in _SETS and not modifier.matching.labels), f"matching of no objective's: {node}"
    if operator in _SETS:
        assert isinstance(left, dict)
        assert isinstance(right, dict)
        return _of_sets(operator, left, right, alone=alone)
    if operator in _COMPARED:
        assert isinstance(left, dict)
        holds = {each: _COMPARED[operator](left[each], other) for each, other in _pairs(left, right)}
        if modifier and modifier.return_bool:
            return {each: float(true) for each, true in holds.items()}
        return {each: left[each] for each, true in holds.items() if true}
    if isinstance(left, float) and isinstance(right, float):
        return _COUNTED[operator](left, right)
    if isinstance(left, float):
        assert isinstance(right, dict)
        return {each: _COUNTED[operator](left, other) for each, other in right.items()}
    return {each: _COUNTED[operator](left[each], other) for each, other in _pairs(left, right)}


def _of_sets(operator: str, left: Vector, right: Vector, *, alone: bool) -> Vector:
    """Return what a set operator keeps; `on ()`, any element of the right side matches each of the left."""
    if operator == "or":
        assert not alone
        return {**right, **left}
    wanted = operator == "and"
    return {each: value for each, value in left.items() if (bool(right) if alone else each in right) is wanted}


def _pairs(left: Vector, right: Vector | float) -> Iterator[tuple[Labels, float]]:
    for each in left:
        if isinstance(right, float):
            yield each, right
        elif each in right:
            yield each, right[each]
