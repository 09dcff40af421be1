"""The rules that hold the platform's success criteria: value, target, and whether it is met, by criterion."""

from collections.abc import Iterator

from compiler import conventions as names
from compiler.catalog.catalog import Catalog, Watched
from compiler.catalog.scope import scope_of
from compiler.metrics import yace
from compiler.metrics.rules import Group, Rule
from compiler.model.criteria import Criteria, Criterion, CriticalPath
from compiler.model.traces import Span
from compiler.target import Target
from compiler.text import number


def criteria_group(catalog: Catalog, target: Target) -> Group:
    """Return the group of all criteria that the stack's layers can measure."""
    rules: list[Rule] = []
    if "traces" in target.layers:
        rules += [
            rule
            for path in catalog.criteria.critical_paths
            for watched in catalog
            if watched.name == path.workload
            for rule in _coverage(path, watched, catalog)
        ]
    for each in measured(catalog.criteria, target):
        rules += _criterion(each, _value(each, catalog, target))
    return Group("success-criteria", names.EVERY_CRITERION, tuple(rules))


def _coverage(path: CriticalPath, watched: Watched, catalog: Catalog) -> Iterator[Rule]:
    """Yield the rules of span coverage: spans over requests in a day, from recorded rates instead of raw samples."""
    labels = {"workload": path.workload, "path": path.name}
    window = names.RED_WINDOW
    requests = scope_of(watched, catalog).apply(path.requests)
    yield Rule(f"sum(rate({requests}[{window}]))", names.PATH_REQUESTS, labels=labels)
    for span in critical_spans(path, catalog):
        # A span that was never sent has no series: that counts as zero, not as unknown.
        expr = f"sum(rate({_seen(path.workload, span)}[{window}])) or vector(0)"
        yield Rule(expr, names.PATH_SPANS, labels={**labels, "span": span.name})
    chosen = f'{{workload="{path.workload}", path="{path.name}"}}'
    share = (
        f"sum_over_time({names.PATH_SPANS}{chosen}[1d]) / on (workload, path) group_left ()"
        f" sum_over_time({names.PATH_REQUESTS}{chosen}[1d])"
    )
    yield Rule(f"clamp_max({share}, 1)", names.PATH_COVERAGE, labels=labels)


def critical_spans(path: CriticalPath, catalog: Catalog) -> list[Span]:
    """Return the declared spans of a path."""
    declared = [span for watched in catalog if watched.name == path.workload for span in watched.traces.spans]
    return [span for span in declared if span.name in path.spans]


def _seen(workload: str, span: Span) -> str:
    return f'{names.SPANS_SEEN}{{workload="{workload}", service_name="{span.service}", span_name="{span.name}"}}'


def measured(criteria: Criteria, target: Target) -> list[Criterion]:
    """Return the criteria that the stack's layers can measure."""
    return [each for each in criteria.criteria if each.layer is None or each.layer in target.layers]


def _value(criterion: Criterion, catalog: Catalog, target: Target) -> str:
    """Return the expression of a criterion's value; of CloudWatch's, 0 and NaN both mean no data, and give none."""
    if criterion.cloudwatch is None:
        return str(criterion.value)
    platform = next(watched for watched in catalog if watched.name == names.SHARED_WORKLOAD)
    metric = platform.cloudwatch_metric(criterion.cloudwatch.metric)
    selected = yace.selector(metric, criterion.cloudwatch.statistic, target)
    return f"max({selected} > 0) / {number(criterion.cloudwatch.per)}"


def _criterion(criterion: Criterion, value: str) -> Iterator[Rule]:
    labels = {"criterion": criterion.name, "workload": names.SHARED_WORKLOAD}
    operator, limit = criterion.bound.operator, number(criterion.bound.value)
    yield Rule(value, names.CRITERION_VALUE, labels=labels)
    yield Rule(f"vector({limit})", names.CRITERION_TARGET, labels=labels)
    broken = f'({names.CRITERION_VALUE}{{criterion="{criterion.name}"}} {operator} bool {limit})'
    yield Rule(f"{broken} == bool 0", names.CRITERION_MET, labels=labels)
