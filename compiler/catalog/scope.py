"""Say in every selector whose series it means: add the label matchers that no other workload's series fit.

Prometheus scrapes every namespace, and any pod may expose a name that the catalog declares. People write
`http_requests_total`; what leaves the compiler reads `http_requests_total{workload="shop"}`.
"""

import re
from collections.abc import Iterator, Mapping

import promql_parser as ast

from compiler.catalog import promql
from compiler.catalog.buckets import refuse_bounds, with_stored_bounds
from compiler.catalog.catalog import Catalog, Watched
from compiler.catalog.declared import Matchers, Series
from compiler.catalog.judged import refuse_functions, refuse_values
from compiler.catalog.written import BRACES, LABELS, TEXT
from compiler.conventions import (
    ALERT_SERIES,
    CLOUDWATCH,
    PROBE_SERIES,
    QUOTIENTS,
    RED_QUANTILES,
    SHARED_WORKLOAD,
    UP,
    recorded_interval,
    recorded_labels,
)
from compiler.model.base import seconds
from compiler.model.workload import SCRAPE_INTERVAL
from compiler.nearest import meant

# What holds no selector's name comes first: texts, comments, ranges, lists of labels, numbers and durations.
_TOKEN = re.compile(
    rf"(?:{TEXT})|#[^\n]*|\[[^\]]*\]|{LABELS}"
    r"|(?<![\w:])\d[\w.]*"
    rf"|(?P<name>[a-zA-Z_:][\w:]*+)(?!\s*\()(?P<braces>\s*{BRACES})?"
)
_MATCHER = re.compile(rf"([a-zA-Z_]\w*)\s*(?:=~|!~|!=|=)\s*(?:{TEXT})")


class Scope:
    """The series that a workload may use: its own, and those of the workload that watches what all share.

    Args:
        watched: the workload.
        shared: the platform; None where the catalog has none.
    """

    def __init__(self, watched: Watched, shared: Watched | None) -> None:
        self._watched = watched
        self._shared = shared.series if shared else {}

    def labels(self, name: str, service: str | None = None) -> frozenset[str] | None:
        """Return the labels of a series; None for one that the workload may not use.

        Args:
            name: of the series.
            service: which of the services that declare the name; None for whatever any of them has.
        """
        found = self._found(name)
        chosen = [each for owner, each in found.items() if service is None or owner == service] or [*found.values()]
        if chosen:
            return frozenset().union(*(each.labels for each in chosen))
        return recorded_labels(name, frozenset(slo.each.label for slo in self._watched.slos if slo.each))

    def interval(self, name: str, matched: Mapping[str, str], service: str | None = None) -> int:
        """Return the seconds between two samples of a series; of several that a selector fits, the slowest's.

        Args:
            name: of the series.
            matched: the value of each label that the selector matches.
            service: whose series are meant where the selector names none.
        """
        found = self._found(name)
        if not found:
            return seconds(recorded_interval(name) or self._slowest(name, matched))
        chosen = found.get(matched.get("service") or service or "")
        return max(seconds(each.interval) for each in ([chosen] if chosen else found.values()))

    def scraped(self, name: str) -> bool:
        """Return whether samples of a series come by scraping, and so end when a scrape fails; `up` is made of it."""
        found = self._found(name)
        return "" not in found if found else name in PROBE_SERIES or name.startswith(CLOUDWATCH)

    def may_be_odd(self, name: str, service: str | None = None) -> bool:
        """Return whether a value of a series may be NaN or infinite: a gauge's may; what a catalog records is not."""
        found = self._found(name)
        if not found:
            return name in QUOTIENTS or name.startswith(CLOUDWATCH)
        if "" in found:
            return False
        chosen = found.get(service or "")
        return any(each.type == "gauge" for each in ([chosen] if chosen else found.values()))

    def _slowest(self, name: str, matched: Mapping[str, str]) -> str:
        """Return the longest interval of those producers that a selector of a target's own series may fit."""
        workload = self._watched.workload
        probing = name in PROBE_SERIES
        known = [*workload.probed] if probing else [*workload.scraped, *workload.probed]
        named = matched.get("probe" if probing else "job")
        intervals = [workload.interval(each) for each in ([named] if named in known else known)]
        return max(intervals, key=seconds, default=SCRAPE_INTERVAL)

    def _several(self, name: str) -> list[str]:
        """Return the services that declare the name, where it is not one alone."""
        found = self._found(name)
        return sorted(found) if len(found) > 1 else []

    def _of_all(self, name: str) -> bool:
        """Return whether a series tells of every namespace, and is read by a workload that lists none of its own."""
        if name in self._watched.series or self._watched.workload.namespaces:
            return False
        return any(each.tells_of == "namespace" for each in self._found(name).values())

    def apply(self, expression: str, service: str | None = None) -> str:
        """Return the expression with the matchers in each of its selectors; a label that it matches is left alone.

        Args:
            expression: PromQL; Grafana's variables may stand in it.
            service: whose series are meant where several services declare a name.
        """

        def scoped(found: re.Match[str]) -> str:
            matchers = self._matchers(found["name"], service) if found["name"] else {}
            return with_stored_bounds(_with(found, matchers) if matchers else found[0]) if found["name"] else found[0]

        return _TOKEN.sub(scoped, expression)

    def shape(
        self, expression: str, service: str | None = None, labels: promql.SeriesLabels | None = None
    ) -> promql.Shape | None:
        """Return the shape of an expression with the matchers in its selectors; None for a number.

        Args:
            expression: PromQL.
            service: whose series are meant where several services declare a name.
            labels: what gives the labels of a series, where more may be read than the workload's own.

        Raises:
            promql.PromQLError: it is wrong, or does not say which of several services or namespaces it means.
        """
        scoped = self.apply(expression, service)
        try:
            shape = promql.shape_of(scoped, labels or self.labels)
        except promql.UnknownSeriesError as error:
            near = meant(error.name, {*self._watched.series, *self._shared})
            raise promql.UnknownSeriesError(error.name, near) from error
        for name, matched in selectors(scoped):
            several = self._several(name)
            if several and "service" not in matched:
                raise promql.PromQLError(f"'{name}' is of the services {', '.join(several)}: match one, as service=...")
            if self._of_all(name) and "namespace" not in matched:
                raise promql.PromQLError(f"'{name}' is of every namespace: list the workload's own (namespaces)")
        self._judge(promql.parse(scoped), elsewhere=labels is not None)
        return shape

    def _judge(self, expr: ast.Expr, *, elsewhere: bool) -> None:
        """Refuse what Prometheus would answer with nothing, or with what nobody meant."""
        found = [*promql.selectors(expr)]
        types = {name: kind for name in (str(each.name) for each in found) if (kind := self._type(name))}
        refuse_functions(expr, types)
        for selector in found:
            refuse_bounds(selector, self._bounds(str(selector.name)))
            if not elsewhere:
                refuse_values(selector, self._values(selector))

    def _bounds(self, name: str) -> list[float]:
        """Return the buckets of a histogram's series, where all that declare it have theirs; of several, all."""
        of_each = [each.buckets for each in self._found(name).values()]
        return sorted({bound for bounds in of_each for bound in bounds}) if of_each and all(of_each) else []

    def _type(self, name: str) -> str | None:
        """Return whether a series may fall; None for one of another workload's, which pages may name."""
        declared = next((each.type for each in self._found(name).values()), None)
        return declared or ("gauge" if self.labels(name) is not None else None)

    def _values(self, selector: ast.VectorSelector) -> Mapping[str, frozenset[str]]:
        """Return the known values of a series' labels; of what several services declare, those of any of them."""
        found, name = self._found(str(selector.name)), str(selector.name)
        if not found:
            return self._recorded_values(name)
        values = dict[str, frozenset[str]]()
        for label in {label for each in found.values() for label in each.values}:
            of_each = [frozenset(each.values.get(label, ())) for each in found.values()]
            values[label] = frozenset().union(*of_each) if all(of_each) else frozenset()
        return values

    def _recorded_values(self, name: str) -> Mapping[str, frozenset[str]]:
        """Return the values of what is recorded, or made by scraping, of this workload alone."""
        workload = self._watched.workload
        if workload.name == SHARED_WORKLOAD:
            return {}
        objectives = frozenset(each.name for each in self._watched.slos)
        objectives |= frozenset(each.name for each in self._watched.thresholds)
        jobs = frozenset(workload.producers) if name == UP else frozenset()
        services = frozenset(workload.services)
        return {"slo": objectives, "service": services, "job": jobs, "quantile": frozenset(RED_QUANTILES)}

    def _matchers(self, name: str, service: str | None) -> Matchers:
        found = {owner: self._tied(name, each) for owner, each in self._found(name).items()}
        if found:
            # Of several services the one that is meant, else what all of them have in common: the only one's own.
            return found.get(service or "") or _common([*found.values()])
        labels = recorded_labels(name) or frozenset()
        ours = "workload" in labels and self._watched.name != SHARED_WORKLOAD
        # What the platform reads of all workloads is still nobody's whom no monitor of ours scrapes.
        every = "workload" in labels and name not in ALERT_SERIES
        return {"workload": f'="{self._watched.name}"'} if ours else {"workload": '!=""'} if every else {}

    def _found(self, name: str) -> Mapping[str, Series]:
        """Return the declared series of that name by service; one that is recorded belongs to no service."""
        return self._watched.series.get(name) or self._shared.get(name) or {}

    def _tied(self, name: str, series: Series) -> Matchers:
        """Return a series' matchers; one of the platform that tells of others is narrowed to this workload's part."""
        if series.tells_of is None or name in self._watched.series:
            return series.matchers
        workload = self._watched.workload
        own = [workload.name] if series.tells_of == "workload" else workload.namespaces
        equals = "=" if series.tells_of == "workload" else "=~"
        return {**series.matchers, series.tells_of: f'{equals}"{"|".join(own)}"'} if own else series.matchers


def scope_of(watched: Watched, catalog: Catalog) -> Scope:
    """Return the scope of a workload of the catalog."""
    return Scope(watched, next((each for each in catalog if each.name == SHARED_WORKLOAD), None))


def _common(several: list[Matchers]) -> dict[str, str]:
    first, *others = several
    return {label: value for label, value in first.items() if all(each.get(label) == value for each in others)}


def _with(found: re.Match[str], matchers: Matchers) -> str:
    """Return a selector with the matchers in front of its own."""
    braces = (found["braces"] or "").strip()
    # A matcher of several values stays beside another on its label: Grafana's variable may stand for all there are.
    matched = {each[1] for each in _MATCHER.finditer(braces) if not matchers.get(each[1], "").startswith("=~")}
    added = ", ".join(f"{label}{value}" for label, value in matchers.items() if label not in matched)
    if not added:
        return found[0]
    rest = braces.removeprefix("{").removesuffix("}").strip().removesuffix(",")
    return f"{found['name']}{{{added}{', ' if rest else ''}{rest}}}"


def selectors(expression: str) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield the name of each selector in the syntax tree, and the value of each label that it matches."""
    for selector in promql.selectors(promql.parse(expression)):
        yield str(selector.name), {each.name: each.value for each in selector.matchers.matchers}
