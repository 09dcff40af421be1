"""Jaeger's configuration: receivers, storage, and the source of its service metrics.

Keys are those of Jaeger 2.20: internal/storage/elasticsearch/config, internal/config/promcfg,
cmd/jaeger/internal/exporters/storageexporter.
"""

from collections.abc import Mapping

from compiler.catalog.catalog import Catalog
from compiler.traces.parts import GRPC_PORT, HEALTH_PORT, METRICS_PORT, POD_IP, listening
from compiler.traces.storage import PREFIX, kept_days

OPENSEARCH, PROMETHEUS, REGION = "OPENSEARCH_URL", "PROMETHEUS_URL", "AWS_REGION"
"""Environment variables: what only the stack knows."""
OTLP_PORT, UI_PORT = GRPC_PORT, 16_686
_STORAGE, _FIGURES = "opensearch", "prometheus"
# Jaeger writes to OpenSearch 3 in this way; with the version given, it need not ask, which takes a right of its own.
_OPENSEARCH_3 = 103
_DAILY = {"rotation": {"periodic": {"date_layout": "2006-01-02", "rollover_frequency": "day"}}}


def jaeger(catalog: Catalog) -> dict[str, object]:
    """Return Jaeger's configuration; it is a collector's, with Jaeger's own storage and user interface."""
    return {
        "extensions": _extensions(kept_days(catalog)),
        "receivers": {"otlp": {"protocols": {"grpc": {"endpoint": listening(OTLP_PORT)}}}},
        "processors": {
            "memory_limiter": {"check_interval": "1s", "limit_percentage": 80, "spike_limit_percentage": 20},
            "batch": {},
        },
        "exporters": {"jaeger_storage_exporter": {"trace_storage": _STORAGE, "retry_on_failure": {"enabled": True}}},
        "service": {
            "extensions": ["sigv4auth", "jaeger_storage", "jaeger_query", "healthcheckv2"],
            "pipelines": {
                "traces": {
                    "receivers": ["otlp"],
                    "processors": ["memory_limiter", "batch"],
                    "exporters": ["jaeger_storage_exporter"],
                }
            },
            "telemetry": _telemetry(),
        },
    }


def _extensions(days: int) -> dict[str, object]:
    return {
        # The domain knows roles alone; each request is signed with the pod's.
        "sigv4auth": {"region": _env(REGION), "service": "es"},
        "jaeger_storage": {
            "backends": {_STORAGE: {"opensearch": _opensearch(days)}},
            "metric_backends": {_FIGURES: {"prometheus": _prometheus()}},
        },
        "jaeger_query": {
            "storage": {"traces": _STORAGE, "metrics": _FIGURES},
            "http": {"endpoint": listening(UI_PORT)},
        },
        "healthcheckv2": {"use_v2": True, "http": {"endpoint": listening(HEALTH_PORT)}},
    }


def _opensearch(days: int) -> Mapping[str, object]:
    return {
        "server_urls": [_env(OPENSEARCH)],
        "auth": {"authenticator": "sigv4auth"},
        "version": _OPENSEARCH_3,
        "indices": {"index_prefix": PREFIX, "spans": _DAILY, "services": _DAILY},
        # The set-up function creates the templates: with the right to, pods could change those of logs as well.
        "create_mappings": False,
        # How far back it looks for the spans of a trace: the day on which an index is deleted included.
        "max_span_age": f"{(days + 1) * 24}h",
    }


def _prometheus() -> Mapping[str, object]:
    """Return the settings by which Jaeger reads `traces_span_metrics_calls_total` and `…_duration_seconds_bucket`.

    Source: internal/storage/metricstore/prometheus/metricstore/reader.go, buildFullCallsMetricName and its neighbour.
    """
    return {
        "endpoint": _env(PROMETHEUS),
        "metric_namespace": "traces_span_metrics",
        "latency_unit": "s",
        "normalize_calls": True,
        "normalize_duration": True,
    }


def _telemetry() -> Mapping[str, object]:
    prometheus = {"host": _env(POD_IP), "port": METRICS_PORT}
    return {
        "resource": {"service.name": "jaeger"},
        "metrics": {"level": "normal", "readers": [{"pull": {"exporter": {"prometheus": prometheus}}}]},
        "logs": {"level": "info"},
    }


def _env(name: str) -> str:
    return f"${{env:{name}}}"
