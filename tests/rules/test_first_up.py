"""A first `up` calls nobody; what has been live once is missed for as long as it is gone."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from compiler.artefacts import rule_groups
from compiler.catalog.catalog import Watched
from compiler.metrics.rules import Rule
from compiler.model.alerts import Alert
from compiler.target import Target
from tests.rules import promtool, rendered
from tests.rules.scraped import scraped
from tests.targets import target_for, target_with_all_live
from tests.workloads import project_catalog

CALLS = 'count(ALERTS{alertstate="firing", priority=~"P0|P1|P2|P3"}) or vector(0)'
WORKLOADS = [watched.name for watched in project_catalog()]
ABSENCES = [
    pytest.param(watched, alert, id=f"{watched.name}-{alert.name}")
    for watched in project_catalog()
    for alert in watched.alerts
    if alert.absence
]


def document(watched: Watched, target: Target, only: str | None = None) -> dict[str, Any]:
    """Return the rules of a workload, or those that one alert needs, with what is recorded of who is live."""
    groups = [group.to_dict() for group in rule_groups(watched, project_catalog(), target)]
    return rendered.needed({"groups": groups}, only) if only else {"groups": groups}


def judged(
    tmp_path: Path, rules: Mapping[str, Any], series: Mapping[str, str], expected: Mapping[tuple[str, str], int]
) -> str:
    """Return what promtool finds otherwise than expected: values of queries, by query and time."""
    promtool.written(tmp_path / "rules.yaml", rules)
    test = {
        "interval": "1m",
        "input_series": promtool.inputs(series),
        "promql_expr_test": [
            {"expr": query, "eval_time": time, "exp_samples": [{"labels": "{}", "value": value}]}
            for (query, time), value in expected.items()
        ],
    }
    file = {"rule_files": ["rules.yaml"], "evaluation_interval": "1m", "tests": [test]}
    return promtool.judged(promtool.written(tmp_path / "test.yaml", file))


@pytest.mark.parametrize("name", WORKLOADS)
@pytest.mark.parametrize("environment", ["prod", "dr"])
def test_rules_without_any_series_call_nobody(name: str, environment: str, tmp_path: Path) -> None:
    (watched, *_) = rendered.read_by(name)
    rules = document(watched, target_for(environment))
    assert not judged(tmp_path, rules, {}, {(CALLS, "15m"): 0, (CALLS, "90m"): 0})


def test_a_fresh_region_calls_for_what_is_declared_live(tmp_path: Path) -> None:
    declared = target_with_all_live(project_catalog(), "prod")
    for name in WORKLOADS:
        (watched, *_) = rendered.read_by(name)
        if not any(alert.absence for alert in watched.alerts) or not watched.expected_in("prod"):
            continue
        found = judged(tmp_path, document(watched, declared), {}, {(f"({CALLS}) > bool 0", "90m"): 1})
        assert not found, name


def sign(watched: Watched, alert: Alert) -> str:
    """Return a series that is the first data of what an alert misses."""
    absence = alert.absence
    assert absence
    matchers = {**absence.where, "service": alert.service}
    if absence.metric == "up":
        matchers["job"] = next(n for n, each in watched.workload.scraped.items() if each.service == alert.service)
    elif absence.metric.startswith("probe_"):
        pages = (n for n, each in watched.workload.probed.items() if each.service == alert.service)
        matchers.setdefault("probe", next(pages))
    inside = ", ".join(f'{label}="{value}"' for label, value in matchers.items())
    return f"{absence.metric}{{{inside}}}"


@pytest.mark.parametrize(("watched", "alert"), ABSENCES)
def test_what_was_seen_once_is_missed_when_it_is_gone(watched: Watched, alert: Alert, tmp_path: Path) -> None:
    """For a day, which no window of a rule is: it ends when the data is back."""
    target = target_for(next(iter(watched.workload.environments)))
    series = scraped(rendered.read_by(watched.name), {sign(watched, alert): "_x5 1x10 stale _x1440"})
    fires = f'(count(ALERTS{{alertname="{alert.name}", alertstate="firing"}}) or vector(0)) > bool 0'
    rules = document(watched, target, only=alert.name)
    assert not judged(tmp_path, rules, series, {(fires, "4m"): 0, (fires, "75m"): 1, (fires, "24h"): 1})


def test_only_an_absence_waits_for_the_first_data() -> None:
    """What is recorded of a service is in each absence of an undeclared one, and in no other rule."""
    for watched in project_catalog():
        for live, target in (
            (False, target_for("prod")),
            (True, target_with_all_live(project_catalog(), "prod")),
        ):
            rules = [r for g in rule_groups(watched, project_catalog(), target) for r in g.rules if r.alert]
            for rule in rules:
                _waits(watched, rule, live=live)


def _waits(watched: Watched, rule: Rule, *, live: bool) -> None:
    own = f'service:seen_live:info{{workload="{watched.name}", service="{rule.labels["service"]}"}}'
    if "absent(" in rule.expr and not live:
        assert own in rule.expr, rule.alert
    elif watched.name != "platform":
        assert own not in rule.expr or f"absent({own})" in rule.expr, rule.alert
