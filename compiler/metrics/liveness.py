"""Liveness: which services have gone live in an environment, so that their silence means trouble.

A service is live where its stack declares it (`live` of the stack's file), or from its first data on. A first `up`, a
workload that is yet to be deployed and a region that stands by have neither, and notify nobody.

What is learnt is a recorded series that reads itself: it lasts as long as Prometheus keeps samples, however long the
service is silent, and is lost with Prometheus's volume. What is declared stands in git. `ServiceLiveUndeclared` of
the platform's alerts says what is known by the volume alone.
"""

from collections.abc import Iterator, Mapping

from compiler import conventions as names
from compiler.catalog.catalog import Catalog, Watched
from compiler.metrics.rules import Group, Rule, present
from compiler.model.alerts import Absence
from compiler.target import Target


def known(catalog: Catalog) -> list[str]:
    """Return what a stack may declare live: every workload, and every service as `workload/service`."""
    return sorted(
        name
        for watched in catalog
        for name in (watched.name, *(f"{watched.name}/{service}" for service in watched.workload.services))
    )


def silent(watched: Watched, target: Target) -> list[str]:
    """Return the services whose silence notifies nobody before their first data: they are not declared live."""
    return [service for service in _signs(watched, target) if not names.declared_live(watched.name, service, target)]


def liveness_group(watched: Watched, target: Target) -> Group:
    """Return the group that records which services are expected, which are declared live and which were seen."""
    return Group(f"{watched.name}-live", names.EVERY_LONG, tuple(_rules(watched, target)))


def _rules(watched: Watched, target: Target) -> Iterator[Rule]:
    for service, signs in _signs(watched, target).items():
        labels = {"workload": watched.name, "service": service}
        yield Rule("vector(1)", names.EXPECTED, labels=labels)
        if names.declared_live(watched.name, service, target):
            yield Rule("vector(1)", names.DECLARED_LIVE, labels=labels)
        seen = [f"group({sign})" for sign in signs]
        kept = f"group(last_over_time({names.SEEN_LIVE}{names.of_service(watched.name, service)}[{names.KEPT}]))"
        yield Rule("\nor\n".join([*seen, kept]), names.SEEN_LIVE, labels=labels)


def _signs(watched: Watched, target: Target) -> Mapping[str, list[str]]:
    """Return the selectors of the series whose absence some alert tells of, by service: its first data."""
    if not watched.expected_in(target.environment):
        return {}
    found: dict[str, dict[str, None]] = {}
    for alert in watched.alerts:
        if alert.absence and (alert.layer is None or alert.layer in target.layers):
            found.setdefault(alert.service, {})[_sign(watched, alert.service, alert.absence)] = None
    for series, objectives in ((names.SLO_TOTAL, watched.slos), (names.SLO_VALUE, watched.thresholds)):
        for slo in objectives:
            # Of any objective: a service may have a thousand.
            found.setdefault(slo.service, {})[f"{series}{names.of_service(watched.name, slo.service)}"] = None
    return {service: list(signs) for service, signs in found.items()}


def _sign(watched: Watched, service: str, absence: Absence) -> str:
    """Return the selector of a series that is there; of a target, that it has answered once."""
    matchers = [f'{label}="{value}"' for label, value in absence.where.items()]
    answers = absence.metric in {names.UP, *names.PROBE_SERIES}
    if answers:
        values = present(watched, absence.metric, service) or {}
        matchers += [f'{label}=~"{"|".join(of)}"' for label, of in values.items() if label not in absence.where and of]
    selector = f"{absence.metric}{{{', '.join(matchers)}}}" if matchers else absence.metric
    return f"{selector} > 0" if answers else selector
