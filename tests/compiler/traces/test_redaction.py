"""What a span may keep: attributes by an allow list, and nothing in their values that the log rules would mask."""

import random
import re
from typing import Any

from compiler.catalog.catalog import Catalog
from compiler.logs.check import forbids
from compiler.traces.redaction import STANDARD, allowed, blocked, processors
from tests.pipelines import sensitive

VALUES = 4_000


def masked(catalog: Catalog, value: str) -> str:
    """Mask as the processor does: one expression after another, each on the result of the one before."""
    for expression in blocked(catalog):
        value = re.sub(expression, "****", value)
    return value


def test_no_secret_of_the_logs_corpus_is_left_in_a_value(catalog: Catalog) -> None:
    chance = random.Random(17)
    for _ in range(VALUES):
        text, secret = sensitive.sentence(chance)
        assert not sensitive.leaks(masked(catalog, text), [secret]), text
        secret = sensitive.recognisable(chance)
        text = sensitive.encoded(chance, secret.value)
        assert not sensitive.leaks(masked(catalog, text), [secret]), text


def test_what_is_no_secret_stays(catalog: Catalog) -> None:
    for value in (
        "ranker-2026-11-20",
        "0.123456789012345",
        "1763820000",
        "connection reset by peer",
        "us-west",
        "POST /api/v1/loans",
        '["ann","popular","recent"]',
    ):
        assert masked(catalog, value) == value


def test_objects_go_as_a_whole(catalog: Catalog) -> None:
    assert masked(catalog, 'failed with {"who": "x"} here') == "failed with ****"
    assert masked(catalog, '[{"who":"x"}]') == "[****"


def test_no_value_that_is_let_through_unseen_is_long_enough_for_a_pattern(catalog: Catalog) -> None:
    redaction: Any = processors(catalog)["redaction"]
    (short,) = (expression.replace("$$", "$") for expression in redaction["allowed_values"])
    chance = random.Random(3)
    for _ in range(VALUES):
        secret = sensitive.recognisable(chance)
        assert not re.search(short, secret.value), secret.value


def test_a_workload_has_its_own_list(catalog: Catalog) -> None:
    lists = {watched.name: allowed(watched) for watched in catalog}
    assert "pop_location" in lists["shop"]
    assert "pop_location" not in lists["warehouse"]
    assert "user_id" not in lists["library"]
    transform: Any = processors(catalog)["transform/allowed"]
    spans = [
        each for group in transform["trace_statements"] for each in group["statements"] if "keep_keys(span." in each
    ]
    assert sum('== "shop"' in each for each in spans) == 1
    assert spans[-1].count("!=") == len(spans) - 1


def test_nothing_forbidden_is_on_a_list(each_catalog: Catalog) -> None:
    for watched in each_catalog:
        for name in {*allowed(watched), *STANDARD}:
            for key in each_catalog.log_schema.forbidden:
                assert not any(forbids(key, part) for part in name.split(".")), name
