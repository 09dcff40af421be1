"""Bounds of buckets are asked for as Prometheus 3 stores them; what is no boundary is refused with the nearest one."""

import json
from dataclasses import replace
from pathlib import Path
from subprocess import run
from typing import Any

import pytest
import yaml

from compiler.catalog.buckets import stored, with_stored_bounds
from compiler.catalog.catalog import Catalog
from compiler.model.alerts import Events
from compiler.objectives.events import slo_groups
from compiler.target import Target
from tests.catalog_copy import ROOT, CatalogCopy

TOOL = ROOT / ".tools" / "bin" / "promtool"
WRITTEN = {1: "1.0", 0.25: "0.25", 100: "100.0", 1e6: "1e+06", 123456.5: "123456.5", 2.5e-5: "2.5e-05", 0: "0.0"}
WRITTEN |= {float("inf"): "+Inf", 100000: "100000.0", 12345678: "1.2345678e+07", 0.0001: "0.0001"}


def test_a_bound_is_written_as_go_writes_it() -> None:
    assert {bound: stored(bound) for bound in WRITTEN} == WRITTEN


@pytest.mark.parametrize(
    ("asked", "scoped"),
    [
        ('a_bucket{le="1"}', 'a_bucket{le="1.0"}'),
        ("a_bucket{le='1'}", "a_bucket{le='1.0'}"),
        ('a_bucket{x="y", le != "10"}', 'a_bucket{x="y", le != "10.0"}'),
        ('a_bucket{le=~"1|2.5|+Inf"}', r'a_bucket{le=~"1\\.0|2\\.5|+Inf"}'),
        ('a_bucket{le=~"(1|5)"}', r'a_bucket{le=~"(1\\.0|5\\.0)"}'),
        (r'a_bucket{le=~"1\\.0|2"}', r'a_bucket{le=~"1\\.0|2\\.0"}'),
        ("a_bucket{le=~`1|2`}", r"a_bucket{le=~`1\.0|2\.0`}"),
        ('a_bucket{le=~".+"}', 'a_bucket{le=~".+"}'),
        ('a_bucket{le="$le"}', 'a_bucket{le="$le"}'),
        ('a_bucket{le="+Inf"}', 'a_bucket{le="+Inf"}'),
        ('a_bucket{le="1e6"}', 'a_bucket{le="1e+06"}'),
        ('a_bucket{sale="1"}', 'a_bucket{sale="1"}'),
    ],
)
def test_a_selector_names_the_stored_bounds(asked: str, scoped: str) -> None:
    assert with_stored_bounds(asked) == scoped
    assert with_stored_bounds(scoped) == scoped


def with_buckets(copy: CatalogCopy, good: str) -> None:
    def declared(data: Any) -> None:
        next(each for each in data["prometheus"] if each["name"] == "http_request_duration_seconds")["buckets"] = [
            0.1,
            0.5,
            1,
            5,
        ]

    copy.change("library/metrics.yaml", declared)
    selector = f"http_request_duration_seconds_bucket{{{good}}}"
    copy.change("library/slos.yaml", lambda data: data["slos"][1]["events"].update(good=selector))


@pytest.mark.parametrize(
    ("good", "said"),
    [
        ('le="0.25"', "has no bucket 0.25: expected one of 0.1, 0.5, 1.0, 5.0: did you mean '0.1'?"),
        ('le="4"', "did you mean '5.0'?"),
        ('le=~"1|2"', "has no bucket 2.0"),
        ('le="fast"', "expected a number for le, found 'fast'"),
    ],
)
def test_a_limit_that_is_no_boundary_is_refused(copy: CatalogCopy, good: str, said: str) -> None:
    with_buckets(copy, good)
    assert any("api-latency.events.good: " in line and said in line for line in copy.mistakes()), copy.mistakes()


def test_a_limit_that_is_a_boundary_is_taken(copy: CatalogCopy) -> None:
    with_buckets(copy, 'le="1"')
    assert copy.load()


@pytest.mark.slow
@pytest.mark.skipif(not TOOL.exists(), reason="needs the promtool that is deployed: make tools")
@pytest.mark.parametrize("asked", ['{le="1"}', '{le=~"1|0.5"}', '{le=~"(1|7)"}', '{le="1.0"}', "{le=~`1|2`}"])
def test_promtool_finds_the_bucket_that_prometheus_stores(tmp_path: Path, asked: str) -> None:
    (tmp_path / "rules.yaml").write_text("groups: []", encoding="utf-8")
    series = {"series": 'a_bucket{le="1.0"}', "values": "5x10"}
    expected = {"expr": f"sum({with_stored_bounds('a_bucket' + asked)})", "eval_time": "5m"}
    test = {
        "interval": "1m",
        "input_series": [series],
        "promql_expr_test": [expected | {"exp_samples": [{"value": 5}]}],
    }
    (tmp_path / "test.yaml").write_text(yaml.safe_dump({"rule_files": ["rules.yaml"], "tests": [test]}), "utf-8")
    said = run([TOOL, "test", "rules", "test.yaml"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert said.returncode == 0, json.dumps(said.stdout + said.stderr)


BUCKETS = {"d_count": "0+60x30", 'd_bucket{le="1.0"}': "0+30x30"}


@pytest.mark.slow
@pytest.mark.skipif(not TOOL.exists(), reason="needs the promtool that is deployed: make tools")
@pytest.mark.parametrize(
    ("series", "ratio"),
    [
        (BUCKETS, 0.5),
        ({"d_count": "0+60x30"}, None),
        ({"d_count": "0+60x30", 'd_bucket{le="2.0"}': "0+60x30"}, None),
        ({**BUCKETS, 'd_count{pod="new"}': "0+60x30", 'd_bucket{pod="new",le="2.0"}': "0+60x30"}, 0.5),
        ({"d_count": "0+60x30", 'd_bucket{le="1.0"}': "0x30"}, 1),
    ],
)
def test_a_missing_bucket_is_unknown_and_no_outage(
    tmp_path: Path, catalog: Catalog, target: Target, series: dict[str, str], ratio: float | None
) -> None:
    """A share of events is recorded only of those that say whether they are good."""
    shop = next(watched for watched in catalog if watched.name == "shop")
    events = Events(total="d_count", good='d_bucket{le="1"}')
    slo = shop.slos[0].model_copy(update={"events": events, "each": None})
    rules = slo_groups(replace(shop, slos=(slo,)), catalog.burn_rates, target)[0].rules
    recorded = [rule.to_dict() | {"expr": with_stored_bounds(rule.expr)} for rule in rules]
    groups = {"groups": [{"name": "a", "interval": "30s", "rules": recorded}]}
    (tmp_path / "rules.yaml").write_text(yaml.safe_dump(groups), encoding="utf-8")
    said = [{"value": ratio}] if ratio is not None else []
    expected = {"expr": "sum(slo:events_bad:ratio_5m)", "eval_time": "20m", "exp_samples": said}
    given = [{"series": name, "values": values} for name, values in series.items()]
    test = {"interval": "1m", "input_series": given, "promql_expr_test": [expected]}
    (tmp_path / "test.yaml").write_text(yaml.safe_dump({"rule_files": ["rules.yaml"], "tests": [test]}), "utf-8")
    found = run([TOOL, "test", "rules", "test.yaml"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stdout + found.stderr
