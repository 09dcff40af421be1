"""Which alerts an inhibition means, and the labels by which it knows that both speak of the same thing."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from compiler.catalog.catalog import Catalog, Watched
from compiler.catalog.promql import Pinned
from compiler.catalog.scope import scope_of
from compiler.conventions import alert_prefix
from compiler.model.alerts import Alert
from compiler.routing.chart import chart_alerts

ROUTED = frozenset({"alertname", "severity", "priority", "workload", "service", "team"})
"""Labels that say how an alert travels, not what it speaks of."""


@dataclass(frozen=True)
class Told:
    """An alert as Alertmanager gets it.

    Attributes:
        name: of the alert.
        severities: that it is told at, the most urgent first.
        labels: that its value keeps: they tell one of its things from another.
        workload: None for an alert that a chart brings along.
        service: of the workload.
        gone: further labels of the series whose absence is told.
        pinned: the values that a label can have, where the value is narrowed to one.
    """

    name: str
    severities: tuple[str, ...]
    labels: frozenset[str] = frozenset()
    workload: str | None = None
    service: str | None = None
    gone: frozenset[str] = frozenset()
    pinned: Pinned = frozenset()

    def common(self, other: "Told") -> frozenset[str]:
        """Return the labels that must be equal for both to speak of the same thing."""
        if (self.workload, self.name) == (other.workload, other.name):
            return self.labels | self.gone
        # `probe` of a liveness probe is never that of a readiness probe, which is no other thing.
        apart = {label for label, _, _ in self.pinned ^ other.pinned}
        return (self.labels & other.labels) - apart


def told(catalog: Catalog) -> list[Told]:
    """Return every alert of the catalog and of the charts; a catalog that is not valid may raise `PromQLError`."""
    severities = tuple(catalog.routing.foreign_severities)
    foreign = [Told(name, severities, labels - ROUTED) for name, labels in chart_alerts().items()]
    return [*(each for watched in catalog for each in _of(watched, catalog)), *foreign]


def _of(watched: Watched, catalog: Catalog) -> Iterator[Told]:
    scope = scope_of(watched, catalog)
    for alert in watched.alerts:
        shape = scope.shape(alert.value, alert.service)
        kept, pinned = (shape.labels - ROUTED, shape.pinned) if shape else (frozenset[str](), Pinned())
        ordered = tuple(name for name in watched.workload.severities if name in alert.thresholds)
        yield Told(alert.name, ordered, kept, watched.name, alert.service, _gone(alert) - ROUTED, pinned)
    for name, severity, service, labels in _of_objectives(watched):
        yield Told(name, (severity,), labels, watched.name, service)


def _gone(alert: Alert) -> frozenset[str]:
    return frozenset({*alert.absence.where, *alert.absence.each} if alert.absence else ())


def _of_objectives(watched: Watched) -> Iterator[tuple[str, str, str, frozenset[str]]]:
    for slo in watched.slos:
        prefix, each = alert_prefix(slo.name), frozenset({slo.each.label} if slo.each else ())
        yield f"{prefix}BurnFast", slo.severities.page, slo.service, each
        yield f"{prefix}BurnSlow", slo.severities.ticket, slo.service, each
        yield f"{prefix}NoData", slo.severities.absence, slo.service, frozenset()
    for value in watched.thresholds:
        prefix = alert_prefix(value.name)
        if value.severities.missed:
            yield f"{prefix}Missed", value.severities.missed, value.service, frozenset()
        yield f"{prefix}NoData", value.severities.absence, value.service, frozenset()


def matching(alerts: list[Told], matchers: Mapping[str, str]) -> list[tuple[Told, str]]:
    """Return the alerts that fit the matchers, each with the severities at which it does."""
    return [
        (alert, severity)
        for alert in alerts
        for severity in alert.severities
        if all(fits in (None, matchers.get(label, fits)) for label, fits in _routed(alert, severity).items())
    ]


def _routed(alert: Told, severity: str) -> dict[str, str | None]:
    return {"alertname": alert.name, "severity": severity, "workload": alert.workload, "service": alert.service}
