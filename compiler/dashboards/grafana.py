"""Grafana dashboards, built with the Grafana Foundation SDK."""

from collections.abc import Callable

from grafana_foundation_sdk.builders import barchart, cloudwatch, common, heatmap, prometheus, stat, table, timeseries
from grafana_foundation_sdk.builders import dashboard as sdk
from grafana_foundation_sdk.models.cloudwatch import MetricEditorMode, MetricQueryType, QueryMode
from grafana_foundation_sdk.models.common import GraphThresholdsStyleMode
from grafana_foundation_sdk.models.dashboard import (
    DashboardCursorSync,
    DataSourceRef,
    DataTransformerConfig,
    Threshold,
    ThresholdsMode,
    ValueMap,
    ValueMappingResult,
    VariableOption,
    VariableRefresh,
    VariableSort,
)

from compiler import conventions as names
from compiler.catalog.catalog import Watched
from compiler.catalog.scope import Scope
from compiler.catalog.steady import steady
from compiler.dashboards.steps import colors, described
from compiler.model.base import seconds
from compiler.model.dashboards import CloudWatchQuery, Dashboard, Panel, Query, Variable
from compiler.target import Target
from compiler.text import to_json

_HEIGHTS = {"stat": 5}
_HEIGHT = 8
_REDUCERS = {"last": "lastNotNull", "sum": "sum"}
# The data sources that the Grafana component declares with these uids.
_PROMETHEUS = DataSourceRef(type_val="prometheus", uid="prometheus")
_CLOUDWATCH = DataSourceRef(type_val="cloudwatch", uid="cloudwatch")
# Which of its kinds of queries for values Grafana's Prometheus plugin takes this for: names and values of labels are 0
# and 1, metrics 2, results 3, series 4, a written query 5.
_LABEL_VALUES = 1
_Builder = stat.Panel | timeseries.Panel | barchart.Panel | heatmap.Panel | table.Panel


def dashboards(watched: Watched, target: Target, scope: Scope) -> dict[str, str]:
    """Return the JSON model of each of a workload's dashboards, by its name."""
    return {each.name: dashboard_json(watched, each, target, scope) for each in watched.dashboards.grafana}


def dashboard_json(watched: Watched, dashboard: Dashboard, target: Target, scope: Scope) -> str:
    """Return the dashboard's JSON model, keys sorted, so that equal catalogs give equal bytes.

    Args:
        watched: whose dashboard.
        dashboard: what it shows.
        target: the environment.
        scope: whose series its queries mean.
    """
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
    for variable in dashboard.variables:
        builder = builder.with_variable(_variable(variable, scope))
    for row in dashboard.rows:
        builder = builder.with_row(sdk.Row(row.title))
        for panel in row.panels:
            builder = builder.with_panel(_panel(watched, panel, target, scope))
    return to_json(builder.build())


def _variable(variable: Variable, scope: Scope) -> sdk.QueryVariable:
    """Return a query variable over the values of a label, refreshed when the time range changes."""
    values = f"label_values({scope.apply(variable.metric)}, {variable.from_})"
    builder = (
        sdk.QueryVariable(variable.name)
        .label(variable.label)
        .datasource(_PROMETHEUS)
        .definition(values)
        .query({"qryType": _LABEL_VALUES, "query": values, "refId": "PrometheusVariableQueryEditor-VariableQuery"})
        .refresh(VariableRefresh.ON_TIME_RANGE_CHANGED)
        .sort(VariableSort.ALPHABETICAL_ASC)
        .multi(variable.all)
        .include_all(variable.all)
    )
    if not variable.all:
        return builder
    # Of the chosen label only: the list of all values may be thousands, and misses series without the label.
    return builder.all_value(".*").current(VariableOption(selected=True, text=["All"], value=["$__all"]))


def _panel(watched: Watched, panel: Panel, target: Target, scope: Scope) -> _Builder:
    builder = _KINDS[panel.type](panel).title(panel.title).unit(panel.unit).span(panel.width)
    builder = builder.height(_HEIGHTS.get(panel.type, _HEIGHT)).datasource(
        _CLOUDWATCH if panel.cloudwatch else _PROMETHEUS
    )
    description = described(watched, panel)
    if description:
        builder = builder.description(description)
    base, colored = colors(watched, panel)
    steps = [Threshold(value=None, color=base)]
    steps += [Threshold(value=value, color=color) for value, color in colored]
    builder = builder.thresholds(sdk.ThresholdsConfig().mode(ThresholdsMode.ABSOLUTE).steps(steps))
    if panel.texts:
        texts = {str(each.value): ValueMappingResult(text=each.text, color=each.color) for each in panel.texts}
        builder = builder.mappings([ValueMap(options=texts)])
    for n, query in enumerate(panel.queries):
        builder = builder.with_target(_query(n, query, scope, instant=panel.type not in ("timeseries", "heatmap")))
    for n, line in enumerate(panel.cloudwatch):
        builder = builder.with_target(_line(watched, n, line, target))
    return builder


def _stat(panel: Panel) -> stat.Panel:
    return stat.Panel().reduce_options(common.ReduceDataOptions().calcs([_REDUCERS[panel.reduce]]))


def _timeseries(panel: Panel) -> timeseries.Panel:
    builder = timeseries.Panel().line_width(1).fill_opacity(5).min(0)
    if panel.steps or panel.alerts:
        style = common.GraphThresholdsStyleConfig().mode(GraphThresholdsStyleMode.LINE)
        builder = builder.thresholds_style(style)
    return builder


def _barchart(panel: Panel) -> barchart.Panel:
    """Return a bar chart of one bar a series: it needs a table of names and numbers."""
    return barchart.Panel().with_transformation(_reduced(panel)).x_field("Field").min(0)


def _table(panel: Panel) -> table.Panel:
    return table.Panel().with_transformation(_reduced(panel))


def _reduced(panel: Panel) -> DataTransformerConfig:
    return DataTransformerConfig(id_val="reduce", options={"reducers": [_REDUCERS[panel.reduce]]})


def _heatmap(_panel: Panel) -> heatmap.Panel:
    """Return a heat map of one row a series, coloured by its value: nothing is counted into buckets."""
    return heatmap.Panel().calculate(calculate=False)


_KINDS: dict[str, Callable[[Panel], _Builder]] = {
    "stat": _stat,
    "timeseries": _timeseries,
    "barchart": _barchart,
    "heatmap": _heatmap,
    "table": _table,
}


def _query(n: int, query: Query, scope: Scope, *, instant: bool) -> prometheus.Dataquery:
    builder = prometheus.Dataquery().ref_id(_reference(n)).expr(_expression(query, scope)).datasource(_PROMETHEUS)
    if query.legend:
        builder = builder.legend_format(query.legend)
    if query.exemplars:
        builder = builder.exemplar(exemplar=True)
    return builder.instant() if instant else builder.range()


def _expression(query: Query, scope: Scope) -> str:
    """Return a panel's expression: it shows a lost scrape, but a value that is no number hides no others."""
    return steady(scope.apply(query.expr), scope, bridged=False)


def _line(watched: Watched, n: int, line: CloudWatchQuery, target: Target) -> cloudwatch.MetricsQuery:
    builder = (
        cloudwatch.MetricsQuery()
        .ref_id(_reference(n))
        .id(line.id)
        .datasource(_CLOUDWATCH)
        .query_mode(QueryMode.METRICS)
        .metric_query_type(MetricQueryType.SEARCH)
        .period(str(seconds(line.period)))
        .region("default")
        .label(line.legend)
        .hide(line.hidden)
    )
    if line.metric is None:
        return builder.metric_editor_mode(MetricEditorMode.CODE).expression(line.expression or "")
    metric = watched.cloudwatch_metric(line.metric)
    dimensions: dict[str, str | list[str]] = {
        name: [names.resolve(value, target)] for name, value in metric.dimensions.items()
    }
    return (
        builder.metric_editor_mode(MetricEditorMode.BUILDER)
        .namespace(metric.namespace)
        .metric_name(names.resolve(metric.name, target))
        .dimensions(dimensions)
        .match_exact(match_exact=True)
        .statistic(line.statistic or "")
        .region(metric.region or "default")
    )


def _reference(n: int) -> str:
    return chr(ord("A") + n)
