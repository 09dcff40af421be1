"""Grafana: server, data source, folders and dashboards, each picked up by the one instance."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from compiler.errors import UserError
from components.metrics.grafana import Grafana, GrafanaArgs
from tests.components import crds
from tests.components.isolated import Deployed, before, comes_after, deploy, in_cluster

MODEL = json.dumps({"title": "Operations", "uid": "shop-operations"})
ARGS = GrafanaArgs(
    namespace="observability",
    version="13.1.3",
    root_url="https://grafana.company.com",
    prometheus_url="http://prometheus-platform.observability.svc:9090",
    prometheus_links={"exemplarTraceIdDestinations": [{"name": "trace_id"}]},
    cloudwatch_region="eu-west-1",
    labels={"who": "platform"},
    dashboards={"shop": {"operations": MODEL}},
    after=[],
)
KINDS = ("Grafana", "GrafanaDatasource", "GrafanaFolder", "GrafanaDashboard")


@pytest.fixture(scope="module")
def deployed() -> Deployed:
    return deploy(lambda: Grafana("grafana", replace(ARGS, after=[before()]), in_cluster()))


def test_server_says_its_address_and_lets_nobody_in_unnamed(deployed: Deployed) -> None:
    spec = deployed.one("Grafana").inputs["spec"]
    assert (spec["version"], spec["config"]["server"]["root_url"]) == ("13.1.3", "https://grafana.company.com")
    assert spec["config"]["auth.anonymous"]["enabled"] == "false"
    assert spec["config"]["security"]["cookie_secure"] == "true"


def test_prometheus_finds_its_service_by_labels(deployed: Deployed) -> None:
    assert deployed.one("Grafana").inputs["spec"]["service"] == {"metadata": {"labels": {"who": "platform"}}}


def test_exemplars_lead_where_they_are_told_to(deployed: Deployed) -> None:
    data = deployed.one("GrafanaDatasource", "prometheus").inputs["spec"]["datasource"]["jsonData"]
    assert data["exemplarTraceIdDestinations"] == [{"name": "trace_id"}]
    assert data["httpMethod"] == "POST"


def test_settings_are_text_as_the_operator_writes_them_to_an_ini_file(deployed: Deployed) -> None:
    for section in deployed.one("Grafana").inputs["spec"]["config"].values():
        assert all(isinstance(value, str) for value in section.values())


def test_volumes_belong_to_the_user_that_the_operator_gives_the_container(deployed: Deployed) -> None:
    pod = deployed.one("Grafana").inputs["spec"]["deployment"]["spec"]["template"]["spec"]
    assert pod["securityContext"]["fsGroup"] == pod["securityContext"]["runAsUser"] == 10_001
    assert [container["name"] for container in pod["containers"]] == ["grafana"]


@pytest.mark.parametrize("kind", KINDS[1:])
def test_everything_selects_the_server_by_its_labels(deployed: Deployed, kind: str) -> None:
    labels = deployed.one("Grafana").inputs["metadata"]["labels"]
    for made in deployed.of(kind):
        assert made.inputs["spec"]["instanceSelector"] == {"matchLabels": labels}


def test_data_source_has_the_uid_that_dashboards_name(deployed: Deployed) -> None:
    spec = deployed.one("GrafanaDatasource", "prometheus").inputs["spec"]
    assert (spec["uid"], spec["datasource"]["url"]) == ("prometheus", ARGS.prometheus_url)
    # The operator's own type marks it as deprecated in favour of spec.uid.
    assert "uid" not in spec["datasource"]


def test_cloudwatch_is_asked_by_the_role_of_the_pod(deployed: Deployed) -> None:
    spec = deployed.one("GrafanaDatasource", "cloudwatch").inputs["spec"]
    assert (spec["uid"], spec["datasource"]["type"]) == ("cloudwatch", "cloudwatch")
    assert spec["datasource"]["jsonData"] == {"authType": "default", "defaultRegion": "eu-west-1"}
    assert "secureJsonData" not in spec["datasource"]


def test_dashboard_lies_in_its_workloads_folder(deployed: Deployed) -> None:
    spec = deployed.one("GrafanaDashboard").inputs["spec"]
    assert spec["folderRef"] == deployed.one("GrafanaFolder").inputs["metadata"]["name"] == "shop"
    assert spec["json"] == MODEL
    assert deployed.one("GrafanaFolder").urn in deployed.one("GrafanaDashboard").dependencies


@pytest.mark.parametrize("kind", KINDS)
def test_comes_after_the_operator(deployed: Deployed, kind: str) -> None:
    assert all(comes_after(made) for made in deployed.of(kind))


@pytest.mark.parametrize("kind", KINDS)
def test_a_real_api_server_would_take_it(deployed: Deployed, kind: str) -> None:
    for made in deployed.of(kind):
        crds.check(made.inputs)


@pytest.mark.parametrize(
    ("kind", "key", "value"),
    [
        ("Grafana", "version", 13),
        ("Grafana", "configuration", {}),
        ("GrafanaDatasource", "datasource", "prometheus"),
        ("GrafanaDatasource", "uuid", "prometheus"),
        ("GrafanaFolder", "title", 5),
        ("GrafanaDashboard", "json", {}),
        ("GrafanaDashboard", "folderReference", "shop"),
    ],
)
def test_a_mistake_in_it_would_be_refused(deployed: Deployed, kind: str, key: str, value: object) -> None:
    made = deployed.of(kind)[0].inputs
    with pytest.raises(UserError, match=key):
        crds.check({**made, "spec": {**made["spec"], key: value}})


def test_a_server_that_hangs_is_started_again(deployed: Deployed) -> None:
    """The operator adds a readiness probe alone."""
    (container,) = deployed.one("Grafana").inputs["spec"]["deployment"]["spec"]["template"]["spec"]["containers"]
    assert container["livenessProbe"]["httpGet"] == {"path": "/api/health", "port": 3000}


def test_people_reach_it_and_nobody_its_other_port(deployed: Deployed) -> None:
    policy = deployed.one("NetworkPolicy").inputs["spec"]
    assert policy["podSelector"] == {"matchLabels": {"app": "grafana"}}
    assert policy["ingress"] == [{"ports": [{"port": 3000, "protocol": "TCP"}]}]
