"""Retention in CloudWatch: never shorter than asked, always a figure that it allows."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compiler.cloud.retention import CLOUDWATCH_DAYS, cloudwatch_days
from compiler.errors import UserError
from compiler.model.platform import RetentionClass


def kept(days: int | None) -> RetentionClass:
    return RetentionClass(source="a table", cloudwatch_days=days)


@given(st.integers(1, CLOUDWATCH_DAYS[-1]))
def test_days_are_rounded_up_to_the_next_that_is_allowed(wanted: int) -> None:
    days, note = cloudwatch_days("short", kept(wanted))
    assert days in CLOUDWATCH_DAYS
    assert days >= wanted
    assert not [allowed for allowed in CLOUDWATCH_DAYS if wanted <= allowed < days]
    assert (note is None) == (days == wanted)


def test_rounding_is_said() -> None:
    assert cloudwatch_days("short", kept(8)) == (14, "8 days rounded up to 14, the next that CloudWatch allows")


@given(st.integers(CLOUDWATCH_DAYS[-1] + 1))
def test_more_than_cloudwatch_keeps_is_refused(wanted: int) -> None:
    with pytest.raises(UserError, match=r"classes\.long: CloudWatch keeps 3653 days at most, not \d+$"):
        cloudwatch_days("long", kept(wanted))


def test_a_class_that_says_nothing_of_cloudwatch_is_refused() -> None:
    with pytest.raises(
        UserError, match=r"^catalog/retention\.yaml: classes\.hot: expected cloudwatch_days, since a log"
    ):
        cloudwatch_days("hot", kept(None))
