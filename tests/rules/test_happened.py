"""What happens once is told whenever it comes, and nothing is told of what only begins anew: promtool judges.

The cases follow from each alert's counters and window; none is written by hand.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from compiler.catalog import promql
from compiler.catalog.catalog import Catalog, Watched
from compiler.metrics.happened import cadence, within
from compiler.model.alerts import Alert
from compiler.model.base import seconds
from tests.rules import promtool, rendered
from tests.rules.scraped import scraped
from tests.tools.finder import require
from tests.workloads import project_catalog

ALERTS = [
    pytest.param(watched, alert, id=f"{watched.name}/{alert.name}")
    for watched in project_catalog()
    for alert in watched.alerts
    if alert.happened
]


@dataclass(frozen=True)
class Case:
    """One course of a counter and of its target, minute by minute, and when the alert fires."""

    name: str
    counter: str
    up: str
    expect: Mapping[int, int]


def stairs(every: int, length: int, step: int = 1) -> str:
    """Return a counter that grows once in so many minutes."""
    return " ".join(f"{n * step}x{every - 1}" for n in range(length // every + 1))


def told(window: int, slowest: int) -> Iterator[Case]:
    """Yield what must be told: a failure now and then, bursts, the birth of a counter."""
    length = 4 * window
    for every in sorted({5, slowest // 2, slowest}):
        times = dict.fromkeys((every + 3, 2 * every - 1, 3 * every - 1, length - 1), 1)
        yield Case(f"one every {every} minutes", stairs(every, length), f"1x{length}", {every - 1: 0, **times})
    burst = dict.fromkeys((13, 19, 29, 39, length - 1), 1)
    yield Case("a burst every ten minutes", stairs(10, length, 100_000), f"1x{length}", burst)
    born = {19: 0, 22: 1, 20 + window - 4: 1, 20 + window + 4: 0, length - 1: 0}
    yield Case("a counter that is born with its first value", f"_x20 1x{length}", f"1x{length}", born)
    young = {29: 0, 33: 1}
    yield Case("the same of a young target", f"_x30 1x{length}", f"_x20 1x{length}", young)
    again = {20 + window + 20: 0, 20 + window + 35: 1}
    reborn = f"5x20 stale _x{window + 30} 1x{window}"
    yield Case("a counter that a restart had taken away", reborn, f"1x{3 * window + 60}", again)


def begun(window: int) -> Iterator[Case]:
    """Yield what must not be told: counters that begin anew, with or without their target or Prometheus itself."""
    length = 3 * window
    quiet = dict.fromkeys((15, 21, 24, 30, 45, window + 10, window + 22, window + 45, length), 0)
    gap = {**quiet, 2 * window + 60: 0, 3 * window + 40: 0}
    for name, counter, up in (
        ("a restart", f"5x20 0x{length}", f"1x{length + 40}"),
        ("a restart in which a scrape is lost", f"5x20 stale _x4 0x{length}", f"1x20 0x4 1x{length}"),
        ("a restart after which the counter is not there yet", f"5x20 stale _x{length}", f"1x{length + 40}"),
        ("a new target with a large counter", f"_x20 100000x{length}", f"_x20 1x{length}"),
        ("a target that comes back", f"7x20 stale _x{window + 9} 7x{length}", f"1x20 0x{window + 10} 1x{length}"),
        ("a lost scrape", f"7x20 _ 7x{length}", f"1x20 0 1x{length}"),
        ("a counter that rests", f"9x{length + 20}", f"1x{length + 20}"),
    ):
        yield Case(name, counter, up, quiet)
    for lost in (4, 20, window + 20):
        course = "{0}x20 _x{1} {0}x{2}"
        name = f"Prometheus is gone for {lost} minutes"
        yield Case(name, course.format(9, lost, 4 * window), course.format(1, lost, 4 * window), gap)


def owner(catalog: Catalog, watched: Watched, counter: str) -> Watched:
    """Return the workload whose monitor scrapes a counter."""
    name = promql.name_of(counter) or ""
    among: list[Watched] = [watched, *catalog]
    return next(each for each in among if each.metric(name))


def series(watched: Watched, alert: Alert, case: Case, counter: str) -> dict[str, str]:
    """Return the series of a case: the counter, with a value for each label that the alert keeps, and its target."""
    assert alert.happened
    whose = owner(project_catalog(), watched, counter)
    name = promql.name_of(counter) or ""
    metric = whose.metric(name)
    assert metric
    named = next(iter(promql.selectors(promql.parse(counter)))).matchers.matchers
    labels = {**dict.fromkeys(alert.happened.by, "one"), **{each.name: each.value for each in named}}
    inside = ", ".join(f'{label}="{value}"' for label, value in labels.items())
    stored = scraped([watched, whose], {f"{name}{{{inside}}}": case.counter})
    target = f'up{{workload="{whose.name}", job="{metric.producer}", instance="10.0.0.1:8080"}}'
    return {**stored, target: case.up}


def found(watched: Watched, alert: Alert, folder: Path, break_by: tuple[str, str] = ("", "")) -> str:
    """Return what promtool finds wrong with an alert, whose rule may be broken by a replacement that must be there."""
    assert alert.happened
    window = seconds(within(alert.happened, watched, project_catalog())) // 60
    slowest = cadence(alert.happened, watched, project_catalog()) // 60
    assert window > 2 * slowest
    text = json.dumps(rendered.needed(rendered.rule_files()[watched.name], alert.name))
    broken = re.sub(break_by[0], break_by[1], text) if break_by[0] else text
    assert bool(break_by[0]) is (broken != text)
    rules = promtool.written(folder / "rules.yaml", json.loads(broken))
    (severity, *_) = alert.thresholds
    query = promtool.firing(alert.name, {"severity": severity})
    tests = [
        {
            "interval": "1m",
            "input_series": promtool.inputs(series(watched, alert, case, counter)),
            "promql_expr_test": [
                {
                    "expr": f"{query} # {case.name}: {counter}",
                    "eval_time": f"{minute}m",
                    "exp_samples": [{"labels": "{}", "value": count}],
                }
                for minute, count in case.expect.items()
            ],
        }
        for counter in alert.happened.counters
        for case in (*told(window, slowest), *begun(window))
    ]
    cases = {"rule_files": [str(rules)], "evaluation_interval": "1m", "tests": tests}
    return promtool.judged(require("promtool"), promtool.written(folder / "cases.yaml", cases))


@pytest.mark.rules
@pytest.mark.parametrize(("watched", "alert"), ALERTS)
def test_what_happens_once_is_told_and_what_begins_anew_is_not(watched: Watched, alert: Alert, tmp_path: Path) -> None:
    assert found(watched, alert, tmp_path) == ""


MUTANTS = {
    "blind to births": (r'(\\"\d+ born\\", \\"\\", \\"\\"\))', r"\1 * 0"),
    "births of new targets count": (r" and on \(job, instance\) \([^)]*\)", ""),
    "a target that does not answer is there": (r" == 1 or ", " or "),
    "it must last": (r'"expr"', '"for": "30m", "expr"'),
    "no increase": (r"increase\(", "0 * increase("),
}


@pytest.mark.rules
@pytest.mark.slow
@pytest.mark.parametrize("mutant", MUTANTS)
def test_a_broken_rule_is_noticed(mutant: str, tmp_path: Path) -> None:
    watched, alert = ALERTS[-1].values
    assert isinstance(watched, Watched)
    assert isinstance(alert, Alert)
    assert "FAILED" in found(watched, alert, tmp_path, MUTANTS[mutant])
