"""The catalog's rule on windows: each holds four samples or more of what it reads, so that one lost scrape is none.

`rate(x[1m])` over scrapes every 30 seconds has two samples. Where every fourth scrape is lost it is empty once in two
minutes, and each time an alert's `for` begins again: in half an hour of total failure nobody is notified.
"""

from collections.abc import Iterator, Mapping
from datetime import timedelta

import promql_parser as ast

from compiler.catalog import promql
from compiler.catalog.catalog import Catalog, Watched
from compiler.catalog.places import Path, finding
from compiler.catalog.scope import Scope
from compiler.catalog.steady import LEAST
from compiler.catalog.variables import BUILT_IN, fill
from compiler.conventions import EVENTS_WINDOW, EVERY, RED_WINDOW, SHARED_WORKLOAD, SLO_VALUE
from compiler.dashboards.check_variables import queries
from compiler.model.base import duration, seconds
from compiler.nearest import quoted

# Grafana chooses these windows by the interval of its data source; only what somebody wrote is judged.
_CHOSEN_BY_GRAFANA = dict.fromkeys(BUILT_IN, "1w")

_Read = tuple[str, Path, str, str | None]
"""An expression: its file and path, itself, and whose series it means."""


def window_findings(catalog: Catalog, scopes: Mapping[str, Scope]) -> Iterator[str]:
    """Yield a line for each window that is too short for the interval of what it reads.

    Args:
        catalog: what is judged.
        scopes: the series that each workload may use, by its name.
    """
    for watched in catalog:
        scope = scopes[watched.name]
        for file, path, expression, service in _expressions(watched):
            for message in _short(expression, scope, service):
                yield finding(watched, file, path, message)
    for place, workload, expression in _criteria(catalog):
        if workload in scopes:
            for message in _short(expression, scopes[workload], None):
                yield f"catalog/criteria.yaml: {place}: {message}"


def _expressions(watched: Watched) -> Iterator[_Read]:
    """Yield what a workload's rules evaluate and its panels show."""
    for n, alert in enumerate(watched.alerts):
        yield "alerts", ("alerts", n, "value"), alert.value, alert.service
        if alert.traffic:
            yield "alerts", ("alerts", n, "traffic", "value"), alert.traffic.value, alert.service
    for n, recording in enumerate(watched.recordings):
        yield "recordings", ("recordings", n, "value"), recording.value, None
    yield from _chosen(watched)
    for path, _, _, query in queries(watched):
        yield "dashboards", (*path, "expr"), fill(query.expr, _CHOSEN_BY_GRAFANA), None


def _chosen(watched: Watched) -> Iterator[_Read]:
    """Yield what the compiler reads in windows of its own: of objectives, and of services' rates."""
    for n, slo in enumerate(watched.slos):
        events = slo.events.model_dump(exclude_none=True) if slo.events else {}
        for field, selector in events.items():
            yield "slos", ("slos", n, "events", field), f"rate({selector}[{EVENTS_WINDOW}])", slo.service
    # What is left of a budget and how good a value was is read from what is recorded for it.
    spans = [(("slos", n, "window"), each.window) for n, each in enumerate(watched.slos)]
    spans += [(("thresholds", n, "window"), each.window) for n, each in enumerate(watched.thresholds)]
    for path, window in spans:
        yield "slos", path, f"avg_over_time({SLO_VALUE}[{window}])", None
    for name, service in watched.workload.services.items():
        red = service.red
        series = {"requests": red.requests, "errors": red.errors, "latency": f"{red.latency}_bucket"} if red else {}
        for field, selector in series.items():
            yield "workload", ("services", name, "red", field), f"rate({selector}[{RED_WINDOW}])", name


def _criteria(catalog: Catalog) -> Iterator[tuple[str, str, str]]:
    """Yield the expressions of success criteria and critical paths: place, whose series they read, expression."""
    for criterion in catalog.criteria.criteria:
        if criterion.value is not None:
            yield f"{criterion.name}.value", SHARED_WORKLOAD, criterion.value
    for path in catalog.criteria.critical_paths:
        yield f"{quoted(path.name)}.requests", path.workload, f"rate({path.requests}[{RED_WINDOW}])"


def _short(expression: str, scope: Scope, service: str | None) -> Iterator[str]:
    """Yield what is wrong with each window of an expression; one that does not parse is reported elsewhere."""
    try:
        tree = promql.parse(expression)
    except promql.PromQLError:
        return
    for window, step, selector in windows(tree):
        interval, name = step, "the subquery"
        if selector is not None:
            if scope.labels(str(selector.name)) is None:
                continue  # reported where expressions are checked
            matched = {each.name: each.value for each in selector.matchers.matchers if each.op == ast.MatchOp.Equal}
            interval, name = scope.interval(str(selector.name), matched, service), f"'{selector.name}'"
        if window < LEAST * interval:
            found = f"found {duration(window)}: {name} has a sample each {duration(interval)}"
            least = f"expected a window of {duration(LEAST * interval)} or more, which holds {LEAST} samples"
            yield f"{least}, {found}: lengthen it, or shorten the interval (of its producer) to {window // LEAST}s"


def windows(tree: ast.Expr, within: tuple[int, ...] = ()) -> Iterator[tuple[int, int, ast.VectorSelector | None]]:
    """Yield each window in seconds with what it reads: a selector, or the steps of a subquery and their length.

    A subquery without a step has that of Prometheus' evaluations. What it evaluates at each step is a sample of the
    selector as well: the window must hold enough of both.
    """
    if isinstance(tree, ast.MatrixSelector):
        yield _seconds(tree.range), 0, tree.vector_selector
    elif isinstance(tree, ast.SubqueryExpr):
        window = _seconds(tree.range)
        yield window, _seconds(tree.step), None
        yield from windows(tree.expr, (*within, window))
    elif isinstance(tree, ast.VectorSelector):
        yield from ((window, 0, tree) for window in within)
    else:
        for child in promql.children(tree):
            yield from windows(child, within)


def _seconds(found: timedelta | None) -> int:
    return round(found.total_seconds()) if found else seconds(EVERY)
