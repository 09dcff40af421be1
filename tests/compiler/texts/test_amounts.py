"""An amount with its unit: one format for each unit, and nothing is lost in it."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compiler.model.base import seconds
from compiler.texts.amounts import amount, canonical, converted, in_words, span

SHARES = ["ratio", "share", "percent", "percentunit"]
TIMES = ["milliseconds", "seconds", "minutes", "hours", "days"]
figures = st.decimals(0, 10**6, places=4).map(float)


def read(text: str) -> float:
    """Return the figure that an amount begins with."""
    found = re.match(r"[\d,.]+", text)
    assert found, text
    return float(found[0].replace(",", ""))


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (0.01, "ratio", "1 %"),
        (0.115, "ratio", "11.5 %"),
        (0.8, "share", "80 %"),
        (120, "percent", "120 %"),
        (0.15, "seconds", "150 ms"),
        (60, "seconds", "60 s"),
        (0, "seconds", "0 s"),
        (50, "milliseconds", "50 ms"),
        (1, "hours", "1 hour"),
        (24, "hours", "24 hours"),
        (1, "m", "1 minute"),
        (0.2, "score", "0.2"),
        (2, "sigma", "2 sigma"),
        (1, "series", "1 series"),
        (100_000, "series", "100,000 series"),
        (5.3, "usd", "5.3 USD"),
        (0.005, "predictions-per-second", "0.005 predictions a second"),
    ],
)
def test_amounts_as_people_say_them(value: float, unit: str, text: str) -> None:
    assert amount(value, unit) == text


@given(figures, st.sampled_from(SHARES))
def test_a_share_is_said_in_percent(value: float, unit: str) -> None:
    text = amount(value, unit)
    assert text.endswith(" %")
    assert read(text) / 100 == pytest.approx(canonical(value, unit)[1])


@given(figures, st.sampled_from(TIMES))
def test_a_time_is_said_in_its_own_unit_or_in_milliseconds(value: float, unit: str) -> None:
    figure, _, word = amount(value, unit).partition(" ")
    named = {"ms": "milliseconds", "s": "seconds"}.get(word, word if word.endswith("s") else f"{word}s")
    assert canonical(read(figure), named)[1] == pytest.approx(canonical(value, unit)[1])


@given(figures, st.sampled_from([SHARES, TIMES]), st.data())
def test_converting_there_and_back_changes_nothing(value: float, units: list[str], data: st.DataObject) -> None:
    one, other = data.draw(st.sampled_from(units)), data.draw(st.sampled_from(units))
    assert converted(converted(value, one, other), other, one) == pytest.approx(value, abs=1e-2)
    assert canonical(converted(value, one, other), other)[1] == pytest.approx(canonical(value, one)[1], abs=1e-4)


@pytest.mark.parametrize("axis", ["none", "short", "score"])
def test_an_axis_without_a_unit_takes_a_score_as_it_is(axis: str) -> None:
    assert converted(0.75, "score", axis) == 0.75


@pytest.mark.parametrize(("unit", "axis"), [("seconds", "percentunit"), ("percent", "s"), ("parts", "s")])
def test_a_unit_of_another_kind_is_refused(unit: str, axis: str) -> None:
    with pytest.raises(ValueError, match=f"expected a unit that {unit} can be shown in, found {axis}"):
        converted(1, unit, axis)


@given(st.integers(1, 10**7))
def test_a_duration_in_words_is_the_duration(total: int) -> None:
    figure, _, word = span(total).partition(" ")
    assert seconds(f"{figure}{word[0]}") == total
    assert word.endswith("s") == (int(figure) > 1)


@pytest.mark.parametrize(
    ("duration", "text"), [("5m", "5 minutes"), ("1h", "1 hour"), ("1h30m", "90 minutes"), ("90s", "90 seconds")]
)
def test_durations_in_words(duration: str, text: str) -> None:
    assert in_words(duration) == text
