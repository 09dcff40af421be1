"""Prices keep their digits: a bill is not a float."""

from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError

from compiler.model.prices import ClusterPrices, Prices

CLUSTER: dict[str, Any] = {
    "source": "a page",
    "vcpu_hour_usd": 0.04048,
    "memory_gb_hour_usd": 0.004445,
    "volume_gb_month_usd": "0.08",
}


def test_a_price_is_as_it_was_written() -> None:
    prices = ClusterPrices.model_validate(CLUSTER)
    assert (prices.vcpu_hour_usd, prices.volume_gb_month_usd) == (Decimal("0.04048"), Decimal("0.08"))


@pytest.mark.parametrize("price", [-0.01, True, float("nan"), "free"])
def test_a_wrong_price_is_refused(price: object) -> None:
    with pytest.raises(ValidationError):
        ClusterPrices.model_validate(CLUSTER | {"vcpu_hour_usd": price})


@pytest.mark.parametrize("date", ["2026", "August 2026", "2026-8"])
def test_a_table_of_prices_has_its_month(date: str) -> None:
    table = {"as_of": "2026-08", "region": "us-east-1", "source": "a page", "flat_monthly_usd": {}, "free": []}
    table |= {"machine_hourly_usd": {}}
    table |= {"kafka": {"source": "a page", "hourly_usd": {}, "volume_gb_month_usd": "0.10"}}
    table |= {"search": {"source": "a page", "hourly_usd": {}, "volume_gb_month_usd": "0.122"}}
    assert Prices.model_validate({**table, "by_use": {}, "cluster": CLUSTER}).as_of == "2026-08"
    with pytest.raises(ValidationError):
        Prices.model_validate({**table, "as_of": date, "by_use": {}, "cluster": CLUSTER})
