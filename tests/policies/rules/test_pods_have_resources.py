"""Containers with requests and a limit of memory are accepted; each figure is taken away in turn."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.analyzer import PolicyPack
from tests.policies.pods import (
    CONTAINER,
    EVERY,
    FLINK,
    GRAFANA,
    KAFKA,
    NODE_POOL,
    OPERATED,
    POD,
    POD_PLACES,
    PROMETHEUS,
    SINGLE,
    made,
    valid,
)
from tests.policies.specs import UNKNOWN, changed, of, one, resource

RULE = "pods-have-resources"
FIGURES = ["requests.cpu", "requests.memory", "limits.memory"]
DEPLOYMENT = "kubernetes:apps/v1:Deployment"


@pytest.mark.parametrize("kind", EVERY)
def test_accepts_what_says_what_it_needs(pack: PolicyPack, kind: str) -> None:
    assert of(RULE, pack.analyze(resource(kind, valid(kind)))) == []


@pytest.mark.parametrize("figure", FIGURES)
@pytest.mark.parametrize("kind", sorted(POD_PLACES))
def test_reports_a_missing_figure(pack: PolicyPack, kind: str, figure: str) -> None:
    broken = changed(valid(kind), f"{POD_PLACES[kind]}.containers[0].resources.{figure}")
    finding = one(RULE, pack.analyze(resource(kind, broken)))
    assert finding.level == "mandatory"
    assert finding.message == f"{POD_PLACES[kind]}.containers[app].resources: missing: {figure}"


@pytest.mark.parametrize("figure", FIGURES)
@pytest.mark.parametrize(
    ("kind", "place", "shown"),
    [
        *((kind, "spec.resources", "spec.resources") for kind in sorted({*SINGLE, NODE_POOL} - {GRAFANA})),
        *((KAFKA, f"spec.{part}.resources", f"spec.{part}.resources") for part in ("kafkaExporter", "cruiseControl")),
        (
            GRAFANA,
            "spec.deployment.spec.template.spec.containers[0].resources",
            "spec.deployment.spec.template.spec.containers[grafana].resources",
        ),
    ],
)
def test_reports_a_missing_figure_of_a_server(pack: PolicyPack, kind: str, place: str, shown: str, figure: str) -> None:
    finding = one(RULE, pack.analyze(resource(kind, changed(OPERATED[kind], f"{place}.{figure}"))))
    assert finding.message == f"{shown}: missing: {figure}"


@pytest.mark.parametrize("part", ["jobManager", "taskManager"])
@pytest.mark.parametrize(("figure", "missing"), [("cpu", "requests.cpu"), ("memory", "requests.memory, limits.memory")])
def test_reports_a_figure_that_an_operator_makes_others_of(
    pack: PolicyPack, part: str, figure: str, missing: str
) -> None:
    broken = changed(OPERATED[FLINK], f"spec.{part}.resource.{figure}")
    assert one(RULE, pack.analyze(resource(FLINK, broken))).message == f"spec.{part}.resource: missing: {missing}"


def test_asks_nothing_of_a_part_that_is_not_there(pack: PolicyPack) -> None:
    assert of(RULE, pack.analyze(resource(KAFKA, changed(OPERATED[KAFKA], "spec.cruiseControl")))) == []


def test_reports_a_server_of_which_nothing_is_said(pack: PolicyPack) -> None:
    broken = changed(OPERATED[GRAFANA], "spec.deployment")
    finding = one(RULE, pack.analyze(resource(GRAFANA, broken)))
    assert finding.message.endswith(
        "containers[grafana].resources: missing: requests.cpu, requests.memory, limits.memory"
    )


def test_judges_every_container(pack: PolicyPack) -> None:
    bare = {"name": "init", "image": "a:1.0"}
    pod = {**POD, "containers": [CONTAINER, {**bare, "name": "sidecar"}], "initContainers": [bare]}
    found = of(RULE, pack.analyze(resource(DEPLOYMENT, made(DEPLOYMENT, pod))))
    assert [finding.message.split(".resources")[0].rpartition(".")[2] for finding in found] == [
        "containers[sidecar]",
        "initContainers[init]",
    ]


def test_leaves_what_an_operator_makes_to_it_but_not_what_is_added(pack: PolicyPack) -> None:
    overlay, added = {"name": "config-reloader"}, {"name": "proxy", "image": "a:1.0"}
    spec: dict[str, Any] = OPERATED[PROMETHEUS]["spec"]
    found = of(RULE, pack.analyze(resource(PROMETHEUS, {"spec": {**spec, "containers": [overlay, added]}})))
    assert [finding.message.partition(".resources")[0] for finding in found] == ["spec.containers[proxy]"]


@pytest.mark.parametrize("place", ["spec.template.spec", "spec.template.spec.containers", "spec.template"])
def test_cannot_judge_pods_that_are_unknown(pack: PolicyPack, place: str) -> None:
    finding = one(RULE, pack.analyze(resource(DEPLOYMENT, changed(valid(DEPLOYMENT), place, UNKNOWN))))
    assert (finding.level, finding.not_run) == ("advisory", True)


def test_a_figure_may_be_unknown(pack: PolicyPack) -> None:
    unknown = changed(valid(DEPLOYMENT), "spec.template.spec.containers[0].resources.limits.memory", UNKNOWN)
    assert of(RULE, pack.analyze(resource(DEPLOYMENT, unknown))) == []
