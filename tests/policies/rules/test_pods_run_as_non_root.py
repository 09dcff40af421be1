"""Pods that say they are not root are accepted; what they say is taken away, contradicted, made unknown."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.analyzer import PolicyPack
from tests.policies.pods import (
    COLLECTOR,
    CONTAINER,
    EVERY,
    GRAFANA,
    KAFKA,
    OPERATED,
    POD,
    POD_PLACES,
    PROMETHEUS,
    SEVERAL,
    SINGLE,
    made,
    valid,
)
from tests.policies.pods import CONTEXTS as POD_CONTEXTS
from tests.policies.specs import UNKNOWN, changed, of, one, resource

RULE = "pods-run-as-non-root"
DEPLOYMENT = "kubernetes:apps/v1:Deployment"
PLACES = {**POD_PLACES, **dict.fromkeys(SINGLE, "spec"), GRAFANA: "spec.deployment.spec.template.spec"}
CONTEXTS = {COLLECTOR: "podSecurityContext"}


def deployment(pod: dict[str, Any], **container: Any) -> dict[str, Any]:
    return made(DEPLOYMENT, {"securityContext": pod, "containers": [{**CONTAINER, **container}]})


@pytest.mark.parametrize("kind", EVERY)
def test_accepts_what_is_not_root(pack: PolicyPack, kind: str) -> None:
    assert of(RULE, pack.analyze(resource(kind, valid(kind)))) == []


@pytest.mark.parametrize("kind", sorted(PLACES))
def test_reports_what_may_be_root(pack: PolicyPack, kind: str) -> None:
    place = f"{PLACES[kind]}.{CONTEXTS.get(kind, 'securityContext')}"
    for broken in (changed(valid(kind), f"{place}.runAsNonRoot"), changed(valid(kind), place)):
        finding = one(RULE, pack.analyze(resource(kind, broken)))
        assert finding.level == "mandatory"
        assert finding.message == f"{place}.runAsNonRoot: expected true, found nothing"
    finding = one(RULE, pack.analyze(resource(kind, changed(valid(kind), f"{place}.runAsNonRoot", value=False))))
    assert finding.message.endswith("found false")


@pytest.mark.parametrize("kind", sorted(PLACES))
def test_reports_what_is_root(pack: PolicyPack, kind: str) -> None:
    place = f"{PLACES[kind]}.{CONTEXTS.get(kind, 'securityContext')}.runAsUser"
    finding = one(RULE, pack.analyze(resource(kind, changed(valid(kind), place, 0))))
    assert finding.message.startswith(f"{place}: expected")


@pytest.mark.parametrize(("kind", "place"), [(kind, place) for kind in sorted(SEVERAL) for place in POD_CONTEXTS[kind]])
def test_reports_each_pod_that_may_be_root(pack: PolicyPack, kind: str, place: str) -> None:
    for broken in ({"runAsNonRoot": False}, {"runAsUser": 0, "runAsNonRoot": True}, {}):
        found = of(RULE, pack.analyze(resource(kind, changed(valid(kind), f"{place}.securityContext", broken))))
        assert found
        assert all(finding.message.startswith(f"{place}.securityContext.") for finding in found)


def test_a_container_of_kafka_speaks_for_itself(pack: PolicyPack) -> None:
    place = "spec.entityOperator.template.userOperatorContainer"
    broken = changed(valid(KAFKA), place, {"securityContext": {"runAsUser": 0}})
    assert one(RULE, pack.analyze(resource(KAFKA, broken))).message.startswith(f"{place}.securityContext.runAsUser")


def test_a_container_speaks_for_itself(pack: PolicyPack) -> None:
    own = deployment({}, securityContext={"runAsNonRoot": True})
    assert of(RULE, pack.analyze(resource(DEPLOYMENT, own))) == []
    for contradicting in ({"runAsNonRoot": False}, {"runAsUser": 0}):
        broken = deployment({"runAsNonRoot": True}, securityContext=contradicting)
        message = one(RULE, pack.analyze(resource(DEPLOYMENT, broken))).message
        assert message.startswith(f"spec.template.spec.containers[app].securityContext.{next(iter(contradicting))}")


def test_judges_what_prepares_a_pod_too(pack: PolicyPack) -> None:
    init = {**CONTAINER, "name": "init", "securityContext": {"runAsUser": 0}}
    finding = one(RULE, pack.analyze(resource(DEPLOYMENT, made(DEPLOYMENT, {**POD, "initContainers": [init]}))))
    assert "initContainers[init]" in finding.message


def test_a_change_to_an_operators_container_may_not_make_it_root(pack: PolicyPack) -> None:
    spec: dict[str, Any] = OPERATED[PROMETHEUS]["spec"]
    overlay = {"name": "prometheus", "securityContext": {"runAsUser": 0}}
    finding = one(RULE, pack.analyze(resource(PROMETHEUS, {"spec": {**spec, "containers": [overlay]}})))
    assert finding.message.startswith("spec.containers[prometheus].securityContext.runAsUser")
    silent = {"spec": {**spec, "containers": [{"name": "config-reloader"}]}}
    assert of(RULE, pack.analyze(resource(PROMETHEUS, silent))) == []


def test_a_collectors_own_container_speaks_for_itself(pack: PolicyPack) -> None:
    broken = changed(valid(COLLECTOR), "spec.securityContext", {"runAsUser": 0})
    finding = one(RULE, pack.analyze(resource(COLLECTOR, broken)))
    assert finding.message.startswith("spec.securityContext.runAsUser")


@pytest.mark.parametrize("place", ["spec.template.spec", "spec.template.spec.securityContext"])
def test_cannot_judge_what_is_unknown(pack: PolicyPack, place: str) -> None:
    finding = one(RULE, pack.analyze(resource(DEPLOYMENT, changed(valid(DEPLOYMENT), place, UNKNOWN))))
    assert (finding.level, finding.not_run) == ("advisory", True)


def test_leaves_what_makes_no_pods_alone(pack: PolicyPack) -> None:
    assert of(RULE, pack.analyze(resource("kubernetes:core/v1:ConfigMap", {"data": {}}))) == []
