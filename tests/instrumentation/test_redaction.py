"""No forbidden value leaves a service, in a line or on a span."""

import re
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from instrumentation.cards import luhn, mask_cards
from instrumentation.contract import Contract, read_contract, stream_of
from instrumentation.keys import KeyNames
from instrumentation.record import Record
from instrumentation.redaction import Redactor
from tests.instrumentation.conftest import Watching
from tests.pipelines import sensitive

EXAMPLES = 300
"""Of each kind; each takes a millisecond."""


def kept(contract: Contract, stream: dict[str, Any], kind: str) -> list[str]:
    """Return the names of the listed fields of a type that are kept as they are."""
    both = {**contract.logs["record"], **stream["fields"]}
    return [name for name, rule in both.items() if rule["type"] == kind and rule.get("treat", "keep") == "keep"]


STREAMS = [
    ("bighead", "feature-api"),
    ("bighead", "bighead-auth"),
    ("engagement-prediction", "engagement-predictor"),
    ("personalization", "personalization-api"),
    ("recommendation-service", "recommendation-service"),
    ("recsys-saas", "backend-api"),
]


@pytest.mark.parametrize(("workload", "service"), STREAMS)
def test_no_secret_reaches_a_line(watching: Watching, workload: str, service: str) -> None:
    watched = watching(workload=workload, service=service)
    contract = watched.watch.contract
    stream = next(one for one in contract.logs["streams"] if service in one["services"])
    plain = [name for name in kept(contract, stream, "string") if name not in ("service", "category", "instance")]
    for seed in range(EXAMPLES):
        random = Random(seed)
        fields, secrets = sensitive.poisoned(random, plain, kept(contract, stream, "text"))
        event = fields.pop("event", "x")
        watched.out.truncate(watched.out.seek(0))
        watched.watch.log.info(event, **fields)
        assert sensitive.leaks(watched.out.getvalue(), secrets) == [], fields


@settings(max_examples=EXAMPLES)
@given(seed=st.integers(0, 2**64))
def test_no_secret_reaches_free_text(redact: Redactor, seed: int) -> None:
    text, secret = sensitive.sentence(Random(seed))
    assert sensitive.leaks(redact(text), [secret]) == [], text


@settings(max_examples=EXAMPLES)
@given(text=st.text(max_size=300))
def test_any_text_can_be_redacted_twice_with_one_result(redact: Redactor, text: str) -> None:
    once = redact(text)
    assert redact(once) == once
    once.encode()


def test_what_is_cut_in_two_is_still_recognised(redact: Redactor) -> None:
    text = "x" * 32_760 + " card 4111 1111 1111 1111 and more" + " y" * 2_000
    assert "4111" not in redact(text)
    assert len(redact(text)) <= 32_768


def test_half_a_secret_at_the_end_of_what_is_read_does_not_stay(redact: Redactor) -> None:
    mails = f"{'a' * 60}@example.com " * 500
    # What is read ends within the token, and masking has made room for that end.
    text = mails[: 32_768 + 1_024 - 10] + " ghp_" + "Q" * 40
    assert "QQQ" not in redact(text)


def test_a_listed_name_with_a_forbidden_part_is_as_unknown_as_any_other(contracts: Path) -> None:
    contract = read_contract(contracts / "recsys-saas.json", "recsys-saas")
    stream = dict(stream_of(contract, "backend-api", None))
    stream["fields"] = {"login.password.kind": {"type": "string"}, "login.kind": {"type": "string"}}
    record = Record(contract.logs, stream, "backend-api", "", None)
    assert [record.knows(name) for name in stream["fields"]] == [False, True]


def test_what_had_a_secret_is_not_remembered(redact: Redactor) -> None:
    redact("who@example.com")
    redact("restaurant")
    assert "restaurant" in redact._clean
    assert "who@example.com" not in redact._clean


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("4111 1111 1111 1111", "[card]"),
        ("45 4111 1111 1111 1111", "45 [card]"),
        ("4111-1111-1111-1112", "4111-1111-1111-1112"),
        ("order 12345678901", "order 12345678901"),
        ("id a4111111111111111b", "id a4111111111111111b"),
        ("4111111111111111 5500005555555559", "[card] [card]"),
    ],
)
def test_cards_are_told_by_their_check_digit(text: str, masked: str) -> None:
    assert mask_cards(text, re.compile(r"\b[0-9](?:[ -]?[0-9]){12,18}\b"), "[card]") == masked
    assert luhn("4111111111111111")


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("token=abc page=2", "[removed] page=2"),
        ('{"password": "a b", "page": 2}', '{"[removed], "page": 2}'),
        ("Authorization: Bearer abc rest", "[removed] rest"),
        ("secret => {'a': [1, 2]} rest", "[removed] rest"),
        ("X-Api-Key: 1&page=2", "[removed]&page=2"),
        ("tokens are nice: yes", "tokens are nice: yes"),
        ("password=", "[removed]"),
    ],
)
def test_a_value_goes_with_its_key(text: str, masked: str) -> None:
    names = KeyNames(["*token", "*password", "*authorization", "*secret", "*apikey"])
    assert names.mask(text) == masked


def test_numbers_that_are_cards_are_dropped(redact: Redactor) -> None:
    assert redact.number(4111111111111111) is None
    assert redact.number(4111111111111112) == 4111111111111112
    assert redact.number(4.5e11) == 4.5e11
    assert redact.number(float(4111111111111111)) is None


@pytest.fixture(scope="module")
def redact(contracts: Path) -> Redactor:
    contract = read_contract(contracts / "recsys-saas.json", "recsys-saas")
    return Record(contract.logs, stream_of(contract, "backend-api", None), "backend-api", "", None).redact
