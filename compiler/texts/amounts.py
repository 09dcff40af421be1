"""Write an amount with its unit: one format for each unit."""

from collections.abc import Mapping

from compiler.model.base import seconds

_SHARES = {"ratio": 1.0, "share": 1.0, "percentunit": 1.0, "percent": 0.01}
"""Shares of a whole, by unit: what one of it is as a ratio. `percentunit` is Grafana's name."""
_TIMES = {"milliseconds": 0.001, "seconds": 1.0, "minutes": 60.0, "hours": 3_600.0, "days": 86_400.0}
"""Times, by unit: what one of it is in seconds."""
_GRAFANA = {"currencyUSD": "usd", "ms": "milliseconds", "s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
# A chart's axis without a unit takes a value as it is.
_ANY = frozenset({"none", "short"})
_SHORT = {"seconds": "s", "milliseconds": "ms", "usd": "USD", "currencyUSD": "USD"}
_SHORT |= dict.fromkeys(("", "constant", "flag", "none", "probability", "score", "short", "status"), "")
_SAME_FOR_ONE = frozenset({"series", "sigma", "times"})
_A_SECOND = "-per-second"
_DURATIONS = ((86_400, "day"), (3_600, "hour"), (60, "minute"), (1, "second"))


def amount(value: float, unit: str) -> str:
    """Return a value with its unit: a share in percent, seconds below one in milliseconds, a score as it is."""
    if unit in _SHARES:
        return f"{_figure(value * _SHARES[unit] * 100)} %"
    if unit == "seconds" and 0 < abs(value) < 1:
        return f"{_figure(value * 1_000)} ms"
    if unit in _SHORT:
        return f"{_figure(value)} {_SHORT[unit]}".strip()
    if unit.endswith(_A_SECOND):
        return f"{_figure(value)} {_words(unit.removesuffix(_A_SECOND))} a second"
    return f"{_figure(value)} {_singular(_words(unit)) if value == 1 else _words(unit)}"


def _figure(value: float) -> str:
    """Return a number with separated thousands, without binary rounding digits."""
    return f"{round(value, 10):,.12g}"


def _words(unit: str) -> str:
    return _GRAFANA.get(unit, unit).replace("-", " ")


def _singular(unit: str) -> str:
    return unit if unit in _SAME_FOR_ONE else unit.removesuffix("s")


def in_words(duration: str) -> str:
    """Return a duration in the largest unit that divides it: `5m` as `5 minutes`, `90s` as `90 seconds`."""
    return span(seconds(duration))


def span(total: int) -> str:
    """Return seconds in the largest unit that divides them."""
    size, unit = next((size, unit) for size, unit in _DURATIONS if total % size == 0)
    return f"{total // size} {unit}{'' if total == size else 's'}"


def canonical(value: float, unit: str) -> tuple[str, float]:
    """Return the kind of quantity and the value in its base unit, so that amounts of different units can be compared.

    Returns:
        `share` with a ratio, `time` with seconds, or the unit with the value as it is.
    """
    scales: Mapping[str, Mapping[str, float]] = {"share": _SHARES, "time": _TIMES}
    unit = _GRAFANA.get(unit, unit)
    for measured, factors in scales.items():
        if unit in factors:
            return measured, round(value * factors[unit], 12)
    return unit, value


def converted(value: float, unit: str, other: str) -> float:
    """Return a value of one unit in another of the same kind.

    Raises:
        ValueError: when they measure different things, as percent and seconds do.
    """
    if other in _ANY or unit == other:
        return value
    (measured, base), (wanted, one) = canonical(value, unit), canonical(1, other)
    if measured != wanted:
        raise ValueError(f"expected a unit that {unit} can be shown in, found {other}")
    return round(base / one, 10)
