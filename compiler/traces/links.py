"""Grafana's links from a trace to its logs, metrics and profiles, and from these to a trace.

Fields: Grafana's docs/sources/datasources/jaeger/configure and /prometheus, and opensearch-datasource, src/types.ts.
"""

from collections.abc import Mapping

LOGS, FIGURES, TRACES, PROFILES = "opensearch", "prometheus", "jaeger", "pyroscope"
"""The data sources by their uids."""
TRACE_ID = "trace_id"
"""The field of a line and the label of an exemplar that hold the id, in hex."""
# A line is written a moment after its span, by a slightly different clock.
_BEFORE, _AFTER = "-5m", "5m"


def from_traces() -> Mapping[str, object]:
    """Return the settings of the traces' data source."""
    around = {"spanStartTimeShift": _BEFORE, "spanEndTimeShift": _AFTER}
    service = {"key": "service.name", "value": "service_name"}
    return {
        "tracesToLogsV2": {
            "datasourceUid": LOGS,
            **around,
            "customQuery": True,
            "query": f'{TRACE_ID}:"${{__span.traceId}}"',
        },
        "tracesToMetrics": {
            "datasourceUid": FIGURES,
            **around,
            "tags": [service],
            "queries": [{"name": name, "query": query} for name, query in _QUERIES.items()],
        },
        "nodeGraph": {"enabled": True},
        # The trace's time narrows the search to a day's indices.
        "traceIdTimeParams": {"enabled": True},
    }


_QUERIES: Mapping[str, str] = {
    "Requests a second": "sum by (span_name) (rate(traces_span_metrics_calls_total{$__tags}[5m]))",
    "Errors a second": (
        'sum by (span_name) (rate(traces_span_metrics_calls_total{status_code="STATUS_CODE_ERROR", $__tags}[5m]))'
    ),
    "95th percentile of the duration in seconds": (
        "histogram_quantile(0.95, sum by (span_name, le) "
        "(rate(traces_span_metrics_duration_seconds_bucket{$__tags}[5m])))"
    ),
}


def from_lines() -> Mapping[str, object]:
    """Return the additional settings of the logs' data source."""
    link = {"field": TRACE_ID, "url": "${__value.raw}", "datasourceUid": TRACES}
    return {"dataLinks": [link]}


def from_figures() -> Mapping[str, object]:
    """Return the additional settings of the metrics' data source: exemplars link to their trace."""
    return {"exemplarTraceIdDestinations": [{"name": TRACE_ID, "datasourceUid": TRACES, "urlDisplayLabel": "Trace"}]}
