"""The catalog's rules on success criteria: names are unique, and each value is one number of what is declared."""

from collections.abc import Iterator, Mapping

from compiler import promql
from compiler.catalog import Catalog
from compiler.conventions import SHARED_WORKLOAD
from compiler.model.criteria import Criterion, CriticalPath

_FILE = "catalog/criteria.yaml"


def criteria_findings(catalog: Catalog, series_by_workload: Mapping[str, promql.SeriesLabels]) -> Iterator[str]:
    """Yield a line for each criterion and each critical path that is wrong.

    Args:
        catalog: what is judged.
        series_by_workload: which labels a series has, as each workload sees it.
    """
    yield from _repeated(catalog)
    for n, path in enumerate(catalog.criteria.critical_paths):
        if path.workload not in series_by_workload:
            known = ", ".join(sorted(series_by_workload))
            yield f"{_FILE}: critical_paths.{n}.workload: unknown workload '{path.workload}': expected one of {known}"
        else:
            yield from _path(f"{_FILE}: critical_paths.{n}", path, series_by_workload[path.workload])
    if SHARED_WORKLOAD in series_by_workload:
        yield from _values(catalog, series_by_workload[SHARED_WORKLOAD])


def _repeated(catalog: Catalog) -> Iterator[str]:
    paths = [f"{path.workload} {path.name}" for path in catalog.criteria.critical_paths]
    for key, names in (("criteria", [each.name for each in catalog.criteria.criteria]), ("critical_paths", paths)):
        for n, name in enumerate(names):
            if name in names[:n]:
                yield f"{_FILE}: {key}.{n}.name: '{name}' is declared twice: names are unique"


def _path(place: str, path: CriticalPath, series_of: promql.SeriesLabels) -> Iterator[str]:
    selectors = {"requests": path.requests, **{f"spans.{name}": each for name, each in path.spans.items()}}
    for field, selector in selectors.items():
        try:
            promql.shape_of(selector, series_of)
        except promql.PromQLError as error:
            yield f"{place}.{field}: {error}"
        else:
            if not promql.is_selector(selector):
                yield f"{place}.{field}: expected the selector of a counter, found an expression"


def _cloudwatch(place: str, criterion: Criterion, catalog: Catalog) -> Iterator[str]:
    platform = next(watched for watched in catalog if watched.name == SHARED_WORKLOAD)
    known = {metric.id: metric for metric in platform.metrics.cloudwatch}
    metric = known.get(criterion.cloudwatch.metric) if criterion.cloudwatch else None
    if metric is None:
        expected = ", ".join(sorted(known)) or "none"
        yield f"{place}: {criterion.name}: unknown CloudWatch metric of {SHARED_WORKLOAD}: expected one of {expected}"
    elif metric.many:
        yield f"{place}: {criterion.name}: '{metric.id}' stands for many metrics: expected dimensions without *"


def _values(catalog: Catalog, series_of: promql.SeriesLabels) -> Iterator[str]:
    for n, criterion in enumerate(catalog.criteria.criteria):
        place = f"{_FILE}: criteria.{n}.value"
        if criterion.value is None:
            yield from _cloudwatch(f"{_FILE}: criteria.{n}.cloudwatch.metric", criterion, catalog)
            continue
        try:
            shape = promql.shape_of(criterion.value, series_of)
        except promql.PromQLError as error:
            yield f"{place}: {criterion.name}: {error}"
            continue
        if shape is None or shape.labels:
            found = sorted(shape.labels) if shape else "a number that no series has"
            yield f"{place}: {criterion.name}: expected one value without labels, found {found}"
