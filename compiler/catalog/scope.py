"""Say in every selector whose series it means: add the label matchers that no other workload's series fit.

Prometheus scrapes every namespace, and any pod may expose a name that the catalog declares. People write
`http_requests_total`; what leaves the compiler reads `http_requests_total{workload="shop"}`.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from compiler.catalog import promql
from compiler.catalog.catalog import Catalog, Watched
from compiler.conventions import ALERT_SERIES, SHARED_WORKLOAD, added_labels, recorded_labels, series
from compiler.model.metrics import Metric
from compiler.model.workload import ScrapeTarget

Matchers = Mapping[str, str]
"""What follows each label: `="shop"`."""

_STRING = r""""(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|`[^`]*`"""
_BRACES = rf"\{{(?:{_STRING}|[^}}\"'`])*\}}"
# What holds no selector's name comes first: texts, comments, ranges, lists of labels, numbers and durations.
_TOKEN = re.compile(
    rf"(?:{_STRING})|#[^\n]*|\[[^\]]*\]"
    r"|\b(?i:by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)"
    r"|(?<![\w:])\d[\w.]*"
    rf"|(?P<name>[a-zA-Z_:][\w:]*+)(?!\s*\()(?P<braces>\s*{_BRACES})?"
)
_MATCHER = re.compile(rf"([a-zA-Z_]\w*)\s*(?:=~|!~|!=|=)\s*(?:{_STRING})")


@dataclass(frozen=True)
class Series:
    """A series as one workload sees it: its labels, the matchers that only it fits, and whether it tells of namespaces.

    A machine's series has a namespace too, that of the exporter's pod: this says nothing of whose it is.
    """

    labels: frozenset[str]
    matchers: Matchers
    of_namespaces: bool = False


class Scope:
    """The series that a workload may use: its own, and those of the workload that watches what all share.

    Args:
        watched: the workload.
        shared: the platform; None where the catalog has none.
    """

    def __init__(self, watched: Watched, shared: Watched | None) -> None:
        self._watched = watched
        self._shared = shared if shared is not watched else None

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

    def several(self, name: str) -> list[str]:
        """Return the services that declare the name, where it is not one alone."""
        found = self._found(name)
        return sorted(found) if len(found) > 1 else []

    def of_all(self, name: str) -> bool:
        """Return whether a series tells of every namespace, and is read by a workload that lists none of its own."""
        known = {} if name in self._own else self._of_shared.get(name, {})
        return any(each.of_namespaces for each in known.values()) and not self._watched.workload.namespaces

    def apply(self, expression: str, service: str | None = None) -> str:
        """Return the expression with the matchers in each of its selectors; a label that it matches is left alone.

        Args:
            expression: PromQL; Grafana's variables may stand in it.
            service: whose series are meant where several services declare a name.
        """

        def scoped(found: re.Match[str]) -> str:
            matchers = self._matchers(found["name"], service) if found["name"] else {}
            return _with(found, matchers) if matchers else found[0]

        return _TOKEN.sub(scoped, expression)

    def _matchers(self, name: str, service: str | None) -> Matchers:
        found = self._found(name)
        if len(found) == 1:
            return next(iter(found.values())).matchers
        if found:
            known = found.get(service or "")
            return known.matchers if known else _common([each.matchers for each in found.values()])
        labels = recorded_labels(name) or frozenset()
        ours = "workload" in labels and self._watched.name != SHARED_WORKLOAD
        # What the platform reads of all workloads is still nobody's whom no monitor of ours scrapes.
        every = "workload" in labels and name not in ALERT_SERIES
        return {"workload": f'="{self._watched.name}"'} if ours else {"workload": '!=""'} if every else {}

    def _found(self, name: str) -> Mapping[str, Series]:
        """Return the declared series of that name by service; one that is recorded belongs to no service."""
        return self._own.get(name) or (self._of_shared.get(name) or {})

    @cached_property
    def _own(self) -> Mapping[str, Mapping[str, Series]]:
        return _declared(self._watched, {})

    @cached_property
    def _of_shared(self) -> Mapping[str, Mapping[str, Series]]:
        if self._shared is None:
            return {}
        namespaces = self._watched.workload.namespaces
        tied = {"workload": f'="{self._watched.name}"'}
        if namespaces:
            tied["namespace"] = f'=~"{"|".join(namespaces)}"'
        return _declared(self._shared, tied)


def scope_of(watched: Watched, catalog: Catalog) -> Scope:
    """Return the scope of a workload of the catalog."""
    return Scope(watched, next((each for each in catalog if each.name == SHARED_WORKLOAD), None))


def _declared(watched: Watched, tied: Matchers) -> dict[str, dict[str, Series]]:
    """Return the series that a workload declares, by name and service.

    Args:
        watched: the workload.
        tied: what else is matched, where a series has such a label, of series that tell of other workloads or of
            every namespace.
    """
    found: dict[str, dict[str, Series]] = {}
    repeated = _repeated(watched)
    for metric in watched.metrics.prometheus:
        matchers = _whose(watched, metric, repeated)
        for name, labels in series(metric, added_labels(watched.workload, metric.producer)).items():
            namespaces = "workload" not in labels and "namespace" in metric.labels
            whose = "workload" if "workload" in labels else "namespace" if namespaces else ""
            shown = Series(labels, matchers | _tied(tied, whose, matchers), namespaces)
            found.setdefault(name, {})[metric.service] = shown
    for each in watched.recordings:
        own = {} if "workload" in each.labels else {"workload": f'="{watched.name}"'}
        labels = frozenset({*each.labels, "workload"})
        found[each.name] = {"": Series(labels, own | _tied(tied, "workload", own))}
    return found


def _tied(tied: Matchers, whose: str, matchers: Matchers) -> dict[str, str]:
    """Return what is matched besides, on the label that says whose; a series of the platform alone tells of nobody."""
    return {whose: tied[whose]} if whose in tied and "workload" not in matchers else {}


def _repeated(watched: Watched) -> set[str]:
    seen, repeated = set[str](), set[str]()
    for metric in watched.metrics.prometheus:
        (repeated if metric.name in seen else seen).add(metric.name)
    return repeated


def _whose(watched: Watched, metric: Metric, repeated: set[str]) -> dict[str, str]:
    """Return the matchers of a metric's series.

    A series that tells of other workloads has a `workload` of its own, and what a chart's monitor scrapes has none:
    these are known by their job, which our monitors name after the producer.
    """
    producer = watched.workload.producers.get(metric.producer)
    if isinstance(producer, ScrapeTarget) and producer.scraped_by:
        return {label: f'="{value}"' for label, value in producer.known_by.items()}
    if "workload" in metric.labels:
        return {"job": f'="{metric.producer}"'}
    service = {"service": f'="{metric.service}"'} if metric.name in repeated and "service" not in metric.labels else {}
    return {"workload": f'="{watched.name}"', **service}


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
