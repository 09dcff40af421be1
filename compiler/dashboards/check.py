"""The catalog's rules on panels: what they name has limits, in a unit that fits, and no text copies a limit."""

import re
from collections.abc import Iterator

from compiler.catalog.catalog import Watched
from compiler.catalog.places import Path, finding
from compiler.dashboards.steps import colors, limited, limits_of
from compiler.model.dashboards import Panel
from compiler.texts.amounts import canonical
from compiler.texts.check import amounts_in
from compiler.texts.placeholders import allowed, entry_text


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
    try:
        entry_text(watched, panel.description or "")
    except ValueError as error:
        yield finding(watched, "dashboards", [*path, "description"], str(error))
    yield from _copied_objectives(watched, path, panel)
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


def _copied_objectives(watched: Watched, path: Path, panel: Panel) -> Iterator[str]:
    """Yield steps and amounts that copy an objective whose series the panel reads."""
    read = " ".join(query.expr for query in panel.queries)
    for slo in watched.slos:
        if not re.search(rf'slo="{re.escape(slo.name)}"', read):
            continue
        shares = {"objective": canonical(slo.objective, "percent"), "budget": canonical(allowed(slo), "ratio")}
        for n, step in enumerate(panel.steps):
            for name, share in shares.items():
                if step.above is not None and canonical(step.above, panel.unit) == share:
                    message = f"expected alert: {slo.name}/{name}, found above: {step.above:g}, a copy of the objective"
                    yield finding(watched, "dashboards", [*path, "steps", n], message)
        for key in ("title", "description"):
            for said, amounts in amounts_in(getattr(panel, key) or ""):
                if amounts & set(shares.values()):
                    message = f"expected {{{{objective:{slo.name}}}}} or {{{{allowed:{slo.name}}}}}, found '{said}'"
                    yield finding(watched, "dashboards", [*path, key], f"{message}, a copy of the objective")
