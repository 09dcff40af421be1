"""How long a P0 takes from firing to a phone, unscaled: production's intervals, waits and groups, on real servers."""

import time
from pathlib import Path
from typing import Any

import pytest

from compiler.model.base import seconds
from tests.e2e.notifications import PAGERS, Inboxes
from tests.e2e.rig import Rig, running
from tests.e2e.series import Faults
from tests.e2e.servers import until
from tests.tools.finder import require
from tests.workloads import project_catalog

PROMISED = 30.0
"""Seconds from firing to the receiver."""
FAULTS = {
    "bighead": Faults(values={"flink_job_running": 0, "model_replicas_load_failed": 3}),
    "recommendation-service": Faults(values={"probe_success/live": 0}),
    "recsys-saas": Faults(values={"pg_up": 0}, down=("backend-api",)),
}
ALERTS = ("StreamingPipelineDown", "ModelLoadFailure", "LivenessProbeFailed", "DatabaseDown", "ServiceDown")
"""P0 alerts on values rather than rates: no window has to fill before they can be tried."""
PATIENCE = 600.0
SLOWEST = "30s"
"""Evaluations are this far apart, and the first alerts are known after one of them."""


@pytest.mark.e2e
@pytest.mark.timed
def test_a_p0_reaches_its_receivers_within_half_a_minute(tmp_path: Path) -> None:
    programs = {name: require(name) for name in ("prometheus", "alertmanager")}
    with running(tmp_path, programs, 1.0, *FAULTS) as rig:
        inboxes = Inboxes(project_catalog(), rig.http, rig.mail)
        # Every group was evaluated on targets that are there: what was absent before is known.
        time.sleep(seconds(SLOWEST))
        rig.wait_quiet()
        began = time.time()
        for name, faults in FAULTS.items():
            rig.simulators[name].behave(faults)
        until(lambda: {each.alert for each in inboxes.all()} >= set(ALERTS), PATIENCE, f"messages about {ALERTS}")
        until(lambda: all(len(delays(rig, inboxes, alert)) >= 2 for alert in ALERTS), PATIENCE, "both channels of each")
        late = []
        for alert in ALERTS:
            delayed = delays(rig, inboxes, alert)
            by = ", ".join(f"{channel} after {delay:.1f} s" for channel, delay in sorted(delayed.items()))
            print(f"  {alert}: fires after {fired_at(rig, alert) - began:.0f} s, then {by}")
            late += [
                f"{alert}: {channel} after {delay:.1f} s" for channel, delay in delayed.items() if delay > PROMISED
            ]
            assert any(channel.startswith(PAGERS) for channel in delayed)
        assert late == []


def fired_at(rig: Rig, alert: str) -> float:
    """Return when Prometheus first saw the alert fire, in seconds since 1970."""
    found: list[dict[str, Any]] = rig.query(f'ALERTS{{alertname="{alert}",alertstate="firing"}}[1h]')
    return min(float(each["values"][0][0]) for each in found)


def delays(rig: Rig, inboxes: Inboxes, alert: str) -> dict[str, float]:
    """Return the delay of each channel's notification, in seconds."""
    ahead = time.time() - time.monotonic()
    first: dict[str, float] = {}
    for notification in inboxes.all():
        if notification.alert == alert and notification.firing:
            first.setdefault(notification.channel, notification.at + ahead - fired_at(rig, alert))
    return first
