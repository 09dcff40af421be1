"""Every alarm that production compiles, as CloudWatch publishes it, to receivers on this machine."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest

from compiler import artefacts
from compiler.catalog.catalog import Catalog
from compiler.cloud.cloudwatch import AlarmSpec, CompositeSpec
from compiler.conventions import in_environment, topic
from tests.e2e.receivers import HttpReceiver
from tests.lambdas.notifier.messages import alarm, arn, event
from tests.lambdas.notifier.rig import Rig
from tests.targets import target_for

pytestmark = pytest.mark.e2e
TARGET = target_for("prod")
Spec = AlarmSpec | CompositeSpec


@pytest.fixture
def rig(catalog: Catalog) -> Iterator[Rig]:
    http = HttpReceiver()
    yield Rig(http, catalog.routing)
    http.close()


def compiled(catalog: Catalog) -> list[Spec]:
    """Return the alarms that notify: a part of a composite has no topic."""
    specs: list[Spec] = []
    for watched in catalog:
        specs += artefacts.alarms(watched, catalog, TARGET)
        specs += artefacts.composites(watched, catalog, TARGET)
    return [spec for spec in specs if spec.topics]


def published(spec: Spec, state: str, old: str) -> dict[str, object]:
    """Return an alarm as CloudWatch writes it: a composite has a rule and no metric."""
    alarm_event = alarm(spec.name, state, old, AlarmDescription=spec.description)
    if isinstance(spec, CompositeSpec):
        del alarm_event["Trigger"]
        alarm_event["AlarmRule"] = spec.rule
    return alarm_event


def test_every_alarm_and_its_end_arrive_where_the_routing_says_once(rig: Rig, catalog: Catalog) -> None:
    specs, wanted = compiled(catalog), Counter[str]()
    assert len(specs) > 30
    for spec in specs:
        (priority,) = [known for known in catalog.routing.priorities if topic(known) in spec.topics]
        for state, old in (("ALARM", "OK"), ("OK", "ALARM")):
            rig.notifier.take(event(published(spec, state, old), in_environment(topic(priority), "prod")))
        workload = next(line for line in spec.description.splitlines() if line.startswith("workload: "))
        route = catalog.routing.route(workload.partition(": ")[2], priority, spec.name)
        wanted.update(name for name in route.channels if name in rig.table.channels)
    came = Counter[str]()
    for where in rig.where():
        came[where.removeprefix("key-of-").rpartition("/")[2]] += 1
    print(f"  {len(specs)} alarms, each begun and ended; messages by channel: {dict(sorted(came.items()))}")
    assert came == Counter({name: 2 * count for name, count in wanted.items()})
    assert {"pagerduty-call", "pagerduty-sms", "slack-incidents", "slack-alerts"} <= set(came)
    assert rig.handed == []


def test_every_page_names_its_alarm_and_is_resolved(rig: Rig, catalog: Catalog) -> None:
    specs = [spec for spec in compiled(catalog) if {"p0", "p1"} & set(spec.topics)]
    for spec in specs:
        rig.notifier.take(event(published(spec, "ALARM", "OK")))
        rig.notifier.take(event(published(spec, "OK", "ALARM")))
    events = [message.content for message in rig.http.pagerduty.all()]
    for action in ("trigger", "resolve"):
        keys = [each["dedup_key"] for each in events if each["event_action"] == action]
        assert sorted(keys) == sorted(arn(spec.name) for spec in specs)
    for each in events:
        links = {link["text"]: link["href"] for link in each["links"]}
        assert links["Runbook"].startswith("https://docs.example.com/runbooks/")
        assert links["Dashboard"].startswith("https://eu-west-1.console.aws.amazon.com/cloudwatch/")
        assert each["payload"]["class"] in each["dedup_key"]
