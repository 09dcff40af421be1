"""Objects with an operator's finalizer are deleted while the operator runs."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sandbox.model import Resource
from tests.program.previews import ENVIRONMENTS, Ran, Runs

RELEASE = "kubernetes:helm.sh/v3:Release"
# Whose operator, by the releases' names, knows the kinds of each group.
OPERATORS = {
    "flink.apache.org": "flink-operator",
    "grafana.integreatly.org": "grafana-operator",
    "kafka.strimzi.io": "strimzi",
    "monitoring.coreos.com": "kube-prometheus-stack",
    "opentelemetry.io": "opentelemetry-operator",
}
# Kinds that are let go of by pods which another resource makes, or by what those pods answer.
SERVED_BY = {
    "KafkaTopic": "Kafka",
    "KafkaUser": "Kafka",
    "GrafanaDashboard": "Grafana",
    "GrafanaDatasource": "Grafana",
    "GrafanaFolder": "Grafana",
}


def _custom(ran: Ran) -> Iterator[tuple[str, Resource]]:
    """Yield each custom resource with the group of its kind; Kubernetes' own groups end in k8s.io, or have no dot."""
    for each in ran.kubernetes:
        group = str(each.inputs.get("apiVersion", "")).rpartition("/")[0]
        if "." in group and not group.endswith("k8s.io"):
            yield group, each


def _reaches(ran: Ran, resource: Resource) -> set[str]:
    """Return what stays until this one is gone: all that it depends on, and what that depends on."""
    known = {each.urn: each for each in ran.resources}
    reached: set[str] = set()
    waiting = [resource.urn]
    while waiting:
        found = known.get(waiting.pop())
        for urn in found.dependencies if found else ():
            if urn not in reached:
                reached.add(urn)
                waiting.append(urn)
    return reached


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_a_resource_goes_before_its_operator(preview: Runs, environment: str) -> None:
    ran = preview(environment)
    releases = {each.name: each.urn for each in ran.kubernetes if each.type == RELEASE}
    custom = [*_custom(ran)]
    assert len(custom) > 20
    late = [each.urn for group, each in custom if releases[OPERATORS[group]] not in _reaches(ran, each)]
    assert late == []


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_a_resource_goes_before_what_lets_go_of_it(preview: Runs, environment: str) -> None:
    ran = preview(environment)
    for kind, served_by in SERVED_BY.items():
        servers = {each.urn for each in ran.of(served_by)}
        for each in ran.of(kind):
            assert servers & _reaches(ran, each), f"{each.urn} may stay for ever: no {served_by} is deleted after it"
