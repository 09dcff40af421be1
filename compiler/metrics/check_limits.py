"""The catalog's rules on limits: each can be reached, and a graver severity's lies beyond a milder one's."""

from collections.abc import Iterator, Mapping, Sequence

from compiler.catalog.catalog import Catalog, Watched
from compiler.catalog.places import finding
from compiler.model.alerts import Threshold
from compiler.model.base import Bound, seconds
from compiler.text import number
from compiler.texts.amounts import canonical

# A share in percent may be of something that is exceeded, as a budget is; a ratio that may be is in `times`.
_OF_A_WHOLE = frozenset({"ratio", "share", "percentunit"})
_Limits = Mapping[str, Bound]


def limit_findings(catalog: Catalog) -> Iterator[str]:
    """Yield a line for each limit of a share that nothing crosses, and each severity before a milder one."""
    for watched in catalog:
        order = [*watched.workload.severities]
        for file, path, unit, limits in _of(watched):
            for key, bound in limits.items():
                for message in _unreachable(unit, bound):
                    yield finding(watched, file, (*path, key), message)
            ranked = sorted((key for key in limits if key in order), key=order.index)
            for n, graver in enumerate(ranked):
                for milder in ranked[n + 1 :]:
                    for message in _looser(limits[graver], limits[milder], milder):
                        yield finding(watched, file, (*path, graver), message)
    for criterion in catalog.criteria.criteria:
        for message in _unreachable(criterion.unit, criterion.bound):
            yield f"catalog/criteria.yaml: {criterion.name}.bound: {message}"


def _of(watched: Watched) -> Iterator[tuple[str, Sequence[str | int], str, _Limits]]:
    """Yield all limits of a workload: file, path, unit, and the bounds below the path, by severity or as `bound`."""
    for n, alert in enumerate(watched.alerts):
        yield "alerts", ("alerts", n, "thresholds"), alert.unit, alert.thresholds
    for n, metric in enumerate(watched.metrics.prometheus):
        for g, goal in enumerate(metric.targets):
            yield "metrics", ("prometheus", n, "targets", g), metric.unit, {"bound": goal.bound}
    for n, cloud in enumerate(watched.metrics.cloudwatch):
        yield "metrics", ("cloudwatch", n, "thresholds"), cloud.unit, cloud.thresholds
    units = {metric.id: metric.unit for metric in watched.metrics.cloudwatch}
    for n, alarm in enumerate(watched.alarms.alarms):
        yield "alarms", ("alarms", n), alarm.unit or units.get(alarm.metric, ""), {"bound": alarm.bound}
    for n, slo in enumerate(watched.thresholds):
        yield "slos", ("thresholds", n), units.get(slo.metrics[0], ""), {"bound": slo.bound}


def _unreachable(unit: str, bound: Bound) -> Iterator[str]:
    """Yield what no share of a whole does: it is from 0 to 1."""
    if unit not in _OF_A_WHOLE:
        return
    for side, limit in bound.sides().items():
        share = canonical(limit, unit)[1]
        reached = {"above": 0 <= share < 1, "below": 0 < share <= 1}.get(side, 0 <= share <= 1)
        if not reached:
            known = {"above": "0 or more and less than 1", "below": "more than 0 and 1 at most"}.get(side, "0 to 1")
            message = f"expected {known} in {unit}, found {side}: {number(limit)}, which no share crosses"
            yield f"{message}: write 5 % as 0.05, and what may exceed the whole in unit times"


def _looser(graver: Bound, milder: Bound, name: str) -> Iterator[str]:
    """Yield what makes the graver severity begin before the milder one: its limit, or the same limit held for less."""
    mine, others = graver.sides(), milder.sides()
    for side in sorted({*mine} & {*others} - {"equals"}):
        looser = mine[side] < others[side] if side == "above" else mine[side] > others[side]
        if looser:
            expected = "at least" if side == "above" else "at most"
            found = f"expected {expected} {name}'s {side}: {number(others[side])}, found {number(mine[side])}"
            yield f"{found}: the graver severity would begin first"
    held = [seconds(each.for_) for each in (graver, milder) if mine == others and isinstance(each, Threshold)]
    if held != sorted(held, reverse=True) and isinstance(graver, Threshold) and isinstance(milder, Threshold):
        yield f"expected a limit beyond {name}'s, or a longer for than its {milder.for_}, found {graver.for_}"
