"""Grafana dashboards, built with the Grafana Foundation SDK."""

from grafana_foundation_sdk.builders import common, prometheus, stat, timeseries
from grafana_foundation_sdk.builders import dashboard as sdk
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.common import GraphThresholdsStyleMode
from grafana_foundation_sdk.models.dashboard import (
    DashboardCursorSync,
    DataSourceRef,
    Threshold,
    ThresholdsMode,
)

from compiler import conventions as names
from compiler.catalog import Watched
from compiler.model.dashboards import Dashboard, Panel, Query

_HEIGHTS = {"stat": 5, "timeseries": 8}
_DATASOURCE = DataSourceRef(type_val="prometheus", uid="prometheus")
"""The data source that the Grafana component declares with this uid."""


def dashboard_json(watched: Watched, dashboard: Dashboard) -> str:
    """Return the dashboard's JSON model, keys sorted, so that equal catalogs give equal bytes."""
    builder = (
        sdk.Dashboard(f"{watched.workload.title}: {dashboard.title}")
        .uid(names.dashboard_uid(watched.name, dashboard.name))
        .description(dashboard.description)
        .tags([watched.name, watched.workload.owner.team])
        .refresh(dashboard.refresh)
        .time(f"now-{dashboard.window}", "now")
        .timezone("utc")
        .tooltip(DashboardCursorSync.CROSSHAIR)
        .editable()
    )
    for row in dashboard.rows:
        builder = builder.with_row(sdk.Row(row.title))
        for panel in row.panels:
            builder = builder.with_panel(_panel(panel))
    return JSONEncoder(sort_keys=True, indent=1, ensure_ascii=False).encode(builder.build()) + "\n"


def _panel(panel: Panel) -> stat.Panel | timeseries.Panel:
    builder = (_stat() if panel.type == "stat" else _timeseries(panel)).title(panel.title).unit(panel.unit)
    builder = builder.span(panel.width).height(_HEIGHTS[panel.type]).datasource(_DATASOURCE)
    if panel.description:
        builder = builder.description(panel.description)
    steps = [Threshold(value=None, color=panel.base_color)]
    steps += [Threshold(value=step.above, color=step.color) for step in panel.steps]
    builder = builder.thresholds(sdk.ThresholdsConfig().mode(ThresholdsMode.ABSOLUTE).steps(steps))
    for n, query in enumerate(panel.queries):
        builder = builder.with_target(_query(n, query, instant=panel.type == "stat"))
    return builder


def _stat() -> stat.Panel:
    return stat.Panel().reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]))


def _timeseries(panel: Panel) -> timeseries.Panel:
    builder = timeseries.Panel().line_width(1).fill_opacity(5).min(0)
    if panel.steps:
        style = common.GraphThresholdsStyleConfig().mode(GraphThresholdsStyleMode.LINE)
        builder = builder.thresholds_style(style)
    return builder


def _query(n: int, query: Query, *, instant: bool) -> prometheus.Dataquery:
    builder = prometheus.Dataquery().ref_id(chr(ord("A") + n)).expr(query.expr).datasource(_DATASOURCE)
    if query.legend:
        builder = builder.legend_format(query.legend)
    return builder.instant() if instant else builder.range()
