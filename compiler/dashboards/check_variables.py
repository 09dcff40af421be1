"""The catalog's rules on the variables of dashboards: each has values, is declared and is used."""

from collections.abc import Iterator

import promql_parser as ast

from compiler.catalog import promql
from compiler.catalog.catalog import Watched
from compiler.catalog.places import Path, finding
from compiler.catalog.variables import fill, used
from compiler.model.dashboards import Dashboard, Panel, Query, Variable
from compiler.nearest import unknown

_ONE = {str(ast.MatchOp.Equal): ("=", "=~"), str(ast.MatchOp.NotEqual): ("!=", "!~")}
"""The matchers for one value, as they are written, each with that for several."""
_At = tuple[str | int, ...]


def queries(watched: Watched) -> Iterator[tuple[_At, Dashboard, Panel, Query]]:
    """Iterate over the queries of a workload's Grafana dashboards, each with its path, dashboard and panel."""
    for d, dashboard in enumerate(watched.dashboards.grafana):
        for r, row in enumerate(dashboard.rows):
            for p, panel in enumerate(row.panels):
                for q, query in enumerate(panel.queries):
                    yield ("grafana", d, "rows", r, "panels", p, "queries", q), dashboard, panel, query


def variable_findings(watched: Watched, series_of: promql.SeriesLabels) -> Iterator[str]:
    """Yield a line for each variable that has no values, is declared twice, unused, undeclared or used wrongly."""
    for path, text in _texts(watched):
        yield from _undeclared(watched, path, text)
    for path, dashboard, _, query in queries(watched):
        yield from _one_for_many(watched, (*path, "expr"), dashboard, query)
    for d, dashboard in enumerate(watched.dashboards.grafana):
        for v, variable in enumerate(dashboard.variables):
            at = ("grafana", d, "variables", v)
            yield from _values(watched, at, variable, series_of)
            if variable.name in {earlier.name for earlier in dashboard.variables[:v]}:
                yield finding(watched, "dashboards", (*at, "name"), f"'{variable.name}' is declared twice")
            if not any(variable.name in used(text) for path, text in _texts(watched) if path[1] == d):
                yield finding(
                    watched, "dashboards", (*at, "name"), f"nothing uses ${variable.name}: use it, or drop it"
                )


def _texts(watched: Watched) -> Iterator[tuple[_At, str]]:
    """Yield every text in which Grafana substitutes variables: titles of rows and panels, queries, legends."""
    for d, dashboard in enumerate(watched.dashboards.grafana):
        for r, row in enumerate(dashboard.rows):
            yield ("grafana", d, "rows", r, "title"), row.title
            for p, panel in enumerate(row.panels):
                yield ("grafana", d, "rows", r, "panels", p, "title"), panel.title
    for path, _, _, query in queries(watched):
        yield (*path, "expr"), query.expr
        yield (*path, "legend"), query.legend


def _undeclared(watched: Watched, path: _At, text: str) -> Iterator[str]:
    declared = {variable.name for variable in watched.dashboards.grafana[int(path[1])].variables}
    for name in sorted(used(text) - declared):
        yield finding(watched, "dashboards", path, unknown("variable", f"${name}", (f"${each}" for each in declared)))


def _one_for_many(watched: Watched, path: Path, dashboard: Dashboard, query: Query) -> Iterator[str]:
    """Yield variables of several values after `=` or `!=`: Grafana joins the values to a regular expression."""
    many = {variable.name for variable in dashboard.variables if variable.all}
    try:
        found = list(promql.selectors(promql.parse(fill(query.expr))))
    except promql.PromQLError:
        return  # reported where expressions are checked
    for matcher in (matcher for selector in found for matcher in selector.matchers.matchers):
        for name in sorted(many & used(matcher.value)) if str(matcher.op) in _ONE else ():
            one, several = _ONE[str(matcher.op)]
            message = f"${name} may stand for several values: expected {matcher.name}{several}, found {one}"
            yield finding(watched, "dashboards", path, message)


def _values(watched: Watched, at: _At, variable: Variable, series_of: promql.SeriesLabels) -> Iterator[str]:
    labels = series_of(variable.metric)
    if labels is None:
        message = f"no series has the name '{variable.metric}': expected a declared metric, a histogram's with _count"
        yield finding(watched, "dashboards", (*at, "metric"), message)
    elif variable.from_ not in labels:
        message = f"'{variable.metric}' has no label '{variable.from_}': it has {', '.join(sorted(labels))}"
        yield finding(watched, "dashboards", (*at, "from"), message)
