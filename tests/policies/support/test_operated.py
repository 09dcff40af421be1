"""What the rows say that operators make is what the operators made of production."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from policies.support.operated import OPERATED, Made

FACTS = Path(__file__).resolve().parents[3] / "facts" / "operators"
JUDGED = frozenset({"livenessProbe", "readinessProbe"})
# Kinds whose operator's objects are not among the facts.
NOT_RECORDED = {
    "Prometheus": "prometheus-operator's objects are not recorded yet: its source is named beside the row",
    "Alertmanager": "as Prometheus",
}
# Containers that no row has.
PREPARING = {"kafka-init": "an init container: it ends before the broker begins"}
# Jaeger has no extension that the operator makes probes of, as its exemption says.
WITHOUT = {"traces-jaeger-collector"}


def _pods(item: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield from [item["pod"]] if "pod" in item else item.get("pods", [])


def _recorded() -> dict[str, set[frozenset[str]]]:
    """Return the probes of each container that an operator made, by its name."""
    found: dict[str, set[frozenset[str]]] = {}
    for file in sorted(FACTS.glob("*.json")):
        facts = json.loads(file.read_text(encoding="utf-8"))
        # What was read off an operator's source, and made by none, has no probes.
        for item in facts["objects"] if "source" not in facts else ():
            for pod in _pods(item) if item["name"] not in WITHOUT else ():
                for container in pod["containers"]:
                    found.setdefault(container["name"], set()).add(JUDGED & set(container.get("probes", {})))
    return found


RECORDED = _recorded()
ROWS: list[Made] = [
    made
    for kind, pods in OPERATED.items()
    if kind.rpartition(":")[2] not in NOT_RECORDED
    for pod in pods
    for made in pod.made
]


def test_every_container_that_an_operator_made_has_a_row() -> None:
    assert set(RECORDED) - set(PREPARING) == {made.name for made in ROWS}


@pytest.mark.parametrize("made", ROWS, ids=lambda made: made.name)
def test_an_operator_adds_the_probes_of_its_row(made: Made) -> None:
    for probes in RECORDED[made.name]:
        assert made.probes <= probes
