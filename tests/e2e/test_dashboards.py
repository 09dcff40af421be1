"""Every query of every dashboard on a real Prometheus: it runs, and it finds what the simulator emits."""

import json
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from urllib.parse import quote

import pytest

from compiler.artefacts import compile_artefacts
from tests.e2e import scale
from tests.e2e.history import History
from tests.e2e.loopback import ask, ask_json
from tests.e2e.panels import Question, questions
from tests.e2e.rig import Rig, running
from tests.e2e.series import Faults
from tests.e2e.servers import until
from tests.targets import target_for
from tests.tools.finder import require
from tests.workloads import project_catalog

WINDOW, STEPS = 900.0, 20
"""Seconds in production that a panel looks back, and points that it draws."""
TROUBLE = {
    "bighead": Faults(values={"feature_drift_psi": 0.5, "flink_job_running": 0}),
    "recsys-saas": Faults(values={"pg_up": 0, "tenant_quota_used_calls": 99_000, "training_job_status/failed": 3}),
}
"""What some panels show is there in times of trouble only."""
UNANSWERED = {
    "platform/alerting, Labels that rules read and no series has": "no service here has renamed a label",
    "personalization/executive, Click-through rate": "asks for a week ago, of which raw series know nothing here",
    "personalization/executive, Conversion rate": "asks for a week ago, of which raw series know nothing here",
    "platform/success-criteria, Time to load a dashboard": "no Grafana runs here",
    "platform/success-criteria, Time to search logs": "no search domain of AWS runs here",
}
"""Panels of which a query has no data, and why."""


@dataclass
class Found:
    """What came of all questions."""

    asked: list[Question] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    silent: list[Question] = field(default_factory=list)

    def take(self, rig: Rig, question: Question, emitted: Iterable[str]) -> None:
        """Run one query."""
        self.asked.append(question)
        status, text = answer(rig, question)
        missing = question.series - set(emitted)
        if status != 200:
            self.refused.append(f"{question}: {text}")
        elif missing:
            self.unknown.append(f"{question.place}: no {', '.join(sorted(missing))} here")
        elif not has_data(text):
            self.silent.append(question)


@pytest.mark.e2e
def test_every_query_runs_and_finds_what_is_emitted(tmp_path: Path) -> None:
    programs = {name: require(name) for name in ("prometheus", "alertmanager", "promtool")}
    catalog = project_catalog()
    everyone = [watched.name for watched in catalog]
    with running(tmp_path, programs, scale.factor(), *everyone, history=History()) as rig:
        rig.wait_quiet()
        time.sleep(rig.seconds(WINDOW))
        emitted = names(rig)
        found = Found()
        for question in questions(compile_artefacts(catalog, target_for("local")), lambda *of: values(rig, *of)):
            found.take(rig, question, emitted)
        for name, faults in TROUBLE.items():
            rig.simulators[name].behave(faults)
        rest = [question for question in found.silent if question.place not in UNANSWERED]
        for question in rest:
            until(partial(answered, rig, question), rig.patience(900), f"data of {question}")
        report(found, len(rest))
    assert found.refused == []
    stale = set(UNANSWERED) - {question.place for question in found.silent}
    assert stale == set(), "these have data: take them from the list"


def report(found: Found, in_trouble: int) -> None:
    """How many questions were asked, and how many found something."""
    panels = {question.place for question in found.asked}
    boards = {question.dashboard for question in found.asked}
    unanswered = len(found.silent) - in_trouble
    answered = len(found.asked) - len(found.refused) - len(found.unknown) - unanswered
    print(f"  {len(boards)} dashboards, {len(panels)} panels, {len(found.asked)} queries on Prometheus:")
    print(f"  {len(found.refused)} refused, {answered} with data, {in_trouble} of them in times of trouble only")
    print(f"  {unanswered} without data:")
    for place, reason in UNANSWERED.items():
        print(f"    {place}: {reason}")
    print(f"  {len(found.unknown)} on series that nothing emits here:")
    for line in found.unknown:
        print(f"    {line}")


def names(rig: Rig) -> list[str]:
    """Return the names of all series that Prometheus has."""
    found: list[str] = ask_json(rig.prometheus.address, "/api/v1/label/__name__/values")["data"]
    return found


def values(rig: Rig, metric: str, label: str) -> list[str]:
    """Return what Grafana offers for a variable."""
    found: list[str] = ask_json(rig.prometheus.address, f"/api/v1/label/{label}/values?match[]={quote(metric)}")["data"]
    return found


def answer(rig: Rig, question: Question) -> tuple[int, str]:
    """Query as Grafana does: an instant, or a range."""
    query = f"query={quote(scale.promql(question.expression, rig.factor))}"
    if question.instant:
        return ask(rig.prometheus.address, f"/api/v1/query?{query}")
    end, window = time.time(), rig.seconds(WINDOW)
    times = f"start={end - window}&end={end}&step={window / STEPS}"
    return ask(rig.prometheus.address, f"/api/v1/query_range?{query}&{times}")


def answered(rig: Rig, question: Question) -> bool:
    """Return whether a query has a result."""
    return has_data(answer(rig, question)[1])


def has_data(text: str) -> bool:
    """Return whether an answer has an element."""
    return bool(json.loads(text).get("data", {}).get("result"))
