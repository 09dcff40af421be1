"""Judge what a PromQL expression means: functions that fit what they read, label values that exist, known durations.

Prometheus answers `rate()` of a gauge, and a matcher on a value that no series has, without a word.
"""

import re
from collections.abc import Mapping
from datetime import timedelta

import promql_parser as ast

from compiler.catalog.promql import PromQLError, walked
from compiler.catalog.variables import used
from compiler.model.base import LONGEST
from compiler.nearest import meant, unknown

OF_COUNTERS = frozenset({"rate", "irate", "increase", "resets"})
OF_GAUGES = frozenset({"delta", "idelta", "deriv", "predict_linear"})

# Source: Prometheus 3.5, promql/parser/functions.go, without those that are marked Experimental.
_STABLE = """
abs absent absent_over_time acos acosh asin asinh atan atanh avg_over_time ceil changes clamp clamp_max clamp_min
cos cosh count_over_time day_of_month day_of_week day_of_year days_in_month deg delta deriv exp floor histogram_avg
histogram_count histogram_fraction histogram_quantile histogram_stddev histogram_stdvar histogram_sum hour idelta
increase irate label_join label_replace last_over_time ln log10 log2 max_over_time min_over_time minute month pi
predict_linear present_over_time quantile_over_time rad rate resets round scalar sgn sin sinh sort sort_desc sqrt
stddev_over_time stdvar_over_time sum_over_time tan tanh time timestamp vector year
"""
STABLE = frozenset(_STABLE.split())
# Source: the same release, promql/parser/lex.go: IsExperimentalAggregator.
EXPERIMENTAL_AGGREGATES = frozenset({"limitk", "limit_ratio"})

_EQUAL = {str(ast.MatchOp.Equal), str(ast.MatchOp.NotEqual)}


def refuse_functions(expr: ast.Expr, types: Mapping[str, str]) -> None:
    """Refuse functions that Prometheus takes only with a feature flag, and those that do not fit what they read.

    Args:
        expr: the syntax tree.
        types: `counter` or `gauge` for each series whose type is known.

    Raises:
        PromQLError: for the first that is wrong.
    """
    for each in walked(expr):
        if isinstance(each, ast.AggregateExpr) and str(each.op) in EXPERIMENTAL_AGGREGATES:
            raise PromQLError(f"uses {each.op}, which is experimental: Prometheus refuses it unless it is enabled")
        if isinstance(each, ast.Call):
            _refuse_call(each, types)
        _refuse_spans(each)


def _refuse_call(call: ast.Call, types: Mapping[str, str]) -> None:
    name = call.func.name
    if name not in STABLE:
        raise PromQLError(f"uses {name}(), which is experimental or unknown to Prometheus 3.5{meant(name, STABLE)}")
    if name in OF_COUNTERS | OF_GAUGES:
        kind, what = _kind(call.args[0], types)
        if name in OF_COUNTERS and kind == "gauge":
            raise PromQLError(f"{name}() of {what}, which may fall: expected a counter, or delta() or deriv()")
        if name in OF_GAUGES and kind == "counter":
            raise PromQLError(f"{name}() of {what}, which falls when it restarts: expected a gauge, or rate()")


def _kind(expr: ast.Expr, types: Mapping[str, str]) -> tuple[str | None, str]:
    """Return the type of what a function over a range reads, and what it is in words."""
    while isinstance(expr, ast.ParenExpr | ast.SubqueryExpr | ast.UnaryExpr):
        expr = expr.expr
    if isinstance(expr, ast.MatrixSelector):
        expr = expr.vector_selector
    if isinstance(expr, ast.VectorSelector):
        kind = types.get(str(expr.name))
        return kind, f"the {kind} '{expr.name}'"
    if isinstance(expr, ast.AggregateExpr) and _kind(expr.expr, types)[0] == "counter":
        return "gauge", "an aggregate of counters"
    return "gauge", "a calculated value"


def _refuse_spans(expr: ast.Expr) -> None:
    spans = [getattr(expr, field, None) for field in ("range", "offset", "step")]
    if any(abs(span.total_seconds()) > LONGEST for span in spans if isinstance(span, timedelta)):
        raise PromQLError("has a duration out of range: expected 292 years at most")


def refuse_values(selector: ast.VectorSelector, values: Mapping[str, frozenset[str]]) -> None:
    """Refuse a matcher on a value that the series does not have; of a regular expression, each of its alternatives.

    Args:
        selector: of a series.
        values: of its labels, where these are known.

    Raises:
        PromQLError: for the first value that no series has.
    """
    for matcher in selector.matchers.matchers:
        known = values.get(matcher.name)
        if not known or not matcher.value or used(matcher.value):
            continue
        whole = str(matcher.op) in _EQUAL
        for value in [matcher.value] if whole else alternatives(matcher.value):
            if value not in known if whole else not _any(value, known):
                raise PromQLError(f"'{selector.name}': {unknown(f'value of {matcher.name}', value, known)}")


def alternatives(pattern: str) -> list[str]:
    """Return the alternatives of a regular expression, those of a group around the whole too."""
    parts, depth, start = list[str](), 0, 0
    for found in re.finditer(r"\\.|\[[^\]]*\]|[()|]", pattern):
        depth += {"(": 1, ")": -1}.get(found[0], 0)
        if found[0] == "|" and not depth:
            parts.append(pattern[start : found.start()])
            start = found.end()
    parts.append(pattern[start:])
    group = re.fullmatch(r"\((?:\?:)?(.*)\)", pattern)
    if len(parts) == 1 and group and not re.search(r"[()\\\[]", group[1]):
        parts = group[1].split("|")
    return [part for part in parts if part]


def _any(pattern: str, known: frozenset[str]) -> bool:
    try:
        return any(re.fullmatch(pattern, value) for value in known)
    except re.error:
        return True  # Go's syntax, which Python does not know
