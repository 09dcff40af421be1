"""The cost of evaluating all rules with 100,000 series, in processor time, which a busy machine does not falsify."""

import re
import subprocess
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import promql_parser as ast
import pytest
import yaml

from compiler.artefacts import compile_artefacts
from compiler.catalog import promql
from tests.e2e import configs, scale, servers
from tests.e2e.crowd import Crowd, enlarge
from tests.e2e.loopback import ask, ask_json
from tests.e2e.rig import LOOKBACK, START
from tests.targets import target_for
from tests.tools.finder import require
from tests.workloads import project_catalog

SERIES = 100_000
ALLOWED = 0.1
"""Of one core, at the intervals of production."""
FACTOR = 5.0
"""Evaluations come so much more often here and read windows so much shorter, with as many samples in them: each costs
the same as in production, and all of them so much more in a second."""
WARM_UP, MEASURED = 360.0, 600.0
"""Seconds in production: until windows of five minutes are full; the time over which processor time is counted."""
SHORT = 300
"""Seconds; windows up to that fill while warming up. What longer ones read of raw series is written before."""
LONGEST = 2 * 86_400
_CPU = re.compile(r"^process_cpu_seconds_total (\S+)$", re.MULTILINE)


@pytest.mark.e2e
def test_all_rules_take_less_than_a_tenth_of_a_core(tmp_path: Path) -> None:
    programs = {name: require(name) for name in ("prometheus", "promtool")}
    catalog, target = project_catalog(), target_for("prod")
    artefacts = compile_artefacts(catalog, target)
    with ExitStack() as stack:
        crowds = [Crowd(watched, target) for watched in catalog]
        for crowd in crowds:
            stack.callback(crowd.close)
        pods = enlarge(crowds, SERIES)
        rules = configs.write_rules(artefacts, [watched.name for watched in catalog], tmp_path, FACTOR)
        lines = write_past(crowds, spans(rules), tmp_path / "with-rules-data", programs["promtool"])
        both = []
        for name, mine in (("with-rules", rules), ("without-rules", [])):
            config = configs.write_prometheus(name, mine, crowds, [], tmp_path, FACTOR)
            lookback = scale.duration(LOOKBACK, FACTOR)
            both.append(servers.prometheus(programs["prometheus"], config, tmp_path, lookback, name))
            stack.callback(both[-1].close)
        head = "prometheus_tsdb_head_series"
        servers.until(lambda: value(both[0], head) >= SERIES, START, f"{SERIES} series")
        time.sleep(WARM_UP / FACTOR)
        share, groups = measure(both[0], both[1])
        series = int(value(both[0], head))
    print(f"  {series} series of {pods} instances, {lines} samples of the time before; {len(groups)} rule groups")
    print(f"  all rules take {share:.2%} of one core at their intervals (limit {ALLOWED:.0%})")
    print("  the five dearest groups, by the time that an evaluation took on this machine:")
    for name, (taken, interval) in sorted(groups.items(), key=lambda each: -each[1][0] / each[1][1])[:5]:
        print(f"    {name}: {taken * 1000:.1f} ms every {interval:.0f} s ({taken / interval:.3%} of a core at most)")
    assert series >= SERIES
    assert share < ALLOWED


def spans(rules: list[str]) -> dict[str, float]:
    """Return how far back the rules read raw series, in seconds of compressed time, where that is long."""
    found: dict[str, float] = defaultdict(float)
    for path in rules:
        for group in yaml.safe_load(Path(path).read_text(encoding="utf-8"))["groups"]:
            for rule in group["rules"]:
                for name, reach in reaches(promql.parse(str(rule["expr"]))):
                    if ":" not in name and SHORT < reach * FACTOR <= LONGEST:
                        found[name] = max(found[name], reach)
    return dict(found)


def reaches(expression: Any) -> Iterator[tuple[str, float]]:
    """Yield every range of an expression: the name of its series, and how many seconds it begins before now."""
    for each in promql.walked(expression):
        if isinstance(each, ast.MatrixSelector):
            selector = each.vector_selector
            offset = selector.offset.total_seconds() if selector.offset else 0.0
            yield str(selector.name), each.range.total_seconds() + offset


def write_past(crowds: list[Crowd], far: Mapping[str, float], data: Path, promtool: Path) -> int:
    """Put the time before into the data folder; return how many samples."""
    page, count = data.parent / "past.txt", 0
    with page.open("w", encoding="utf-8") as file:
        for crowd in crowds:
            for line in crowd.past(far, 15.0 / FACTOR):
                file.write(line)
                count += 1
        file.write("# EOF\n")
    command = [str(promtool), "tsdb", "create-blocks-from", "openmetrics", "--quiet", str(page), str(data)]
    subprocess.run(command, check=True, capture_output=True, timeout=600)
    page.unlink()
    return count


def measure(with_rules: servers.Server, without: servers.Server) -> tuple[float, dict[str, tuple[float, float]]]:
    """Return the share of a core that the rules take, and each group's mean duration and interval in seconds.

    Both servers scrape the same: what the one with rules takes more is what rules cost, with the storing of their
    series and the collection of their garbage.
    """
    began, before = time.monotonic(), cpu(with_rules) - cpu(without)
    durations: dict[str, list[float]] = defaultdict(list)
    while time.monotonic() - began < MEASURED / FACTOR:
        time.sleep(1)
        for group in groups_of(with_rules):
            durations[group["name"]].append(float(group["evaluationTime"]))
    taken, elapsed = cpu(with_rules) - cpu(without) - before, time.monotonic() - began
    intervals = {group["name"]: float(group["interval"]) * FACTOR for group in groups_of(with_rules)}
    means = {name: (sum(each) / len(each), intervals[name]) for name, each in durations.items()}
    return taken / elapsed / FACTOR, means


def groups_of(prometheus: servers.Server) -> list[dict[str, Any]]:
    """Return the rule groups, with how long their last evaluation took."""
    found: list[dict[str, Any]] = ask_json(prometheus.address, "/api/v1/rules")["data"]["groups"]
    return found


def cpu(prometheus: servers.Server) -> float:
    """Return the processor time that a server has taken, in seconds."""
    found = _CPU.search(ask(prometheus.address, "/metrics")[1])
    assert found
    return float(found[1])


def value(prometheus: servers.Server, name: str) -> float:
    """Return a server's own metrics."""
    page = ask(prometheus.address, "/metrics")[1]
    return next(float(line.split()[1]) for line in page.splitlines() if line.startswith(f"{name} "))
