"""The catalog's rules on objectives on CloudWatch metrics: each metric exists and can be identified in Prometheus."""

from collections.abc import Iterator

from compiler.catalog.catalog import Watched
from compiler.catalog.places import Path, finding, unless_known
from compiler.metrics import yace


def objective_findings(watched: Watched) -> Iterator[str]:
    """Yield a line for every rule that a workload's objectives on CloudWatch metrics break."""
    boards = {dashboard.name for dashboard in watched.dashboards.cloudwatch}
    for n, slo in enumerate(watched.slos):
        if slo.cloudwatch is None:
            continue
        at = ("slos", n, "cloudwatch")
        for field in ("total", "bad"):
            yield from _metric(watched, (*at, field), getattr(slo.cloudwatch, field))
        board = slo.cloudwatch.dashboard
        yield from unless_known(watched, "slos", (*at, "dashboard"), board, boards, "CloudWatch dashboard")
        for i, topic in enumerate(slo.cloudwatch.topics):
            yield from unless_known(watched, "slos", (*at, "topics", i), topic, watched.alarms.topics, "topic")
    for n, threshold in enumerate(watched.thresholds):
        for i, name in enumerate(threshold.metrics):
            yield from _metric(watched, ("thresholds", n, "metrics", i), name)
    yield from _twice(watched)


def _metric(watched: Watched, path: Path, name: str) -> Iterator[str]:
    metrics = {metric.id: metric for metric in watched.metrics.cloudwatch}
    yield from unless_known(watched, "slos", path, name, metrics, "CloudWatch metric")
    if name in metrics and not yace.exportable(metrics[name]):
        message = f"'{name}' cannot be exported to Prometheus: expected dimensions, none of them * or {{account}}"
        yield finding(watched, "slos", path, message)


def _twice(watched: Watched) -> Iterator[str]:
    """Yield names that an event objective and a threshold objective share: both would record the same series."""
    known = {slo.name for slo in watched.slos}
    for n, threshold in enumerate(watched.thresholds):
        if threshold.name in known:
            message = f"'{threshold.name}' is declared twice: names are unique, an objective on events has this one"
            yield finding(watched, "slos", ("thresholds", n, "name"), message)
