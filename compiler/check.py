"""The catalog's rules across entries: names are unique, and every name that is used exists."""

from collections.abc import Iterable, Iterator, Sequence

from compiler.catalog import promql
from compiler.catalog.catalog import Catalog, Watched
from compiler.catalog.places import Path, finding, unless_known
from compiler.check_promql import promql_findings
from compiler.cloud.check import cloud_findings
from compiler.cloud.check_lengths import length_findings
from compiler.conventions import RATIO_WINDOWS
from compiler.dashboards.check import panel_findings
from compiler.logs.check import log_findings
from compiler.logs.check_searches import search_findings
from compiler.metrics.check import metric_findings
from compiler.metrics.check_limits import limit_findings
from compiler.metrics.check_statsd import statsd_findings
from compiler.model.alerts import Slo, ThresholdSlo
from compiler.model.base import Entry, seconds
from compiler.model.metrics import Metric
from compiler.nearest import meant
from compiler.objectives.check import objective_findings
from compiler.objectives.check_burn import burn_findings
from compiler.routing.check import WATCHDOG, routing_findings
from compiler.routing.check_reach import reach_findings
from compiler.site.check import runbook_findings
from compiler.texts.check import text_findings
from compiler.texts.pages import page_findings
from compiler.traces.check import trace_findings


def findings(catalog: Catalog) -> list[str]:
    """Return a line for every rule that the catalog breaks, sorted by place."""
    found = [*_repeated_across(catalog), *routing_findings(catalog), *_burn_rates(catalog), *promql_findings(catalog)]
    found.extend(statsd_findings(catalog))
    found.extend(log_findings(catalog))
    found.extend(search_findings(catalog))
    found.extend(trace_findings(catalog))
    found.extend(text_findings(catalog))
    found.extend(limit_findings(catalog))
    found.extend(burn_findings(catalog))
    found.extend(reach_findings(catalog, WATCHDOG))
    found.extend(length_findings(catalog))
    for watched in catalog:
        for rule in (_repeated_names, _services, _severities, _red, _dashboards):
            found.extend(rule(watched))
        found.extend(cloud_findings(watched, catalog))
        found.extend(metric_findings(watched))
        found.extend(objective_findings(watched))
        found.extend(panel_findings(watched))
        found.extend(_probes(watched, catalog))
        found.extend(_runbooks(watched, catalog))
    if not found:
        # What a page's placeholders stand for follows from severities and routes: it is judged once these are right.
        found.extend(page_findings(catalog))
        found.extend(runbook_findings(catalog))
    return sorted(set(found))


def _repeated_across(catalog: Catalog) -> Iterator[str]:
    """Yield names that two workloads declare: one Prometheus and one account hold all of them."""
    owners: dict[tuple[str, str, str], str] = {}
    for watched in catalog:
        for file, path, name in _shared_names(watched):
            owner = owners.setdefault((file, str(path[0]), name), watched.name)
            if owner != watched.name:
                message = f"'{name}' is declared by {owner} too: such names are unique in the catalog"
                yield finding(watched, file, path, message)


def _shared_names(watched: Watched) -> Iterator[tuple[str, Path, str]]:
    names: list[tuple[str, str, Iterable[str]]] = [
        ("dashboards", "cloudwatch", (dashboard.name for dashboard in watched.dashboards.cloudwatch)),
        ("alarms", "alarms", (alarm.name for alarm in watched.alarms.alarms)),
        ("alarms", "composites", (composite.name for composite in watched.alarms.composites)),
        ("logs", "groups", (group.name for group in watched.logs.groups)),
    ]
    for file, key, declared in names:
        for n, name in enumerate(declared):
            yield file, (key, n, "name"), name
    if watched.workload.budget:
        yield "workload", ("budget", "name"), watched.workload.budget.name
    for topic in watched.alarms.topics:
        yield "alarms", ("topics", topic), topic


def _lists(watched: Watched) -> list[tuple[str, str, str, Sequence[Entry]]]:
    """Return every list of named entries: file, key, the field that names an entry, entries."""
    return [
        ("metrics", "prometheus", "name", watched.metrics.prometheus),
        ("metrics", "cloudwatch", "id", watched.metrics.cloudwatch),
        ("recordings", "recordings", "name", watched.recordings),
        ("alerts", "alerts", "name", watched.alerts),
        ("slos", "slos", "name", watched.slos),
        ("slos", "thresholds", "name", watched.thresholds),
        ("dashboards", "grafana", "name", watched.dashboards.grafana),
        ("dashboards", "cloudwatch", "name", watched.dashboards.cloudwatch),
        ("alarms", "alarms", "name", watched.alarms.alarms),
        ("alarms", "composites", "name", watched.alarms.composites),
        ("logs", "groups", "name", watched.logs.groups),
        ("logs", "metric_filters", "name", watched.logs.metric_filters),
        ("logs", "queries", "name", watched.logs.queries),
        ("logs", "searches", "name", watched.logs.searches),
        ("logs", "streams", "name", watched.logs.streams),
    ]


def _repeated_names(watched: Watched) -> Iterator[str]:
    for file, key, field, entries in _lists(watched):
        seen = set[str]()
        for n, entry in enumerate(entries):
            name = getattr(entry, field)
            # Each service may expose a metric of a name that another exposes too.
            whose = f"{name} of {entry.service}" if isinstance(entry, Metric) else name
            if whose in seen:
                yield finding(watched, file, (key, n, field), f"'{name}' is declared twice: names are unique")
            seen.add(whose)


def _services(watched: Watched) -> Iterator[str]:
    known = watched.workload.services
    for file, key, _, entries in _lists(watched):
        for n, entry in enumerate(entries):
            service = getattr(entry, "service", None)
            if service is not None:
                yield from unless_known(watched, file, (key, n, "service"), service, known, "service")
    producers = watched.workload.producers
    for name, producer in producers.items():
        at = ("producers", name, "service")
        yield from unless_known(watched, "workload", at, producer.service, known, "service")
    for n, metric in enumerate(watched.metrics.prometheus):
        yield from unless_known(
            watched, "metrics", ("prometheus", n, "producer"), metric.producer, producers, "producer"
        )


def _severities(watched: Watched) -> Iterator[str]:
    known = watched.workload.severities
    for n, alert in enumerate(watched.alerts):
        for name in alert.thresholds:
            yield from unless_known(watched, "alerts", ("alerts", n, "thresholds", name), name, known, "severity")
    for key, n, slo in _objectives(watched):
        for field, name in slo.severities.model_dump(exclude_none=True).items():
            yield from unless_known(watched, "slos", (key, n, "severities", field), name, known, "severity")
    for n, alarm in enumerate(watched.alarms.alarms):
        yield from unless_known(watched, "alarms", ("alarms", n, "severity"), alarm.severity, known, "severity")
    for n, composite in enumerate(watched.alarms.composites):
        path = ("composites", n, "severity")
        yield from unless_known(watched, "alarms", path, composite.severity, known, "severity")
    yield from _escalation(watched)
    for n, cloud in enumerate(watched.metrics.cloudwatch):
        for name in cloud.thresholds:
            at = ("cloudwatch", n, "thresholds", name)
            yield from unless_known(watched, "metrics", at, name, known, "severity")


def _escalation(watched: Watched) -> Iterator[str]:
    """Yield severities below one that is less urgent: they are declared from the most urgent to the least."""
    before = ""
    for name, severity in watched.workload.severities.items():
        if severity.priority < before:
            message = f"expected {before} or less urgent, below one of {before}, found {severity.priority}: order them"
            yield finding(watched, "workload", ("severities", name, "priority"), message)
        before = max(before, severity.priority)


def _red(watched: Watched) -> Iterator[str]:
    declared = {metric.name: metric.type for metric in watched.metrics.prometheus}
    for name, service in watched.workload.services.items():
        for part, kind in (("requests", "counter"), ("errors", "counter"), ("latency", "histogram")):
            metric = getattr(service.red, part) if service.red else None
            if metric is not None and declared.get(promql.name_of(metric) or metric) != kind:
                path = ("services", name, "red", part)
                near = meant(metric, (each for each, is_a in declared.items() if is_a == kind))
                yield finding(watched, "workload", path, f"expected a declared {kind}, found '{metric}'{near}")


def _dashboards(watched: Watched) -> Iterator[str]:
    grafana = {dashboard.name for dashboard in watched.dashboards.grafana}
    for n, alert in enumerate(watched.alerts):
        path = ("alerts", n, "dashboard")
        yield from unless_known(watched, "alerts", path, alert.dashboard, grafana, "Grafana dashboard")
    for key, n, slo in _objectives(watched):
        yield from unless_known(watched, "slos", (key, n, "dashboard"), slo.dashboard, grafana, "Grafana dashboard")


def _objectives(watched: Watched) -> Iterator[tuple[str, int, Slo | ThresholdSlo]]:
    for n, slo in enumerate(watched.slos):
        yield "slos", n, slo
    for n, threshold in enumerate(watched.thresholds):
        yield "thresholds", n, threshold


def _burn_rates(catalog: Catalog) -> Iterator[str]:
    """Yield burn rates over a window that no rule records: they would compare nothing and never fire."""
    for kind in ("page", "ticket"):
        for n, window in enumerate(getattr(catalog.burn_rates, kind)):
            for field in ("long", "short"):
                span = getattr(window, field)
                if span not in RATIO_WINDOWS:
                    known = ", ".join(RATIO_WINDOWS)
                    place = f"catalog/burn-rates.yaml: {kind}.{n}.{field}"
                    yield f"{place}: no rule records the window '{span}': expected one of {known}"


def _probes(watched: Watched, catalog: Catalog) -> Iterator[str]:
    modules = catalog.probes.modules
    for name, probe in watched.workload.probed.items():
        at = ("producers", name)
        yield from unless_known(watched, "workload", (*at, "module"), probe.module, modules, "module of probes.yaml")
        module = modules.get(probe.module)
        if module and seconds(probe.interval) <= seconds(module.timeout):
            message = f"expected more than the {module.timeout} that its module waits, found {probe.interval}"
            yield finding(watched, "workload", (*at, "interval"), message)


def _runbooks(watched: Watched, catalog: Catalog) -> Iterator[str]:
    uses: list[tuple[str, tuple[str | int, ...], str]] = [
        *(("alerts", ("alerts", n, "runbook"), alert.runbook) for n, alert in enumerate(watched.alerts)),
        *(("slos", (key, n, "runbook"), slo.runbook) for key, n, slo in _objectives(watched)),
        *(("alarms", ("alarms", n, "runbook"), alarm.runbook) for n, alarm in enumerate(watched.alarms.alarms)),
        *(("alarms", ("composites", n, "runbook"), each.runbook) for n, each in enumerate(watched.alarms.composites)),
    ]
    if watched.workload.budget:
        uses.append(("workload", ("budget", "runbook"), watched.workload.budget.runbook))
    for file, path, runbook in uses:
        page = f"{watched.name}/{runbook}"
        if page not in catalog.runbooks:
            near = meant(page, (each for each in catalog.runbooks if each.startswith(f"{watched.name}/")))
            message = f"no runbook: expected the page docs/runbooks/{page}.md, found none{near}"
            yield finding(watched, file, path, message)
