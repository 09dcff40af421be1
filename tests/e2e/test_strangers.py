"""Pods that nobody has told the platform of expose the catalog's names, and fail: nobody is notified of them."""

from pathlib import Path

import pytest

from compiler.catalog import promql
from compiler.catalog.catalog import Catalog, Watched
from compiler.model.base import seconds
from compiler.model.workload import SCRAPE_INTERVAL
from tests.e2e import scale, servers
from tests.e2e.configs import STRANGER
from tests.e2e.rig import Cluster, running
from tests.e2e.series import Faults
from tests.tools.finder import require

pytestmark = pytest.mark.e2e
LASTING = 1800
"""Seconds of production for which the strangers fail: longer than any alert of P0 or P1 waits."""
SCRAPES = LASTING // seconds(SCRAPE_INTERVAL)


def failing(watched: Watched) -> Faults:
    """Return the failure of everything that a workload's alerts read."""
    gauges = {metric.name for metric in watched.metrics.prometheus if metric.type == "gauge"}
    worst = {
        str(selector.name): 0.0 if bound.below is not None else 1e9
        for alert in watched.alerts
        for bound in alert.thresholds.values()
        for selector in promql.selectors(promql.parse(alert.value))
        if selector.name in gauges
    }
    return Faults(error_ratio=1, latency_seconds=60, cache_hit_ratio=0, values=worst)


def test_the_failure_of_pods_that_nobody_knows_tells_nobody(catalog: Catalog, tmp_path: Path) -> None:
    programs = {name: require(name) for name in ("prometheus", "alertmanager")}
    names = [watched.name for watched in catalog]
    strangers = {watched.name: failing(watched) for watched in catalog}
    with running(tmp_path, programs, scale.factor(), *names, cluster=Cluster(strangers)) as rig:
        mine = f'job="{STRANGER}"'
        # At the start nothing has any series yet, which some alerts tell: what counts begins when all is quiet.
        rig.wait_quiet()
        quiet = float(rig.query("vector(time())")[0]["value"][1])
        servers.until(
            lambda: rig.query(f"vector(time()) > {quiet + rig.seconds(LASTING)}"),
            rig.patience(LASTING),
            "the strangers have failed for long",
        )
        assert rig.query(f"min(count_over_time(up{{{mine}}}[{LASTING}s])) > {SCRAPES / 2}"), "they are scraped"
        shared = rig.query(f"count(count by (__name__) ({{{mine}}}))")[0]["value"][1]
        failed = f'sum(rate(http_requests_total{{{mine}, status=~"5.."}}[5m]))'
        share = float(rig.query(f"{failed} / sum(rate(http_requests_total[5m]))")[0]["value"][1])
        print(f"strangers expose {shared} names of the catalog; they fail {share:.0%} of what counts as requests")
        assert share > 0.3
        fired = f'count_over_time(ALERTS{{alertstate="firing", alertname!="Watchdog"}}[{LASTING}s])'
        assert [each["metric"] for each in rig.query(f"count by (alertname, workload) ({fired})")] == []
        assert not any(rig.received().values())
