"""Routes, receivers and inhibitions; secrets are only ever names of files."""

import re
from dataclasses import replace
from typing import Any

import pytest

from compiler.catalog.catalog import Catalog
from compiler.model.base import seconds
from compiler.routing.alertmanager import configuration, peer_timeout, secrets
from compiler.routing.messages import TEMPLATES
from compiler.target import Target
from compiler.text import to_yaml
from tests.frozen import routing


@pytest.fixture
def catalog(catalog: Catalog) -> Catalog:
    """Return the project's catalog with the frozen routing: whatever a user's channels are called."""
    return replace(catalog, routing=routing())


@pytest.fixture
def config(catalog: Catalog, target: Target) -> Any:
    return configuration(catalog, target)


def routes(config: Any, matcher: str) -> list[Any]:
    return [route for route in config["route"]["routes"] if route["matchers"] == [matcher]]


@pytest.mark.parametrize(
    ("priority", "receivers"),
    [
        ("P0", ["pagerduty-call", "slack-incidents"]),
        ("P1", ["pagerduty-sms", "slack-alerts"]),
        ("P2", ["slack-alerts", "email"]),
        ("P3", ["email"]),
        ("P4", ["weekly-digest"]),
    ],
)
def test_a_priority_reaches_each_of_its_channels(config: Any, priority: str, receivers: list[str]) -> None:
    (route,) = routes(config, f'priority="{priority}"')
    assert [child["receiver"] for child in route["routes"]] == receivers
    assert [child["continue"] for child in route["routes"]] == [True] * (len(receivers) - 1) + [False]


def test_the_highest_priority_waits_ten_seconds_at_most(config: Any) -> None:
    waits = [seconds(routes(config, f'priority="P{n}"')[0]["group_wait"]) for n in range(5)]
    assert waits[0] <= 10
    assert waits == sorted(waits)


@pytest.mark.parametrize("replicas", [1, 2, 3, 5])
def test_the_last_member_has_its_turn_before_the_group_is_looked_at_again(catalog: Catalog, replicas: int) -> None:
    """A member that waits longer tells of what has ended since: with 15 s and every 10 s, an incident began twice."""
    longest = (replicas - 1) * seconds(peer_timeout(catalog.routing, replicas))
    routes = [*catalog.routing.priorities.values(), *catalog.routing.alerts.values()]
    for own in catalog.routing.workloads.values():
        routes += own.values()
    assert longest < min(seconds(route.group_interval) for route in routes)


def test_members_that_have_time_wait_as_long_as_is_usual(catalog: Catalog) -> None:
    slow = {
        name: route.model_copy(update={"group_interval": "5m"}) for name, route in catalog.routing.priorities.items()
    }
    patient = catalog.routing.model_copy(update={"priorities": slow, "alerts": {}, "workloads": {}})
    assert peer_timeout(patient, 3) == "15s"


def test_each_alert_is_an_incident_of_its_own_in_pagerduty(config: Any) -> None:
    children = [child for route in config["route"]["routes"] for child in route["routes"]]
    for child in children:
        assert child.get("group_by") == (["..."] if child["receiver"].startswith("pagerduty") else None)
    for receiver in config["receivers"]:
        for pagerduty in receiver.get("pagerduty_configs", []):
            # Events v2; service_key would be the first version's.
            assert set(pagerduty) & {"routing_key_file", "service_key", "service_key_file"} == {"routing_key_file"}


def test_what_has_no_priority_still_reaches_somebody(config: Any) -> None:
    assert config["route"]["receiver"] == "slack-general"
    foreign = [route for route in config["route"]["routes"] if route["matchers"][0] == 'priority=""']
    by_severity = {route["matchers"][1]: route["receiver"] for route in foreign}
    assert by_severity['severity="critical"'] == "pagerduty-sms"
    assert by_severity['severity="none"'] == "weekly-digest"


def test_every_receiver_of_a_route_is_declared(config: Any) -> None:
    declared = {receiver["name"] for receiver in config["receivers"]}
    named = {config["route"]["receiver"]}
    for route in config["route"]["routes"]:
        named |= {route["receiver"], *(child["receiver"] for child in route["routes"])}
    assert named <= declared


def test_the_digest_sends_nothing_at_once(config: Any) -> None:
    assert {"name": "weekly-digest"} in config["receivers"]


def test_secrets_are_files(catalog: Catalog, target: Target, config: Any) -> None:
    names = secrets(catalog.routing, target)
    text = to_yaml(config)
    assert names == [
        "dead-mans-switch-url",
        "pagerduty-call-key",
        "pagerduty-sms-key",
        "slack-alerts-url",
        "slack-engineering-url",
        "slack-general-url",
        "slack-incidents-url",
        "smtp-password",
        "tickets-url",
    ]
    assert set(re.findall(r"_file: /secrets/(\S+)", text)) == set(names)
    assert not re.search(r"\b(routing_key|api_url|smtp_auth_password|slack_api_url):", text)


@pytest.mark.promise("smtpUsername", "smtpRequireTls")
def test_a_mail_server_without_a_user_needs_no_password(catalog: Catalog, target: Target) -> None:
    anonymous = replace(target, smtp_username="", smtp_require_tls=False)
    config: Any = configuration(catalog, anonymous)
    assert "smtp-password" not in secrets(catalog.routing, anonymous)
    assert "smtp_auth" not in to_yaml(config)
    assert config["global"]["smtp_require_tls"] is False


def test_every_template_that_is_used_is_defined(config: Any) -> None:
    used = set(re.findall(r'template "([\w.]+)"', to_yaml(config)))
    assert used == set(re.findall(r'define "([\w.]+)"', TEMPLATES))


def test_a_dead_service_silences_its_latency(config: Any) -> None:
    assert {
        "source_matchers": ['alertname="HighErrorRate"'],
        "target_matchers": ['alertname="HighLatency"'],
        "equal": ["workload", "service"],
    } in config["inhibit_rules"]


def test_an_alert_with_a_way_of_its_own_leaves_before_its_priority_is_asked(config: Any) -> None:
    first = config["route"]["routes"][0]
    assert first["matchers"] == ['alertname="Watchdog"']
    (child,) = first["routes"]
    assert (child["receiver"], child["continue"], first.get("continue", False)) == ("dead-mans-switch", False, False)
    assert seconds(first["group_interval"]) < seconds(first["repeat_interval"]) <= 300


def test_a_webhooks_address_is_a_file_and_hears_of_no_end(config: Any) -> None:
    (receiver,) = (each for each in config["receivers"] if each["name"] == "dead-mans-switch")
    assert receiver["webhook_configs"] == [{"url_file": "/secrets/dead-mans-switch-url", "send_resolved": False}]


def test_every_message_tells_where_it_comes_from(config: Any, target: Target) -> None:
    receivers = {receiver["name"]: receiver for receiver in config["receivers"]}
    call = receivers["pagerduty-call"]["pagerduty_configs"][0]
    assert call["client"] == f"observability-{target.environment}"
    assert call["details"]["runbook"] == "{{ .CommonAnnotations.runbook_url }}"
    assert receivers["slack-incidents"]["slack_configs"][0]["channel"] == "#incidents"
    assert receivers["email"]["email_configs"][0]["to"] == "oncall@company.com"
    for name in ("pagerduty-call", "slack-alerts", "email"):
        (settings,) = next(value for key, value in receivers[name].items() if key != "name")
        assert settings["send_resolved"] is True
