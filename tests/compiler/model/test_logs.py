"""Fields, patterns and do-not-log rows refuse what could not be carried out."""

from typing import Any

import pytest
from pydantic import ValidationError

from compiler.model.logs import DoNotLog, LogField, Pattern

HASHED: dict[str, Any] = {"type": "id", "treat": "hash", "into": "user_id_hash", "domain": "user"}


@pytest.mark.parametrize(
    "given",
    [HASHED, {"type": "ip", "treat": "geo"}, {"type": "id", "hex": 32}, {"type": "array", "items": "string"}],
)
def test_a_field_may_be_treated_as_its_type_allows(given: dict[str, Any]) -> None:
    assert LogField.model_validate(given).model_dump(exclude_defaults=True) == given


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"type": "id", "treat": "hash"}, "expected both into and domain"),
        ({"type": "id", "treat": "hash", "into": "user_id_hash"}, "expected both into and domain"),
        ({"type": "id", "into": "user_id_hash", "domain": "user"}, "neither without"),
        ({"type": "id", "domain": "user"}, "neither without"),
        (HASHED | {"type": "number"}, "only an id or a string can be hashed, found number"),
        ({"type": "string", "treat": "geo"}, "only an ip has a place, found string"),
        ({"type": "string", "hex": 32}, "only an id may come as an integer"),
        ({"type": "array"}, "expected with an array"),
        ({"type": "string", "items": "string"}, "expected with an array"),
    ],
)
def test_a_treatment_that_does_not_go_with_the_type_is_refused(given: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        LogField.model_validate(given)


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("[a-", "expected a regular expression"),
        ("(?<=a)b", r"found '\(\?'"),
        ("a(?!b)", r"found '\(\?'"),
        ("(a)b\\1", r"found '\\1'"),
        ("[0-9]++", r"found '\+\+'"),
        ("\\w+", r"found '\\w'"),
        ("\\d{3}", r"found '\\d'"),
        ("abc(?i)", "expected a regular expression|past the beginning"),
    ],
)
def test_an_expression_that_languages_take_differently_is_refused(expression: str, message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        Pattern(name="odd", expression=expression, replacement="[odd]")


@pytest.mark.parametrize("replacement", ["[$1]", "\\1[a]", "masked", "[Odd]"])
def test_a_replacement_is_plain_text_with_a_mark(replacement: str) -> None:
    with pytest.raises(ValidationError, match="replacement"):
        Pattern(name="odd", expression="odd", replacement=replacement)


def test_a_row_that_nothing_carries_out_is_refused() -> None:
    assert DoNotLog(what="Training data", keys=("*trainingdata",)).keys
    with pytest.raises(ValidationError, match="expected keys, hashed, dropped or a note"):
        DoNotLog(what="Training data")


@pytest.mark.parametrize("key", ["api_key", "Token", "**token", "tok*"])
def test_a_key_is_written_as_it_is_compared(key: str) -> None:
    with pytest.raises(ValidationError, match="keys"):
        DoNotLog(what="Tokens", keys=(key,))
