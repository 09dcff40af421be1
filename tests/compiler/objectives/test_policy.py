"""What is left of a budget, as a stance."""

import pytest

from compiler.catalog.catalog import Catalog
from compiler.model.alerts import BurnRates
from compiler.objectives.policy import policy_group


def test_each_limit_that_is_passed_is_one_more(catalog: Catalog) -> None:
    (rule,) = policy_group(catalog.burn_rates).rules
    assert rule.record == "slo:error_budget:stance"
    assert rule.expr == ("(slo:error_budget:remaining_ratio > bool 0.5) + (slo:error_budget:remaining_ratio > bool 0)")


def test_the_document_says_ship_freeze_and_incident(catalog: Catalog) -> None:
    assert [(stance.name, stance.above) for stance in catalog.burn_rates.policy] == [
        ("ship", 0.5),
        ("freeze", 0),
        ("incident", None),
    ]


@pytest.mark.parametrize("limits", [(0.7, 0.5, 0), (0, 0.5, None), (None, 0.5, None), (0.5, 0.5, None)])
def test_stances_out_of_order_are_refused(catalog: Catalog, limits: tuple[float | None, ...]) -> None:
    stances = [{"name": f"n{n}", "above": limit, "text": "What to do."} for n, limit in enumerate(limits)]
    with pytest.raises(ValueError, match="expected falling limits"):
        BurnRates.model_validate(catalog.burn_rates.model_dump() | {"policy": stances})
