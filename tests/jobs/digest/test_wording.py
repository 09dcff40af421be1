"""Numbers as people say them."""

import pytest

from jobs.digest.wording import amount, duration


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 s"),
        (0.25, "0.25 s"),
        (59.4, "59.4 s"),
        (59.7, "1 min"),
        (60, "1 min"),
        (61, "1 min 1 s"),
        (3600, "1 h"),
        (3601, "1 h"),
        (5400, "1 h 30 min"),
        (86_400 + 7_200, "1 d 2 h"),
        (604_800, "7 d"),
    ],
)
def test_a_time_has_its_two_largest_units(seconds: float, text: str) -> None:
    assert duration(seconds) == text


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [(0.9995, "ratio", "99.95 %"), (2, "conditions", "2 conditions"), (90, "seconds", "1 min 30 s")],
)
def test_a_value_has_its_unit(value: float, unit: str, text: str) -> None:
    assert amount(value, unit) == text
