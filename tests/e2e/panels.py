"""The queries of Grafana's dashboards to Prometheus, with their variables filled in as Grafana does."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from compiler.catalog import promql
from compiler.catalog.variables import BUILT_IN, fill

_LABEL_VALUES = re.compile(r"label_values\((\w+(?:\{[^}]*\})?), (\w+)\)")


@dataclass(frozen=True)
class Question:
    """One query of a panel on Prometheus.

    Attributes:
        dashboard: workload and name, as `personalization/operations`.
        panel: its title.
        expression: with its variables filled in.
        instant: whether it asks for now, not for a window.
    """

    dashboard: str
    panel: str
    expression: str
    instant: bool

    @property
    def place(self) -> str:
        """Where it stands: the dashboard and the panel."""
        return f"{self.dashboard}, {self.panel}"

    @property
    def series(self) -> frozenset[str]:
        """The names of the series that it reads."""
        found = promql.selectors(promql.parse(self.expression))
        return frozenset(selector.name for selector in found if selector.name)


def questions(artefacts: Mapping[str, str], values: Callable[[str, str], list[str]]) -> Iterator[Question]:
    """Yield every query on Prometheus of every dashboard.

    Args:
        artefacts: what is compiled.
        values: what a label of a metric's series is, for the variables; the first is chosen, as Grafana does.
    """
    for path, text in artefacts.items():
        if path.startswith("grafana/"):
            model = json.loads(text)
            name = path.removeprefix("grafana/").removesuffix(".json")
            chosen = {**BUILT_IN, **dict(_variables(model, values))}
            for panel in _panels(model["panels"]):
                for target in panel.get("targets", ()):
                    if target["datasource"]["type"] == "prometheus":
                        yield Question(name, panel["title"], fill(target["expr"], chosen), bool(target["instant"]))


def _variables(model: Mapping[str, Any], values: Callable[[str, str], list[str]]) -> Iterator[tuple[str, str]]:
    for variable in model.get("templating", {}).get("list", ()):
        found = _LABEL_VALUES.fullmatch(variable["definition"])
        if found is None:
            raise ValueError(f"{variable['definition']}: expected label_values(metric, label)")
        offered = values(*found.groups())
        yield variable["name"], variable["allValue"] if variable["includeAll"] else next(iter(offered), "")


def _panels(panels: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for panel in panels:
        yield panel
        yield from _panels(panel.get("panels") or [])
