"""A small platform whose references all resolve; then each is broken, one at a time."""

from __future__ import annotations

import copy
import re
from typing import Any

import pytest

from policies.references.facts import charts
from sandbox.analyzer import AnalyzerResource, Finding, PolicyPack
from tests.policies.specs import UNKNOWN, changed, of, one, resource, urn

RULE = "references-resolve"
SPACE = {"namespace": "observability"}
APP = {"app": "web"}
CONTAINER = {"name": "web", "ports": [{"name": "metrics", "containerPort": 9100}]}
MONITORED = {"observability/workload": "platform", "observability/producer": "web"}

NAMESPACE = "kubernetes:core/v1:Namespace"
DEPLOYMENT = "kubernetes:apps/v1:Deployment"
SERVICE = "kubernetes:core/v1:Service"
MONITOR = "kubernetes:monitoring.coreos.com/v1:ServiceMonitor"
PROMETHEUS = "kubernetes:monitoring.coreos.com/v1:Prometheus"
ALERTMANAGER = "kubernetes:monitoring.coreos.com/v1:Alertmanager"
POLICY = "kubernetes:networking.k8s.io/v1:NetworkPolicy"
BUDGET = "kubernetes:policy/v1:PodDisruptionBudget"
BINDING = "kubernetes:rbac.authorization.k8s.io/v1:RoleBinding"
ASSOCIATION = "aws:eks/podIdentityAssociation:PodIdentityAssociation"
RELEASE = "kubernetes:helm.sh/v3:Release"
GRAFANA = "kubernetes:grafana.integreatly.org/v1beta1:Grafana"
FOLDER = "kubernetes:grafana.integreatly.org/v1beta1:GrafanaFolder"
SOURCE = "kubernetes:grafana.integreatly.org/v1beta1:GrafanaDatasource"
KAFKA = "kubernetes:kafka.strimzi.io/v1:Kafka"
USER = "kubernetes:kafka.strimzi.io/v1:KafkaUser"


def meta(name: str, **labels: str) -> dict[str, Any]:
    return {"metadata": {"name": name, **SPACE, "labels": labels}}


POD: dict[str, Any] = {
    "serviceAccountName": "web",
    "containers": [
        {
            **CONTAINER,
            "args": ["--push=http://prometheus-operated.observability.svc:9090/push", "--at=http://web:80"],
            "env": [
                {"name": "A", "valueFrom": {"secretKeyRef": {"name": "web", "key": "password"}}},
                {"name": "B", "valueFrom": {"configMapKeyRef": {"name": "web", "key": "web.yaml"}}},
                {"name": "C", "value": "kafka-kafka-bootstrap.observability.svc.cluster.local:9093"},
            ],
            "envFrom": [{"secretRef": {"name": "web"}}, {"configMapRef": {"name": "web"}}],
        }
    ],
    "volumes": [
        {"name": "a", "configMap": {"name": "web", "items": [{"key": "web.yaml", "path": "x"}]}},
        {"name": "b", "secret": {"secretName": "kafka-cluster-ca-cert", "items": [{"key": "ca.crt", "path": "x"}]}},
        {"name": "c", "secret": {"secretName": "writer", "items": [{"key": "password", "path": "x"}]}},
    ],
}
EVERY: dict[str, tuple[str, dict[str, Any]]] = {
    "observability": (NAMESPACE, {"metadata": {"name": "observability"}}),
    "web": (DEPLOYMENT, {**meta("web"), "spec": {"template": {"metadata": {"labels": APP}, "spec": POD}}}),
    "service": (
        SERVICE,
        {
            **meta("web", **MONITORED),
            "spec": {"selector": APP, "ports": [{"name": "http", "port": 80, "targetPort": "metrics"}]},
        },
    ),
    "account": ("kubernetes:core/v1:ServiceAccount", meta("web")),
    "config": ("kubernetes:core/v1:ConfigMap", {**meta("web"), "data": {"web.yaml": "peer: web.observability"}}),
    "secret": ("kubernetes:core/v1:Secret", {**meta("web"), "stringData": {"password": "x"}}),
    "role": ("kubernetes:rbac.authorization.k8s.io/v1:Role", meta("reader")),
    "binding": (
        BINDING,
        {
            **meta("reader"),
            "roleRef": {"kind": "Role", "name": "reader"},
            "subjects": [{"kind": "ServiceAccount", "name": "web", **SPACE}],
        },
    ),
    "monitor": (
        MONITOR,
        {**meta("platform-web"), "spec": {"selector": {"matchLabels": MONITORED}, "endpoints": [{"port": "http"}]}},
    ),
    "server": (
        PROMETHEUS,
        {
            **meta("platform"),
            "spec": {
                "serviceMonitorSelector": {},
                "alerting": {"alertmanagers": [{"name": "alertmanager-operated", "port": "web", **SPACE}]},
            },
        },
    ),
    "notifier": (ALERTMANAGER, {**meta("platform"), "spec": {"configSecret": "web", "secrets": ["web"]}}),
    "policy": (
        POLICY,
        {
            **meta("web"),
            "spec": {
                "podSelector": {"matchLabels": APP},
                "ingress": [
                    {
                        "from": [{"podSelector": {"matchLabels": {"app.kubernetes.io/name": "prometheus"}}}],
                        "ports": [{"port": 9100}],
                    }
                ],
                "egress": [
                    {
                        "to": [{"podSelector": {"matchLabels": {"app.kubernetes.io/name": "alertmanager"}}}],
                        "ports": [{"port": 9093}],
                    },
                    {"ports": [{"port": 53}]},
                ],
            },
        },
    ),
    "budget": (BUDGET, {**meta("web"), "spec": {"selector": {"matchLabels": APP}}}),
    "association": (ASSOCIATION, {**SPACE, "serviceAccount": "grafana-sa"}),
    "strimzi": (RELEASE, {"name": "strimzi", "version": charts()["strimzi"].version, **SPACE}),
    "grafana": (GRAFANA, meta("grafana", dashboards="observability")),
    "folder": (
        FOLDER,
        {**meta("one"), "spec": {"instanceSelector": {"matchLabels": {"dashboards": "observability"}}}},
    ),
    "source": (
        SOURCE,
        {
            **meta("one"),
            "spec": {
                "instanceSelector": {"matchLabels": {"dashboards": "observability"}},
                "datasource": {"url": "http://grafana-service.observability.svc:3000"},
            },
        },
    ),
    "kafka": (
        KAFKA,
        {
            **meta("kafka"),
            "spec": {"kafka": {"listeners": [{"networkPolicyPeers": [{"podSelector": {"matchLabels": APP}}]}]}},
        },
    ),
    "user": (USER, meta("writer", **{"strimzi.io/cluster": "kafka"})),
}
POD_PLACE = "spec.template.spec"
WRONG: list[tuple[str, str, object, str]] = [
    ("web", f"{POD_PLACE}.serviceAccountName", "other", "expected a ServiceAccount other"),
    (
        "web",
        f"{POD_PLACE}.containers[0].args[0]",
        "http://prometheus.observability.svc:9090",
        "a service prometheus in",
    ),
    ("web", f"{POD_PLACE}.containers[0].args[0]", "prometheus-operated.observability.svc:9091", "port of service"),
    ("web", f"{POD_PLACE}.containers[0].args[1]", "http://webb:80", "expected a service webb"),
    ("web", f"{POD_PLACE}.containers[0].env[0].valueFrom.secretKeyRef.name", "other", "expected a Secret other"),
    ("web", f"{POD_PLACE}.containers[0].env[0].valueFrom.secretKeyRef.key", "other", "a key of Secret web (password)"),
    ("web", f"{POD_PLACE}.containers[0].env[1].valueFrom.configMapKeyRef.key", "other", "a key of ConfigMap web"),
    ("web", f"{POD_PLACE}.containers[0].env[2].value", "kafka.observability.svc.cluster.local:9093", "a service kafka"),
    ("web", f"{POD_PLACE}.containers[0].envFrom[0].secretRef.name", "other", "expected a Secret other"),
    ("web", f"{POD_PLACE}.containers[0].envFrom[1].configMapRef.name", "other", "expected a ConfigMap other"),
    ("web", f"{POD_PLACE}.volumes[0].configMap.items[0].key", "other", "a key of ConfigMap web"),
    ("web", f"{POD_PLACE}.volumes[1].secret.secretName", "kafka-ca", "expected a Secret kafka-ca"),
    ("web", f"{POD_PLACE}.volumes[1].secret.items[0].key", "tls.crt", "a key of Secret kafka-cluster-ca-cert"),
    ("web", f"{POD_PLACE}.volumes[2].secret.items[0].key", "tls.crt", "a key of Secret writer (password, sasl.jaas"),
    ("service", "spec.selector.app", "other", "expected pods with the labels app=other"),
    ("service", "spec.ports[0].targetPort", "web", "a port of the selected pods (9100, metrics), found web"),
    ("binding", "roleRef.name", "writer", "expected a Role writer"),
    ("binding", "subjects[0].name", "other", "expected a ServiceAccount other"),
    ("monitor", "spec.selector.matchLabels", {"app": "none"}, "expected a service with these labels"),
    ("monitor", "spec.endpoints[0].port", "metrics", "the name of a port (web: http), found metrics"),
    ("server", "spec.serviceMonitorSelector", {"matchLabels": {"a": "b"}}, "a Prometheus whose serviceMonitorSelector"),
    ("server", "spec.alerting.alertmanagers[0].name", "alertmanager", "expected a service alertmanager"),
    ("server", "spec.alerting.alertmanagers[0].port", "http", "a port of service alertmanager-operated, found http"),
    ("notifier", "spec.configSecret", "other", "expected a Secret other"),
    ("notifier", "spec.secrets[0]", "other", "expected a Secret other"),
    ("policy", "spec.podSelector.matchLabels.app", "other", "expected pods with the labels app=other"),
    ("policy", "spec.ingress[0].ports[0].port", 9101, "(9100, metrics), found 9101"),
    ("policy", "spec.ingress[0].from[0].podSelector.matchLabels", {"app": "none"}, "pods with the labels app=none"),
    ("policy", "spec.egress[0].to[0].podSelector.matchLabels", {"app": "none"}, "pods with the labels app=none"),
    ("policy", "spec.egress[0].ports[0].port", 9095, "found 9095"),
    ("budget", "spec.selector.matchLabels.app", "other", "expected pods with the labels app=other"),
    ("association", "serviceAccount", "grafana", "expected a ServiceAccount grafana in namespace observability"),
    ("strimzi", "version", "0.0.1", "expected a list of what version 0.0.1 of chart strimzi makes"),
    ("folder", "spec.instanceSelector.matchLabels.dashboards", "other", "expected a Grafana with these labels"),
    ("source", "spec.datasource.url", "http://grafana-service.observability.svc:80", "(3000), found 80"),
    (
        *("kafka", "spec.kafka.listeners[0].networkPolicyPeers[0].podSelector.matchLabels.app", "other"),
        "expected pods with the labels app=other",
    ),
    ("user", "metadata.labels", {"strimzi.io/cluster": "other"}, "expected a Kafka other"),
]


def stack(broken: str = "", place: str = "", value: object = None) -> list[AnalyzerResource]:
    every = copy.deepcopy(EVERY)
    if broken:
        kind, properties = every[broken]
        every[broken] = (kind, changed(properties, place, value))
    return [resource(kind, properties, name=name) for name, (kind, properties) in every.items()]


def judged(pack: PolicyPack, resources: list[AnalyzerResource]) -> list[Finding]:
    return of(RULE, pack.analyze_stack(resources))


def test_accepts_what_resolves(pack: PolicyPack) -> None:
    assert judged(pack, stack()) == []


@pytest.mark.parametrize(("name", "place", "value", "written"), WRONG)
def test_reports_what_does_not(pack: PolicyPack, name: str, place: str, value: object, written: str) -> None:
    found = judged(pack, stack(name, place, value))
    own = [each for each in found if written in each.message]
    assert len(own) == 1, found
    assert own[0].level == "mandatory"
    if name != "server" or "alertmanagers" in place:  # without a Prometheus that takes it, the monitor is what fails
        assert own[0].urn == urn(EVERY[name][0], name)
        assert own[0].message.startswith(re.split(r"\.(?:items|matchLabels)\b|\.[^.]+$", place)[0])


def test_reports_a_name_within_a_text(pack: PolicyPack) -> None:
    resources = [each for each in stack() if each.name != "config"]
    text = "a: 1\npeer: gateway.observability\n"
    config = resource(EVERY["config"][0], {**meta("web"), "data": {"web.yaml": text}}, name="config")
    finding = one(RULE, pack.analyze_stack([*resources, config]))
    assert finding.message == (
        'data["web.yaml"]: gateway.observability: expected a service gateway in namespace observability, found none'
    )


@pytest.mark.parametrize(
    "text",
    [
        "s3a://observability-prod-archive/checkpoints",  # a bucket, known only once it is made
        "s3://observability-prod-archive",
        "https://wiki/runbooks/",  # what a user may set as docsUrl: a host of one's own network
        "https://grafana.example.com:3000/d/1",
        "http://localhost:8080",
    ],
)
def test_leaves_other_addresses_alone(pack: PolicyPack, text: str) -> None:
    assert judged(pack, stack("web", f"{POD_PLACE}.containers[0].args[1]", text)) == []


@pytest.mark.parametrize("gone", ["account", "config", "secret", "role", "kafka", "grafana", "notifier"])
def test_reports_what_is_left_behind(pack: PolicyPack, gone: str) -> None:
    assert judged(pack, [each for each in stack() if each.name != gone])


def test_what_is_not_known_yet_is_not_held_against_anything(pack: PolicyPack) -> None:
    for name, place, _, _ in WRONG:
        if name != "strimzi":
            assert judged(pack, stack(name, place, UNKNOWN)) == [], (name, place)


def test_cannot_judge_objects_of_a_cluster_that_is_not_known_yet(pack: PolicyPack) -> None:
    found = one(RULE, pack.analyze_stack([*stack(), resource(SERVICE, {}, name="two")]))
    assert (found.level, found.not_run) == ("advisory", True)
    unknown = {"metadata": {"name": "two", "namespace": UNKNOWN}}
    found = one(RULE, pack.analyze_stack([*stack(), resource(SERVICE, unknown, name="two")]))
    assert (found.level, found.not_run) == ("advisory", True)


def test_lists_follow_the_namespace_of_the_stack(pack: PolicyPack) -> None:
    """Charts and operators were listed in `observability`; another namespace moves what they make."""
    text = copy.deepcopy([(name, kind, properties) for name, (kind, properties) in EVERY.items()])
    moved = [resource(kind, _moved(properties), name=name) for name, kind, properties in text]
    assert judged(pack, moved) == []


def _moved(value: Any) -> Any:
    if isinstance(value, dict):
        return value if "dashboards" in value else {key: _moved(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_moved(each) for each in value]
    return value.replace("observability", "watch") if isinstance(value, str) else value


def test_a_row_of_the_table_allows_its_reference_until_the_other_end_is_there(pack: PolicyPack) -> None:
    selects = {"matchLabels": {"observability/producer": "cert-manager"}}
    monitor = resource(MONITOR, {**meta("platform-cert-manager"), "spec": {"selector": selects}}, name="certs")
    release = {"name": "cert-manager", "version": charts()["cert-manager"].version, "namespace": "elsewhere"}
    installed = resource(RELEASE, release, name="cert-manager")
    assert judged(pack, [*stack(), monitor]) == []
    assert "expected a service" in one(RULE, pack.analyze_stack([*stack(), monitor, installed])).message
