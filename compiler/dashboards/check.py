"""The catalog's rules on panels: what they name has limits, in a unit that fits, and no text copies a limit."""

from collections.abc import Iterator

from compiler.catalog.catalog import Watched
from compiler.catalog.places import Path, finding
from compiler.dashboards.steps import colors, limited, limits_of
from compiler.model.dashboards import Panel
from compiler.texts.amounts import canonical
from compiler.texts.check import amounts_in


def panel_findings(watched: Watched) -> Iterator[str]:
    """Yield a line for each panel whose steps cannot be made, or whose texts copy a limit of an alert that it names."""
    for n, board in enumerate(watched.dashboards.grafana):
        for at, row in enumerate(board.rows):
            for index, panel in enumerate(row.panels):
                yield from _panel(watched, ("grafana", n, "rows", at, "panels", index), panel)


def _panel(watched: Watched, path: Path, panel: Panel) -> Iterator[str]:
    try:
        colors(watched, panel)
    except ValueError as error:
        yield finding(watched, "dashboards", [*path, "alerts" if panel.alerts else "steps"], str(error))
        return
    named = [*panel.alerts, *(step.alert.partition("/")[0] for step in panel.steps if step.alert)]
    found = [limits_of(watched, limited(watched)[name]) for name in named]
    own = {
        canonical(value, limits.unit)
        for limits in found
        for bound in (*limits.bounds.values(), *(goal.bound for goal in limits.goals))
        for value in bound.sides().values()
        if value
    }
    own |= {("", value) for _, value in own}
    for key in ("title", "description"):
        for figure, amounts in amounts_in(getattr(panel, key) or ""):
            if amounts & own:
                message = f"expected no limit, found '{figure}': what the panel names says it beneath"
                yield finding(watched, "dashboards", [*path, key], message)
