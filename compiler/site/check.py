"""The catalog's rules on runbooks' pages: what people write stands in its order, and names what there is."""

import posixpath
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial

from compiler.catalog import promql
from compiler.catalog.catalog import Catalog, Watched
from compiler.catalog.scope import Scope, scope_of
from compiler.conventions import recorded_labels
from compiler.site.conditions import conditions
from compiler.texts.pages import HINT

SECTIONS = ("Symptoms", "Diagnosis", "Resolution", "Escalation")
_SECTION = re.compile(r"^## (.+)$", re.MULTILINE)
_STEP = re.compile(r"^\d+\. ", re.MULTILINE)
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_SHOWN = re.compile(r"(?<!\*)\*([^*]+)\*(?!\*)")

Found = Iterator[tuple[int, str]]
"""Lines of a page, each with what is wrong there."""


def runbook_findings(catalog: Catalog) -> Iterator[str]:
    """Yield a line for each mistake of a page, with its place."""
    watched, queries = {each.name: each for each in catalog}, _Queries(catalog)
    for name, source in sorted(catalog.runbooks.items()):
        workload, _, page = name.partition("/")
        place = f"docs/runbooks/{name}.md"
        if workload not in watched or page not in named(watched[workload]):
            yield f"{place}:1: expected an entry of the catalog that names this page, found none: remove the page"
            continue
        alerts = {each.name for each in conditions(catalog, watched[workload], page)}
        found = (
            *_head(source, alerts),
            *_sections(source),
            *_steps(source, prometheus=any(alert.runbook == page for alert in watched[workload].alerts)),
            *_links(source, workload, catalog),
            *_dashboard(source, watched[workload]),
            *queries.wrong(source, workload),
        )
        yield from (f"{place}:{line}: {message}" for line, message in found)


def named(watched: Watched) -> set[str]:
    """Return the pages that the entries of a workload name."""
    rules = {each.runbook for each in watched.alerts} | {each.runbook for each in watched.slos}
    alarms = {each.runbook for each in watched.alarms.alarms} | {each.runbook for each in watched.alarms.composites}
    budget = {watched.workload.budget.runbook} if watched.workload.budget else set()
    return rules | {each.runbook for each in watched.thresholds} | alarms | budget


def blocks(source: str, language: str) -> Found:
    """Yield the fenced blocks of a language with the line of each, without the indentation of its list item."""
    for found in re.finditer(rf"^( *)```{language}\n(.*?)^ *```$", source, re.DOTALL | re.MULTILINE):
        yield _line(source, found.start()), re.sub(rf"^{found[1]}", "", found[2], flags=re.MULTILINE)


class _Queries:
    """What queries of pages may name: series, their labels, and the values that a label can have."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog, self._scopes = catalog, {watched.name: scope_of(watched, catalog) for watched in catalog}
        self._others: dict[str, frozenset[str] | None] = {}
        self._known: dict[tuple[str, str], frozenset[str]] = {}
        self._each = frozenset(slo.each.label for watched in catalog for slo in watched.slos if slo.each)

    def wrong(self, source: str, workload: str) -> Found:
        """Yield what is wrong with the queries of a workload's page, which may be about any other."""
        own = self._scopes[workload]
        for line, query in blocks(source, "promql"):
            try:
                own.shape(query, labels=partial(self._labels, own))
            except promql.PromQLError as error:
                yield line, str(error)
                continue
            for selector in promql.selectors(promql.parse(query)):
                for matcher in selector.matchers.matchers:
                    known = self._values(matcher.name, str(selector.name))
                    for value in matcher.value.split("|") if str(matcher.op) == "MatchOp.Re" else [matcher.value]:
                        if known and value not in known:
                            place = f"{selector.name}: {matcher.name}"
                            yield line, f"{place}: unknown '{value}': expected one of {', '.join(sorted(known))}"

    def _labels(self, own: Scope, name: str, service: str | None = None) -> frozenset[str] | None:
        found = recorded_labels(name, self._each) or own.labels(name, service)
        return self._elsewhere(name) if found is None else found

    def _elsewhere(self, name: str) -> frozenset[str] | None:
        """Return the labels of a series that another workload declares; each name is looked for once."""
        if name not in self._others:
            declared = (scope.labels(name) for scope in self._scopes.values())
            self._others[name] = next((labels for labels in declared if labels is not None), None)
        return self._others[name]

    def _values(self, label: str, name: str) -> frozenset[str]:
        """Return the values that a label of a series can have, none when any may be; each is collected once."""
        key = (label, "" if label in _OF_ALL else name)
        if key not in self._known:
            self._known[key] = frozenset(_OF_ALL[label](self._catalog) if label in _OF_ALL else self._declared(*key))
        return self._known[key]

    def _declared(self, label: str, name: str) -> Iterator[str]:
        for watched in self._catalog:
            if metric := watched.metric(name):
                yield from metric.labels.get(label, ())


_OF_ALL: Mapping[str, Callable[[Catalog], Iterable[str]]] = {
    "workload": lambda catalog: (watched.name for watched in catalog),
    "slo": lambda catalog: (name for watched in catalog for name in _objectives(watched)),
    "service": lambda catalog: (service for watched in catalog for service in watched.workload.services),
}
"""Labels whose values are what the catalog has of that kind, whichever series they are on."""


def _objectives(watched: Watched) -> Iterator[str]:
    yield from (slo.name for slo in watched.slos)
    yield from (slo.name for slo in watched.thresholds)


def _line(source: str, position: int) -> int:
    return source.count("\n", 0, position) + 1


def _head(source: str, alerts: set[str]) -> Found:
    """Yield what is wrong above the sections: the title names the trouble, not an alert; the hint follows it."""
    title, blank, hint, *_ = [*source.splitlines(), "", "", ""]
    if not title.startswith("# "):
        yield 1, f"expected a title such as '# Recommendations are late', found '{title}'"
    if blank or hint != HINT:
        yield 3, f"expected the line '{HINT}' below the title, found '{hint}'"
    for name in sorted(alerts):
        if re.search(rf"\b{re.escape(name)}\b", title):
            yield 1, f"expected a title that says what is wrong, found the name '{name}'"


def _sections(source: str) -> Found:
    found = [(match[1], match.end(), _line(source, match.start())) for match in _SECTION.finditer(source)]
    titles = [title for title, _, _ in found]
    if tuple(titles) != SECTIONS:
        line = next((line for n, (title, _, line) in enumerate(found) if SECTIONS[n : n + 1] != (title,)), 1)
        yield line, f"expected the sections {', '.join(SECTIONS)}, found {', '.join(titles) or 'none'}"
        return
    for title, end, line in found:
        if not _SECTION.split(source[end:])[0].strip():
            yield line, f"{title}: expected a text, found none: write what people know"


def _steps(source: str, *, prometheus: bool) -> Found:
    """Each step of the diagnosis has a command; the page of an alert in Prometheus has a query."""
    begins, ends = source.find("\n## Diagnosis\n"), source.find("\n## Resolution\n")
    if not 0 <= begins < ends:
        return
    starts = [match.start() for match in _STEP.finditer(source, begins, ends)]
    if not starts:
        yield _line(source, begins + 1), "Diagnosis: expected numbered steps, found none"
    for start, end in zip(starts, [*starts[1:], ends], strict=True):
        if "```" not in source[start:end]:
            yield _line(source, start), "Diagnosis: expected a command in each step, found none: add a block of code"
    if prometheus and not re.search(r"^ *```promql$", source, re.MULTILINE):
        yield _line(source, begins + 1), "expected a block `promql` on the page of an alert, found none"


def _links(source: str, workload: str, catalog: Catalog) -> Found:
    for match in _LINK.finditer(source):
        page = posixpath.normpath(posixpath.join(workload, match[1].partition("#")[0]))
        if page.removesuffix(".md") not in catalog.runbooks or not page.endswith(".md"):
            yield _line(source, match.start()), f"expected a link to a page that there is, found '{match[1]}'"


def _dashboard(source: str, watched: Watched) -> Found:
    """Yield names in italics after "On its dashboard" that begin the title of no board, row or panel."""
    head = source.partition("\n## Symptoms\n")[0]
    begins = head.find("On its dashboard:")
    if begins < 0:
        return
    boards = watched.dashboards
    known = {board.title for board in boards.grafana}
    known |= {name for board in boards.grafana for row in board.rows for name in (row.title, *_titles(row.panels))}
    known |= {
        name for board in boards.cloudwatch for part in board.sections for name in (part.title, *_titles(part.widgets))
    }
    for match in _SHOWN.finditer(head, begins):
        said = " ".join(match[1].split())
        if not any(title.startswith(said) for title in known):
            yield _line(head, match.start()), f"expected what a dashboard of {watched.name} shows, found '{said}'"


def _titles(shown: tuple[object, ...]) -> list[str]:
    return [str(getattr(each, "title", "")) for each in shown]
