"""Many instances of every producer: how many series, and a past that goes on where their pages begin."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from tests.e2e.crowd import REPLICAS, Crowd, enlarge
from tests.e2e.loopback import ask
from tests.e2e.test_rule_cost import spans
from tests.targets import target_for
from tests.workloads import project_catalog


@pytest.fixture
def crowds() -> Iterator[list[Crowd]]:
    found = [Crowd(watched, target_for("local")) for watched in project_catalog()]
    yield found
    for crowd in found:
        crowd.close()


def test_watched_workloads_make_up_the_number_and_the_platform_keeps_its_replicas(crowds: list[Crowd]) -> None:
    pods = enlarge(crowds, 5_000)
    by_name = {crowd.watched.name: crowd for crowd in crowds}
    watched = [crowd for name, crowd in by_name.items() if name != "platform"]
    assert 5_000 <= pods * sum(crowd.size for crowd in watched) < 5_000 + sum(crowd.size for crowd in watched)
    assert by_name["platform"].instances == REPLICAS
    page = ask(by_name["recsys-saas"].address, "/metrics/postgres-exporter")[1]
    assert page.count("pg_up{") == pods


def test_the_past_leads_up_to_the_page(crowds: list[Crowd]) -> None:
    crowd = next(each for each in crowds if each.watched.name == "personalization")
    past = list(crowd.past({"llm_requests_total": 60.0}, 15.0))
    assert len(past) == REPLICAS * 4
    series = re.escape('llm_requests_total{pod="pod-0"}')
    before = [float(line.split()[1]) for line in past if re.match(series, line)]
    now = re.search(rf"^{series} (\S+)$", crowd.page("llm"), re.MULTILINE)
    assert now
    # A hundred requests a second.
    assert before == pytest.approx([before[0] + 1_500 * n for n in range(4)])
    assert before[-1] + 1_500 <= float(now[1]) < before[-1] + 10_000


def test_only_what_rules_read_of_more_than_is_there_soon_needs_a_past(tmp_path: Path) -> None:
    """In compressed time: five times shorter than in production."""
    rules = [
        {"record": "a", "expr": "rate(short_total[60s])"},
        {"record": "b", "expr": "rate(long_total[720s]) / rate(long_total[720s] offset 240s)"},
        {"record": "c", "expr": "sum_over_time(service:recorded[720s])"},
        {"record": "d", "expr": "avg_over_time(week[720s] offset 120960s)"},
    ]
    path = tmp_path / "rules.yaml"
    path.write_text(yaml.safe_dump({"groups": [{"name": "g", "rules": rules}]}))
    assert spans([str(path)]) == {"long_total": 960.0}
