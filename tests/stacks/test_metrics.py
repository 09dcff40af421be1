"""The values of the operators' charts. Names of values: the values.yaml of each chart at its pinned version."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
import yaml

from compiler.catalog.catalog import Catalog
from compiler.conventions import SHARED_WORKLOAD
from compiler.model.workload import ScrapeTarget
from compiler.routing.digest import digests
from tests.program.previews import ENVIRONMENTS, ROOT, Ran, Runs
from tests.workloads import project_catalog

CHARTS: dict[str, dict[str, str]] = yaml.safe_load((ROOT / "versions.yaml").read_text("utf-8"))["charts"]
(DIGEST,) = digests(project_catalog().routing)
SERVERS: dict[str, str] = yaml.safe_load((ROOT / "versions.yaml").read_text("utf-8"))["servers"]


def _found_by(workload: str, producer: str, kind: str) -> tuple[str, str]:
    """Return what makes Prometheus see a producer: those that speak StatsD share one exporter."""
    if kind == "statsd":
        return "ServiceMonitor", "statsd-exporter"
    return "Probe" if kind == "probe" else "ServiceMonitor", f"{workload}-{producer}"


def _values(ran: Ran, release: str) -> dict[str, Any]:
    return dict(ran.one("Release", release).inputs["values"])


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_releases_are_the_pinned_charts(preview: Runs, environment: str) -> None:
    made = {each.name: each.inputs for each in preview(environment).of("Release")}
    # A cluster of your own has its cert-manager.
    beyond = {"cert-manager", "strimzi", "flink-operator", "opentelemetry-operator"}
    elsewhere = beyond if environment == "local" else set[str]()
    charts = {name: chart for name, chart in CHARTS.items() if name not in elsewhere}
    assert set(made) == set(charts)
    for name, chart in charts.items():
        assert (made[name]["chart"], made[name]["version"]) == (chart["chart"], chart["version"])
        assert made[name].get("repositoryOpts", {}).get("repo") == chart.get("repo")


def test_crds_outlive_their_release(preview: Runs) -> None:
    """Deleting a CRD deletes every object of its kind; the chart keeps none of them unless it is told to."""
    values = _values(preview("prod"), "prometheus-operator-crds")
    assert values["crds"]["annotations"] == {"helm.sh/resource-policy": "keep"}


def test_crds_of_grafana_are_upgraded_with_their_chart(preview: Runs) -> None:
    """As templates, which Helm upgrades and this chart keeps; its crds/ folder is installed once and never upgraded."""
    assert _values(preview("prod"), "grafana-operator") == {"crds": {"immutable": False}}


@pytest.mark.parametrize("part", ["crds", "prometheus", "alertmanager", "grafana"])
def test_the_chart_brings_none_of_what_is_a_resource_of_ours(preview: Runs, part: str) -> None:
    assert _values(preview("prod"), "kube-prometheus-stack")[part]["enabled"] is False


@pytest.mark.parametrize("part", ["kubeControllerManager", "kubeScheduler", "kubeProxy", "kubeEtcd"])
def test_alerts_on_what_a_managed_cluster_hides_are_off(preview: Runs, part: str) -> None:
    assert _values(preview("prod"), "kube-prometheus-stack")[part] == {"enabled": False}


@pytest.mark.parametrize("part", ["kubelet", "kubeApiServer", "kubeStateMetrics", "nodeExporter"])
def test_the_charts_other_alerts_stay(preview: Runs, part: str) -> None:
    assert "enabled" not in _values(preview("prod"), "kube-prometheus-stack").get(part, {})


def test_no_metric_of_the_catalog_is_dropped_from_cadvisor(preview: Runs) -> None:
    """The chart drops container_spec.* unless told otherwise, and then memory has no limit to be compared with."""
    rules = _values(preview("prod"), "kube-prometheus-stack")["kubelet"]["serviceMonitor"]["cAdvisorMetricRelabelings"]
    drops = [re.compile(rule["regex"]) for rule in rules if rule["sourceLabels"] == ["__name__"]]
    used = {metric.name for watched in project_catalog() for metric in watched.metrics.prometheus}
    assert "container_spec_memory_limit_bytes" in used
    assert [name for name in sorted(used) if any(drop.fullmatch(name) for drop in drops)] == []
    assert any(drop.fullmatch("container_spec_cpu_shares") for drop in drops)


def test_whoever_scrapes_in_our_place_is_deployed() -> None:
    """A producer that no monitor of ours finds has a chart's, which is among those that the stack installs."""
    catalog = project_catalog()
    producers = [each for watched in catalog for each in watched.workload.producers.values()]
    others = {each.scraped_by for each in producers if isinstance(each, ScrapeTarget) and each.scraped_by}
    assert others
    assert others <= set(CHARTS)


def test_what_a_chart_scrapes_is_known_by_labels_that_its_monitors_give() -> None:
    """The job is the label of the scraped Service that `jobLabel` names; source: the chart's list in facts/."""
    producers = [each for watched in project_catalog() for each in watched.workload.producers.values()]
    for each in (each for each in producers if isinstance(each, ScrapeTarget) and each.scraped_by):
        objects = json.loads((ROOT / "facts" / "charts" / f"{each.scraped_by}.json").read_text())["objects"]
        services = [made["labels"] for made in objects if made["kind"] == "Service"]
        known = {
            (labels[monitor["jobLabel"]], endpoint.get("path", "/metrics"))
            for monitor in objects
            if monitor["kind"] == "ServiceMonitor" and monitor["jobLabel"]
            # The operator makes the kubelet's Service; what the monitor selects is all that is known of it here.
            for labels in (*services, monitor["selector"]["matchLabels"])
            if monitor["selector"]["matchLabels"].items() <= labels.items() and monitor["jobLabel"] in labels
            for endpoint in monitor["endpoints"]
        }
        job, path = each.known_by["job"], each.known_by.get("metrics_path")
        assert path or len({found for name, found in known if name == job}) == 1, f"{job}: several pages are one job"
        assert job in {name for name, found in known if path in (None, found)}, each.known_by


def test_the_charts_watchdog_alone_gives_way_to_the_catalogs(preview: Runs) -> None:
    """Were both there, the chart's would hide that ours is gone."""
    ran = preview("prod")
    assert _values(ran, "kube-prometheus-stack")["defaultRules"] == {"disabled": {"Watchdog": True}}
    rules = [
        rule for group in ran.one("PrometheusRule", "platform").inputs["spec"]["groups"] for rule in group["rules"]
    ]
    assert "Watchdog" in [rule.get("alert") for rule in rules]


def _tag(made: dict[str, Any]) -> str:
    spec = made["spec"].get("jobTemplate", made)["spec"]
    (container,) = spec["template"]["spec"]["containers"]
    return str(container["image"].rpartition(":")[2])


def test_servers_are_the_pinned_versions(preview: Runs) -> None:
    ran = preview("prod")
    (plugin,) = ran.one("GrafanaDatasource", "opensearch").inputs["spec"]["plugins"]
    made = {
        "prometheus": ran.one("Prometheus").inputs["spec"]["version"],
        "alertmanager": ran.one("Alertmanager").inputs["spec"]["version"],
        "grafana": ran.one("Grafana").inputs["spec"]["version"],
        "yace": _tag(ran.one("Deployment", "cloudwatch-exporter").inputs),
        "statsd-exporter": _tag(ran.one("Deployment", "statsd-exporter").inputs),
        # The tag names the variant of the image as well.
        "python": _tag(ran.one("CronJob", DIGEST).inputs).partition("-")[0],
        "blackbox-exporter": _tag(ran.one("Deployment", "blackbox-exporter").inputs),
        plugin["name"]: plugin["version"],
        "elasticsearch-exporter": _tag(ran.one("Deployment", "search-exporter").inputs),
        "fluent-bit": _tag(ran.one("DaemonSet").inputs),
        "pyroscope": _tag(ran.one("StatefulSet", "pyroscope").inputs),
        **{
            name: ran.one("OpenTelemetryCollector", resource).inputs["spec"]["image"].rpartition(":")[2]
            for name, resource in {"otel-collector": "traces-gateway", "jaeger": "traces-jaeger"}.items()
        },
    }
    assert made == SERVERS


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_probes_ask_the_service_of_the_blackbox_exporter(preview: Runs, environment: str) -> None:
    ran = preview(environment)
    service = ran.one("Service", "blackbox-exporter").inputs
    host = f"{service['metadata']['name']}.{service['metadata']['namespace']}.svc"
    address = f"{host}:{service['spec']['ports'][0]['port']}"
    assert {each.inputs["spec"]["prober"]["url"] for each in ran.of("Probe")} == {address}


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_probes_name_modules_that_the_exporter_has(preview: Runs, environment: str) -> None:
    ran = preview(environment)
    (text,) = ran.one("ConfigMap", "blackbox-exporter").inputs["data"].values()
    assert {each.inputs["spec"]["module"] for each in ran.of("Probe")} <= set(yaml.safe_load(text)["modules"])


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_prometheus_tells_the_alertmanager_beside_it(preview: Runs, environment: str) -> None:
    ran = preview(environment)
    (alertmanager,) = ran.one("Prometheus").inputs["spec"]["alerting"]["alertmanagers"]
    namespace = ran.one("Namespace").inputs["metadata"]["name"]
    assert (alertmanager["namespace"], alertmanager["name"]) == (namespace, "alertmanager-operated")


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_grafana_asks_the_service_of_prometheus(preview: Runs, environment: str) -> None:
    ran = preview(environment)
    service = ran.one("Service", "platform").inputs
    host = f"{service['metadata']['name']}.{service['metadata']['namespace']}.svc"
    url = ran.one("GrafanaDatasource", "prometheus").inputs["spec"]["datasource"]["url"]
    assert url == f"http://{host}:{service['spec']['ports'][0]['port']}"


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_every_producer_of_the_catalog_is_scraped_or_probed(preview: Runs, environment: str) -> None:
    made = {(kind, each.name) for kind in ("ServiceMonitor", "Probe") for each in preview(environment).of(kind)}
    files = (ROOT / "catalog").glob("*/workload.yaml")
    workloads = {file.parent.name: yaml.safe_load(file.read_text("utf-8")) for file in files}
    producers = {
        _found_by(workload, name, producer.get("kind", ""))
        for workload, declared in workloads.items()
        for name, producer in declared.get("producers", {}).items()
        if "scraped_by" not in producer
    }
    assert made == producers


def test_the_exporter_has_the_compiled_mapping(preview: Runs) -> None:
    mapping = yaml.safe_load(preview("prod").one("ConfigMap", "statsd-exporter").inputs["data"]["mapping.yaml"])
    assert {rule["name"] for rule in mapping["mappings"]} >= {"dag_executions_total", "dropped"}


def test_a_label_of_a_producers_own_metrics_is_not_the_pods(preview: Runs, catalog: Catalog) -> None:
    """A metric with a label `namespace` of its own keeps it: a target's would push it aside."""
    made, own = preview("prod"), 0
    for watched in (each for each in catalog if each.name != SHARED_WORKLOAD):
        for name, producer in watched.workload.scraped.items():
            if not producer.monitored:
                continue
            labels = {label for each in watched.metrics.prometheus if each.producer == name for label in each.labels}
            spec = made.one("ServiceMonitor", f"{watched.name}-{name}").inputs["spec"]
            dropped = spec["endpoints"][0]["relabelings"][-1]["regex"].split("|")
            assert ("namespace" in dropped) == ("namespace" in labels), name
            own += "namespace" in labels
    assert own


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_the_digest_asks_the_servers_of_its_stack(preview: Runs, environment: str) -> None:
    ran = preview(environment)
    spec = ran.one("CronJob", DIGEST).inputs["spec"]
    (container,) = spec["jobTemplate"]["spec"]["template"]["spec"]["containers"]
    services = {each.inputs["metadata"]["name"] for each in ran.of("Service")}
    asked = dict(zip(container["args"][::2], container["args"][1::2], strict=True))
    for option, service in (("--prometheus", "prometheus-platform"), ("--alertmanager", "alertmanager-platform")):
        assert service in services
        assert asked[option].startswith(f"http://{service}.")
    settings_json = ran.one("ConfigMap", DIGEST).inputs["data"]["settings.json"]
    assert f"Weekly digest of observability-{environment}" in settings_json
