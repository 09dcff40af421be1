"""Topics and volumes follow from the declared rates; each user may do what it is for, and nothing else."""

from dataclasses import replace
from math import ceil
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from compiler.artefacts import compile_artefacts
from compiler.catalog.catalog import Catalog, Watched
from compiler.logs.kafka import AGENT, COLLECTOR, JOB, Topic, User, topics, users, volume_gib
from compiler.logs.streams import all_streams
from compiler.target import Target
from tests.targets import target_for

GIB = 2**30
DAY_MS = 86_400_000


def by_name(catalog: Catalog, target: Target) -> dict[str, Topic]:
    return {topic.name: topic for topic in topics(catalog, target)}


def user(catalog: Catalog, target: Target, name: str) -> User:
    return next(each for each in users(catalog, target) if each.name == name)


def rated(catalog: Catalog, lines: float, size: int) -> Catalog:
    """Return a catalog with one stream of that rate."""
    (watched,) = [each for each in catalog if each.name == "library"]
    (stream,) = watched.logs.streams
    rate = stream.rate.model_copy(update={"lines_per_second": lines, "mean_bytes": size})
    logs = watched.logs.model_copy(update={"streams": (stream.model_copy(update={"rate": rate}),)})
    changed: Watched = replace(watched, logs=logs)
    return replace(catalog, workloads=(changed,))


def test_there_is_a_topic_for_each_stream_and_one_of_dead_letters_for_each_workload(
    each_catalog: Catalog, target: Target
) -> None:
    streams = all_streams(each_catalog)
    expected = {stream.topic for stream in streams} | {f"logs.{stream.workload}.dead-letter" for stream in streams}
    assert set(by_name(each_catalog, target)) == expected


def test_the_busiest_minute_fits_the_partitions(catalog: Catalog, target: Target) -> None:
    shipping, found = catalog.log_schema.shipping, by_name(catalog, target)
    for stream in all_streams(catalog):
        busiest = stream.declared.rate.lines_per_second * shipping.peak_factor
        partitions = found[stream.topic].partitions
        assert partitions * shipping.partition_lines_per_second >= busiest
        assert partitions >= shipping.least_partitions
    assert found["logs.shop.application"].partitions == 8


def test_raw_lines_live_for_a_day_and_dead_letters_for_a_week(catalog: Catalog, target: Target) -> None:
    for topic in topics(catalog, target):
        days = 7 if topic.name.endswith("dead-letter") else 1
        assert topic.config["retention.ms"] == days * DAY_MS
        assert int(topic.config["segment.ms"]) <= DAY_MS // 4, "else a quiet topic keeps its lines for longer"


def test_production_survives_the_loss_of_a_broker(catalog: Catalog, target: Target) -> None:
    for topic in topics(catalog, target):
        assert (topic.replicas, topic.config["min.insync.replicas"]) == (3, 2)
    alone = replace(target, environment="dev", kafka_brokers=1)
    for topic in topics(catalog, alone):
        assert (topic.replicas, topic.config["min.insync.replicas"]) == (1, 1)


@given(st.floats(0.01, 100_000), st.integers(50, 5_000), st.integers(1, 9))
def test_full_topics_never_fill_the_volumes(catalog: Catalog, lines: float, size: int, brokers: int) -> None:
    target = replace(target_for(), kafka_brokers=brokers)
    changed = rated(catalog, lines, size)
    made = topics(changed, target)
    held = sum(int(topic.config["retention.bytes"]) * topic.partitions * topic.replicas for topic in made)
    assert held <= 0.7 * volume_gib(changed, target) * brokers * GIB
    assert all(int(topic.config["segment.bytes"]) <= int(topic.config["retention.bytes"]) for topic in made)


@given(st.floats(1, 50_000), st.floats(1.1, 10))
def test_more_lines_never_get_less_room(catalog: Catalog, lines: float, factor: float) -> None:
    target = target_for()
    less, more = (topics(rated(catalog, rate, 500), target)[0] for rate in (lines, lines * factor))
    assert more.partitions >= less.partitions
    assert more.bytes >= less.bytes


def test_other_environments_have_a_share_of_the_lines(catalog: Catalog, target: Target) -> None:
    prod, dev = by_name(catalog, target), by_name(catalog, replace(target, environment="dev"))
    busy = "logs.shop.application"
    assert dev[busy].bytes <= ceil(prod[busy].bytes * 0.05) + dev[busy].partitions
    assert by_name(catalog, replace(target, environment="dr"))[busy] == prod[busy]


def test_senders_write_their_own_raw_topics_only(catalog: Catalog, target: Target) -> None:
    streams = all_streams(catalog)
    for name, by in ((AGENT, "agent"), (COLLECTOR, "http")):
        found = user(catalog, target, name)
        assert {acl.name for acl in found.acls} == {each.topic for each in streams if each.declared.by == by}
        assert {(acl.kind, acl.operations) for acl in found.acls} == {("topic", ("Write", "Describe"))}


def test_the_job_reads_lines_and_writes_dead_letters(catalog: Catalog, target: Target) -> None:
    acls = user(catalog, target, JOB).acls
    rights: dict[str, set[str]] = {}
    for acl in acls:
        if acl.kind == "topic":
            rights.setdefault("dead" if acl.name.endswith("dead-letter") else "raw", set()).update(acl.operations)
    assert rights == {"raw": {"Read", "Describe"}, "dead": {"Write", "Describe"}}
    assert [acl.name for acl in acls if acl.kind == "group"] == [JOB]
    assert {acl.name for acl in acls if acl.kind == "topic"} == set(by_name(catalog, target))


def test_a_quota_leaves_room_for_what_waited(catalog: Catalog, target: Target) -> None:
    shipping = catalog.log_schema.shipping
    for name, by in ((AGENT, "agent"), (COLLECTOR, "http")):
        rates = [each.declared.rate for each in all_streams(catalog) if each.declared.by == by]
        busiest = sum(rate.lines_per_second * rate.mean_bytes for rate in rates) * shipping.peak_factor
        quota = user(catalog, target, name).write_bytes
        assert quota is not None
        assert quota * target.kafka_brokers >= 2 * busiest


def test_the_artefact_holds_all_of_it(catalog: Catalog, target: Target) -> None:
    written: Any = yaml.safe_load(compile_artefacts(catalog, target)["kafka/topics.yaml"])
    assert [each["name"] for each in written["topics"]] == [*by_name(catalog, target)]
    assert {each["name"] for each in written["users"]} == {AGENT, COLLECTOR, JOB}
    assert (written["brokers"], written["volume_gib"]) == (3, volume_gib(catalog, target))


@pytest.mark.parametrize("name", ["logs.shop.application", "logs.warehouse.dead-letter"])
def test_a_topics_name_can_be_a_kubernetes_objects(catalog: Catalog, target: Target, name: str) -> None:
    assert name in by_name(catalog, target)
    assert all(len(each) <= 249 and each == each.lower() and "_" not in each for each in by_name(catalog, target))
