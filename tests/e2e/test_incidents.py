"""Incidents of every workload on real servers: who is notified, after how long, and what else fires."""

from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from compiler.catalog.catalog import Catalog
from compiler.model.base import seconds
from tests.e2e import incidents, scale
from tests.e2e.history import History
from tests.e2e.incidents import Incident, Outcome, Player
from tests.e2e.notifications import Inboxes
from tests.e2e.rig import running
from tests.tools.finder import require
from tests.workloads import project_catalog

TABLE = incidents.load()
OWN = 2.0
"""Seconds of this machine's own time that a notification may cost besides: evaluating and sending are no faster in
compressed time. `test_real_time.py` says what they take in real time."""
ACTS = sorted({incident.act for incident in TABLE})


@pytest.mark.e2e
@pytest.mark.timed
@pytest.mark.parametrize("act", ACTS)
def test_an_act_of_incidents(act: int, tmp_path: Path) -> None:
    programs = {name: require(name) for name in ("prometheus", "alertmanager", "promtool")}
    catalog = project_catalog()
    outcomes = play(act, catalog, tmp_path, programs)
    print(f"Act {act}; times as in production, measured at factor {outcomes[0].factor:g}")
    for outcome in outcomes:
        print("\n".join(incidents.report(outcome)))
    assert [fault for outcome in outcomes for fault in wrong(outcome)] == []


def play(act: int, catalog: Catalog, folder: Path, programs: dict[str, Path]) -> list[Outcome]:
    """Play the incidents of all workloads at once: they do not affect one another."""
    cast: dict[str, list[Incident]] = defaultdict(list)
    for incident in TABLE:
        if incident.act == act:
            cast[incident.workload].append(incident)
    before = {name: rows[0].faults for name, rows in cast.items() if rows[0].since_ever}
    everyone = [watched.name for watched in catalog]
    with running(folder, programs, scale.factor(), *everyone, history=History(), before=before) as rig:
        inboxes = Inboxes(catalog, rig.http, rig.mail)
        # What was absent while Prometheus started is there again.
        rig.wait_quiet(set(before))
        with ThreadPoolExecutor(len(cast)) as stage:
            played = [stage.submit(Player(rig, inboxes, name).play, rows) for name, rows in cast.items()]
            return [outcome for each in played for outcome in each.result()]


def wrong(outcome: Outcome) -> list[str]:
    """Return the unexpected results."""
    incident, found = outcome.incident, []
    name = f"{incident.workload}, {incident.incident}"
    if outcome.after and outcome.after > seconds(incident.limit) + OWN * outcome.factor:
        found.append(f"{name}: notified after {outcome.after:.0f} s, expected within {incident.limit}")
    if not incident.notified and outcome.calls:
        found.append(f"{name}: somebody was woken for {sorted({each.alert for each in outcome.calls})}")
    if incident.calls is not None and len(outcome.calls) != incident.calls:
        found.append(f"{name}: {len(outcome.calls)} calls, expected {incident.calls}")
    missing = set(incident.fires) - outcome.fired
    if missing:
        found.append(f"{name}: {sorted(missing)} did not fire")
    return found
