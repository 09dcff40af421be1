"""One retention table: every store of a stream's lines deletes them after the days that the table says."""

from __future__ import annotations

import json
from dataclasses import dataclass
from fnmatch import fnmatch
from typing import Any

import pytest
import yaml

from compiler.artefacts import compile_artefacts
from compiler.catalog.catalog import Catalog
from compiler.cloud.retention import CLOUDWATCH_DAYS
from tests.catalog_copy import catalog_files, kind_of
from tests.program.previews import ENVIRONMENTS, ROOT, Runs
from tests.targets import target_for

CLASSES: dict[str, dict[str, int]] = yaml.safe_load((ROOT / "catalog" / "retention.yaml").read_text("utf-8"))["classes"]
DAY_MS = 86_400_000


@dataclass(frozen=True)
class Stream:
    """A stream as its file says it, and where the job puts its lines."""

    workload: str
    retention: str
    topic: str
    dead_letter: str
    index: str

    @property
    def key(self) -> str:
        """The key of one of its objects in the archive."""
        return f"{self.retention}/logs/workload={self.workload}/service=any/dt=2026-11-22/hour=08/part-0.json.gz"


def compiled(catalog: Catalog, environment: str) -> dict[str, Any]:
    artefacts = compile_artefacts(catalog, target_for(environment))
    return {path: yaml.safe_load(text) for path, text in artefacts.items() if path.endswith((".json", "topics.yaml"))}


def streams(found: dict[str, Any]) -> list[Stream]:
    """Return the job's settings, compared with the catalog's files."""
    by_name = {each["name"]: each for each in found["flink/job.json"]["streams"]}
    declared = {
        f"{file.parent.name}-{each['name']}": (file.parent.name, each["retention"])
        for file in catalog_files()
        if kind_of(file) == "logs"
        for each in yaml.safe_load(file.read_text("utf-8")).get("streams", [])
    }
    assert set(by_name) == set(declared)
    names = ("topic", "dead_letter", "index")
    return [Stream(*declared[name], *(by_name[name][key] for key in names)) for name in by_name]


def deleted_after(found: dict[str, Any], index: str) -> int:
    """Return the age in days at which the one policy that fits an index deletes it."""
    policies = [body["policy"] for path, body in found.items() if path.startswith("opensearch/ism/")]
    (policy,) = (
        each
        for each in policies
        if any(fnmatch(f"{index}-2026.11.22", pattern) for pattern in each["ism_template"][0]["index_patterns"])
    )
    gone = {state["name"] for state in policy["states"] for action in state["actions"] if "delete" in action}
    moves = [move for state in policy["states"] for move in state["transitions"] if move["state_name"] in gone]
    (age,) = (move["conditions"]["min_index_age"] for move in moves)
    return int(age.removesuffix("d"))


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_hot_days_agree(catalog: Catalog, environment: str) -> None:
    found = compiled(catalog, environment)
    for stream in streams(found):
        hot_days = CLASSES[stream.retention]["hot_days"]
        # An index fills for a day: its last line is as old as it may get a day after its first.
        assert deleted_after(found, stream.index) == hot_days + 1, stream
        assert stream.index.endswith(f"-{hot_days}d"), stream
        snapshots = found["opensearch/snapshots/policy.json"]
        assert snapshots["deletion"]["condition"]["max_age"] == "1d"


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_raw_lines_are_gone_from_kafka_before_the_redacted_ones(catalog: Catalog, environment: str) -> None:
    found = compiled(catalog, environment)
    kept = {each["name"]: each["config"]["retention.ms"] for each in found["kafka/topics.yaml"]["topics"]}
    for stream in streams(found):
        shortest = CLASSES[stream.retention]["hot_days"] * DAY_MS
        assert kept[stream.topic] == DAY_MS < shortest, stream
        assert kept[stream.dead_letter] <= shortest, stream


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_cold_days_agree(catalog: Catalog, preview: Runs, environment: str) -> None:
    found = compiled(catalog, environment)
    rules = [
        rule
        for each in preview(environment).of("BucketLifecycleConfiguration")
        for rule in each.inputs["rules"]
        if rule["status"] == "Enabled"
    ]
    tables = [body for path, body in found.items() if path.startswith("athena/tables/")]
    for stream in streams(found):
        kept = CLASSES[stream.retention]
        until = kept.get("glacier_days", kept["standard_days"])
        fitting = [rule for rule in rules if "expiration" in rule and stream.key.startswith(rule["filter"]["prefix"])]
        assert [rule["expiration"]["days"] for rule in fitting] == [until], stream
        moved = [{"days": kept["standard_days"], "storageClass": "GLACIER"}] if "glacier_days" in kept else []
        assert fitting[0].get("transitions", []) == moved, stream
        # A day more: the bucket deletes at midnight.
        (table,) = (each for each in tables if stream.key.startswith(f"{each['prefix']}workload="))
        assert table["projection"]["projection.dt.range"] == f"NOW-{until + 1}DAYS,NOW", stream


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_log_groups_of_a_class_agree_with_its_other_stores(catalog: Catalog, preview: Runs, environment: str) -> None:
    """Where a workload's lines lie in CloudWatch as well as in OpenSearch, both let them go together."""
    days = {each.inputs["name"]: each.inputs["retentionInDays"] for each in preview(environment).of("LogGroup")}
    for file in (each for each in catalog_files() if kind_of(each) == "logs"):
        declared = yaml.safe_load(file.read_text("utf-8"))
        for group in declared.get("groups", []):
            kept = CLASSES[group["retention"]]
            allowed = min(each for each in CLOUDWATCH_DAYS if each >= kept["cloudwatch_days"])
            assert days[group["name"].replace("{environment}", environment)] == allowed
            if group["retention"] in {each["retention"] for each in declared.get("streams", [])}:
                assert kept["hot_days"] == kept["cloudwatch_days"]
    artefacts = compile_artefacts(catalog, target_for(environment))
    written = [json.loads(text) for path, text in artefacts.items() if path.startswith("cloudwatch/log-groups/")]
    assert {each["name"]: each["retention_days"] for each in written}.items() <= days.items()
