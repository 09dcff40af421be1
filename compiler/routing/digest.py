"""The settings of the weekly digest's job (jobs/digest): its queries to Prometheus and Alertmanager, its channel."""

from collections.abc import Iterator

from compiler import conventions as names
from compiler.catalog.catalog import Catalog
from compiler.criteria.rules import measured
from compiler.metrics.rules import ALERTS_INTERVAL
from compiler.model.criteria import Criterion
from compiler.model.platform import Digest, Route, Routing, Slack, Weekday
from compiler.routing.alertmanager import client
from compiler.target import Target
from compiler.texts.placeholders import criterion_text

WINDOW = "7d"
_NOISIEST = 10
_CRON_DAYS: tuple[Weekday, ...] = ("sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday")
_SIDES = {">": "at most", "<": "at least", "==": "not"}
_ALERT = "alertname, workload, service, severity"


def digests(routing: Routing) -> dict[str, Digest]:
    """Return the channels that are digests, by name."""
    return {name: channel for name, channel in routing.channels.items() if isinstance(channel, Digest)}


def schedule(digest: Digest) -> str:
    """Return the digest's schedule as a cron expression."""
    hour, minute = digest.at.split(":")
    return f"{int(minute)} {int(hour)} * * {_CRON_DAYS.index(digest.weekday)}"


def secret_of(digest: Digest, routing: Routing) -> str:
    """Return the name of the secret that holds the digest's address."""
    return _through(digest, routing).secret


def _through(digest: Digest, routing: Routing) -> Slack:
    """Return the Slack channel of the digest (the catalog is validated: there is one)."""
    return next(each for name, each in routing.channels.items() if name == digest.through and isinstance(each, Slack))


def settings(name: str, catalog: Catalog, target: Target) -> dict[str, object]:
    """Return the settings of the digest's job as JSON data, without any secret or address.

    Args:
        name: of the digest's channel.
        catalog: whose routing, criteria and policy count.
        target: the environment.
    """
    digest, routing = digests(catalog.routing)[name], catalog.routing
    slack = _through(digest, routing)
    chosen = [*_chosen(name, routing)]
    return {
        "title": f"Weekly digest of {client(target)}",
        "room": slack.channel,
        "dashboard": names.grafana_url(target, names.SHARED_WORKLOAD, names.CRITERIA_DASHBOARD),
        "filters": chosen,
        "queries": {
            "waited": " or ".join(map(_waited, chosen)),
            "noisiest": _noisiest(routing),
            "budgets": names.SLO_BUDGET,
            "stances": names.SLO_POLICY,
            "criteria": names.CRITERION_VALUE,
            "met": names.CRITERION_MET,
        },
        # The last stance is recorded as 0.
        "stances": [stance.text for stance in reversed(catalog.burn_rates.policy)],
        "criteria": [_criterion(each) for each in measured(catalog.criteria, target)],
    }


def _chosen(name: str, routing: Routing) -> Iterator[list[str]]:
    """Yield matchers, as Prometheus and Alertmanager both write them, for each route that leads to the digest."""
    for priority, route in routing.priorities.items():
        others = sorted(workload for workload, own in routing.workloads.items() if priority in own)
        if name in route.channels:
            elsewhere = [f'workload!~"{"|".join(others)}"'] if others else []
            yield [f'priority="{priority}"', *elsewhere, *_own_ways(name, routing)]
        for workload in others:
            if name in routing.workloads[workload][priority].channels:
                yield [f'workload="{workload}"', f'priority="{priority}"', *_own_ways(name, routing)]
    foreign = [
        severity for severity, to in routing.foreign_severities.items() if _notifies(name, routing.priorities[to])
    ]
    if foreign:
        yield ['priority=""', f'severity=~"{"|".join(foreign)}"', *_own_ways(name, routing)]


def _notifies(name: str, route: Route) -> bool:
    return name in route.channels


def _own_ways(name: str, routing: Routing) -> list[str]:
    """Return the matcher that excludes alerts whose own route does not lead to the digest."""
    others = [alert for alert, route in routing.alerts.items() if not _notifies(name, route)]
    return [f'alertname!~"{"|".join(others)}"'] if others else []


def _waited(matchers: list[str]) -> str:
    """Return the query for the seconds that each alert fired within the week."""
    chosen = ", ".join(['alertstate="firing"', *matchers])
    seconds = f"{ALERTS_INTERVAL.removesuffix('s')} * sum by ({_ALERT})"
    return f"{seconds} (count_over_time(ALERTS{{{chosen}}}[{WINDOW}]))"


def _noisiest(routing: Routing) -> str:
    """Return the query for how often each alert's condition began."""
    others = f'{{alertname!~"{"|".join(routing.alerts)}"}}' if routing.alerts else ""
    return f"topk({_NOISIEST}, sum by (workload, alertname) (changes(ALERTS_FOR_STATE{others}[{WINDOW}]) + 1))"


def _criterion(criterion: Criterion) -> dict[str, object]:
    return {
        "name": criterion.name,
        "title": criterion_text(criterion, criterion.title),
        "unit": criterion.unit,
        "side": _SIDES[criterion.bound.operator],
        "limit": criterion.bound.value,
    }
