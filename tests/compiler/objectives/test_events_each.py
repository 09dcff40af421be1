"""One objective with a budget for each value of a label, and its alerts at low traffic."""

from dataclasses import replace

import pytest

from compiler.catalog import promql
from compiler.catalog.catalog import Catalog, Watched
from compiler.metrics.rules import Rule
from compiler.model.alerts import Each, Slo
from compiler.objectives.events import parts, slo_groups
from compiler.target import Target

PLANS = {"starter": 99.0, "pro": 99.9, "enterprise": 99.95}
SELECTOR = 'workload="shop", service="api", slo="api-availability"'


@pytest.fixture
def by_plan(shop: Watched) -> Slo:
    each = Each(label="endpoint", objectives=PLANS)
    return shop.slos[0].model_copy(update={"objective": 99.9, "each": each, "or_bad": 10})


@pytest.fixture
def rules(catalog: Catalog, shop: Watched, target: Target, by_plan: Slo) -> list[Rule]:
    groups = slo_groups(replace(shop, slos=(by_plan,)), catalog.burn_rates, target)
    return [rule for group in groups for rule in group.rules]


def named(rules: list[Rule], name: str) -> Rule:
    return next(rule for rule in rules if name in (rule.alert, rule.record))


def test_values_cost_no_more_rules(rules: list[Rule]) -> None:
    assert len(rules) == 13
    for rule in rules:
        promql.parse(rule.expr)


def test_events_are_counted_by_the_label(rules: list[Rule]) -> None:
    total = "sum by (endpoint) (rate(api_requests_total[5m]))"
    assert named(rules, "slo:events_total:rate5m").expr == total
    bad = 'sum by (endpoint) (rate(api_requests_total{status_code=~"5.."}[5m]))'
    missing = '(group(api_requests_total) unless on () group(api_requests_total{status_code!=""}))'
    assert named(rules, "slo:events_bad:rate5m").expr == f"{bad} or 0 * ({total} unless on () {missing})"


def test_every_value_has_its_objective_and_any_other_the_general_one(by_plan: Slo) -> None:
    assert [(part.objective, at) for part, at in parts(by_plan)] == [
        (99, ('endpoint="starter"',)),
        (99.9, ('endpoint="pro"',)),
        (99.95, ('endpoint="enterprise"',)),
        (99.9, ('endpoint!~"starter|pro|enterprise"',)),
    ]
    plain = by_plan.model_copy(update={"each": None})
    assert parts(plain) == [(plain, ())]


def test_values_are_taken_literally(by_plan: Slo) -> None:
    odd = by_plan.model_copy(update={"each": Each(label="endpoint", objectives={"a.b": 99, "c-d": 99})})
    assert parts(odd)[-1][1] == ('endpoint!~"a\\\\.b|c\\\\-d"',)
    promql.parse("up{" + parts(odd)[-1][1][0] + "}")


def test_budgets_are_divided_by_what_each_value_allows(rules: list[Rule]) -> None:
    known, _, _ = named(rules, "slo:error_budget:remaining_ratio").expr.partition("\nunless")
    budgets = known.removeprefix("(").removesuffix(")").split("\nor\n")
    assert [budget.rpartition(" / ")[2] for budget in budgets] == ["0.01", "0.001", "0.0005", "0.001"]
    assert f'{{{SELECTOR}, endpoint="enterprise"}}[30d:5m]' in budgets[2]


def test_alerts_compare_each_value_with_its_own_burn_rate(rules: list[Rule]) -> None:
    fast = named(rules, "ApiAvailabilityBurnFast")
    conditions = fast.expr.split("\nor\n")
    assert len(conditions) == 2 * 4
    assert 'endpoint="enterprise"} > 14.4 * 0.0005 and' in conditions[2]
    assert 'endpoint="starter"} > 6 * 0.01 and' in conditions[4]
    assert fast.annotations["summary"].endswith(" burns fast for endpoint {{ $labels.endpoint }}")
    promised = "the objectives in 30d are starter 99 %, pro 99.9 %, enterprise 99.95 %, any other 99.9 %."
    assert fast.annotations["description"].endswith(promised)


def test_failures_count_where_traffic_does_not_suffice(rules: list[Rule]) -> None:
    condition = named(rules, "ApiAvailabilityBurnFast").expr.split("\nor\n")[0]
    at = f'{{{SELECTOR}, endpoint="starter"}}'
    enough = f"avg_over_time(slo:events_total:rate5m{at}[1h]) >= 0.1"
    assert condition.endswith(f"({enough} or sum_over_time(slo:events_bad:rate5m{at}[1h:1m]) * 60 >= 10))")
    slow = named(rules, "ApiAvailabilityBurnSlow").expr.split("\nor\n")[0]
    assert slow.endswith("[1d:5m]) * 300 >= 10))")


def test_silence_is_that_of_all_values(rules: list[Rule]) -> None:
    """A plan whose tenants are asleep has no series for hours: only when there is none at all, something is wrong."""
    assert named(rules, "ApiAvailabilityNoData").expr.startswith(
        f"absent(slo:events_total:rate5m{{{SELECTOR}}}) and on ()"
    )
