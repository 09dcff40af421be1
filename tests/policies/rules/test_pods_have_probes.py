"""Containers that run for long are accepted with both probes; each is taken away in turn."""

from __future__ import annotations

import pytest

from sandbox.analyzer import PolicyPack
from tests.policies.pods import (
    COLLECTOR,
    CONTAINER,
    ENDING,
    EVERY,
    FLINK,
    GRAFANA,
    LASTING,
    POD,
    POD_PLACES,
    made,
    valid,
)
from tests.policies.specs import UNKNOWN, changed, of, one, resource

RULE = "pods-have-probes"
PROBES = ["livenessProbe", "readinessProbe"]
BARE = {key: value for key, value in CONTAINER.items() if key not in PROBES}
DEPLOYMENT = "kubernetes:apps/v1:Deployment"
POD_KIND = "kubernetes:core/v1:Pod"


@pytest.mark.parametrize("kind", EVERY)
def test_accepts_what_tells_how_it_is(pack: PolicyPack, kind: str) -> None:
    assert of(RULE, pack.analyze(resource(kind, valid(kind)))) == []


@pytest.mark.parametrize("probe", PROBES)
@pytest.mark.parametrize("kind", LASTING)
def test_reports_a_missing_probe(pack: PolicyPack, kind: str, probe: str) -> None:
    broken = changed(valid(kind), f"{POD_PLACES[kind]}.containers[0].{probe}")
    finding = one(RULE, pack.analyze(resource(kind, broken)))
    assert finding.level == "mandatory"
    assert finding.message == f"{POD_PLACES[kind]}.containers[app]: missing: {probe}"


@pytest.mark.parametrize("kind", sorted(ENDING))
def test_asks_nothing_of_what_ends_by_itself(pack: PolicyPack, kind: str) -> None:
    assert of(RULE, pack.analyze(resource(kind, made(kind, {**POD, "containers": [BARE]})))) == []
    once = {**POD, "containers": [BARE], "restartPolicy": "Never"}
    assert of(RULE, pack.analyze(resource(POD_KIND, made(POD_KIND, once)))) == []


def test_asks_a_sidecar_but_not_what_prepares_a_pod(pack: PolicyPack) -> None:
    init, sidecar = {**BARE, "name": "init"}, {**BARE, "name": "sidecar", "restartPolicy": "Always"}
    found = of(RULE, pack.analyze(resource(DEPLOYMENT, made(DEPLOYMENT, {**POD, "initContainers": [init, sidecar]}))))
    assert [finding.message.partition(":")[0].rpartition(".")[2] for finding in found] == ["initContainers[sidecar]"]


def test_asks_a_collector_for_what_its_operator_makes_probes_of(pack: PolicyPack) -> None:
    for broken in ("spec.config.extensions.health_check", "spec.config"):
        finding = one(RULE, pack.analyze(resource(COLLECTOR, changed(valid(COLLECTOR), broken))))
        assert finding.message.startswith("spec.config.extensions.health_check: expected it")


@pytest.mark.parametrize(
    ("kind", "place", "missing"),
    [
        (GRAFANA, "spec.deployment.spec.template.spec", "livenessProbe"),
        (FLINK, "spec.jobManager.podTemplate.spec", "livenessProbe"),
        (FLINK, "spec.taskManager.podTemplate.spec", "readinessProbe"),
    ],
)
def test_reports_a_probe_that_the_operator_does_not_add(pack: PolicyPack, kind: str, place: str, missing: str) -> None:
    finding = one(RULE, pack.analyze(resource(kind, changed(valid(kind), f"{place}.containers[0].{missing}"))))
    assert finding.message.endswith(f": missing: {missing}")
    assert finding.message.startswith(place)


def test_takes_a_probe_from_what_both_kinds_of_pods_share(pack: PolicyPack) -> None:
    probe = {"tcpSocket": {"port": 6123}}
    shared = changed(valid(FLINK), "spec.podTemplate.spec.containers[0].livenessProbe", probe)
    bare = changed(shared, "spec.jobManager.podTemplate.spec.containers[0].livenessProbe")
    assert of(RULE, pack.analyze(resource(FLINK, bare))) == []


def test_cannot_judge_pods_that_are_unknown(pack: PolicyPack) -> None:
    unknown = changed(valid(DEPLOYMENT), "spec.template.spec", UNKNOWN)
    assert one(RULE, pack.analyze(resource(DEPLOYMENT, unknown))).not_run
