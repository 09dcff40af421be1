"""Jaeger's configuration: keys that Jaeger 2.20 reads, storage by the retention table, metrics by their names."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from compiler.catalog.catalog import Catalog
from compiler.conventions import series
from compiler.errors import UserError
from compiler.traces.jaeger import OPENSEARCH, PROMETHEUS, jaeger

# Source: jaegertracing/jaeger v2.20.0, fields with `mapstructure` of elasticsearch/config.Configuration.
OPENSEARCH_KEYS = {
    *("server_urls", "remote_read_clusters", "auth", "tls", "sniffing", "query_timeout", "http_compression"),
    *("custom_headers", "bulk_processing", "version", "log_level", "indices", "create_mappings", "max_doc_count"),
    *("max_span_age", "max_trace_duration", "service_cache_ttl", "adaptive_sampling_lookback", "tags_as_fields"),
}
# Source: the same, internal/config/promcfg.Configuration.
PROMETHEUS_KEYS = {
    *("endpoint", "connect_timeout", "tls", "token_file_path", "token_override_from_context", "metric_namespace"),
    *("latency_unit", "normalize_calls", "normalize_duration", "extra_query_parameters"),
}


@pytest.fixture(scope="module")
def configuration(catalog: Catalog) -> dict[str, Any]:
    return dict(jaeger(catalog))


def backends(configuration: dict[str, Any], kind: str) -> dict[str, Any]:
    return dict(configuration["extensions"]["jaeger_storage"][kind])


def test_spans_go_to_the_storage_that_is_asked(configuration: dict[str, Any]) -> None:
    storage = configuration["exporters"]["jaeger_storage_exporter"]["trace_storage"]
    assert configuration["extensions"]["jaeger_query"]["storage"]["traces"] == storage
    assert set(backends(configuration, "backends")) == {storage}
    assert configuration["service"]["pipelines"]["traces"]["exporters"] == ["jaeger_storage_exporter"]
    assert set(configuration["service"]["extensions"]) == set(configuration["extensions"])


def test_requests_are_signed_by_the_pods_role(configuration: dict[str, Any]) -> None:
    (backend,) = backends(configuration, "backends").values()
    search = backend["opensearch"]
    assert set(search) <= OPENSEARCH_KEYS
    assert configuration["extensions"][search["auth"]["authenticator"]]["service"] == "es"
    assert search["server_urls"] == [f"${{env:{OPENSEARCH}}}"]
    assert "basic" not in search["auth"]


def test_it_looks_back_as_long_as_traces_are_kept(catalog: Catalog, configuration: dict[str, Any]) -> None:
    (backend,) = backends(configuration, "backends").values()
    days = catalog.retention.classes["traces"].hot_days
    assert days
    assert backend["opensearch"]["max_span_age"] == f"{(days + 1) * 24}h"


def test_without_a_figure_in_the_table_it_says_which_is_missing(catalog: Catalog) -> None:
    classes = {name: kept for name, kept in catalog.retention.classes.items() if name != "traces"}
    retention = catalog.retention.model_copy(update={"classes": classes})
    with pytest.raises(UserError, match=r"catalog/retention\.yaml: classes\.traces: expected hot_days"):
        jaeger(replace(catalog, retention=retention))


def test_its_figures_of_services_are_the_metrics_that_gateways_make(
    catalog: Catalog, configuration: dict[str, Any]
) -> None:
    (backend,) = backends(configuration, "metric_backends").values()
    asked = backend["prometheus"]
    assert set(asked) <= PROMETHEUS_KEYS
    assert asked["endpoint"] == f"${{env:{PROMETHEUS}}}"
    # Jaeger joins the names so; source: metricstore/reader.go, buildFullCallsMetricName, buildFullLatencyMetricName.
    long_names = {"ms": "milliseconds", "s": "seconds"}
    calls = f"{asked['metric_namespace']}_calls" + ("_total" if asked["normalize_calls"] else "")
    unit = f"_{long_names[asked['latency_unit']]}" if asked["normalize_duration"] else ""
    declared = {name for watched in catalog for metric in watched.metrics.prometheus for name in series(metric)}
    assert calls in declared
    assert f"{asked['metric_namespace']}_duration{unit}_bucket" == "traces_span_metrics_duration_seconds_bucket"
