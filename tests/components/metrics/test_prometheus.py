"""Prometheus: its pods, its rights, its Alertmanager, and that a real API server would accept it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from compiler.errors import UserError
from components.metrics.prometheus import Prometheus, PrometheusArgs
from tests.components import crds
from tests.components.isolated import Deployed, before, comes_after, deploy, in_cluster

ARGS = PrometheusArgs(
    namespace="observability",
    version="v3.5.0",
    replicas=2,
    retention_days=35,
    storage_class="gp3",
    storage_gib=500,
    memory_gib=16,
    external_labels={"environment": "prod", "region": "us-east-1"},
    labels={"observability/producer": "prometheus"},
    alertmanager_service="alertmanager-operated",
    after=[],
)
PODS = {"app.kubernetes.io/name": "prometheus", "app.kubernetes.io/instance": "main"}


@pytest.fixture(scope="module")
def deployed() -> Deployed:
    return deploy(lambda: Prometheus("main", replace(ARGS, after=[before()]), in_cluster()))


@pytest.fixture(scope="module")
def spec(deployed: Deployed) -> dict[str, Any]:
    return dict(deployed.one("Prometheus").inputs["spec"])


def test_keeps_samples_as_long_and_as_many_as_asked(spec: dict[str, Any]) -> None:
    assert (spec["replicas"], spec["version"], spec["retention"]) == (2, "v3.5.0", "35d")
    claim = spec["storage"]["volumeClaimTemplate"]["spec"]
    assert (claim["storageClassName"], claim["resources"]["requests"]["storage"]) == ("gp3", "500Gi")


def test_drops_samples_before_the_disk_is_full(spec: dict[str, Any]) -> None:
    assert spec["retentionSize"] == "425GiB"


def test_tells_alertmanager_who_it_is(spec: dict[str, Any]) -> None:
    assert spec["externalLabels"] == {"environment": "prod", "region": "us-east-1"}
    (alertmanager,) = spec["alerting"]["alertmanagers"]
    expected = {"namespace": "observability", "name": "alertmanager-operated", "port": "web", "apiVersion": "v2"}
    assert alertmanager == expected


@pytest.mark.parametrize("kind", ["serviceMonitor", "podMonitor", "probe", "rule", "scrapeConfig"])
def test_takes_monitors_and_rules_of_every_namespace(spec: dict[str, Any], kind: str) -> None:
    """An absent selector selects nothing; an empty one everything."""
    assert (spec[f"{kind}Selector"], spec[f"{kind}NamespaceSelector"]) == ({}, {})


def test_keeps_exemplars(spec: dict[str, Any]) -> None:
    assert "exemplar-storage" in spec["enableFeatures"]


def test_service_budget_and_spread_select_the_pods_as_the_operator_labels_them(
    deployed: Deployed, spec: dict[str, Any]
) -> None:
    service = deployed.one("Service").inputs["spec"]
    assert (service["selector"], service["sessionAffinity"]) == (PODS, "ClientIP")
    assert deployed.one("PodDisruptionBudget").inputs["spec"]["selector"] == {"matchLabels": PODS}
    assert [each["labelSelector"]["matchLabels"] for each in spec["topologySpreadConstraints"]] == [PODS, PODS]


def test_gives_the_url_of_its_service(deployed: Deployed) -> None:
    assert deployed.outputs_of("Prometheus") == {"url": "http://prometheus-main.observability.svc:9090"}


def test_reads_what_it_scrapes_and_changes_nothing(deployed: Deployed) -> None:
    rules = deployed.one("ClusterRole").inputs["rules"]
    assert {verb for rule in rules for verb in rule["verbs"]} == {"get", "list", "watch"}
    readable = {kind for rule in rules for kind in rule.get("resources", [])}
    assert {"nodes/metrics", "services", "endpoints", "pods", "endpointslices"} <= readable
    assert not readable & {"*", "secrets", "configmaps"}


def test_its_account_alone_gets_the_rights(deployed: Deployed, spec: dict[str, Any]) -> None:
    binding = deployed.one("ClusterRoleBinding").inputs
    (subject,) = binding["subjects"]
    assert subject == {"kind": "ServiceAccount", "name": spec["serviceAccountName"], "namespace": "observability"}
    assert binding["roleRef"]["name"] == deployed.one("ClusterRole").inputs["metadata"]["name"]


def test_cluster_wide_names_carry_the_namespace(deployed: Deployed) -> None:
    assert deployed.one("ClusterRole").inputs["metadata"]["name"] == "observability-prometheus-main"


def test_comes_after_its_operator(deployed: Deployed) -> None:
    assert comes_after(deployed.one("Prometheus"))


def test_a_real_api_server_would_take_it(deployed: Deployed) -> None:
    crds.check(deployed.one("Prometheus").inputs)


@pytest.mark.parametrize(
    ("key", "value"), [("replicas", "two"), ("retensionSize", "1GiB"), ("retention", 35), ("alerting", [])]
)
def test_a_mistake_in_it_would_be_refused(deployed: Deployed, key: str, value: object) -> None:
    made = deployed.one("Prometheus").inputs
    with pytest.raises(UserError, match=key):
        crds.check({**made, "spec": {**made["spec"], key: value}})
