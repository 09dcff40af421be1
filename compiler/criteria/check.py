"""The catalog's rules on success criteria: names are unique, and each value is one number of what is declared."""

from collections.abc import Iterator, Mapping

from compiler.catalog import promql
from compiler.catalog.catalog import Catalog, Watched
from compiler.catalog.places import finding
from compiler.catalog.scope import Scope
from compiler.conventions import SHARED_WORKLOAD
from compiler.model.criteria import Criterion, CriticalPath
from compiler.nearest import quoted, unknown

_FILE = "catalog/criteria.yaml"


def criteria_findings(catalog: Catalog, scopes: Mapping[str, Scope]) -> Iterator[str]:
    """Yield a line for each criterion and each critical path that is wrong.

    Args:
        catalog: what is judged.
        scopes: the series that each workload may use, by its name.
    """
    yield from _repeated(catalog)
    by_name = {watched.name: watched for watched in catalog}
    for path in catalog.criteria.critical_paths:
        place = f"{_FILE}: {quoted(path.name)}"
        if path.workload not in by_name:
            yield f"{place}.workload: {unknown('workload', path.workload, by_name)}"
        else:
            yield from _requests(f"{place}.requests", path, scopes[path.workload])
            yield from _spans(f"{place}.spans", path, by_name[path.workload])
    yield from _uncounted(catalog)
    if SHARED_WORKLOAD in scopes:
        yield from _values(catalog, scopes[SHARED_WORKLOAD])


def _repeated(catalog: Catalog) -> Iterator[str]:
    paths = [f"{path.workload} {path.name}" for path in catalog.criteria.critical_paths]
    for names in ([each.name for each in catalog.criteria.criteria], paths):
        for n, name in enumerate(names):
            if name in names[:n]:
                yield f"{_FILE}: {quoted(name)}.name: '{name}' is declared twice: names are unique"


def _requests(place: str, path: CriticalPath, scope: Scope) -> Iterator[str]:
    try:
        scope.shape(path.requests)
        if promql.is_selector(path.requests):
            scope.shape(f"rate({path.requests}[5m])")  # what is recorded of them; a gauge has no rate
    except promql.PromQLError as error:
        yield f"{place}: {error}"
    else:
        if not promql.is_selector(path.requests):
            yield f"{place}: expected the selector of a counter, found an expression"


def _spans(place: str, path: CriticalPath, watched: Watched) -> Iterator[str]:
    critical = {span.name for span in watched.traces.spans if span.critical}
    for n, name in enumerate(path.spans):
        if name not in critical:
            yield f"{place}.{n}: {unknown(f'critical span of {watched.name}', name, critical)}"
    if watched.traces.xray and critical & set(path.spans):
        yield f"{place}: spans of {watched.name} go to X-Ray, where nobody counts them before sampling"


def _uncounted(catalog: Catalog) -> Iterator[str]:
    """Yield critical spans that no path of their workload has: they would be measured against nothing."""
    counted = dict[str, set[str]]()
    for path in catalog.criteria.critical_paths:
        counted.setdefault(path.workload, set()).update(path.spans)
    for watched in catalog:
        for n, span in enumerate(watched.traces.spans):
            if span.critical and span.name not in counted.get(watched.name, {span.name}):
                message = f"expected a path of {_FILE} with this span, found none"
                yield finding(watched, "traces", ("spans", n, "critical"), message)


def _cloudwatch(place: str, criterion: Criterion, catalog: Catalog) -> Iterator[str]:
    platform = next(watched for watched in catalog if watched.name == SHARED_WORKLOAD)
    known = {metric.id: metric for metric in platform.metrics.cloudwatch}
    metric = known.get(criterion.cloudwatch.metric) if criterion.cloudwatch else None
    if metric is None:
        name = criterion.cloudwatch.metric if criterion.cloudwatch else ""
        yield f"{place}: {unknown(f'CloudWatch metric of {SHARED_WORKLOAD}', name, known)}"
    elif metric.many:
        yield f"{place}: '{metric.id}' stands for many metrics: expected dimensions without *"


def _values(catalog: Catalog, scope: Scope) -> Iterator[str]:
    for criterion in catalog.criteria.criteria:
        place = f"{_FILE}: {criterion.name}.value"
        if criterion.value is None:
            yield from _cloudwatch(f"{_FILE}: {criterion.name}.cloudwatch.metric", criterion, catalog)
            continue
        try:
            shape = scope.shape(criterion.value)
        except promql.PromQLError as error:
            yield f"{place}: {error}"
            continue
        if shape is None or shape.labels:
            found = sorted(shape.labels) if shape else "a number that no series has"
            yield f"{place}: expected one value without labels, found {found}"
