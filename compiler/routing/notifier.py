"""The routing table of the notifier (lambdas/notifier/table.py): who is notified of CloudWatch alarms at once.

E-mail is left out: SNS sends it to the topics' subscribers, also when the notifier fails. So are the digest, which
notifies nobody at once, and the routes of single alerts, which no CloudWatch alarm has.
"""

from collections.abc import Collection, Iterable, Mapping

from compiler.conventions import in_environment, topic
from compiler.model.base import Priority
from compiler.model.platform import PagerDuty, Route, Routing, Secretive, Slack
from compiler.routing.alertmanager import client
from compiler.target import Target


def table(routing: Routing, target: Target, configured: Collection[str] = ()) -> dict[str, object]:
    """Return the notifier's table in an environment as JSON data; it holds secrets' names, not secrets.

    Args:
        routing: the file `routing.yaml`.
        target: the environment.
        configured: the secrets that the stack's config holds, which are stored under a name of their own.
    """
    return {
        "client": client(target),
        "pagerduty_url": target.pagerduty_url,
        "channels": {
            name: {
                "kind": channel.kind,
                "secret_id": secret_name(channel.secret, target, configured),
                **_particular(channel),
            }
            for name, channel in _notified(routing).items()
        },
        "topics": {in_environment(topic(priority), target.environment): priority for priority in routing.priorities},
        "priorities": _names(routing.priorities, routing),
        "workloads": {workload: _names(routes, routing) for workload, routes in routing.workloads.items()},
        "fallback": [*_reached([routing.fallback], routing)],
    }


def secrets(routing: Routing) -> list[str]:
    """Return the secrets that the notifier reads, as a stack's config names them, sorted."""
    return sorted({channel.secret for channel in _notified(routing).values()})


def secret_name(secret: str, target: Target, configured: Collection[str] = ()) -> str:
    """Return the name of a receiver's secret in AWS Secrets Manager.

    A secret stored by hand is Alertmanager's too; one of the stack's config has another name, so that it neither
    meets nor overwrites that.
    """
    return f"{target.secrets_prefix}/{'config/' if secret in configured else ''}{secret}"


def _notified(routing: Routing) -> dict[str, Secretive]:
    """Return the channels of priorities, workloads and unrouted alarms that need a secret, by name."""
    routes = [*routing.priorities.values(), *(route for own in routing.workloads.values() for route in own.values())]
    return _reached([*(name for route in routes for name in route.channels), routing.fallback], routing)


def _reached(names: Iterable[str], routing: Routing) -> dict[str, Secretive]:
    found = {name: routing.channels[name] for name in names}
    return {name: channel for name, channel in found.items() if isinstance(channel, Secretive)}


def _names(routes: Mapping[Priority, Route], routing: Routing) -> dict[Priority, list[str]]:
    return {priority: [*_reached(route.channels, routing)] for priority, route in routes.items()}


def _particular(channel: Secretive) -> dict[str, str]:
    if isinstance(channel, PagerDuty):
        return {"severity": channel.severity}
    return {"room": channel.channel} if isinstance(channel, Slack) else {}
