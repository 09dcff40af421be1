"""The recorded objects of charts and operators: the project's lists in `facts/`."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

FACTS: Final = Path(__file__).resolve().parents[2] / "facts"
HOOK: Final = "helm.sh/hook"
"""Helm makes such an object for a moment of an installation, or for a test of it."""


@dataclass(frozen=True)
class ChartList:
    """The objects of a release's chart.

    Attributes:
        version: the chart's version.
        namespace: the release's namespace when the list was made.
        objects: what lasts; no hooks.
    """

    version: str
    namespace: str
    objects: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True)
class OperatorList:
    """The objects that an operator made of production's custom resources; `owner` is their own: `Kafka/kafka`."""

    namespace: str
    objects: tuple[Mapping[str, Any], ...]


@cache
def charts(folder: Path = FACTS) -> Mapping[str, ChartList]:
    """Return the charts' lists, by the release's name."""
    return {name: _chart(found) for name, found in _read(folder / "charts")}


@cache
def operators(folder: Path = FACTS) -> Mapping[str, OperatorList]:
    """Return the operators' lists, by the operator's name."""
    return {name: OperatorList(found["namespace"], (*found["objects"],)) for name, found in _read(folder / "operators")}


def _chart(found: Mapping[str, Any]) -> ChartList:
    lasting = (each for each in found["objects"] if HOOK not in each.get("annotations", {}))
    return ChartList(found["version"], found["namespace"], (*lasting,))


def _read(folder: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    for path in sorted(folder.glob("*.json")):
        yield path.stem, json.loads(path.read_text(encoding="utf-8"))
