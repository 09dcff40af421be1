"""An incident is one incident, though one of three Alertmanagers and one of two Prometheus replicas die meanwhile."""

import time
from pathlib import Path

import pytest

from tests.e2e import scale
from tests.e2e.receivers import Message
from tests.e2e.replicas import ALERTMANAGERS, Replicas, incidents, replicated
from tests.e2e.rig import about
from tests.e2e.series import WELL, Faults
from tests.e2e.servers import until
from tests.tools.finder import require

ALERT = "DatabaseDown"
FACTOR = 5.0
"""Members wait three seconds for one another in production: compressed further, a busy machine is late for its turn."""
QUIET = 120.0
"""Seconds in production for which nothing more may come: twelve of the route's intervals."""


@pytest.mark.e2e
@pytest.mark.parametrize("notified", [False, True], ids=["before anybody is notified", "after somebody was notified"])
def test_one_incident_though_one_of_each_dies(*, notified: bool, tmp_path: Path) -> None:
    programs = {name: require(name) for name in ("prometheus", "alertmanager")}
    factor = min(scale.factor(), FACTOR)
    patience = 3 * 600 / factor + 30
    with replicated(tmp_path, programs, factor, "recsys-saas") as group:
        until(lambda: group.members() == [ALERTMANAGERS] * ALERTMANAGERS, 60, "a cluster of three")
        until(lambda: not any(group.results("ALERTS or absent(pg_up)")), patience, "quiet")

        began = time.monotonic()
        group.simulator.behave(Faults(values={"pg_up": 0}))
        if notified:
            group.http.pagerduty.wait(about(ALERT, "firing"), patience, "a phone call")
        else:
            until(lambda: all(group.results(f"ALERTS{{alertname='{ALERT}'}}")), patience, "both about to fire")
        # The first member of the cluster is the one that tells, as long as it lives.
        group.alertmanagers[0].kill()
        group.prometheuses[0].kill()
        call = group.http.pagerduty.wait(about(ALERT, "firing"), patience, "a phone call")
        print(f"  notified after {(call.at - began) * factor:.0f} s in production")
        time.sleep(QUIET / factor)

        group.simulator.behave(WELL)
        healed = time.monotonic()
        end = group.http.pagerduty.wait(about(ALERT, "resolved"), patience, "the end of it")
        print(f"  its end notified after {(end.at - healed) * factor:.0f} s in production")
        time.sleep(QUIET / factor)
        report(group)
        assert list(incidents(group.http.pagerduty.all()).values()) == [["trigger", "resolve"]]


def report(group: Replicas) -> None:
    """How many messages came: each may come twice, and PagerDuty counts a repeated one as the same incident."""
    for name, inbox in (("PagerDuty", group.http.pagerduty), ("Slack", group.http.slack)):
        counts = [len(inbox.all(about(ALERT, status))) for status in ("firing", "resolved")]
        print(f"  {name}: {counts[0]} of its beginning, {counts[1]} of its end")


def test_repeated_events_are_one_incident() -> None:
    def event(key: str, action: str) -> Message:
        return Message("/v2/enqueue", {"dedup_key": key, "event_action": action})

    events = [event("a", "trigger"), event("a", "trigger"), event("b", "resolve"), event("a", "resolve")]
    assert incidents([*events, event("a", "resolve")]) == {"a": ["trigger", "resolve"], "b": []}
    assert incidents([*events, event("a", "trigger")])["a"] == ["trigger", "resolve", "trigger"]
