"""The catalog's rules on error budgets: each burn-rate alert can fire."""

from collections.abc import Iterator

from compiler.catalog.catalog import Catalog, Watched
from compiler.catalog.places import finding
from compiler.model.alerts import Slo
from compiler.objectives.events import burn_rate
from compiler.text import number
from compiler.texts.placeholders import allowed


def burn_findings(catalog: Catalog) -> Iterator[str]:
    """Yield a line for each objective whose budget is so large that a burn rate asks for more bad events than all."""
    for watched in catalog:
        for n, slo in enumerate(watched.slos):
            yield from _burn(watched, ("slos", n, "objective"), slo, catalog)
            for value, percent in (slo.each.objectives if slo.each else {}).items():
                path = ("slos", n, "each", "objectives", value)
                yield from _burn(watched, path, slo.model_copy(update={"objective": percent}), catalog)


def _burn(watched: Watched, path: tuple[str | int, ...], slo: Slo, catalog: Catalog) -> Iterator[str]:
    windows = (*catalog.burn_rates.page, *catalog.burn_rates.ticket)
    fastest = max(burn_rate(slo, window) for window in windows)
    if fastest * allowed(slo) >= 1:
        # The alert compares by >, and no share of bad events is above 1.
        least = number(round(100 * (1 - 1 / fastest), 2))
        share = f"{number(fastest)} times the {number(allowed(slo) * 100)} % that it allows are more than all events"
        yield finding(watched, "slos", path, f"expected more than {least} %, found {number(slo.objective)} %: {share}")
