"""Evaluate CloudWatch alarms on data: the parts of metric math and of missing data that the catalog uses.

moto never evaluates alarms. Source: Amazon CloudWatch user guide, "Using metric math" (IF without a third value makes
no data point, FILL replaces missing ones, MIN and MAX of a list are taken point by point) and "Configuring how alarms
treat missing data" (here every one of the evaluated periods must breach).
"""

import ast
import operator
from collections.abc import Callable, Mapping, Sequence

from compiler.model.cloud import Alarm

Point = float | None
Data = Mapping[str, Sequence[Point]]
"""Each metric's points by its id in the catalog, one a period."""

_BINARY: Mapping[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}


def fires(alarm: Alarm, data: Data) -> bool:
    """Return whether the alarm is on after as many periods as it evaluates."""
    return all(_breaches(alarm, _point(alarm, data, period)) for period in range(alarm.evaluation_periods))


def _breaches(alarm: Alarm, point: Point) -> bool:
    if point is None:
        return alarm.missing_data == "breaching"
    return point > alarm.bound.value if alarm.bound.operator == ">" else point < alarm.bound.value


def _point(alarm: Alarm, data: Data, period: int) -> Point:
    if not alarm.metrics:
        return data[alarm.metric][period]
    points = {line.id: data[line.metric][period] for line in alarm.metrics if line.metric}
    (expression,) = (line.expression for line in alarm.metrics if line.returns)
    return _value(ast.parse(expression or "", mode="eval").body, points)


def _value(node: ast.expr, points: Mapping[str, Point]) -> Point:
    match node:
        case ast.Constant(value=int() | float() as number):
            return float(number)
        case ast.Name(id=name):
            return points[name]
        case ast.BinOp(left=left, op=op, right=right):
            sides = (_value(left, points), _value(right, points))
            return None if sides[0] is None or sides[1] is None else _BINARY[type(op)](sides[0], sides[1])
        case ast.Call(func=ast.Name(id=name), args=args):
            return _call(name, args, points)
    raise ValueError(f"expected metric math as the catalog uses it, found {ast.unparse(node)}")


def _call(name: str, args: list[ast.expr], points: Mapping[str, Point]) -> Point:
    match name, args:
        case "IF", [ast.Compare(left=left, ops=[ast.GtE()], comparators=[right]), value]:
            sides = (_value(left, points), _value(right, points))
            enough = sides[0] is not None and sides[1] is not None and sides[0] >= sides[1]
            return _value(value, points) if enough else None
        case "FILL", [value, otherwise]:
            found = _value(value, points)
            return _value(otherwise, points) if found is None else found
        case "MIN" | "MAX", [ast.List(elts=parts)]:
            found_points = [point for part in parts if (point := _value(part, points)) is not None]
            return (min if name == "MIN" else max)(found_points, default=None)
    raise ValueError(f"expected IF, FILL, MIN or MAX as the catalog uses them, found {name}")
