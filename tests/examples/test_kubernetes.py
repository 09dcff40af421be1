"""The example's Kubernetes objects: valid by schema, right by the platform's policies, found by its monitors."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from recommendation.health import TIMEOUT
from recommendation.settings import read

from compiler.catalog.catalog import Catalog, Watched
from compiler.logs.fluent_bit import STREAM_LABEL
from compiler.logs.streams import all_streams
from compiler.metrics.probes import probes
from compiler.metrics.scrapes import scrapes
from compiler.traces.deployed import AGENT
from compiler.traces.parts import HTTP_PORT
from components.metrics.workload_metrics import _monitor, service_labels
from sandbox.analyzer import PolicyPack
from sandbox.kubernetes import schema
from tests.components import crds
from tests.policies.specs import resource

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "examples" / "recommendation-service" / "kubernetes"
TOKENS = {
    "Deployment": "kubernetes:apps/v1:Deployment",
    "Service": "kubernetes:core/v1:Service",
    "ConfigMap": "kubernetes:core/v1:ConfigMap",
    "ServiceAccount": "kubernetes:core/v1:ServiceAccount",
    "Namespace": "kubernetes:core/v1:Namespace",
    "PodDisruptionBudget": "kubernetes:policy/v1:PodDisruptionBudget",
    "NetworkPolicy": "kubernetes:networking.k8s.io/v1:NetworkPolicy",
}
_NAME = "app.kubernetes.io/name"


def _objects(path: Path) -> list[dict[str, Any]]:
    return [each for each in yaml.safe_load_all(path.read_text(encoding="utf-8")) if each]


def _listed() -> list[dict[str, Any]]:
    (kustomization,) = _objects(FOLDER / "kustomization.yaml")
    return [each for name in kustomization["resources"] for each in _objects(FOLDER / name)]


OBJECTS = _listed()
MONITOR = _objects(FOLDER / "own-prometheus" / "service-monitor.yaml")[0]


def _name(manifest: dict[str, Any]) -> str:
    return f"{manifest['kind']}/{manifest['metadata']['name']}"


def _one(kind: str, name: str = "recommendation-service") -> dict[str, Any]:
    (found,) = (each for each in OBJECTS if _name(each) == f"{kind}/{name}")
    return found


@pytest.fixture(scope="module")
def pack() -> Iterator[PolicyPack]:
    with PolicyPack(ROOT / "policies", project="observability", stack="test", dry_run=True) as running:
        yield running


@pytest.fixture(scope="module")
def watched(catalog: Catalog) -> Watched:
    return next(each for each in catalog if each.name == "recommendation-service")


def test_every_file_of_the_folder_is_listed() -> None:
    (kustomization,) = _objects(FOLDER / "kustomization.yaml")
    assert sorted(kustomization["resources"]) == sorted(
        path.name for path in FOLDER.glob("*.yaml") if path.name != "kustomization.yaml"
    )


@pytest.mark.parametrize("manifest", OBJECTS, ids=_name)
def test_objects_are_valid_by_the_core_schemas(manifest: dict[str, Any]) -> None:
    assert schema.check(manifest, None, _name(manifest))


def test_the_monitor_is_valid_by_its_operators_schema() -> None:
    crds.check(MONITOR)


@pytest.mark.parametrize("manifest", OBJECTS, ids=_name)
def test_the_platforms_policies_have_nothing_against_them(manifest: dict[str, Any], pack: PolicyPack) -> None:
    assert pack.analyze(resource(TOKENS[manifest["kind"]], manifest)) == []


def test_everything_is_in_the_namespace_that_is_made_first() -> None:
    assert OBJECTS[0]["kind"] == "Namespace"
    assert {each["metadata"]["namespace"] for each in OBJECTS[1:]} == {OBJECTS[0]["metadata"]["name"]}


def test_selectors_find_the_pods() -> None:
    template = _one("Deployment")["spec"]["template"]
    labels = template["metadata"]["labels"].items()
    budget, policy = _one("PodDisruptionBudget")["spec"], _one("NetworkPolicy")["spec"]
    selectors = [
        _one("Deployment")["spec"]["selector"]["matchLabels"],
        _one("Service")["spec"]["selector"],
        _one("Service", "recommendation-service-health")["spec"]["selector"],
        budget["selector"]["matchLabels"],
        policy["podSelector"]["matchLabels"],
        *(each["labelSelector"]["matchLabels"] for each in template["spec"]["topologySpreadConstraints"]),
    ]
    assert all(selector.items() <= labels for selector in selectors)


def test_the_platforms_monitor_finds_one_service_and_its_port(watched: Watched) -> None:
    ((name, producer),) = watched.workload.scraped.items()
    wanted = service_labels(watched.name, name).items()
    (found,) = (each for each in OBJECTS if each["kind"] == "Service" and wanted <= each["metadata"]["labels"].items())
    assert producer.path == "/metrics"
    assert [port["targetPort"] for port in found["spec"]["ports"] if port["name"] == producer.port] == ["http"]


def test_the_monitor_for_other_clusters_is_what_the_platform_makes(watched: Watched) -> None:
    (scrape,) = scrapes(watched)
    assert MONITOR["spec"] == _monitor(watched.name, scrape)


def test_the_platforms_probes_find_the_health_pages(watched: Watched) -> None:
    service = _one("Service", "recommendation-service-health")
    address = (
        f"{service['metadata']['name']}.{service['metadata']['namespace']}.svc:{service['spec']['ports'][0]['port']}"
    )
    assert {probe.url.removeprefix(f"http://{address}") for probe in probes(watched)} == {
        "/health/live",
        "/health/ready",
        "/health/deep",
    }
    assert service["spec"]["publishNotReadyAddresses"] is True
    assert not {label for label in service["metadata"]["labels"] if label.startswith("observability/")}


def test_the_agents_of_logs_know_its_stream(catalog: Catalog) -> None:
    label = _one("Deployment")["spec"]["template"]["metadata"]["labels"][STREAM_LABEL]
    (stream,) = (each for each in all_streams(catalog) if each.topic == f"logs.{label}")
    assert "recommendation-service" in stream.declared.services


def test_the_kubelet_waits_longer_than_the_checks_take() -> None:
    (container,) = _one("Deployment")["spec"]["template"]["spec"]["containers"]
    assert container["readinessProbe"]["timeoutSeconds"] > TIMEOUT
    assert container["readinessProbe"]["httpGet"]["path"] == "/health/ready"
    # A dependency that is down must not start the pod again.
    assert {container[probe]["httpGet"]["path"] for probe in ("livenessProbe", "startupProbe")} == {"/health/live"}


def test_prometheus_and_the_prober_are_let_in() -> None:
    first = _one("NetworkPolicy")["spec"]["ingress"][0]
    (who,) = first["from"]
    assert who["namespaceSelector"]["matchLabels"] == {"kubernetes.io/metadata.name": "observability"}
    (expression,) = who["podSelector"]["matchExpressions"]
    assert (expression["key"], expression["values"]) == (_NAME, ["prometheus", "blackbox-exporter"])


def test_spans_go_to_the_nodes_agent_and_are_let_through() -> None:
    endpoint = f"http://{AGENT}-collector.observability.svc:{HTTP_PORT}"
    assert _one("ConfigMap")["data"]["OTEL_EXPORTER_OTLP_ENDPOINT"] == endpoint
    (rule,) = (each for each in _one("NetworkPolicy")["spec"]["egress"] if each["ports"][0]["port"] == HTTP_PORT)
    # As `instance` of components/traces/collector.py makes it of the agents' name and namespace.
    assert rule["to"][0]["podSelector"]["matchLabels"] == {"app.kubernetes.io/instance": f"observability.{AGENT}"}


def test_the_settings_are_ones_that_the_service_takes() -> None:
    data = _one("ConfigMap")["data"]
    assert read(data).environment == "production"
    assert not read(data).faults
    mounts = _one("Deployment")["spec"]["template"]["spec"]["containers"][0]["volumeMounts"]
    assert any(data["OBSERVABILITY_ID_KEY_FILE"].startswith(f"{mount['mountPath']}/") for mount in mounts)
