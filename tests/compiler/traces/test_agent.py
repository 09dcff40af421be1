"""The agents' configuration: memory is guarded first, and each trace goes to one gateway."""

from typing import Any

import pytest

from compiler.catalog.catalog import Catalog
from compiler.traces import agent as agents
from compiler.traces.agent import Agent, agent
from compiler.traces.parts import Certificates, Config


def made(catalog: Catalog, **changes: Any) -> Any:
    return agent(catalog, Agent(**changes))


def test_guards_memory_before_anything_else(catalog: Catalog) -> None:
    assert made(catalog)["service"]["pipelines"]["traces"]["processors"][0] == "memory_limiter"
    limiter = made(catalog, memory_mib=1_000)["processors"]["memory_limiter"]
    assert (limiter["limit_mib"], limiter["spike_limit_mib"]) == (800, 160)


@pytest.mark.parametrize(
    ("gateways", "expected"),
    [
        (agents.by_endpoints("gateways", "watch"), {"k8s": {"service": "gateways.watch", "ports": [4317]}}),
        (
            agents.by_name("gateways"),
            {"dns": {"hostname": "gateways", "port": "4317", "interval": "5s", "timeout": "1s"}},
        ),
        (agents.fixed(["a:1", "b:2"]), {"static": {"hostnames": ["a:1", "b:2"]}}),
    ],
)
def test_finds_gateways_and_sends_by_trace(catalog: Catalog, gateways: Config, expected: Config) -> None:
    exporter = made(catalog, gateways=gateways)["exporters"]["loadbalancing"]
    assert exporter["resolver"] == expected
    assert exporter["routing_key"] == "traceID"


def test_what_waits_is_on_disk_and_before_a_gateway_is_chosen(catalog: Catalog) -> None:
    exporter = made(catalog, queue_spans=7_000)["exporters"]["loadbalancing"]
    assert exporter["sending_queue"]["storage"] == "file_storage/queue"
    assert exporter["sending_queue"]["queue_size"] == 7_000
    assert exporter["protocol"]["otlp"]["sending_queue"] == {"enabled": False}


def test_shows_its_certificate_to_gateways(catalog: Catalog) -> None:
    plain = made(catalog)["exporters"]["loadbalancing"]["protocol"]["otlp"]["tls"]
    assert plain == {"insecure": True}
    found = made(catalog, certificates=Certificates("/c"))["exporters"]["loadbalancing"]["protocol"]["otlp"]["tls"]
    assert (found["ca_file"], found["cert_file"], found["key_file"]) == ("/c/ca.crt", "/c/tls.crt", "/c/tls.key")


def test_asks_for_pods_of_its_own_node_only(catalog: Catalog) -> None:
    assert made(catalog)["processors"]["k8sattributes"]["filter"] == {"node_from_env_var": "K8S_NODE_NAME"}
    assert "k8sattributes" not in made(catalog, kubernetes=False)["service"]["pipelines"]["traces"]["processors"]
