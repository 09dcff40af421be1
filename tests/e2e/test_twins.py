"""Two workloads whose metrics have the same names, side by side: an outage of one notifies nobody of the other."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.e2e import scale, servers
from tests.e2e.rig import Cluster, running
from tests.e2e.test_strangers import failing
from tests.tools.finder import require
from tests.workloads import first, project_catalog

pytestmark = pytest.mark.e2e
LASTING = 900
"""Seconds of production for which one of them fails: longer than most alerts of P0 or P1 wait."""
LEAST = 3
"""Alerts of the one that fails: it is an outage, not a single figure that is off."""


def test_an_outage_of_one_workload_notifies_nobody_of_its_twin(tmp_path: Path) -> None:
    programs = {name: require(name) for name in ("prometheus", "alertmanager")}
    ill = first(lambda each: each.workload.scraped and each.slos and len(each.alerts) > LEAST)
    twin = replace(ill, workload=ill.workload.model_copy(update={"name": f"{ill.name}-twin"}))
    catalog = project_catalog()
    both = replace(catalog, workloads=(*catalog.workloads, twin))
    with running(tmp_path, programs, scale.factor(), ill.name, twin.name, cluster=Cluster(catalog=both)) as rig:
        rig.wait_quiet()
        rig.simulators[ill.name].behave(failing(ill))
        mine = f'ALERTS{{alertstate="firing", workload="{ill.name}"}}'
        rig.wait_query(f"count(count by (alertname) ({mine})) >= {LEAST}", LASTING)
        begun = float(rig.query("vector(time())")[0]["value"][1])
        servers.until(
            lambda: rig.query(f"vector(time()) > {begun + rig.seconds(LASTING)}"), rig.patience(LASTING), "it lasts"
        )
        found = rig.query(f"count by (alertname) (count_over_time({mine}[{LASTING}s]))")
        print(f"{ill.name}: {len(found)} alerts fired, of metrics that {twin.name} has under the same names")
        # Not even pending: what is said of the twin follows from its own series alone.
        other = f'ALERTS{{workload="{twin.name}"}}'
        assert rig.query(f"count by (alertname) (count_over_time({other}[{2 * LASTING}s]))") == []
        messages = [*rig.http.pagerduty.all(), *rig.http.slack.all(), *rig.mail.inbox.all()]
        assert messages
        assert not [each for each in messages if twin.name in str(each.content)]
