"""The Alertmanager configuration: priorities to receivers, grouping, inhibition; secrets only as files."""

from collections.abc import Iterator, Mapping, Sequence
from math import ceil

from compiler.catalog.catalog import Catalog
from compiler.model.base import Priority, seconds
from compiler.model.platform import (
    Channel,
    Digest,
    Mail,
    PagerDuty,
    Route,
    Routing,
    Secretive,
    Slack,
    Webhook,
)
from compiler.routing.inhibitions import inhibit_rules
from compiler.target import Target

_EACH_ALERT = ("...",)
"""Grouping by all labels: one group, and so one PagerDuty dedup_key, for each alert."""

_LEAST_MEMORY = 120
"""Hours, Alertmanager's own default: silences that have ended are shown as long."""

SMTP_AUTH_FILE = "smtp-password"


def secrets(routing: Routing, target: Target) -> list[str]:
    """Return the names of the secrets that the receivers read as files, sorted."""
    named = {channel.secret for channel in routing.channels.values() if isinstance(channel, Secretive)}
    return sorted(named | ({SMTP_AUTH_FILE} if target.smtp_username else set()))


def client(target: Target) -> str:
    """Return the name that receivers show as the sender."""
    return f"observability-{target.environment}"


def peer_timeout(routing: Routing, replicas: int) -> str:
    """Return Alertmanager's peer timeout: how long each member waits for the one before it to notify, in seconds.

    A member that waits notifies of what it saw before. If its turn came after the next interval of the group, it would
    notify of alerts that have ended since, and page once more: so all turns fit into the shortest `group_interval` of
    the routes, and where that is long, it is 15 s (Alertmanager's own default).
    """
    shortest = min(seconds(route.group_interval) for _, route in routing.routes())
    return f"{max(1, min(15, int(shortest / max(1, replicas))))}s"


def retention(routing: Routing) -> str:
    """Return how long Alertmanager remembers whom it told of what.

    It forgets after twice a route's `repeat_interval`, or after this time where that is shorter: what it has forgotten
    it tells anew, before its time (source: Alertmanager 0.28, notify/notify.go, SetNotifiesStage; nflog/nflog.go, Log).
    """
    longest = max(seconds(route.repeat_interval) for _, route in routing.routes())
    return f"{max(_LEAST_MEMORY, ceil(2 * longest / 3600))}h"


def configuration(catalog: Catalog, target: Target) -> dict[str, object]:
    """Return the configuration of Alertmanager 0.28."""
    routing = catalog.routing
    return {
        "global": _global(target),
        "templates": [target.templates_glob],
        "route": {
            # Alerts that no route below takes have no priority and an unknown severity.
            "receiver": routing.fallback,
            "group_by": list(routing.priorities["P3"].group_by),
            "routes": list(_routes(routing)),
        },
        **_times(routing),
        "receivers": [_receiver(name, channel, target) for name, channel in routing.channels.items()],
        "inhibit_rules": inhibit_rules(catalog),
    }


def _global(target: Target) -> dict[str, object]:
    smtp: dict[str, object] = {
        "smtp_smarthost": target.smtp_smarthost,
        "smtp_from": target.smtp_from,
        "smtp_require_tls": target.smtp_require_tls,
    }
    if target.smtp_username:
        smtp["smtp_auth_username"] = target.smtp_username
        smtp["smtp_auth_password_file"] = f"{target.secrets_folder}/{SMTP_AUTH_FILE}"
    return {"resolve_timeout": "5m", "pagerduty_url": target.pagerduty_url, **smtp}


def _routes(routing: Routing) -> Iterator[dict[str, object]]:
    for alert, route in routing.alerts.items():
        yield _route([f'alertname="{alert}"'], route, routing.channels)
    for workload, own in sorted(routing.workloads.items()):
        for priority, route in sorted(own.items()):
            yield _of_workload(workload, priority, route, routing)
    for workload, priority in _muted_elsewhere(routing):
        yield _of_workload(workload, priority, routing.priorities[priority], routing)
    for priority, route in sorted(routing.priorities.items()):
        yield _route([f'priority="{priority}"'], route, routing.channels)
    for severity, priority in routing.foreign_severities.items():
        matchers = ['priority=""', f'severity="{severity}"']
        yield _route(matchers, routing.priorities[priority], routing.channels)


def _of_workload(workload: str, priority: Priority, route: Route, routing: Routing) -> dict[str, object]:
    """Return the route of a workload's priority, silent during its maintenance."""
    matchers = [f'workload="{workload}"', f'priority="{priority}"']
    return _route(matchers, route, routing.channels, _mutes(routing, workload, priority))


def _mutes(routing: Routing, workload: str, priority: Priority) -> list[str]:
    return [
        name for name, each in routing.maintenance.items() if each.workload == workload and priority in each.priorities
    ]


def _muted_elsewhere(routing: Routing) -> list[tuple[str, Priority]]:
    """Return the priorities of workloads that have a maintenance and no route of their own."""
    muted = {(each.workload, priority) for each in routing.maintenance.values() for priority in each.priorities}
    return sorted(pair for pair in muted if pair[1] not in routing.workloads.get(pair[0], {}))


def _times(routing: Routing) -> dict[str, object]:
    intervals = [
        {
            "name": name,
            "time_intervals": [
                {
                    "weekdays": list(each.weekdays),
                    "times": [{"start_time": each.start, "end_time": each.end}],
                    "location": each.zone,
                }
            ],
        }
        for name, each in routing.maintenance.items()
    ]
    return {"time_intervals": intervals} if intervals else {}


def _route(
    matchers: list[str], route: Route, channels: Mapping[str, Channel], mutes: Sequence[str] = ()
) -> dict[str, object]:
    """Return the route of a priority or of an alert; each channel is a child, since one route has one receiver.

    The children are muted: a route does not hand its mute times on.
    """
    children = [
        {
            "receiver": name,
            **_grouping(channels[name]),
            "continue": name != route.channels[-1],
            **({"mute_time_intervals": list(mutes)} if mutes else {}),
        }
        for name in route.channels
    ]
    return {
        "matchers": matchers,
        "receiver": route.channels[0],
        "group_by": list(route.group_by),
        "group_wait": route.group_wait,
        "group_interval": route.group_interval,
        "repeat_interval": route.repeat_interval,
        "routes": children,
    }


def _grouping(channel: Channel) -> dict[str, object]:
    return {"group_by": list(_EACH_ALERT)} if isinstance(channel, PagerDuty) else {}


def _receiver(name: str, channel: Channel, target: Target) -> dict[str, object]:
    receiver: dict[str, object] = {"name": name}
    if isinstance(channel, PagerDuty):
        receiver["pagerduty_configs"] = [_pagerduty(channel, target)]
    elif isinstance(channel, Slack):
        receiver["slack_configs"] = [_slack(channel, target)]
    elif isinstance(channel, Mail):
        receiver["email_configs"] = [_mail(channel)]
    elif isinstance(channel, Webhook):
        # This receiver counts reports; a resolved alert is none.
        receiver["webhook_configs"] = [
            {"url_file": f"{target.secrets_folder}/{channel.secret}", "send_resolved": False}
        ]
    elif isinstance(channel, Digest):
        pass  # the digest reads from Alertmanager; nothing is sent
    return receiver


def _pagerduty(channel: PagerDuty, target: Target) -> dict[str, object]:
    return {
        "routing_key_file": f"{target.secrets_folder}/{channel.secret}",
        "send_resolved": True,
        "severity": channel.severity,
        "description": '{{ template "platform.title" . }}',
        "component": "{{ .CommonLabels.service }}",
        "group": "{{ .CommonLabels.workload }}",
        "class": "{{ .CommonLabels.alertname }}",
        "client": client(target),
        "client_url": "{{ .CommonAnnotations.dashboard_url }}",
        "details": {
            "summary": "{{ .CommonAnnotations.summary }}",
            "description": "{{ .CommonAnnotations.description }}",
            "runbook": "{{ .CommonAnnotations.runbook_url }}",
            "dashboard": "{{ .CommonAnnotations.dashboard_url }}",
        },
        "links": [
            {"href": "{{ .CommonAnnotations.runbook_url }}", "text": "Runbook"},
            {"href": "{{ .CommonAnnotations.dashboard_url }}", "text": "Dashboard"},
        ],
    }


def _slack(channel: Slack, target: Target) -> dict[str, object]:
    return {
        "api_url_file": f"{target.secrets_folder}/{channel.secret}",
        "send_resolved": True,
        "channel": channel.channel,
        "color": '{{ if eq .Status "firing" }}danger{{ else }}good{{ end }}',
        "title": '{{ template "platform.title" . }}',
        "title_link": "{{ .CommonAnnotations.runbook_url }}",
        "text": '{{ template "platform.text" . }}',
        "fallback": '{{ template "platform.title" . }}',
    }


def _mail(channel: Mail) -> dict[str, object]:
    return {
        "to": channel.to,
        "send_resolved": True,
        "headers": {"Subject": '{{ template "platform.title" . }}'},
        "html": '{{ template "platform.html" . }}',
        "text": '{{ template "platform.text" . }}',
    }
