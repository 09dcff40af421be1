"""Colour steps of a panel, derived from the limits of the alerts that it names."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from compiler.catalog.catalog import Watched
from compiler.model.alerts import Alert, Slo, ThresholdSlo
from compiler.model.base import Bound
from compiler.model.cloud import Alarm
from compiler.model.dashboards import Panel, Step
from compiler.model.metrics import Goal
from compiler.nearest import unknown
from compiler.texts.amounts import amount, converted
from compiler.texts.placeholders import alarm_unit, allowed, entry_text, goals, value_unit

_GOOD = "green"

Limited = Alert | Alarm | Slo | ThresholdSlo
"""What has limits that a panel may show."""


@dataclass(frozen=True)
class Limits:
    """The limits of an alert, an alarm or an objective: their unit, each severity's bound, and targets before them."""

    unit: str
    bounds: Mapping[str, Bound]
    goals: tuple[Goal, ...] = ()


def limited(watched: Watched) -> Mapping[str, Limited]:
    """Return everything of a workload that has limits, by name."""
    entries: list[Limited] = [*watched.alerts, *watched.alarms.alarms, *watched.slos, *watched.thresholds]
    return {entry.name: entry for entry in entries}


def limits_of(watched: Watched, entry: Limited) -> Limits:
    """Return the limits of an alert, an alarm or an objective; one on events has a share of good ones and a budget."""
    if isinstance(entry, Alert):
        return Limits(entry.unit, entry.thresholds, tuple(goals(watched, entry)))
    if isinstance(entry, Alarm):
        return Limits(alarm_unit(watched, entry), {entry.severity: entry.bound})
    if isinstance(entry, Slo):
        good = converted(entry.objective, "percent", "ratio")
        return Limits("ratio", {"budget": Bound(above=allowed(entry)), "objective": Bound(below=good)})
    return Limits(value_unit(watched, entry), {"objective": entry.bound})


def colors(watched: Watched, panel: Panel) -> tuple[str, list[tuple[float, str]]]:
    """Return the colour below every step, and each step's value and colour from the lowest to the highest.

    Of the alerts that a panel names, each severity's limit is a step: green until the first, red from the last on, to
    both sides of a range. Before them comes the target of what they read, in yellow.

    Raises:
        ValueError: for a name that nothing has, and for a limit that the panel's unit cannot show.
    """
    if not panel.alerts:
        return panel.base_color, [(_value(watched, panel, step), step.color) for step in panel.steps]
    named = [_named(watched, name) for name in panel.alerts]
    events = next((each.name for each in named if isinstance(each, Slo)), None)
    if events is not None:
        expected = f"steps with {events}/objective for good events or {events}/budget for bad ones"
        raise ValueError(f"expected {expected}, found '{events}', which has a limit for each")
    found = [limits_of(watched, each) for each in named]
    # From the first that is crossed to the last.
    below, above = (sorted(_values(found, side, panel.unit).items()) for side in ("below", "above"))
    falling, rising = _shaded(below[::-1]), _shaded(above)
    # Upwards from the worst, it gets one shade better at each limit, and good at the last.
    base, *better = [*(shade for _, shade in falling[::-1]), _GOOD]
    return base, [*zip([value for value, _ in falling[::-1]], better, strict=True), *rising]


def _values(found: Iterable[Limits], side: str, unit: str) -> dict[float, bool]:
    """Return every value at which the colour changes on one side, with whether it is a limit or only a target."""
    values = dict[float, bool]()
    for limits in found:
        for bound in (goal.bound for goal in limits.goals):
            values |= {_step(value, limits.unit, unit): False for at, value in bound.sides().items() if at == side}
        for bound in limits.bounds.values():
            values |= {_step(value, limits.unit, unit): True for at, value in bound.sides().items() if at == side}
    return values


def _step(value: float, unit: str, shown: str) -> float:
    """Return a limit as a step: Grafana's begins at its value, an alert above it; a limit of 0 begins just above 0."""
    return converted(value, unit, shown) if value else 1


def _shaded(values: Sequence[tuple[float, bool]]) -> list[tuple[float, str]]:
    """Return each value with its colour: red from the last limit on, yellow at first, orange between."""
    last = max((n for n, (_, limit) in enumerate(values) if limit), default=None)
    shades = (
        "red" if n == last else "yellow" if n == 0 or not limit else "orange" for n, (_, limit) in enumerate(values)
    )
    return [(value, shade) for (value, _), shade in zip(values, shades, strict=True)]


def _named(watched: Watched, name: str) -> Limited:
    known = limited(watched)
    if name not in known:
        raise ValueError(unknown("alert", name, known))
    return known[name]


def _value(watched: Watched, panel: Panel, step: Step) -> float:
    """Return a step's own value, or the one limit of what it names."""
    if step.alert is None:
        return step.above or 0
    name, _, severity = step.alert.partition("/")
    limits = limits_of(watched, _named(watched, name))
    bounds = [bound for key, bound in limits.bounds.items() if severity in ("", key)]
    values = [value for bound in bounds for value in bound.sides().values()]
    if len(values) != 1:
        expected = " or ".join(f"{name}/{key}" for key in limits.bounds)
        raise ValueError(f"expected the name of one limit, {expected}, found '{step.alert}' with {len(values)}")
    return _step(values[0], limits.unit, panel.unit)


def described(watched: Watched, panel: Panel) -> str:
    """Return a panel's description with its placeholders filled in, and the limits and targets of what it names."""
    named = [*panel.alerts, *(step.alert.partition("/")[0] for step in panel.steps if step.alert)]
    known = limited(watched)
    said = [_sentence(name, limits_of(watched, known[name])) for name in dict.fromkeys(named)]
    return " ".join([*([entry_text(watched, panel.description)] if panel.description else []), *said])


def _sentence(name: str, limits: Limits) -> str:
    bounds = [
        f"{severity} " + " or ".join(f"{side} {amount(value, limits.unit)}" for side, value in bound.sides().items())
        for severity, bound in reversed(list(limits.bounds.items()))
    ]
    kept = [
        f"{'at least' if side == 'below' else 'at most'} {amount(value, limits.unit)}"
        for goal in limits.goals
        for side, value in goal.bound.sides().items()
    ]
    target = f"; target {' and '.join(kept)}" if kept else ""
    return f"{name}: {', '.join(bounds)}{target}."
