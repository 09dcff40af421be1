"""The job's rules: complete, free of secrets and of the catalog's own remarks, the same each time."""

import json
from dataclasses import replace
from typing import Any

import pytest

from compiler.artefacts import compile_artefacts
from compiler.catalog.catalog import Catalog
from compiler.logs.check import forbids
from compiler.logs.job import job
from compiler.target import Target


@pytest.fixture(scope="module")
def rules(catalog: Catalog, target: Target) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(compile_artefacts(catalog, target)["flink/job.json"])
    return found


def stream(rules: dict[str, Any], name: str) -> dict[str, Any]:
    return next(each for each in rules["streams"] if each["name"] == name)


def test_every_stream_is_there_once_with_a_topic_of_its_own(rules: dict[str, Any], catalog: Catalog) -> None:
    declared = [f"{each.name}-{one.name}" for each in catalog for one in each.logs.streams]
    assert [each["name"] for each in rules["streams"]] == declared
    assert len({each["topic"] for each in rules["streams"]}) == len(declared)
    assert {each["dead_letter"] for each in rules["streams"]}.isdisjoint(each["topic"] for each in rules["streams"])


def test_a_stream_says_where_its_lines_go(rules: dict[str, Any]) -> None:
    found = stream(rules, "shop-application")
    assert (found["topic"], found["dead_letter"]) == (
        "logs.shop.application",
        "logs.shop.dead-letter",
    )
    assert (found["index"], found["retention"]) == ("logs-shop-7d", "shop")
    assert "shop-api" in found["services"]


def test_a_restricted_stream_has_an_index_that_no_pattern_for_others_fits(rules: dict[str, Any]) -> None:
    restricted = {each["name"]: each["index"] for each in rules["streams"] if each["restricted"]}
    assert restricted == {"warehouse-log-ins": "restricted-warehouse-log-ins-14d"}
    others = {each["index"] for each in rules["streams"] if not each["restricted"]}
    assert all(index.startswith("logs-") for index in others)


def test_a_format_without_a_service_has_a_default(rules: dict[str, Any]) -> None:
    defaults = {each["name"]: each.get("default_service") for each in rules["streams"]}
    assert {name for name, default in defaults.items() if default} == {"library-application"}


def test_a_workload_overrides_the_shared_record(rules: dict[str, Any]) -> None:
    assert rules["record"]["user_id"]["treat"] == "hash"
    assert stream(rules, "library-application")["fields"]["user_id"] == {"type": "id", "treat": "drop"}
    assert "user_id" not in stream(rules, "shop-edge")["fields"]


def test_only_log_ins_keep_an_ip(rules: dict[str, Any]) -> None:
    kept = {
        each["name"]
        for each in rules["streams"]
        for field in {**rules["record"], **each["fields"]}.values()
        if field["type"] == "ip" and field.get("treat", "keep") == "keep"
    }
    assert kept == {"warehouse-log-ins"}


def test_a_rule_carries_no_remark(rules: dict[str, Any]) -> None:
    fields = [*rules["record"].values(), *(field for each in rules["streams"] for field in each["fields"].values())]
    assert not [
        field for field in fields if set(field) - {"type", "required", "treat", "into", "domain", "hex", "items"}
    ]
    assert all(isinstance(key, str) for key in rules["forbidden"])


def test_environments_differ_in_their_name_only(catalog: Catalog, target: Target) -> None:
    dev = job(catalog, replace(target, environment="dev"))
    assert dev.pop("environment") == "dev"
    prod = job(catalog, target)
    prod.pop("environment")
    assert dev == prod


@pytest.mark.parametrize(
    ("key", "name"),
    [("*token", "token"), ("*token", "X-Access-Token"), ("pwd", "p.w_d"), ("*apikey", "Api Key")],
)
def test_a_forbidden_key_is_found_however_it_is_written(key: str, name: str) -> None:
    assert forbids(key, name)


@pytest.mark.parametrize(
    ("key", "name"),
    [("*token", "tokens"), ("*token", "token_count"), ("pwd", "old_pwd"), ("*apikey", "api_key_id")],
)
def test_a_key_that_only_looks_like_it_stays(key: str, name: str) -> None:
    assert not forbids(key, name)
