"""The gateways' configuration: counted before sampling, sampled, counted again, stored."""

from typing import Any

import pytest

from compiler.catalog.catalog import Catalog
from compiler.text import to_yaml
from compiler.traces.gateway import Gateway, Vendor, gateway
from compiler.traces.parts import QUEUE_EXTENSION, STORAGE, Certificates, go_memory_limit, start_seconds


def made(catalog: Catalog, **changes: Any) -> Any:
    return gateway(catalog, Gateway(**changes))


def test_every_span_is_counted_before_sampling_and_kept_ones_after(catalog: Catalog) -> None:
    found = made(catalog)
    pipelines = found["service"]["pipelines"]
    assert pipelines["traces/in"]["processors"][0] == "memory_limiter"
    assert "tail_sampling" not in pipelines["traces/in"]["processors"]
    assert "span_metrics/seen" in pipelines["traces/in"]["exporters"]
    assert pipelines["traces/kept"]["processors"] == ["tail_sampling"]
    assert "span_metrics/kept" in pipelines["traces/kept"]["exporters"]


def test_only_kept_traces_are_exemplars(catalog: Catalog) -> None:
    connectors = made(catalog)["connectors"]
    assert connectors["span_metrics/seen"]["exemplars"] == {"enabled": False}
    assert connectors["span_metrics/kept"]["exemplars"]["enabled"]
    assert made(catalog)["exporters"]["prometheus"]["enable_open_metrics"]


def test_room_for_traces_follows_the_rate(catalog: Catalog) -> None:
    sampling = made(catalog, traces_per_second=300, decision_seconds=5)["processors"]["tail_sampling"]
    assert sampling["decision_wait"] == "5s"
    assert sampling["num_traces"] == 3_000
    assert sampling["decision_cache"]["sampled_cache_size"] >= 10 * 1_500


def test_a_vendor_gets_kept_traces_with_a_key_from_a_file(catalog: Catalog) -> None:
    vendor = Vendor("https://otlp.example.com", "x-key", "/secrets/apm/key")
    found = made(catalog, vendor=vendor)
    assert "otlp_http/vendor" in found["service"]["pipelines"]["traces/kept"]["exporters"]
    key = found["exporters"]["otlp_http/vendor"]["auth"]["authenticator"]
    assert found["extensions"][key] == {"header": "x-key", "scheme": "", "filename": "/secrets/apm/key"}
    assert key in found["service"]["extensions"]
    assert "otlp_http" not in to_yaml(made(catalog))


def test_a_start_copies_nothing_and_sweeps_what_a_killed_one_was_copying(catalog: Catalog) -> None:
    compaction = made(catalog)["extensions"][QUEUE_EXTENSION]["compaction"]
    assert compaction == {"directory": STORAGE, "on_rebound": True, "on_start": False, "cleanup_on_start": True}


@pytest.mark.parametrize(("items_kib", "reads", "content_mib"), [(1, 29_927, 64), (10, 6_561, 64)])
def test_a_start_has_time_for_what_was_measured(items_kib: int, reads: int, content_mib: int) -> None:
    """As many reads as bbolt did, of a queue that fills a third of its volume, in items of that size."""
    contents = 10 * 1_024 / 3
    assert items_kib * reads < content_mib * 1_024 * 1.1, "an item needs one read at most"
    assert contents / content_mib * reads * 0.001 < start_seconds(10)


def test_the_memory_that_go_knows_of_is_that_of_the_guard(catalog: Catalog) -> None:
    limit = made(catalog, memory_mib=1_000)["processors"]["memory_limiter"]["limit_mib"]
    assert go_memory_limit(1_000) == {"GOMEMLIMIT": f"{limit}MiB"}


def test_senders_show_certificates_where_there_are_any(catalog: Catalog) -> None:
    protocols = made(catalog, certificates=Certificates("/c"))["receivers"]["otlp"]["protocols"]
    assert {each["tls"]["client_ca_file"] for each in protocols.values()} == {"/c/ca.crt"}
