"""The SaaS document's "mean time to detection < 5 minutes", measured on real servers from fault to phone call."""

import time
from pathlib import Path

import pytest

from tests.e2e import scale
from tests.e2e.rig import about, routing_key, running
from tests.e2e.simulator import Faults
from tests.tools.finder import require

pytestmark = pytest.mark.e2e
PROMISED = 300
"""Seconds, in production."""
FAULTS = {
    "FastErrorBurn": Faults(error_ratio=0.5),
    "FastLatencyBurn": Faults(latency_seconds=2),
    "ServiceDown": None,
    "DatabaseDown": Faults(vanished=("pg_up",)),
}
"""What happens, by the alert that tells it; None takes the workload away altogether."""


@pytest.mark.parametrize("alert", FAULTS)
def test_a_fault_is_a_phone_call_within_five_minutes(alert: str, tmp_path: Path) -> None:
    programs = {name: require(name) for name in ("prometheus", "alertmanager")}
    with running(tmp_path, programs, scale.factor(), workload="recsys-saas") as rig:
        # Nobody is called at first (a simulated quota is used up, which is a warning), and that for long enough to fill
        # the windows of the rates.
        rig.wait_query('service:requests:rate5m{service="api"} > 0 unless on() ALERTS{priority="P0"}', 300)
        time.sleep(rig.seconds(300))
        assert rig.query('ALERTS{alertstate="firing",priority="P0"}') == []
        began, faults = time.monotonic(), FAULTS[alert]
        if faults:
            rig.simulator.behave(faults)
        else:
            rig.simulator.close()
        call = rig.http.pagerduty.wait(about(alert, "firing"), rig.patience(PROMISED), "a phone call")
        taken = (time.monotonic() - began) * rig.factor
        print(f"  {alert}: about {taken:.0f} s in production")
        assert call.content["routing_key"] == routing_key("pagerduty-call-key")
        assert "P0 recsys-saas/" in call.content["payload"]["summary"]
        assert taken < PROMISED
