"""Bounds of a histogram's buckets: Prometheus 3 stores `le` as a float, `1.0` for an exporter's `1`.

Source: Prometheus 3.0, the guide to migrate to it, "le and quantile label values"; model/labels/float.go.
"""

import math
import re
from collections.abc import Sequence
from decimal import Decimal

import promql_parser as ast

from compiler.catalog.promql import PromQLError
from compiler.catalog.variables import used

_STRING = r'"(?:\\.|[^"\\])*"|\'(?:\\.|[^\'\\])*\'|`[^`]*`'
_MATCHER = re.compile(rf"(?<![\w.])(?P<head>le\s*(?P<op>=~|!~|!=|=)\s*)(?P<text>{_STRING})")
# A number in a regular expression, its dot as it is or escaped once or twice.
_NUMBER = re.compile(r"(?<![\w.\\])[+]?(?:Inf|\d+(?:(?:\\{0,2}\.|\[\.\])\d+)?(?:e[+-]?\d+)?)(?![\w.\\[*+?{])")
# Go writes other exponents with an e (strconv, 'g' with the shortest precision).
_LEAST, _MOST = -4, 6
_DOT = re.compile(r"\\{0,2}\.|\[\.\]")


def stored(bound: float) -> str:
    """Return the label value that Prometheus stores for a bound, as Go writes it: `1.0`, `0.25`, `1e+06`, `+Inf`."""
    if math.isinf(bound):
        return "+Inf"
    value = Decimal(repr(bound)).normalize()
    exponent = value.adjusted()
    if bound == 0 or _LEAST <= exponent < _MOST:
        text = f"{value:f}"
        return text if "." in text else f"{text}.0"
    digits = "".join(map(str, value.as_tuple().digits))
    return f"{digits[0]}{'.' if digits[1:] else ''}{digits[1:]}e{exponent:+03d}"


def with_stored_bounds(selector: str) -> str:
    """Return a selector whose matchers on `le` name the bounds as they are stored, in regular expressions too."""
    return _MATCHER.sub(_stored, selector)


def _stored(matcher: re.Match[str]) -> str:
    quote, text = matcher["text"][0], matcher["text"][1:-1]
    if used(text):
        return matcher[0]
    if matcher["op"] in ("=", "!="):
        bound = _bound(text)
        return matcher[0] if bound is None else f"{matcher['head']}{quote}{stored(bound)}{quote}"
    dot = r"\." if quote == "`" else r"\\."
    return f"{matcher['head']}{quote}{_NUMBER.sub(lambda found: _pattern(found[0], dot), text)}{quote}"


def _pattern(number: str, dot: str) -> str:
    """Return a number of a regular expression as it is stored; one of several characters keeps its dot escaped."""
    bound = _bound(_DOT.sub(".", number))
    if bound is None or math.isinf(bound):
        return number
    return stored(bound).replace(".", dot).replace("+", r"[+]")


def _bound(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def refuse_bounds(selector: ast.VectorSelector, declared: Sequence[float]) -> None:
    """Refuse a matcher on `le` with what is no boundary of the declared buckets.

    Args:
        selector: of a histogram's series.
        declared: its buckets; none where they are not known.

    Raises:
        PromQLError: with the nearest boundary.
    """
    for matcher in selector.matchers.matchers:
        if matcher.name != "le" or used(matcher.value):
            continue
        whole = matcher.op in (ast.MatchOp.Equal, ast.MatchOp.NotEqual)
        for text in [matcher.value] if whole else matcher.value.split("|"):
            bound = _bound(_DOT.sub(".", text))
            if whole and bound is None and matcher.value:
                raise PromQLError(f"expected a number for le, found '{text}'")
            if bound is None or math.isinf(bound) or not declared or bound in declared:
                continue
            known = ", ".join(map(stored, declared))
            nearest = min(declared, key=lambda each: abs(each - bound))
            message = f"'{selector.name}' has no bucket {stored(bound)}: expected one of {known}"
            raise PromQLError(f"{message}: did you mean '{stored(nearest)}'?")
