"""Text of data: equal data, equal bytes; and nothing is lost."""

import json

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from compiler.text import number, to_json, to_yaml

plain = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text(st.characters(codec="utf-8", exclude_categories=["C"]))),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text("abc", min_size=1), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(plain)
def test_what_is_written_reads_back(data: object) -> None:
    assert yaml.safe_load(to_yaml(data)) == data
    assert json.loads(to_json(data)) == data


class Made:
    """What Grafana's SDK makes: an object that says what it is in JSON."""

    def __init__(self, data: object) -> None:
        self.data = data

    def to_json(self) -> object:
        return self.data


@given(st.one_of(plain, st.dictionaries(st.text(), st.floats(allow_nan=False, allow_infinity=False)), st.text()))
def test_json_is_what_pythons_own_encoder_writes(data: object) -> None:
    expected = json.dumps([data], sort_keys=True, indent=1, ensure_ascii=False) + "\n"
    assert to_json([Made(data)]) == to_json((data,)) == expected


@pytest.mark.parametrize("value", [object(), {1, 2}, float("nan"), float("inf"), {1: "a key that is no text"}])
def test_what_json_has_not_is_refused(value: object) -> None:
    with pytest.raises(TypeError):
        to_json(value)


def test_a_repeated_value_is_written_out() -> None:
    shared = ["a"]
    assert "*" not in to_yaml({"first": shared, "second": shared})


def test_lines_stay_lines_and_keys_stay_in_order() -> None:
    assert to_yaml({"b": "one\ntwo", "a": 1}) == "b: |-\n  one\n  two\na: 1\n"
    assert to_json({"b": 1, "a": "é"}) == '{\n "a": "é",\n "b": 1\n}\n'


@pytest.mark.parametrize(
    ("value", "text"),
    [(1, "1"), (0.1, "0.1"), (14.4, "14.4"), (1_234_567, "1234567"), (1e9, "1000000000"), (1 - 0.99, "0.01")],
)
def test_a_number_keeps_its_digits_and_gets_no_others(value: float, text: str) -> None:
    assert number(value) == text


@given(st.decimals(-(10**9), 10**9, places=3))
def test_a_number_reads_back(value: float) -> None:
    assert float(number(float(value))) == float(value)
