"""The catalog's rules across entries: names are unique, and every name that is used exists."""

from collections.abc import Iterable, Iterator, Sequence

from compiler.catalog import Catalog, Watched
from compiler.conventions import RATIO_WINDOWS
from compiler.errors import UserError
from compiler.model.base import Entry
from compiler.model.platform import RetentionClass
from compiler.places import Path, finding, unless_known
from compiler.retention import cloudwatch_days
from compiler.validate_promql import promql_findings

PRIORITIES = ("P0", "P1", "P2", "P3", "P4")


def findings(catalog: Catalog) -> list[str]:
    """Return a line for every rule that the catalog breaks, sorted by place."""
    found = [*_repeated_across(catalog), *_routing(catalog), *_burn_rates(catalog), *promql_findings(catalog)]
    for watched in catalog:
        for rule in (_repeated_names, _services, _severities, _red, _dashboards, _alarms, _widgets):
            found.extend(rule(watched))
        found.extend(_logs(watched, catalog))
        found.extend(_runbooks(watched, catalog))
    return sorted(set(found))


def _repeated_across(catalog: Catalog) -> Iterator[str]:
    """One Prometheus and one account hold all workloads: what two declare would be mixed or overwritten."""
    owners: dict[tuple[str, str, str], str] = {}
    for watched in catalog:
        for file, path, name in _shared_names(watched):
            owner = owners.setdefault((file, str(path[0]), name), watched.name)
            if owner != watched.name:
                message = f"'{name}' is declared by {owner} too: such names are unique in the catalog"
                yield finding(watched, file, path, message)


def _shared_names(watched: Watched) -> Iterator[tuple[str, Path, str]]:
    names: list[tuple[str, str, Iterable[str]]] = [
        ("metrics", "prometheus", (metric.name for metric in watched.metrics.prometheus)),
        ("dashboards", "cloudwatch", (dashboard.name for dashboard in watched.dashboards.cloudwatch)),
        ("alarms", "alarms", (alarm.name for alarm in watched.alarms.alarms)),
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
    """Every list of named entries: file, key, the field that names an entry, entries."""
    return [
        ("metrics", "prometheus", "name", watched.metrics.prometheus),
        ("metrics", "cloudwatch", "id", watched.metrics.cloudwatch),
        ("alerts", "alerts", "name", watched.alerts),
        ("slos", "slos", "name", watched.slos),
        ("dashboards", "grafana", "name", watched.dashboards.grafana),
        ("dashboards", "cloudwatch", "name", watched.dashboards.cloudwatch),
        ("alarms", "alarms", "name", watched.alarms.alarms),
        ("logs", "groups", "name", watched.logs.groups),
        ("logs", "queries", "name", watched.logs.queries),
    ]


def _repeated_names(watched: Watched) -> Iterator[str]:
    for file, key, field, entries in _lists(watched):
        seen = set[str]()
        for n, entry in enumerate(entries):
            name = getattr(entry, field)
            if name in seen:
                yield finding(watched, file, (key, n, field), f"'{name}' is declared twice: names are unique")
            seen.add(name)


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
    for n, slo in enumerate(watched.slos):
        for field, name in slo.severities.model_dump().items():
            yield from unless_known(watched, "slos", ("slos", n, "severities", field), name, known, "severity")
    for n, alarm in enumerate(watched.alarms.alarms):
        yield from unless_known(watched, "alarms", ("alarms", n, "severity"), alarm.severity, known, "severity")
    for n, cloud in enumerate(watched.metrics.cloudwatch):
        for name in cloud.thresholds:
            path = ("cloudwatch", n, "thresholds", name)
            yield from unless_known(watched, "metrics", path, name, known, "severity")


def _red(watched: Watched) -> Iterator[str]:
    declared = {metric.name: metric.type for metric in watched.metrics.prometheus}
    for name, service in watched.workload.services.items():
        for part, kind in (("requests", "counter"), ("errors", "counter"), ("latency", "histogram")):
            metric = getattr(service.red, part) if service.red else None
            if metric is not None and declared.get(metric) != kind:
                path = ("services", name, "red", part)
                yield finding(watched, "workload", path, f"expected a declared {kind}, found '{metric}'")


def _dashboards(watched: Watched) -> Iterator[str]:
    grafana = {dashboard.name for dashboard in watched.dashboards.grafana}
    for n, alert in enumerate(watched.alerts):
        path = ("alerts", n, "dashboard")
        yield from unless_known(watched, "alerts", path, alert.dashboard, grafana, "Grafana dashboard")
    for n, slo in enumerate(watched.slos):
        yield from unless_known(watched, "slos", ("slos", n, "dashboard"), slo.dashboard, grafana, "Grafana dashboard")


def _alarms(watched: Watched) -> Iterator[str]:
    metrics = {metric.id for metric in watched.metrics.cloudwatch}
    dashboards = {dashboard.name for dashboard in watched.dashboards.cloudwatch}
    for name in watched.alarms.topics:
        if name.upper() in PRIORITIES:
            message = f"'{name}' is the topic of a priority: expected another name"
            yield finding(watched, "alarms", ("topics", name), message)
    for n, alarm in enumerate(watched.alarms.alarms):
        at = ("alarms", n)
        yield from unless_known(watched, "alarms", (*at, "metric"), alarm.metric, metrics, "CloudWatch metric")
        kind = "CloudWatch dashboard"
        yield from unless_known(watched, "alarms", (*at, "dashboard"), alarm.dashboard, dashboards, kind)
        yield from _account_in_dimensions(watched, (*at, "metric"), alarm.metric)
        for i, topic in enumerate(alarm.topics):
            yield from unless_known(watched, "alarms", (*at, "topics", i), topic, watched.alarms.topics, "topic")


def _account_in_dimensions(watched: Watched, path: Path, metric_id: str) -> Iterator[str]:
    for metric in watched.metrics.cloudwatch:
        if metric.id == metric_id and any("{account}" in value for value in metric.dimensions.values()):
            message = f"the dimensions of '{metric_id}' hold {{account}}, which only dashboards fill: expected none"
            yield finding(watched, "alarms", path, message)


def _widgets(watched: Watched) -> Iterator[str]:
    metrics = {metric.id for metric in watched.metrics.cloudwatch}
    for d, dashboard in enumerate(watched.dashboards.cloudwatch):
        for s, section in enumerate(dashboard.sections):
            for w, widget in enumerate(section.widgets):
                for m, line in enumerate(widget.metrics):
                    path = ("cloudwatch", d, "sections", s, "widgets", w, "metrics", m, "metric")
                    if line.metric is not None:
                        yield from unless_known(watched, "dashboards", path, line.metric, metrics, "CloudWatch metric")


def _logs(watched: Watched, catalog: Catalog) -> Iterator[str]:
    groups = {group.name for group in watched.logs.groups}
    for n, group in enumerate(watched.logs.groups):
        path = ("groups", n, "retention")
        known = catalog.retention.classes
        yield from unless_known(watched, "logs", path, group.retention, known, "retention class")
        if group.retention in known:
            yield from _cloudwatch_keeps(group.retention, known[group.retention])
    for n, query in enumerate(watched.logs.queries):
        for i, name in enumerate(query.groups):
            yield from unless_known(watched, "logs", ("queries", n, "groups", i), name, groups, "log group")


def _cloudwatch_keeps(name: str, retention: RetentionClass) -> Iterator[str]:
    try:
        cloudwatch_days(name, retention)
    except UserError as error:
        yield str(error)


def _burn_rates(catalog: Catalog) -> Iterator[str]:
    """A burn rate in a window that no rule records would compare nothing, and never fire."""
    for kind in ("page", "ticket"):
        for n, window in enumerate(getattr(catalog.burn_rates, kind)):
            for field in ("long", "short"):
                span = getattr(window, field)
                if span not in RATIO_WINDOWS:
                    known = ", ".join(RATIO_WINDOWS)
                    place = f"catalog/burn-rates.yaml: {kind}.{n}.{field}"
                    yield f"{place}: no rule records the window '{span}': expected one of {known}"


def _runbooks(watched: Watched, catalog: Catalog) -> Iterator[str]:
    uses: list[tuple[str, tuple[str | int, ...], str]] = [
        *(("alerts", ("alerts", n, "runbook"), alert.runbook) for n, alert in enumerate(watched.alerts)),
        *(("slos", ("slos", n, "runbook"), slo.runbook) for n, slo in enumerate(watched.slos)),
        *(("alarms", ("alarms", n, "runbook"), alarm.runbook) for n, alarm in enumerate(watched.alarms.alarms)),
    ]
    if watched.workload.budget:
        uses.append(("workload", ("budget", "runbook"), watched.workload.budget.runbook))
    for file, path, runbook in uses:
        page = f"{watched.name}/{runbook}"
        if page not in catalog.runbooks:
            yield finding(watched, file, path, f"no runbook: expected the page docs/runbooks/{page}.md, found none")


def _routing(catalog: Catalog) -> Iterator[str]:
    routing, place = catalog.routing, "catalog/routing.yaml"
    for priority in PRIORITIES:
        if priority not in routing.priorities:
            yield f"{place}: priorities: expected {priority}, found none: its alerts would reach nobody"
    for priority, route in routing.priorities.items():
        for channel in route.channels:
            if channel not in routing.channels:
                known = ", ".join(sorted(routing.channels))
                yield f"{place}: priorities.{priority}: unknown channel '{channel}': expected one of {known}"
