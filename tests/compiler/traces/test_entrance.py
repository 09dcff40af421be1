"""The entrance is an agent that asks its clients for certificates, and Kubernetes for nothing."""

from __future__ import annotations

from typing import Any

from compiler.catalog.catalog import Catalog
from compiler.traces.agent import Agent, agent, by_name
from compiler.traces.entrance import TLS, entrance

MADE = Agent(gateways=by_name("traces-gateway-collector-headless"))


def test_clients_show_a_certificate(catalog: Catalog) -> None:
    protocols: Any = entrance(catalog, MADE)["receivers"]
    for protocol in protocols["otlp"]["protocols"].values():
        assert protocol["tls"]["client_ca_file"] == f"{TLS}/ca.crt"


def test_what_is_removed_and_where_spans_go_is_as_with_the_agents(catalog: Catalog) -> None:
    outside, inside = entrance(catalog, MADE), agent(catalog, MADE)
    assert outside["exporters"] == inside["exporters"]
    processors: Any = {"outside": outside["processors"], "inside": inside["processors"]}
    assert set(processors["inside"]) - set(processors["outside"]) == {"k8sattributes"}
    service: Any = outside["service"]
    assert "k8sattributes" not in service["pipelines"]["traces"]["processors"]
