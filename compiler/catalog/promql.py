"""Parse PromQL: which series an expression selects, and which labels its result has."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

import promql_parser as ast

from compiler.nearest import meant

Pinned = frozenset[tuple[str, str, str]]


class PromQLError(ValueError):
    """An expression that Prometheus would refuse, or that would match nothing."""


class UnknownSeriesError(PromQLError):
    """An expression that reads a series that nothing declares.

    Args:
        name: of the series.
        near: what offers another one.
    """

    def __init__(self, name: str, near: str = "") -> None:
        super().__init__(f"uses the metric '{name}', which the catalog does not declare{near}")
        self.name = name


@dataclass(frozen=True)
class Shape:
    """The labels of a vector's elements, and the matchers on those labels."""

    labels: frozenset[str]
    pinned: Pinned = frozenset()

    def keep(self, labels: frozenset[str]) -> "Shape":
        """Return the shape with only those labels."""
        return Shape(self.labels & labels, frozenset(pin for pin in self.pinned if pin[0] in labels))


class SeriesLabels(Protocol):
    """Gives the labels of a series by its name, and by the service where a selector names it; None if undeclared."""

    def __call__(self, name: str, service: str | None = None, /) -> frozenset[str] | None:
        """Return the labels."""


_REMEMBERED = 32_768
"""Expressions whose trees are kept: those of some hundred workloads, each of which several checks read."""

_EQUAL = ast.MatchOp.Equal
_SET_OPERATORS = frozenset({"and", "or", "unless"})
_LABEL_KEEPING_AGGREGATES = frozenset({"topk", "bottomk", "limitk", "limit_ratio"})
_LABEL_MAKING_CALLS = frozenset({"label_replace", "label_join"})


def parsed_once(expression: str) -> ast.Expr:
    """Parse an expression that nobody reads again, such as a rendered one: its tree is not kept.

    Raises:
        PromQLError: when it does not parse.
    """
    try:
        return ast.parse(expression)
    except ValueError as error:
        raise PromQLError(f"does not parse: {error}") from error


@lru_cache(maxsize=_REMEMBERED)
def parse(expression: str) -> ast.Expr:
    """Parse an expression; the trees cannot be changed, so that each is made once and shared.

    Raises:
        PromQLError: when it does not parse.
    """
    return parsed_once(expression)


def shape_of(expression: str, series: SeriesLabels) -> Shape | None:
    """Parse an expression and return its shape.

    Raises:
        PromQLError: as `parse` and `shape` do, and when the expression nests too deeply to be read.
    """
    try:
        return shape(parse(expression), series)
    except RecursionError as error:
        raise PromQLError("nests too deeply: split it into recorded series") from error


def is_selector(expression: str) -> bool:
    """Return whether the expression is a metric's name with or without matchers, and nothing else."""
    try:
        expr = parse(expression)
    except PromQLError:
        return False
    return isinstance(expr, ast.VectorSelector) and expr.offset is None and expr.at is None


def name_of(expression: str) -> str | None:
    """Return the metric's name when the expression is a plain selector; else None."""
    return next(str(found.name) for found in selectors(parse(expression))) if is_selector(expression) else None


def children(expr: ast.Expr) -> tuple[ast.Expr, ...]:
    """Return the parts of an expression, in the order in which they are written."""
    if isinstance(expr, ast.BinaryExpr):
        return expr.lhs, expr.rhs
    if isinstance(expr, ast.Call):
        return tuple(expr.args)
    if isinstance(expr, ast.AggregateExpr):
        return (expr.expr,) if expr.param is None else (expr.param, expr.expr)
    if isinstance(expr, ast.MatrixSelector):
        return (expr.vector_selector,)
    return (expr.expr,) if isinstance(expr, ast.ParenExpr | ast.SubqueryExpr | ast.UnaryExpr) else ()


def walked(expr: ast.Expr) -> Iterator[ast.Expr]:
    """Iterate over an expression and every part of it."""
    yield expr
    for child in children(expr):
        yield from walked(child)


def selectors(expr: ast.Expr) -> Iterator[ast.VectorSelector]:
    """Iterate over every selector of the expression."""
    return (each for each in walked(expr) if isinstance(each, ast.VectorSelector))


def shape(expr: ast.Expr, series: SeriesLabels) -> Shape | None:
    """Return the shape of the expression's result, or None when it is a number.

    Raises:
        PromQLError: for an unknown series or label, and for an operator between vectors whose labels differ:
            such a division matches nothing, or each element with itself.
    """
    if isinstance(expr, ast.ParenExpr | ast.UnaryExpr | ast.SubqueryExpr):
        return shape(expr.expr, series)
    if isinstance(expr, ast.VectorSelector | ast.MatrixSelector):
        return _selector(expr if isinstance(expr, ast.VectorSelector) else expr.vector_selector, series)
    if isinstance(expr, ast.AggregateExpr):
        return _aggregate(expr, series)
    if isinstance(expr, ast.Call):
        return _call(expr, series)
    return _binary(expr, series) if isinstance(expr, ast.BinaryExpr) else None


def _selector(selector: ast.VectorSelector, series: SeriesLabels) -> Shape:
    name = selector.name
    if not name:
        raise PromQLError("a selector without a metric's name reads every series: name the metric")
    if selector.matchers.or_matchers:
        raise PromQLError(f"joins matchers of '{name}' by or, which Prometheus does not know: use =~")
    service = (each.value for each in selector.matchers.matchers if (each.name, each.op) == ("service", _EQUAL))
    labels = series(name, next(service, None))
    if labels is None:
        raise UnknownSeriesError(name)
    pins = set[tuple[str, str, str]]()
    for matcher in selector.matchers.matchers:
        if matcher.name not in labels:
            known = f"it has {_list(labels)}{meant(matcher.name, labels)}"
            raise PromQLError(f"uses the label '{matcher.name}', which '{name}' does not have: {known}")
        pins.add((matcher.name, str(matcher.op), matcher.value))
    return Shape(labels, frozenset(pins))


def _aggregate(expr: ast.AggregateExpr, series: SeriesLabels) -> Shape:
    inner = shape(expr.expr, series) or Shape(frozenset())
    modifier, operator = expr.modifier, str(expr.op)
    if operator in _LABEL_KEEPING_AGGREGATES:
        return inner
    counted = frozenset({_text(expr.param)} if operator == "count_values" else ())
    if modifier is None:
        return Shape(counted)
    named = frozenset(modifier.labels)
    unknown = named - inner.labels
    if unknown:
        raise PromQLError(
            f"aggregates by {_list(unknown)}, which its series do not have: they have {_list(inner.labels)}"
            f"{meant(min(unknown), inner.labels)}"
        )
    kept = inner.keep(named if modifier.type == ast.AggModifierType.By else inner.labels - named)
    return Shape(kept.labels | counted, kept.pinned)


def _text(argument: ast.Expr | None) -> str:
    while isinstance(argument, ast.ParenExpr):
        argument = argument.expr
    if not isinstance(argument, ast.StringLiteral):
        raise PromQLError("expected a quoted label name as argument")
    return argument.val


def _call(expr: ast.Call, series: SeriesLabels) -> Shape | None:
    name = expr.func.name
    shapes = [found for found in (shape(argument, series) for argument in expr.args) if found is not None]
    if name in ("time", "scalar", "pi"):
        return None
    if name == "vector" or not shapes:
        return Shape(frozenset())
    first = shapes[0]
    if name in ("absent", "absent_over_time"):
        return first.keep(frozenset(label for label, op, _ in first.pinned if op == str(ast.MatchOp.Equal)))
    if name == "histogram_quantile":
        if "le" not in first.labels:
            raise PromQLError("histogram_quantile needs the label le: keep it in the aggregation")
        return first.keep(first.labels - {"le"})
    if name in _LABEL_MAKING_CALLS:
        return Shape(first.labels | {_text(expr.args[1])}, first.pinned)
    return first


def _binary(expr: ast.BinaryExpr, series: SeriesLabels) -> Shape | None:
    left, right = shape(expr.lhs, series), shape(expr.rhs, series)
    if left is None or right is None:
        return left or right
    operator, modifier = str(expr.op), expr.modifier
    if modifier is not None and modifier.matching is not None:
        return _matched(left, right, modifier, modifier.matching)
    if operator == "or":
        return Shape(left.labels | right.labels, left.pinned & right.pinned)
    if left.labels != right.labels:
        # What a workload records says whose it is.
        recorded = left.labels ^ right.labels == {"workload"}
        remedy = f"write {operator} ignoring (workload)" if recorded else "aggregate both sides to the same labels"
        raise PromQLError(f"'{operator}' joins {_list(left.labels)} with {_list(right.labels)}: {remedy}")
    if operator not in _SET_OPERATORS and left.pinned != right.pinned:
        odd = frozenset(pin[0] for pin in left.pinned ^ right.pinned)
        raise PromQLError(
            f"'{operator}' joins sides that are narrowed differently by {_list(odd)}: each element would meet only "
            "itself; aggregate both sides"
        )
    return left


def _matched(left: Shape, right: Shape, modifier: ast.BinModifier, matching: ast.LabelModifier) -> Shape:
    labels = frozenset(matching.labels)
    on = matching.type == ast.LabelModifierType.Include
    if on and (missing := labels - (left.labels & right.labels)):
        raise PromQLError(f"matches on {_list(missing)}, which one side does not have")
    if modifier.card == ast.VectorMatchCardinality.ManyToOne:
        return _grouped(left, right, modifier)
    if modifier.card == ast.VectorMatchCardinality.OneToMany:
        return _grouped(right, left, modifier)
    if modifier.card == ast.VectorMatchCardinality.ManyToMany:
        return left
    return left.keep(labels if on else left.labels - labels)


def _grouped(many: Shape, one: Shape, modifier: ast.BinModifier) -> Shape:
    taken = frozenset(modifier.group_labels or ())
    if missing := taken - one.labels:
        raise PromQLError(f"takes {_list(missing)} from a side that does not have it: it has {_list(one.labels)}")
    return Shape(many.labels | taken, many.pinned)


def _list(labels: frozenset[str]) -> str:
    return "{" + ", ".join(sorted(labels)) + "}"
