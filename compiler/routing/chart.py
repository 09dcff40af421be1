"""The alerts that charts bring along: their names and what each tells apart, from the lists in `facts/charts`."""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path

_CHARTS = Path(__file__).resolve().parents[2] / "facts" / "charts"
_NAMESPACE = frozenset({"namespace"})
"""What every alert of a chart is told apart by, where it has one."""


@cache
def chart_alerts() -> Mapping[str, frozenset[str]]:
    """Return the labels that tell an alert's things apart, by the alert's name."""
    found: dict[str, frozenset[str]] = {}
    for file in sorted(_CHARTS.glob("*.json")):
        for each in json.loads(file.read_text(encoding="utf-8"))["objects"]:
            labels = each.get("alertLabels", {})
            found |= {name: _NAMESPACE | frozenset(labels.get(name, ())) for name in each.get("alerts", ())}
    return found
