"""The catalog's rules on expressions: they parse, use declared metrics and labels, and mean what they say."""

import re
from collections.abc import Iterator

from compiler.catalog import promql
from compiler.catalog.catalog import Catalog, Watched
from compiler.catalog.places import Path, finding, unless_known
from compiler.catalog.scope import Scope, scope_of
from compiler.catalog.variables import fill
from compiler.conventions import OVERWRITTEN, TARGET_LABELS, recorded_labels, series
from compiler.criteria.check import criteria_findings
from compiler.dashboards.check_variables import queries, variable_findings
from compiler.metrics.check_windows import window_findings
from compiler.metrics.rules import present
from compiler.model.alerts import Alert, Each, Slo
from compiler.model.recordings import Recording
from compiler.nearest import meant

_TEMPLATE_LABEL = re.compile(r"\$labels\.(\w+)")


def promql_findings(catalog: Catalog) -> Iterator[str]:
    """Yield a line for every expression that is wrong, judged as it is rendered: with its scope."""
    seen_by = {watched.name: scope_of(watched, catalog) for watched in catalog}
    yield from criteria_findings(catalog, seen_by)
    yield from window_findings(catalog, seen_by)
    for watched in catalog:
        scope = seen_by[watched.name]
        for n, recording in enumerate(watched.recordings):
            yield from _recording(watched, n, recording, scope)
        for n, alert in enumerate(watched.alerts):
            yield from _alert(watched, n, alert, scope)
        for n, slo in enumerate(watched.slos):
            yield from _slo(watched, n, slo, scope)
        yield from _red(watched, scope)
        yield from _panels(watched, scope)
        yield from variable_findings(watched, scope.labels)


def _check(
    watched: Watched, file: str, path: Path, expression: str, scope: Scope, service: str | None = None
) -> Iterator[str]:
    try:
        scope.shape(expression, service)
    except promql.PromQLError as error:
        yield finding(watched, file, path, str(error))


def _recording(watched: Watched, n: int, recording: Recording, scope: Scope) -> Iterator[str]:
    at, later = ("recordings", n), {each.name for each in watched.recordings[n:]}
    if recorded_labels(recording.name) is not None:
        message = f"'{recording.name}' is recorded by the platform's own rules: give it another name"
        yield finding(watched, "recordings", (*at, "name"), message)
    try:
        value = _compared(recording.value, scope)
        read = {str(each.name) for each in promql.selectors(promql.parse(recording.value))}
    except promql.PromQLError as error:
        yield finding(watched, "recordings", (*at, "value"), str(error))
        return
    for name in sorted(read & later):
        message = f"reads '{name}', which is not recorded above it: put it below that"
        yield finding(watched, "recordings", (*at, "value"), message)
    # The rule says whose it is, unless the recording itself tells of several workloads.
    ours = frozenset({"workload"} - {*recording.labels})
    kept = (value.labels if value is not None else frozenset()) - ours
    if kept != frozenset(recording.labels):
        message = f"expected the labels that its value keeps, {sorted(kept)}"
        yield finding(watched, "recordings", (*at, "labels"), f"{message}, found {sorted(recording.labels)}")


def _compared(expression: str, scope: Scope, service: str | None = None) -> promql.Shape | None:
    """Return the shape of an expression that a rule compares with a number; it must still parse with the comparison."""
    shape = scope.shape(expression, service)
    try:
        promql.parse(f"({expression}) > 0")
    except promql.PromQLError as error:
        raise promql.PromQLError("cannot be compared: expected an instant vector, without a comment") from error
    return shape


def _alert(watched: Watched, n: int, alert: Alert, scope: Scope) -> Iterator[str]:
    at = ("alerts", n)
    try:
        value = _compared(alert.value, scope, alert.service)
    except promql.PromQLError as error:
        yield finding(watched, "alerts", (*at, "value"), str(error))
        return
    labels = value.labels if value is not None else frozenset()
    for field in ("summary", "description"):
        for used in sorted(set(_TEMPLATE_LABEL.findall(getattr(alert, field))) - labels):
            message = f"uses the label '{used}', which its value does not keep: it keeps {sorted(labels)}"
            yield finding(watched, "alerts", (*at, field), message)
    for label in sorted(labels & OVERWRITTEN):
        message = f"keeps the label '{label}', which the alert's own overwrites: rename or drop it"
        yield finding(watched, "alerts", (*at, "value"), message)
    yield from _traffic(watched, at, alert, labels, scope)
    yield from _absence(watched, at, alert, labels)


def _traffic(
    watched: Watched, at: tuple[str, int], alert: Alert, labels: frozenset[str], scope: Scope
) -> Iterator[str]:
    if alert.traffic is None:
        return
    path = (*at, "traffic", "value")
    try:
        guard = _compared(alert.traffic.value, scope, alert.service)
    except promql.PromQLError as error:
        yield finding(watched, "alerts", path, str(error))
        return
    kept = guard.labels if guard is not None else frozenset()
    if kept != labels:
        message = f"keeps {sorted(kept)}, its alert's value keeps {sorted(labels)}: expected the same"
        yield finding(watched, "alerts", path, message)


def _absence(watched: Watched, at: tuple[str, int], alert: Alert, labels: frozenset[str]) -> Iterator[str]:
    absence, path = alert.absence, (*at, "absence")
    if absence is None:
        return
    declared = present(watched, absence.metric, alert.service)
    metric = watched.metric(absence.metric, alert.service)
    if declared is None:
        near = meant(absence.metric, watched.series)
        yield finding(watched, "alerts", (*path, "metric"), f"unknown metric '{absence.metric}': declare it{near}")
        return
    if metric and metric.name not in series(metric):
        message = f"'{metric.name}' is a {metric.type}: no series has that very name, so it would always be absent"
        yield finding(watched, "alerts", (*path, "metric"), message)
    for label in absence.where:
        known = frozenset(metric.labels) | TARGET_LABELS if metric else recorded_labels(absence.metric) or frozenset()
        yield from unless_known(watched, "alerts", (*path, "where", label), label, known, "label")
    for label in absence.each:
        if not declared.get(label):
            message = f"'{absence.metric}' declares no values for the label '{label}': their absence cannot be told"
            yield finding(watched, "alerts", (*path, "each"), message)
    kept = labels - {"workload"}
    if frozenset(absence.each) != kept:
        message = f"expected each to be the labels that the value keeps, {sorted(kept)}, found {list(absence.each)}"
        yield finding(watched, "alerts", (*path, "each"), message)


def _red(watched: Watched, scope: Scope) -> Iterator[str]:
    """Yield what is wrong with a service's RED metrics; errors may be a selector with matchers."""
    for name, service in watched.workload.services.items():
        if service.red and scope.labels(promql.name_of(service.red.errors) or ""):
            yield from _check(watched, "workload", ("services", name, "red", "errors"), service.red.errors, scope, name)


def _slo(watched: Watched, n: int, slo: Slo, scope: Scope) -> Iterator[str]:
    for field in ("total", "bad", "good"):
        selector = getattr(slo.events, field, None)
        if selector is None:
            continue
        path = ("slos", n, "events", field)
        yield from _check(watched, "slos", path, selector, scope, slo.service)
        if not promql.is_selector(selector):
            yield finding(watched, "slos", path, "expected the selector of a counter, found an expression")
            continue
        # What is recorded of them; a gauge has no rate.
        yield from _check(watched, "slos", path, f"rate({selector}[5m])", scope, slo.service)
        if slo.each:
            by_label, at = _by_label(slo.each, selector), ("slos", n, "each", "label")
            yield from _check(watched, "slos", at, by_label, scope, slo.service)


def _by_label(each: Each, selector: str) -> str:
    return f"sum by ({each.label}) ({selector})"


def _panels(watched: Watched, scope: Scope) -> Iterator[str]:
    for path, dashboard, panel, query in queries(watched):
        for line in _check(watched, "dashboards", (*path, "expr"), fill(query.expr), scope):
            yield f"{line} (panel '{panel.title}' of {dashboard.name})"
