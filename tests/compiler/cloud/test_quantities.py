"""Quantities are read as Kubernetes writes them."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compiler.cloud.quantities import GIB, quantity

SIZES = {"": 1, "k": 10**3, "M": 10**6, "G": 10**9, "T": 10**12, "Ki": 2**10, "Mi": 2**20, "Gi": 2**30, "Ti": 2**40}


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("500m", Decimal("0.5")),
        ("2", Decimal(2)),
        ("1.5Gi", Decimal("1.5") * GIB),
        ("1Ti", 1024 * GIB),
        ("53687091200", 50 * GIB),
        ("50G", Decimal(50_000_000_000)),
        ("much", Decimal(0)),
        (None, Decimal(0)),
    ],
)
def test_a_quantity_is_cores_or_bytes(text: object, number: Decimal) -> None:
    assert quantity(text) == number


@given(st.integers(0, 10_000), st.sampled_from(sorted(SIZES)))
def test_a_quantity_is_its_number_times_its_suffix(number: int, suffix: str) -> None:
    assert quantity(f"{number}{suffix}") == number * SIZES[suffix]


@given(st.decimals(0, 1000, places=2))
def test_a_quantity_may_have_a_point_and_thousandths(number: Decimal) -> None:
    assert quantity(f"{number}") == number
    assert quantity(f"{number}m") == number / 1000


@given(st.one_of(st.text(max_size=8), st.none(), st.booleans(), st.lists(st.integers())))
def test_what_is_no_quantity_is_nothing(value: object) -> None:
    assert quantity(value) >= 0


@pytest.mark.parametrize("value", ["", "a lot", "-1", "1 Gi", "1GiB", "Gi", "\u0665", None, {}])
def test_what_is_no_quantity_counts_as_zero(value: object) -> None:
    assert quantity(value) == 0
