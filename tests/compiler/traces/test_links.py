"""Links from a trace to its logs, metrics and profiles, and back, by ids and labels that exist."""

from __future__ import annotations

import re
from typing import Any

from compiler.catalog.catalog import Catalog
from compiler.traces.links import FIGURES, LOGS, TRACE_ID, TRACES, from_figures, from_lines, from_traces


def test_a_trace_leads_to_its_lines_by_the_field_that_lines_have(catalog: Catalog) -> None:
    logs: Any = from_traces()["tracesToLogsV2"]
    assert logs["datasourceUid"] == LOGS
    assert logs["query"] == f'{TRACE_ID}:"${{__span.traceId}}"'
    assert TRACE_ID in catalog.log_schema.record
    assert logs["spanStartTimeShift"].startswith("-")


def test_a_trace_leads_to_figures_that_are_declared(catalog: Catalog) -> None:
    figures: Any = from_traces()["tracesToMetrics"]
    assert figures["datasourceUid"] == FIGURES
    names = {name for each in figures["queries"] for name in re.findall(r"traces_span_metrics_\w+", each["query"])}
    assert names == {"traces_span_metrics_calls_total", "traces_span_metrics_duration_seconds_bucket"}
    # Its own label: `service`, which scraping adds, is the collectors' for all of them.
    own = {metric.name: metric.labels for watched in catalog for metric in watched.metrics.prometheus}
    (tag,) = figures["tags"]
    assert tag["value"] in own["traces_span_metrics_calls_total"]
    assert all("$__tags" in each["query"] for each in figures["queries"])


def test_lines_and_exemplars_lead_to_their_trace() -> None:
    lines: Any = from_lines()["dataLinks"]
    exemplars: Any = from_figures()["exemplarTraceIdDestinations"]
    assert [(each["field"], each["datasourceUid"], each["url"]) for each in lines] == [
        (TRACE_ID, TRACES, "${__value.raw}")
    ]
    assert [(each["name"], each["datasourceUid"]) for each in exemplars] == [(TRACE_ID, TRACES)]
