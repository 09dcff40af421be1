"""The layer of traces as the program wires it: who sends to whom, what waits for what, sizes by the settings."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from compiler.catalog.catalog import Catalog
from compiler.traces.xray import groups, sampling_rules
from sandbox import api
from sandbox.project import load_config, load_project
from sandbox.values import Secret, reveal
from stacks.report import artefacts
from tests.program.copies import copied
from tests.program.previews import ENVIRONMENTS, ROOT, Ran, Runs
from tests.targets import target_for
from tests.workloads import project_catalog

WITH_TRACES = [each for each in ENVIRONMENTS if each != "local"]


def collector(ran: Ran, name: str) -> dict[str, Any]:
    return dict(ran.one("OpenTelemetryCollector", name).inputs["spec"])


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return project_catalog()


@pytest.mark.parametrize("environment", WITH_TRACES)
def test_spans_find_their_way(preview: Runs, environment: str) -> None:
    """Names of services are the operator's: <name>-collector, and <name>-collector-headless."""
    ran = preview(environment)
    for sender in ("traces-agent", "traces-entrance"):
        exporter = collector(ran, sender)["config"]["exporters"]["loadbalancing"]
        assert exporter["resolver"]["k8s"]["service"] == "traces-gateway-collector-headless.observability"
    gateway = collector(ran, "traces-gateway")["config"]
    stored = [each for name, each in gateway["exporters"].items() if name.startswith("otlp")]
    assert [each["endpoint"] for each in stored] == ["traces-jaeger-collector.observability.svc:4317"]
    found = ran.one("GrafanaDatasource", "jaeger").inputs["spec"]["datasource"]
    assert found["url"] == "http://traces-jaeger-collector-extension.observability.svc:16686"


@pytest.mark.parametrize("environment", WITH_TRACES)
def test_monitors_find_what_collectors_say_of_themselves_and_of_spans(preview: Runs, environment: str) -> None:
    """The operator gives a resource's labels to its services, of which the monitoring one has a port of that name."""
    ran = preview(environment)
    own = ran.one("ServiceMonitor", "platform-otel-collector").inputs["spec"]
    assert own["endpoints"][0]["port"] == "monitoring"
    for each in ran.of("OpenTelemetryCollector"):
        assert own["selector"]["matchLabels"].items() <= each.inputs["metadata"]["labels"].items()
    spans = ran.one("ServiceMonitor", "platform-span-metrics").inputs["spec"]
    service = ran.one("Service", "traces-gateway-spans").inputs
    assert spans["selector"]["matchLabels"].items() <= service["metadata"]["labels"].items()
    assert spans["endpoints"][0]["port"] in {port["name"] for port in service["spec"]["ports"]}


def test_a_stack_without_the_layer_has_nothing_of_it(preview: Runs) -> None:
    ran = preview("local")
    assert ran.of("OpenTelemetryCollector") == []
    assert {each.name for each in ran.of("GrafanaDatasource")} == {"prometheus", "cloudwatch"}
    prometheus = ran.one("GrafanaDatasource", "prometheus").inputs["spec"]["datasource"]["jsonData"]
    assert "exemplarTraceIdDestinations" not in prometheus


@pytest.mark.parametrize("environment", WITH_TRACES)
def test_links_lead_to_data_sources_that_are_there(preview: Runs, environment: str) -> None:
    ran = preview(environment)
    uids = {each.inputs["spec"]["uid"] for each in ran.of("GrafanaDatasource")}
    assert uids == {"prometheus", "cloudwatch", "opensearch", "jaeger", "pyroscope"}
    settings = {
        each.inputs["spec"]["uid"]: str(each.inputs["spec"]["datasource"].get("jsonData"))
        for each in ran.of("GrafanaDatasource")
    }
    linked = {uid: set(re.findall(r"'datasourceUid': '(\w+)'", text)) for uid, text in settings.items()}
    assert linked["opensearch"] == linked["prometheus"] == {"jaeger"}
    assert linked["jaeger"] == {"opensearch", "prometheus"}


@pytest.mark.parametrize("environment", WITH_TRACES)
def test_jaeger_starts_when_its_indices_have_templates_and_its_role_is_known(preview: Runs, environment: str) -> None:
    ran = preview(environment)
    jaeger = ran.one("OpenTelemetryCollector", "traces-jaeger")
    assert any("PodIdentityAssociation::traces-jaeger" in urn for urn in jaeger.dependencies)
    assert any("SearchSetup" in urn for urn in jaeger.dependencies)


def test_the_domain_gives_rights_to_the_role_that_jaeger_has(up: Runs) -> None:
    ran = up("dr")
    deployed = str(ran.one("Invocation", "search-setup").inputs["input"])
    role = ran.one("Role", "traces-jaeger")
    assert f":role/{role.inputs['name']}" in deployed
    assert role.outputs["arn"] in deployed


@pytest.mark.parametrize(("environment", "gateways", "others"), [("prod", 3, 2), ("dr", 3, 2), ("dev", 1, 1)])
def test_one_of_each_may_be_lost_where_it_matters(preview: Runs, environment: str, gateways: int, others: int) -> None:
    ran = preview(environment)
    assert collector(ran, "traces-gateway")["replicas"] == gateways
    assert {collector(ran, name)["replicas"] for name in ("traces-entrance", "traces-jaeger")} == {others}


@pytest.mark.parametrize("environment", ["prod", "dev"])
def test_memory_and_queue_agree_with_what_the_gateway_is_told(preview: Runs, environment: str) -> None:
    gateway = collector(preview(environment), "traces-gateway")
    memory = int(gateway["resources"]["limits"]["memory"].removesuffix("Gi")) * 1_024
    limit = gateway["config"]["processors"]["memory_limiter"]["limit_mib"]
    assert limit < memory
    assert {"name": "GOMEMLIMIT", "value": f"{limit}MiB"} in gateway["env"]
    (claim,) = gateway["volumeClaimTemplates"]
    gib = int(claim["spec"]["resources"]["requests"]["storage"].removesuffix("Gi"))
    (stored,) = [each for name, each in gateway["config"]["exporters"].items() if name.startswith("otlp")]
    # A span takes about 1 KiB, and the queue's file up to 2.1 times its content; a quarter is left for gaps.
    assert stored["sending_queue"]["queue_size"] / 2**20 * 2.1 <= gib * 0.75
    assert stored["sending_queue"]["storage"] in gateway["config"]["service"]["extensions"]


@pytest.mark.parametrize("environment", ["prod", "dev"])
def test_what_people_read_is_what_is_deployed(preview: Runs, environment: str) -> None:
    config = load_config(load_project(ROOT), environment).values
    rendered = artefacts(ROOT, environment, config)
    files = {"agent": "otel/agent", "entrance": "otel/entrance", "gateway": "otel/gateway", "jaeger": "jaeger/jaeger"}
    for name, file in files.items():
        deployed = collector(preview(environment), f"traces-{name}")["config"]
        assert yaml.safe_load(rendered[f"{file}.yaml"]) == deployed


@pytest.mark.parametrize("environment", WITH_TRACES)
def test_every_variable_that_a_collector_reads_is_given(preview: Runs, environment: str) -> None:
    for each in preview(environment).of("OpenTelemetryCollector"):
        spec = each.inputs["spec"]
        asked = set(re.findall(r"\$\{env:(\w+)\}", str(spec["config"]))) | {
            found["filter"]["node_from_env_var"]
            for name, found in spec["config"]["processors"].items()
            if name == "k8sattributes"
        }
        assert asked <= {given["name"] for given in spec.get("env", [])}, each.name


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_x_ray_has_every_rule_and_group_that_is_compiled(preview: Runs, catalog: Catalog, environment: str) -> None:
    ran, target = preview(environment), target_for(environment)
    rules = {rule.rule_name: rule for watched in catalog for rule in sampling_rules(watched, target)}
    assert {each.name for each in (*ran.of("SamplingRule"), *ran.of("Resource"))} == set(rules)
    assert {each.name for each in ran.of("Resource")} == {name for name, rule in rules.items() if rule.boost}
    compiled = {group.group_name for watched in catalog for group in groups(watched, target)}
    xray = [each for each in ran.of("Group") if each.type.startswith("aws:xray/")]
    assert {each.inputs["groupName"] for each in xray} == compiled


@pytest.fixture(scope="module")
def outside(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    """Return a preview of dev with an APM vendor, and with services that get the instrumentation's secrets."""
    folder: Path = tmp_path_factory.mktemp("apm")
    project = copied(folder / "project")
    file = project / "Pulumi.dev.yaml"
    document = yaml.safe_load(file.read_text(encoding="utf-8"))
    document["config"] |= {
        "observability:apmEndpoint": "https://otlp.example.com",
        "observability:serviceNamespaces": ["shop"],
    }
    file.write_text(yaml.safe_dump(document), encoding="utf-8")
    summary = api.run("preview", "dev", project=project, state=folder / "state")
    assert not summary.blocking
    return Ran(summary.resources, summary.outputs)


@pytest.mark.promise("apmEndpoint", "apmHeader")
def test_a_vendor_gets_kept_traces_and_its_key_is_in_a_file_only(outside: Ran, preview: Runs) -> None:
    deployed = collector(outside, "traces-gateway")
    (vendor,) = [each for each in deployed["config"]["exporters"].values() if "otlp.example.com" in str(each)]
    auth = deployed["config"]["extensions"][vendor["auth"]["authenticator"]]
    assert (auth["header"], auth["filename"]) == ("api-key", "/secrets/vendor/key")
    key = outside.one("Secret", "traces-gateway-vendor").inputs["stringData"]
    assert set(reveal(key)) == {"key"}
    assert isinstance(key, Secret) or isinstance(key["key"], Secret)
    assert str(reveal(key)["key"]) not in str(deployed)
    assert [each for each in preview("dev").of("Secret") if "vendor" in each.name] == []


@pytest.mark.promise("serviceNamespaces")
def test_services_get_what_their_instrumentation_reads(outside: Ran) -> None:
    made = outside.one("Secret", "instrumentation-shop").inputs
    assert (made["metadata"]["name"], made["metadata"]["namespace"]) == ("instrumentation", "shop")
    assert set(reveal(made["stringData"])) == {"id-key", "sentry-dsn"}
