"""Probes: the pages, their judgement, and the reports of mistakes."""

import pytest
import yaml

from compiler.artefacts import compile_artefacts
from compiler.catalog.catalog import Catalog, Watched
from compiler.metrics.probes import ProbeSpec, configuration, probes
from compiler.model.platform import ProbeModule, Probes
from compiler.target import Target
from tests.catalog_copy import CatalogCopy

WORKLOAD = "library/workload.yaml"


@pytest.fixture
def service(catalog: Catalog) -> Watched:
    return next(watched for watched in catalog if watched.name == "library")


def test_a_probe_is_a_producer_of_its_workload(service: Watched) -> None:
    address = "http://library-health.library.svc:8000/health"
    assert ProbeSpec("deep", "api", f"{address}/deep", "page-answers", "1m") in [*probes(service)]


def test_a_workload_without_probes_has_none(shop: Watched) -> None:
    assert [*probes(shop)] == []


def test_a_module_expects_its_status_and_its_body() -> None:
    module = ProbeModule(help="A page", timeout="3s", status_codes=(200, 204), body="ready")
    made = configuration(Probes(modules={"page": module}))
    assert made == {
        "modules": {
            "page": {
                "prober": "http",
                "timeout": "3s",
                "http": {
                    "method": "GET",
                    "valid_status_codes": [200, 204],
                    "follow_redirects": False,
                    "preferred_ip_protocol": "ip4",
                    "fail_if_body_not_matches_regexp": ["ready"],
                },
            }
        }
    }


def test_a_module_without_a_body_takes_any() -> None:
    module = ProbeModule(help="A page", timeout="3s", status_codes=(200,))
    assert "fail_if_body" not in str(configuration(Probes(modules={"page": module})))


def test_the_configuration_is_an_artefact(catalog: Catalog, target: Target) -> None:
    text = compile_artefacts(catalog, target)["blackbox/blackbox.yaml"]
    assert yaml.safe_load(text) == configuration(catalog.probes)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "module: says-alive",
            "module: says-hello",
            "producers.live.module: unknown module of probes.yaml 'says-hello'",
        ),
        (
            "module: says-alive, interval: 30s",
            "module: says-alive, interval: 5s",
            "producers.live.interval: expected more than the 5s that its module waits, found 5s",
        ),
        ("{kind: probe, service: api,", "{kind: probe, service: apj,", "producers.live.service: unknown service 'apj'"),
        ("path: /health/live", "path: health/live", "producers.live.path: "),
        ("  api: {service: api}", "  api: api", "producers.api.program: expected a valid dictionary"),
        ("kind: probe, service", "kind: probe, port: metrics, service", "producers.live.port: unknown key"),
    ],
)
def test_a_mistake_is_told_with_its_place(copy: CatalogCopy, old: str, new: str, message: str) -> None:
    place = copy.replace(WORKLOAD, old, new)
    (line,) = copy.mistakes()
    assert line.startswith(f"{place}: {message}")


def test_an_unknown_kind_is_told(copy: CatalogCopy) -> None:
    place = copy.replace(WORKLOAD, "kind: probe", "kind: probes")
    assert any(
        f"{place}: producers.live.kind: expected 'prometheus' or 'statsd', found 'probes'" in line
        for line in copy.mistakes()
    )
