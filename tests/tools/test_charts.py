"""The list of what a chart makes: of one small chart by the real Helm, with the values of a program."""

import json
import tarfile
from pathlib import Path
from typing import Any

import pytest

from tests.tools.finder import require
from tools import charts
from tools.facts import FACTS, FactsError

VERSIONS = "charts:\n  site: {chart: oci://registry.example.com/web, version: 1.2.3}\nkubernetes: '1.35'\n"
PROGRAM = """
import pulumi_kubernetes as k8s
k8s.helm.v3.Release("site", name="site", chart="web", version="1.2.3", namespace="apps", values={"replicas": 2})
"""
CHART = """
apiVersion: v1
kind: Service
metadata: {name: {{ .Release.Name }}, labels: {app: web}, annotations: {other: x}}
spec: {selector: {app: web}, ports: [{name: http, port: 80, targetPort: http, appProtocol: http}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: {{ .Release.Name }}, namespace: {{ .Release.Namespace }}}
spec:
  replicas: {{ .Values.replicas }}
  template:
    metadata: {labels: {app: web}}
    spec:
      serviceAccountName: web
      securityContext: {runAsNonRoot: true}
      containers:
        - name: web
          image: web:{{ .Chart.AppVersion }}
          env: [{name: A, value: b}]
          ports: [{name: http, containerPort: 8080, protocol: TCP}]
          resources: {requests: {cpu: 10m}, limits: {memory: 1Mi}}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: web}
rules: [{apiGroups: [""], resources: [pods], verbs: [get]}]
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata: {name: web, annotations: {helm.sh/hook: pre-install}}
webhooks: [{name: w.example.com, failurePolicy: Fail, clientConfig: {service: {name: web, namespace: apps}}}]
---
apiVersion: monitoring.coreos.com/v1
kind: ServiceMonitor
metadata: {name: web}
spec: {selector: {matchLabels: {app: web}}, endpoints: [{port: http, path: /metrics, honorLabels: true}]}
---
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata: {name: web}
spec: {groups: [{name: web, rules: [{alert: B, expr: up, annotations: {summary: '{{ "{{" }} $labels.pod }}'}},
  {alert: A, expr: "sum by (node) (up) and on (job, zone) up"}, {alert: C, expr: up}, {record: c, expr: up}]}]}
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: webs.example.com}
"""
LISTED: list[dict[str, Any]] = [
    {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "ClusterRole",
        "name": "web",
        "rules": [{"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}],
    },
    {
        "apiVersion": "v1",
        "kind": "Service",
        "name": "site",
        "namespace": "apps",
        "labels": {"app": "web"},
        "ports": [{"name": "http", "port": 80, "targetPort": "http"}],
        "selector": {"app": "web"},
    },
    {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "name": "site",
        "namespace": "apps",
        "containers": [
            {
                "name": "web",
                "image": "web:7",
                "ports": [{"name": "http", "containerPort": 8080}],
                "requests": {"cpu": "10m"},
                "limits": {"memory": "1Mi"},
            }
        ],
        "podLabels": {"app": "web"},
        "podSecurityContext": {"runAsNonRoot": True},
        "replicas": 2,
        "serviceAccount": "web",
    },
    {
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": "PrometheusRule",
        "name": "web",
        "namespace": "apps",
        "alerts": ["A", "B", "C"],
        "alertLabels": {"A": ["job", "node", "zone"], "B": ["pod"]},
    },
    {
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": "ServiceMonitor",
        "name": "web",
        "namespace": "apps",
        "selector": {"matchLabels": {"app": "web"}},
        "endpoints": [{"port": "http", "path": "/metrics"}],
        "jobLabel": None,
    },
    {
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "ValidatingWebhookConfiguration",
        "name": "web",
        "annotations": {"helm.sh/hook": "pre-install"},
        "webhooks": [
            {"name": "w.example.com", "failurePolicy": "Fail", "service": {"name": "web", "namespace": "apps"}}
        ],
    },
]


@pytest.fixture
def chart(tmp_path: Path) -> Path:
    folder = tmp_path / "web"
    (folder / "templates").mkdir(parents=True)
    (folder / "Chart.yaml").write_text("apiVersion: v2\nname: web\nversion: v1.2.3\nappVersion: '7'\n")
    (folder / "values.yaml").write_text("replicas: 1\n")
    (folder / "templates" / "all.yaml").write_text(CHART)
    return folder


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Return a program with one release."""
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "Pulumi.yaml").write_text("name: toy\nruntime: python\n")
    (folder / "Pulumi.prod.yaml").write_text("")
    (folder / "__main__.py").write_text(PROGRAM)
    (folder / "versions.yaml").write_text(VERSIONS)
    return folder


@pytest.mark.parametrize("packed", [False, True], ids=["folder", "archive"])
def test_lists_what_a_chart_makes_with_the_programs_values(
    chart: Path, project: Path, tmp_path: Path, *, packed: bool
) -> None:
    require("helm")
    if packed:
        with tarfile.open(tmp_path / "web-v1.2.3.tgz", "w:gz") as archive:
            archive.add(chart, "web")
        chart = tmp_path / "web-v1.2.3.tgz"
    file = charts.keep(chart, tmp_path / "facts", project)
    listed = json.loads(file.read_text())
    assert file.name == "site.json"
    assert {key: each for key, each in listed.items() if key != "objects"} == {
        "chart": "site",
        "version": "1.2.3",
        "namespace": "apps",
    }
    assert listed["objects"] == LISTED


def test_what_helm_refuses_is_said_in_one_line(chart: Path, project: Path, tmp_path: Path) -> None:
    require("helm")
    (chart / "templates" / "all.yaml").write_text("{{ .Values.none.at.all }}")
    with pytest.raises(FactsError, match=r"helm template .*nil pointer") as refused:
        charts.keep(chart, tmp_path / "facts", project)
    assert "\n" not in str(refused.value)


def test_the_values_are_the_programs(project: Path) -> None:
    inputs = charts.release_inputs("site", project)
    assert (inputs["name"], inputs["namespace"], inputs["values"]) == ("site", "apps", {"replicas": 2})
    with pytest.raises(FactsError, match="release other: expected it in stack prod, found none"):
        charts.release_inputs("other", project)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("version: 1.2.4", r"chart web: expected version 1\.2\.3 \(versions\.yaml\), found 1\.2\.4"),
        ("name: other\nversion: 1.2.3", r"chart other: expected one of site \(versions\.yaml\)"),
    ],
)
def test_another_chart_or_version_is_refused(
    chart: Path, project: Path, tmp_path: Path, change: str, message: str
) -> None:
    (chart / "Chart.yaml").write_text(f"apiVersion: v2\n{'' if 'name' in change else 'name: web'}\n{change}\n")
    with pytest.raises(FactsError, match=message):
        charts.keep(chart, tmp_path / "facts", project)
    assert not (tmp_path / "facts").exists()


def test_what_is_no_chart_is_refused_in_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert charts.main([str(tmp_path)]) == 1
    text = capsys.readouterr().err
    assert "expected a chart's folder or archive, found no Chart.yaml in it" in text
    assert len(text.splitlines()) == 1


def test_the_lists_have_the_form_that_the_command_writes() -> None:
    """Of each kind no field is there that the command would not write."""
    made: dict[str, set[str]] = {}
    common = {"apiVersion", "kind", "name", "namespace", "labels", "annotations", "rules", "webhooks"}
    workload = {"containers", "podLabels", "podSecurityContext", "replicas", "serviceAccount"}
    for each in LISTED:
        made[each["kind"]] = set(each)
    for file in (FACTS / "charts").glob("*.json"):
        listed = json.loads(file.read_text(encoding="utf-8"))
        assert set(listed) == {"chart", "version", "namespace", "objects"}
        for each in listed["objects"]:
            assert set(each) <= common | made.get(each["kind"], workload), f"{file.name}: {each['kind']} {each['name']}"
