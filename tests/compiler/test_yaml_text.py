"""Written YAML reads back the same, by PyYAML; and people can read it."""

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from compiler.yaml_text import yaml_lines

ODD = st.text(st.sampled_from(" \n\t:#-'\"\\{}[]|>&*!%@`,?=~<é\u2028\x85\x07\ufeff\U0001f600ab1e.0_"), max_size=12)
TEXT = st.one_of(st.text(st.characters(exclude_categories=["Cs"])), ODD)
NUMBERS = st.one_of(st.integers(), st.floats(allow_nan=False))
DATA = st.recursive(
    st.one_of(st.none(), st.booleans(), NUMBERS, TEXT),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(TEXT, inner, max_size=4)),
    max_leaves=12,
)


def written(data: object) -> str:
    return "\n".join(yaml_lines(data)) + "\n"


@given(DATA)
@example("a #b")
@example("a: b")
@example("yes")
@example("1e3")
@example(1e-07)
@example(float("-inf"))
@example("a\n\n")
@example("\n")
@example(" a\nb")
@example("a\n  \nb")
@example({"": ["", [[], {}], {"a": {}}]})
def test_what_is_written_reads_back(data: object) -> None:
    assert yaml.load(written(data), Loader=yaml.CSafeLoader) == data


@given(ODD)
def test_text_reads_back_wherever_it_stands(text: str) -> None:
    data = {text: [text, {text: text, "a": [[text]]}]}
    assert yaml.load(written(data), Loader=yaml.CSafeLoader) == data


@pytest.mark.parametrize("word", ["true", "No", "ON", "null", "~", "y", "=", "<<", "2026-01-01", "1:30", ".5", "0x1f"])
def test_a_word_that_means_something_else_is_quoted(word: str) -> None:
    assert written([word]) == f"- '{word}'\n"


@pytest.mark.parametrize(
    "plain", ["HighErrorRate", 'sum(rate(x{code=~"5.."}[5m])) > 0.1', "/metrics", "ns:rule:rate5m"]
)
def test_expressions_need_no_quotes(plain: str) -> None:
    assert written({"expr": plain}) == f"expr: {plain}\n"


def test_the_shape_that_people_know() -> None:
    rules = {"groups": [{"name": "a", "rules": [{"expr": "x\n/ y\n", "labels": {}}, {"alert": "B"}]}], "empty": []}
    assert written(rules) == (
        "groups:\n- name: a\n  rules:\n  - expr: |\n      x\n      / y\n    labels: {}\n  - alert: B\nempty: []\n"
    )


def test_what_yaml_has_no_word_for_is_refused() -> None:
    with pytest.raises(TypeError, match="found set"):
        written({"a": {1, 2}})
