"""Prometheus rules, and the group of a workload's alerts; objectives are in `compiler/objectives`."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from compiler import conventions as names
from compiler.catalog.catalog import Watched
from compiler.model.alerts import Absence, Alert, Threshold, Traffic
from compiler.target import Target
from compiler.text import number
from compiler.texts.placeholders import alert_facts, fill

ALERTS_INTERVAL = names.EVERY
"""How often alerts are evaluated, and so how far samples of their history lie apart."""


@dataclass(frozen=True)
class Rule:
    """One rule of a group: it records a series or it alerts."""

    expr: str
    record: str | None = None
    alert: str | None = None
    for_: str | None = None
    keep: str | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    annotations: Mapping[str, str] = field(default_factory=dict)

    def to_dict(self) -> dict[str, object]:
        """Return the rule as Prometheus and the PrometheusRule resource spell it."""
        spelled: dict[str, object] = {"record": self.record} if self.record else {"alert": self.alert}
        spelled["expr"] = self.expr
        if self.for_:
            spelled["for"] = self.for_
        if self.keep:
            spelled["keep_firing_for"] = self.keep
        if self.labels:
            spelled["labels"] = dict(self.labels)
        if self.annotations:
            spelled["annotations"] = dict(self.annotations)
        return spelled


@dataclass(frozen=True)
class Group:
    """A named group of rules that Prometheus evaluates together, each `interval`."""

    name: str
    interval: str
    rules: tuple[Rule, ...]

    def to_dict(self) -> dict[str, object]:
        """Return the group as Prometheus and the PrometheusRule resource spell it."""
        return {"name": self.name, "interval": self.interval, "rules": [rule.to_dict() for rule in self.rules]}


def alert_group(watched: Watched, target: Target) -> Group:
    """Return the group of a workload's alerts, one rule for each severity of each alert."""
    rules = [
        _alert_rule(watched, alert, severity, threshold, target)
        for alert in watched.alerts
        if alert.layer is None or alert.layer in target.layers
        for severity, threshold in alert.thresholds.items()
    ]
    return Group(f"{watched.name}-alerts", ALERTS_INTERVAL, tuple(rules))


def _alert_rule(watched: Watched, alert: Alert, severity: str, threshold: Threshold, target: Target) -> Rule:
    expr = condition(alert.value, threshold)
    if alert.traffic:
        expr = f"{expr}\n{traffic_guard(alert.traffic)}"
    if alert.absence and watched.expected_in(target.environment):
        once = names.once_live(watched.name, alert.service, target)
        expr = "\n".join([f"({expr})", *absence_guards(watched, alert.service, alert.absence, once)])
    return Rule(
        expr=expr,
        alert=alert.name,
        for_=threshold.for_,
        keep=threshold.keep,
        labels=alert_labels(watched, alert.service, severity),
        annotations=alert_annotations(watched, target, alert, severity),
    )


def condition(value: str, threshold: Threshold) -> str:
    """Return the PromQL condition: it has a result while the value breaks the threshold."""
    broken = [f"({value}) {operator} {number(limit)}" for operator, limit in threshold.limits()]
    return broken[0] if len(broken) == 1 else "(" + "\nor ".join(broken) + ")"


def traffic_guard(traffic: Traffic) -> str:
    """Return the condition of least traffic, below which the value is noise."""
    return f"and ({traffic.value}) >= {number(traffic.at_least)}"


def present(watched: Watched, metric: str, service: str) -> Mapping[str, tuple[str, ...]] | None:
    """Return the labels, each with its known values, of a series that one of the workload's services must have.

    Every scraped service has `up`, by its workload and its job, which is the producer's name; a probed service has the
    series of a probe.

    Returns:
        None where the workload declares no such metric.
    """
    if metric == names.UP:
        jobs = tuple(name for name, each in watched.workload.scraped.items() if each.service == service)
        return {"workload": (watched.name,), "job": jobs}
    if metric in names.PROBE_SERIES:
        pages = tuple(name for name, each in watched.workload.probed.items() if each.service == service)
        return {"workload": (watched.name,), "probe": pages}
    found = watched.metric(metric, service)
    return found.labels if found else None


def absence_guards(watched: Watched, service: str, absence: Absence, once: str = "") -> Iterator[str]:
    """Yield a condition for each combination of declared label values whose series must be there.

    Args:
        watched: the workload.
        service: of the alert.
        absence: what must be there.
        once: what each absence must meet besides; empty where the service is declared live.
    """
    declared = present(watched, absence.metric, service) or {}
    combinations: list[dict[str, str]] = [dict(absence.where)]
    for label in absence.each if watched.metric(absence.metric) else ("workload", *absence.each):
        combinations = [{**chosen, label: value} for chosen in combinations for value in declared[label]]
    for chosen in combinations:
        matchers = ", ".join(f'{label}="{value}"' for label, value in chosen.items())
        gone = f"absent({absence.metric}{{{matchers}}})" if matchers else f"absent({absence.metric})"
        # By the labels that the value keeps: a value and its absence at once would be one alert twice, which Prometheus
        # refuses. A window still has a value for a while when its series has just gone.
        yield f"or on ({', '.join(absence.each)}) {f'({gone}{once})' if once else gone}"


def alert_labels(watched: Watched, service: str, severity: str) -> dict[str, str]:
    """Return the labels that route an alert; every alert has them."""
    return {
        "severity": severity,
        "priority": watched.severity(severity).priority,
        "workload": watched.name,
        "service": service,
        "team": watched.workload.owner.team,
    }


def link_annotations(watched: Watched, target: Target, runbook: str, dashboard: str) -> dict[str, str]:
    """Return the links of an alert: runbook and dashboard."""
    address = names.runbook_url(target, watched.name, runbook)
    return {
        # The name that tools outside of the platform read; bighead's own rules have it.
        "runbook": address,
        "runbook_url": address,
        "dashboard_url": names.grafana_url(target, watched.name, dashboard),
    }


def alert_annotations(watched: Watched, target: Target, alert: Alert, severity: str) -> dict[str, str]:
    """Return the annotations of one severity: summary, description, links, and the documents' other names."""
    facts = alert_facts(watched, alert, severity)
    templates = {"summary": alert.summary, "description": alert.description}
    texts = {name: fill(text, facts, templates=True) for name, text in templates.items()}
    aliases = {"aliases": ", ".join(alert.aliases)} if alert.aliases else {}
    return {**texts, **link_annotations(watched, target, alert.runbook, alert.dashboard), **aliases}
