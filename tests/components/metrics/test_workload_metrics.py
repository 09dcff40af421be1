"""A workload's monitors name what they scrape, and leave a metric's own labels alone."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from compiler.conventions import PROBE_LABELS
from compiler.errors import UserError
from compiler.metrics.probes import ProbeSpec
from compiler.metrics.scrapes import ScrapeSpec
from components.metrics.workload_metrics import WorkloadMetrics, WorkloadMetricsArgs
from tests.components import crds
from tests.components.isolated import Deployed, before, comes_after, deploy, in_cluster

GROUPS = [{"name": "shop-red", "interval": "30s", "rules": [{"record": "a:b:c", "expr": "sum(up)"}]}]
PAGE = ProbeSpec("live", "edge", "http://edge.shop.svc:80/live", "says-alive", "30s")
SCRAPES = [ScrapeSpec("edge-agent", "edge", "http", "/m")]
ARGS = WorkloadMetricsArgs("observability", GROUPS, SCRAPES, [PAGE], "prober.observability.svc:9115", [])


def _deployed(args: WorkloadMetricsArgs) -> Deployed:
    return deploy(lambda: WorkloadMetrics("shop", replace(args, after=[before()]), in_cluster()))


@pytest.fixture(scope="module")
def deployed() -> Deployed:
    return _deployed(ARGS)


@pytest.fixture(scope="module")
def endpoint(deployed: Deployed) -> dict[str, Any]:
    (endpoint,) = deployed.one("ServiceMonitor").inputs["spec"]["endpoints"]
    return dict(endpoint)


def relabelled(labels: Mapping[str, str], rules: list[dict[str, Any]]) -> dict[str, str]:
    """Return the target labels after relabelling, by Prometheus' rules for the two actions that monitors use."""
    found = dict(labels)
    for rule in rules:
        if rule.get("action", "replace") == "labeldrop":
            found = {name: value for name, value in found.items() if not re.fullmatch(rule["regex"], name)}
        else:
            assert set(rule) == {"targetLabel", "replacement"}, f"unforeseen relabelling: {rule}"
            found[rule["targetLabel"]] = rule["replacement"]
    return found


def scraped(own: Mapping[str, str], target: Mapping[str, str]) -> dict[str, str]:
    """Return a scraped series' labels without honor_labels: on a clash the metric's own label is renamed."""
    return {**{f"exported_{name}" if name in target else name: value for name, value in own.items()}, **target}


# What the operator sets on targets of a ServiceMonitor; source: prometheus-operator, generateServiceMonitorConfig.
TARGET = {
    "job": "edge",
    "namespace": "shop",
    "pod": "edge-0",
    "service": "edge-svc",
    "endpoint": "http",
    "container": "app",
}


def test_a_metrics_own_endpoint_label_survives(endpoint: dict[str, Any]) -> None:
    target = relabelled(TARGET, endpoint["relabelings"])
    assert scraped({"endpoint": "/personalize", "container": "c"}, target)["endpoint"] == "/personalize"
    assert scraped({"endpoint": "/personalize"}, TARGET)["exported_endpoint"] == "/personalize"


def test_a_metrics_own_namespace_label_survives_where_it_has_one() -> None:
    """Features have namespaces too; the pod's would push theirs aside as `exported_namespace`."""
    own = replace(ARGS.scrapes[0], own_labels=("namespace",))
    (endpoint,) = _deployed(replace(ARGS, scrapes=[own])).one("ServiceMonitor").inputs["spec"]["endpoints"]
    target = relabelled(TARGET, endpoint["relabelings"])
    assert scraped({"namespace": "search"}, target)["namespace"] == "search"
    assert "pod" in target


def test_a_metric_that_says_whom_it_is_about_wins_over_the_target() -> None:
    """Gateways count everybody's spans; what they have counted of themselves stays theirs."""
    (endpoint,) = _deployed(ARGS).one("ServiceMonitor").inputs["spec"]["endpoints"]
    assert "metricRelabelings" not in endpoint
    own = replace(ARGS.scrapes[0], naming_labels=("workload",))
    (endpoint,) = _deployed(replace(ARGS, scrapes=[own])).one("ServiceMonitor").inputs["spec"]["endpoints"]
    target = relabelled(TARGET, endpoint["relabelings"])
    back, dropped = endpoint["metricRelabelings"]
    assert back == {"sourceLabels": ["exported_workload"], "regex": "(.+)", "targetLabel": "workload"}
    assert scraped({"workload": "warehouse"}, target)["exported_workload"] == "warehouse"
    assert dropped == {"action": "labeldrop", "regex": "exported_workload"}


def test_targets_carry_the_workload_and_its_service(endpoint: dict[str, Any]) -> None:
    target = relabelled(TARGET, endpoint["relabelings"])
    assert (target["workload"], target["service"]) == ("shop", "edge")
    assert {"job", "namespace", "pod"} <= set(target)


def test_finds_the_producers_services_in_every_namespace(deployed: Deployed, endpoint: dict[str, Any]) -> None:
    spec = deployed.one("ServiceMonitor").inputs["spec"]
    labels = {"observability/workload": "shop", "observability/producer": "edge-agent"}
    assert spec["jobLabel"] == "observability/producer"
    assert (spec["namespaceSelector"], spec["selector"]) == ({"any": True}, {"matchLabels": labels})
    assert (endpoint["port"], endpoint["path"]) == ("http", "/m")


@pytest.mark.parametrize(("interval", "timeout"), [("5s", "5s"), ("15s", "10s"), ("1m", "10s")])
def test_a_producer_is_scraped_as_often_as_the_catalog_says_and_no_answer_outlasts_it(
    interval: str, timeout: str
) -> None:
    own = replace(ARGS.scrapes[0], interval=interval)
    (endpoint,) = _deployed(replace(ARGS, scrapes=[own])).one("ServiceMonitor").inputs["spec"]["endpoints"]
    assert (endpoint["interval"], endpoint["scrapeTimeout"]) == (interval, timeout)


def test_a_probe_asks_the_prober_for_its_page(deployed: Deployed) -> None:
    made = deployed.one("Probe", "shop-live").inputs["spec"]
    assert made["prober"] == {"url": "prober.observability.svc:9115"}
    assert (made["module"], made["interval"], made["jobName"]) == ("says-alive", "30s", "shop-live")
    assert made["targets"]["staticConfig"]["static"] == [PAGE.url]


def test_a_probes_series_carry_the_labels_that_expressions_may_use(deployed: Deployed) -> None:
    """The operator adds `namespace`, `job` and, from the target, `instance`: its generateProbeConfig."""
    labels = deployed.one("Probe").inputs["spec"]["targets"]["staticConfig"]["labels"]
    assert labels == {"workload": "shop", "service": "edge", "probe": "live"}
    assert set(labels) | {"namespace", "job", "instance"} == PROBE_LABELS


def test_rules_are_carried_as_compiled(deployed: Deployed) -> None:
    assert deployed.one("PrometheusRule").inputs["spec"] == {"groups": GROUPS}


@pytest.mark.parametrize("kind", ["ServiceMonitor", "Probe", "PrometheusRule"])
def test_comes_after_the_operator_whose_webhook_judges_it(deployed: Deployed, kind: str) -> None:
    assert comes_after(deployed.one(kind))


def test_a_workload_without_rules_has_no_rule_object() -> None:
    assert _deployed(replace(ARGS, rule_groups=[])).of("PrometheusRule") == []


@pytest.mark.parametrize("kind", ["ServiceMonitor", "Probe", "PrometheusRule"])
def test_a_real_api_server_would_take_it(deployed: Deployed, kind: str) -> None:
    crds.check(deployed.one(kind).inputs)


@pytest.mark.parametrize(
    ("kind", "spec"),
    [
        ("ServiceMonitor", {"endpoints": [{"port": 9090}], "selector": {}}),
        ("ServiceMonitor", {"endpoints": [{"relabeling": []}], "selector": {}}),
        ("ServiceMonitor", {"endpoints": []}),
        ("PrometheusRule", {"groups": [{"name": "a", "rules": [{"record": "a", "expression": "up"}]}]}),
        ("PrometheusRule", {"groups": [{"rules": []}]}),
        ("Probe", {"prober": {"address": "a"}}),
        ("Probe", {"targets": {"staticConfig": {"static": "http://a"}}}),
    ],
)
def test_a_mistake_in_it_would_be_refused(deployed: Deployed, kind: str, spec: dict[str, Any]) -> None:
    with pytest.raises(UserError, match="spec"):
        crds.check({**deployed.one(kind).inputs, "spec": spec})
