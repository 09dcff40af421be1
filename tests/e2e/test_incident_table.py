"""The list of incidents is about what there is, and misses nothing that a document calls critical."""

from functools import cache

import pytest
import yaml

from compiler.artefacts import compile_artefacts
from compiler.catalog.catalog import Watched
from tests.coverage.model import FOLDER, load
from tests.e2e import incidents
from tests.e2e.incidents import Incident
from tests.e2e.series import metrics_of, series_of
from tests.targets import target_for
from tests.workloads import project_catalog

TABLE = incidents.load()
TARGET = target_for("local")
ON_PROMETHEUS = ("bighead", "personalization", "recsys-saas")
"""Documents that call alerts critical which Prometheus evaluates."""
KINDS = (
    "outage",
    "5xx burst",
    "latency step",
    "pipeline stall",
    "vanished target",
    "cache collapse",
    "slow burn",
    "flapping",
    "traffic spike",
    "quiet night",
)


@cache
def watched(name: str) -> Watched:
    return next(entry for entry in project_catalog() if entry.name == name)


@cache
def alerts(workload: str) -> frozenset[str]:
    text = compile_artefacts(project_catalog(), TARGET)[f"prometheus/rules/{workload}.yaml"]
    rules = [rule for group in yaml.safe_load(text)["groups"] for rule in group["rules"]]
    return frozenset(rule["alert"] for rule in rules if "alert" in rule)


@pytest.mark.parametrize("incident", TABLE, ids=lambda each: f"{each.workload}-{each.incident}")
def test_an_incident_is_about_what_there_is(incident: Incident) -> None:
    entry, faults = watched(incident.workload), incident.faults
    metrics = list(metrics_of(entry, TARGET))
    named = {name for metric in metrics for series in series_of(metric) for name in series.names}
    producers = {metric.producer for metric in metrics}
    assert {*incident.notified, *incident.fires} <= alerts(incident.workload)
    assert set(faults.services) <= set(entry.workload.services)
    assert set(faults.down) <= producers
    assert {*faults.stopped, *faults.vanished} <= named
    assert {part for key in faults.values for part in key.split("/")} <= named | producers


@pytest.mark.parametrize("workload", ON_PROMETHEUS)
def test_what_a_document_calls_critical_is_played(workload: str) -> None:
    """Announced within five minutes: by its own alert, or by a fast one that the list names beside it."""
    asked = {alert.name for alert in load(FOLDER / f"{workload}.yaml").alerts if alert.severity == "critical"}
    critical = [incident for incident in TABLE if incident.workload == workload and incident.critical]
    assert asked
    assert asked <= {name for incident in critical for name in incident.notified}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_incident_is_played(kind: str) -> None:
    assert any(incident.incident.startswith(kind) for incident in TABLE)


@pytest.mark.parametrize(
    "row",
    [{"notified": ["HighErrorRate"]}, {"critical": True}, {"within": "5m"}],
    ids=["notified without a time", "critical and nobody notified", "a time and nobody notified"],
)
def test_an_incident_says_who_is_told_and_when_or_neither(row: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="expected notified with within or critical, or neither"):
        Incident.model_validate({"act": 1, "workload": "personalization", "incident": "x", **row})
