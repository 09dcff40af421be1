"""The field types that entries share."""

from datetime import timedelta

import promql_parser
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from compiler.model.base import Bound, Duration, Email, Entry, LabelValue, Number, Placed, Slug, seconds

SIZES = {"w": 604_800, "d": 86_400, "h": 3_600, "m": 60, "s": 1}
parts = st.fixed_dictionaries({}, optional={unit: st.integers(0, 50) for unit in SIZES})


@given(parts)
def test_a_duration_is_the_sum_of_its_parts_and_what_prometheus_reads(amounts: dict[str, int]) -> None:
    total = sum(SIZES[unit] * n for unit, n in amounts.items())
    assume(total > 0)
    text = "".join(f"{amounts[unit]}{unit}" for unit in SIZES if unit in amounts)
    assert seconds(text) == total
    assert promql_parser.parse_duration(text) == timedelta(seconds=total)


@pytest.mark.parametrize(
    "text", ["", "5", "m", "0s", "5 m", "5m ", "-5m", "5m1h", "1.5h", "5M", "5min", "\u0665m", "5m\n"]
)
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="expected a duration such as 30s, 5m, 1h or 30d, found"):
        seconds(text)


@given(st.text(max_size=12))
def test_any_text_is_a_duration_or_refused(text: str) -> None:
    try:
        TypeAdapter(Duration).validate_python(text)
    except ValidationError:
        return
    assert seconds(text) > 0
    assert text.isascii()


@pytest.mark.parametrize(("sides", "operator"), [({"above": 1}, ">"), ({"below": 0.5}, "<"), ({"equals": 0}, "==")])
def test_a_bound_has_one_side(sides: dict[str, float], operator: str) -> None:
    bound = Bound.model_validate(sides)
    assert (bound.operator, bound.value) == (operator, next(iter(sides.values())))


@pytest.mark.parametrize("sides", [{}, {"above": 1, "below": 0}, {"above": 1, "equals": 1, "below": 1}])
def test_a_bound_without_or_with_several_sides_is_refused(sides: dict[str, float]) -> None:
    with pytest.raises(ValidationError, match="expected exactly one of above, below, equals; found"):
        Bound.model_validate(sides)


@pytest.mark.parametrize("value", [True, "1", "0.1", float("nan"), float("inf"), None, [1], 10**400])
def test_a_number_is_neither_a_truth_nor_quoted_nor_infinite(value: object) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Number).validate_python(value)


@pytest.mark.parametrize("value", [0, 1, -0.5, 1_234_567])
def test_a_number_may_be_whole(value: float) -> None:
    assert TypeAdapter(Number).validate_python(value) == value


@pytest.mark.parametrize("value", ["High", "a_b", "-a", "a-", "a--b", "1a", "a b", "", "a" * 64, "a\n"])
def test_a_slug_is_lower_case_words_joined_by_hyphens(value: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Slug).validate_python(value)
    assert TypeAdapter(Slug).validate_python("api-4xx") == "api-4xx"


@pytest.mark.parametrize("value", ["a", "a@b", "a b@c.d", "@c.d", "a@c.d e"])
def test_what_is_no_address_is_refused(value: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Email).validate_python(value)


@pytest.mark.parametrize("value", ['a"b', "a\\b", "a\nb"])
def test_a_label_value_that_would_end_its_matcher_is_refused(value: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(LabelValue).validate_python(value)
    assert TypeAdapter(LabelValue).validate_python("/personalize é") == "/personalize é"


@pytest.mark.parametrize("value", ["api-{environement}", "api-{env", "api-}", "{}"])
def test_an_unknown_placeholder_is_refused(value: str) -> None:
    with pytest.raises(ValidationError, match="expected no placeholders but"):
        TypeAdapter(Placed).validate_python(value)
    assert TypeAdapter(Placed).validate_python("{region}/{account}/{environment}")


def test_an_entry_is_frozen_and_knows_its_keys() -> None:
    class Example(Entry):
        name: str

    with pytest.raises(ValidationError, match="Extra inputs are not permitted"):
        Example.model_validate({"name": "a", "nmae": "b"})
    for field in Example.model_fields:
        with pytest.raises(ValidationError, match="Instance is frozen"):
            setattr(Example(name="a"), field, "b")
