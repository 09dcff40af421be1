"""Make expressions steady: a scrape that is lost and a value that is no number change none of their results.

People write `avg(cache_hit_rate)`; a rule reads `avg(last_over_time(cache_hit_rate[2m]) > -Inf < +Inf)`:

- A scrape that fails ends every series of its target until the next one succeeds: Prometheus takes it for an empty
  page. Where a rule reads a scraped series as it is now, it reads its newest sample of four intervals.
- A gauge may be NaN or infinite, and so may a division by zero: one makes an average NaN, which breaks no limit. They
  are left out wherever values are aggregated, over series or over time.
"""

from math import ceil

import promql_parser as ast

from compiler.catalog import promql
from compiler.catalog.scope import Scope
from compiler.catalog.variables import fill
from compiler.catalog.written import Part, edited, last_argument, moment_end, parts, range_end
from compiler.model.base import duration

LEAST = 4
"""Samples that a window holds at least: with one lost there are three, with two in a row the two that a rate needs."""
FINITE = " > -Inf < +Inf"
"""What NaN and infinities do not pass; all else does, with its labels and its name."""
Edits = list[tuple[int, str]]
_MOST_STEPS = 288
"""Of a subquery that stands for a range of an average: one in five minutes of a day, whatever the day's samples."""
_AGGREGATED = frozenset({"sum", "avg", "min", "max", "quantile", "topk", "bottomk", "stddev", "stdvar"})
_COUNTED = frozenset({"count", "group", "count_values"})
# Not min and max: they skip NaN themselves, and steps of a subquery could miss the peak.
_OVER_TIME = frozenset(f"{name}_over_time" for name in ("sum", "avg", "quantile", "stddev", "stdvar"))
_ALWAYS_FINITE = frozenset({"absent", "absent_over_time", "present_over_time", "count_over_time", "changes", "resets"})
_CLOCKS = frozenset({"time", "timestamp", "pi", "vector"})
# What these say is of a series itself, not of its value: whether it is there, when it was scraped.
_OF_THE_SERIES = frozenset({"absent", "timestamp"})
_SETS = frozenset({"and", "or", "unless"})
_COMPARISONS = frozenset({"==", "!=", ">", "<", ">=", "<="})


def steady(expression: str, scope: Scope, service: str | None = None, *, bridged: bool = True) -> str:
    """Return the expression with lost scrapes bridged and with what is no number left out of aggregations.

    Args:
        expression: PromQL, with its scope; Grafana's variables may stand in it.
        scope: the series that it may use.
        service: whose series are meant where several services declare a name.
        bridged: whether lost scrapes are bridged: a panel may show the gap.
    """
    tree = promql.parsed_once(fill(expression))
    opened: Edits = []
    closed: Edits = []
    for part in parts(tree, expression):
        edits: Edits = []
        if isinstance(part.node, ast.VectorSelector):
            edits = _selector(part, part.node, expression, scope, service) if bridged else []
        elif isinstance(part.node, ast.AggregateExpr):
            if str(part.node.op) in _AGGREGATED and odd(part.node.expr, scope, service):
                edits = _filtered(part.node.expr, expression, *last_argument(expression, part.end))
        elif isinstance(part.node, ast.Call) and part.node.func.name in _OVER_TIME:
            edits = _over_time(part, part.node, expression, scope, service)
        # What holds another part begins before it and ends behind it, also where both do so at one place.
        opened += [each for each in edits if each[1].endswith("(")]
        closed = [*(each for each in edits if not each[1].endswith("(")), *closed]
    return edited(expression, [*opened, *closed])


def recorded(expression: str, scope: Scope, service: str | None = None) -> str:
    """Return the steady expression of a recording, which records numbers only: windows on it need no filter."""
    found = steady(expression, scope, service)
    return f"({found.strip()}){FINITE}" if odd(promql.parsed_once(expression), scope, service) else found


def _selector(part: Part, node: ast.VectorSelector, text: str, scope: Scope, service: str | None) -> Edits:
    """Return the edits that make a series of the present its newest sample of some scrapes."""
    name = str(node.name)
    if not scope.scraped(name) or _kept(part):
        return []
    matched = {each.name: each.value for each in node.matchers.matchers if each.op == ast.MatchOp.Equal}
    window = duration(LEAST * scope.interval(name, matched, service))
    return [(part.start, "last_over_time("), (part.end, f"[{window}]"), (moment_end(text, part.end), ")")]


def _kept(part: Part) -> bool:
    """Return whether a selector stays as it is.

    It has a window already, its own or a subquery's; it asks about the series itself; or it is joined as it is by some
    of its labels: there the series of a pod's last version and of its new one would be two for one.
    """
    for above in reversed(part.above):
        if isinstance(above, ast.MatrixSelector | ast.SubqueryExpr):
            return True
        if isinstance(above, ast.Call) and above.func.name in _OF_THE_SERIES:
            return True
        if isinstance(above, ast.AggregateExpr):
            return any(isinstance(each, ast.SubqueryExpr) for each in part.above)
        if isinstance(above, ast.BinaryExpr) and str(above.op) not in _SETS and _by_labels(above):
            return True
    return False


def _by_labels(operation: ast.BinaryExpr) -> bool:
    return operation.modifier is not None and operation.modifier.matching is not None


def _filtered(tree: ast.Expr, text: str, start: int, end: int) -> Edits:
    """Return the edits that leave what is no number out of an argument."""
    written = text[start:end]
    # A comment ends with its line: what is put behind it has to stand on the next.
    last = end if "#" in written else start + len(written.rstrip())
    if isinstance(tree, ast.BinaryExpr) and str(tree.op) in _SETS:
        return [(start, "("), (last, f"){FINITE}")]
    return [(last, FINITE)]


def _over_time(part: Part, call: ast.Call, text: str, scope: Scope, service: str | None) -> Edits:
    """Return the edits that leave what is no number out of a window: a range becomes a subquery of its scrapes."""
    window = call.args[-1]
    if isinstance(window, ast.SubqueryExpr) and odd(window.expr, scope, service):
        start, end = last_argument(text, part.end)
        behind = start + _bracket(text[start:end])
        return [(start, "("), (behind, f"{FINITE})")]
    if not isinstance(window, ast.MatrixSelector) or not odd(window, scope, service):
        return []
    start, end = last_argument(text, part.end)
    written = text[start:end]
    begin, bracket = start + len(written) - len(written.lstrip()), start + _bracket(written)
    selector = window.vector_selector
    matched = {each.name: each.value for each in selector.matchers.matchers if each.op == ast.MatchOp.Equal}
    interval = scope.interval(str(selector.name), matched, service)
    # A sum is of every sample; the rest may look at some.
    longest = 0 if call.func.name == "sum_over_time" else ceil(window.range.total_seconds() / _MOST_STEPS)
    step = duration(max(interval, longest))
    return [(begin, "("), (bracket, f"{FINITE})"), (range_end(text, bracket), f":{step}")]


def _bracket(written: str) -> int:
    """Return where the last bracket of an argument opens: that of its range."""
    return written.rindex("[")


def odd(node: ast.Expr, scope: Scope, service: str | None = None) -> bool:
    """Return whether a value of an expression may be NaN or infinite."""
    if isinstance(node, ast.VectorSelector):
        return scope.may_be_odd(str(node.name), service)
    if isinstance(node, ast.AggregateExpr):
        return str(node.op) not in _AGGREGATED | _COUNTED and odd(node.expr, scope, service)
    if isinstance(node, ast.Call):
        return _odd_call(node, scope, service)
    if isinstance(node, ast.BinaryExpr):
        return _odd_binary(node, scope, service)
    return any(odd(child, scope, service) for child in promql.children(node))


def _odd_call(node: ast.Call, scope: Scope, service: str | None) -> bool:
    name = node.func.name
    if name in _ALWAYS_FINITE | _CLOCKS:
        return False
    if name in _OVER_TIME:
        return False  # its window holds numbers only
    if name in ("histogram_quantile", "ln", "log2", "log10", "sqrt", "scalar", "exp"):
        return True
    return any(odd(argument, scope, service) for argument in node.args)


def _odd_binary(node: ast.BinaryExpr, scope: Scope, service: str | None) -> bool:
    operator = str(node.op)
    if operator in _COMPARISONS:
        compared = node.modifier is not None and node.modifier.return_bool
        # What equals something is a number; what is above a limit may be infinite still.
        return not compared and operator != "==" and odd(node.lhs, scope, service)
    if operator in ("and", "unless"):
        return odd(node.lhs, scope, service)
    if operator in ("/", "%", "^", "atan2"):
        divisor = node.rhs
        constant = isinstance(divisor, ast.NumberLiteral) and divisor.val != 0
        return not constant or odd(node.lhs, scope, service)
    return odd(node.lhs, scope, service) or odd(node.rhs, scope, service)
