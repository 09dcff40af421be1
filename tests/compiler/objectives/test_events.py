"""The arithmetic of objectives: events, shares, budget, burn rates."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import promql_parser
import pytest

from compiler.catalog import promql
from compiler.catalog.catalog import Catalog, Watched
from compiler.conventions import KEPT, RATIO_WINDOWS
from compiler.metrics.rules import Group, Rule
from compiler.model.alerts import Slo
from compiler.model.base import seconds
from compiler.objectives.events import burn_rate, slo_groups
from compiler.target import Target


def groups_of(catalog: Catalog, watched: Watched, target: Target, **changes: Any) -> list[Group]:
    slo = Slo.model_validate(watched.slos[0].model_dump() | changes)
    return slo_groups(replace(watched, slos=(slo,)), catalog.burn_rates, target)


def rules_of(groups: list[Group]) -> list[Rule]:
    return [rule for group in groups for rule in group.rules]


@pytest.mark.parametrize(
    ("window", "rates"),
    [
        ("30d", [14.4, 6, 3, 1]),
        ("28d", [13.44, 5.6, 2.8, 0.9333333333]),
        ("7d", [3.36, 1.4, 0.7, 0.2333333333]),
        ("4w", [13.44, 5.6, 2.8, 0.9333333333]),
    ],
)
def test_burn_rates_scale_with_the_window(catalog: Catalog, shop: Watched, window: str, rates: list[float]) -> None:
    slo = shop.slos[0].model_copy(update={"window": window})
    burns = (*catalog.burn_rates.page, *catalog.burn_rates.ticket)
    assert [burn_rate(slo, burn) for burn in burns] == pytest.approx(rates)


def test_an_objective_has_twelve_rules_and_one_for_silence(catalog: Catalog, shop: Watched, target: Target) -> None:
    rules = rules_of(groups_of(catalog, shop, target))
    assert len(rules) == 13
    assert [rule.record for rule in rules if rule.record] == [
        "slo:events_total:rate5m",
        "slo:events_bad:rate5m",
        *(f"slo:events_bad:ratio_{window}" for window in ("5m", "30m", "1h", "2h", "6h", "1d", "3d")),
        "slo:error_budget:remaining_ratio",
    ]
    assert [rule.alert for rule in rules if rule.alert] == [
        "ApiAvailabilityBurnFast",
        "ApiAvailabilityBurnSlow",
        "ApiAvailabilityNoData",
    ]


@pytest.mark.parametrize("environment", ["local", "dev", "staging", "prod", "dr"])
def test_silence_fires_where_the_workload_is_expected(
    catalog: Catalog, shop: Watched, target: Target, environment: str
) -> None:
    rules = rules_of(groups_of(catalog, shop, replace(target, environment=environment)))
    silent = [rule for rule in rules if rule.alert == "ApiAvailabilityNoData"]
    assert len(silent) == (0 if environment == "dr" else 1)
    assert all("absent(slo:events_total:rate5m{" in rule.expr and rule.for_ == "10m" for rule in silent)


def ranges(expr: promql_parser.Expr) -> Iterator[tuple[str, timedelta]]:
    """Yield each range selector of an expression: its series and how far it looks back."""
    for each in promql.walked(expr):
        if isinstance(each, promql_parser.MatrixSelector):
            yield str(each.vector_selector.name), each.range


def test_only_recorded_series_are_read_over_long_ranges(catalog: Catalog, shop: Watched, target: Target) -> None:
    """A month of raw series is what makes rules too slow to evaluate."""
    read = [found for rule in rules_of(groups_of(catalog, shop, target)) for found in ranges(promql.parse(rule.expr))]
    raw = {(name, span) for name, span in read if ":" not in name}
    assert raw == {("api_requests_total", timedelta(minutes=5))}
    # The last value there was is asked of all that is kept, and of no more than one series.
    assert max(span for _, span in read if span != timedelta(seconds=seconds(KEPT))) == timedelta(days=3)


def test_the_budget_reads_the_whole_window_in_points_that_tile_it(
    catalog: Catalog, shop: Watched, target: Target
) -> None:
    budgets = [r for r in rules_of(groups_of(catalog, shop, target)) if r.record and "budget" in r.record]
    selector = '{workload="shop", service="api", slo="api-availability"}[30d:5m]'
    spent = f"sum_over_time(slo:events_bad:rate5m{selector}) / sum_over_time(slo:events_total:rate5m{selector})"
    at = '{workload="shop", service="api", slo="api-availability"}'
    unknown = f"slo:events_total:rate5m{at} unless slo:events_bad:rate5m{at}"
    assert [rule.expr for rule in budgets] == [f"(1 - ({spent}) / 0.01)\nunless on () ({unknown})"]


def test_long_windows_are_evaluated_less_often(catalog: Catalog, shop: Watched, target: Target) -> None:
    intervals = {
        group.name.rpartition("api-availability")[2]: group.interval for group in groups_of(catalog, shop, target)
    }
    assert intervals == {"": "30s", "-long": "2m", "-budget": "5m", "-alerts": "30s"}


def test_a_share_is_the_quotient_of_averages_not_the_average_of_quotients(
    catalog: Catalog, shop: Watched, target: Target
) -> None:
    rules = {rule.record: rule.expr for rule in rules_of(groups_of(catalog, shop, target))}
    for window in RATIO_WINDOWS[1:]:
        bad, total = rules[f"slo:events_bad:ratio_{window}"].split(" / ")
        assert bad.startswith("avg_over_time(slo:events_bad:rate5m{")
        assert total.startswith("avg_over_time(slo:events_total:rate5m{")
        assert bad.endswith(f"[{window}])")
        assert total.endswith(f"[{window}])")


def test_a_burn_alert_asks_both_windows_and_for_traffic(catalog: Catalog, shop: Watched, target: Target) -> None:
    rules = {rule.alert: rule for rule in rules_of(groups_of(catalog, shop, target))}
    selector = '{workload="shop", service="api", slo="api-availability"}'
    fast, slow = rules["ApiAvailabilityBurnFast"], rules["ApiAvailabilityBurnSlow"]
    assert fast.expr.splitlines()[0] == (
        f"(slo:events_bad:ratio_1h{selector} > 14.4 * 0.01 and slo:events_bad:ratio_5m{selector} > 14.4 * 0.01"
        f" and avg_over_time(slo:events_total:rate5m{selector}[1h]) >= 0.1)"
    )
    assert [line for line in (fast.expr + slow.expr).splitlines() if line == "or"] == ["or", "or"]
    assert (fast.labels["severity"], fast.labels["priority"]) == ("critical", "P1")
    assert (slow.labels["severity"], slow.labels["priority"]) == ("warning", "P2")
    for rule in (fast, slow):
        assert rule.labels["slo"] == "api-availability"
        assert rule.annotations["runbook_url"].endswith("/runbooks/shop/api-availability-budget/")


@pytest.mark.parametrize(
    ("objective", "allowed", "percent"),
    [(99, "0.01", "1"), (99.9, "0.001", "0.1"), (99.95, "0.0005", "0.05"), (99.9999, "1e-06", "0.0001")],
)
def test_what_is_allowed_has_no_digits_that_binary_adds(
    catalog: Catalog, shop: Watched, target: Target, objective: float, allowed: str, percent: str
) -> None:
    rules = rules_of(groups_of(catalog, shop, target, objective=objective))
    (fast,) = (rule for rule in rules if rule.alert and rule.alert.endswith("BurnFast"))
    assert f"> 14.4 * {allowed} and" in fast.expr
    assert fast.annotations["description"].endswith(f"the objective of {objective} % in 30d allows {percent} %.")


def test_no_event_of_a_kind_yet_is_none_of_that_kind(catalog: Catalog, shop: Watched, target: Target) -> None:
    bad = rules_of(groups_of(catalog, shop, target))[1]
    total = "sum(rate(api_requests_total[5m]))"
    missing = '(group(api_requests_total) unless on () group(api_requests_total{status_code!=""}))'
    known = f"({total} unless on () {missing})"
    assert bad.expr == f'sum(rate(api_requests_total{{status_code=~"5.."}}[5m])) or 0 * {known}'
    events = {"total": "api_requests_total", "good": 'api_requests_total{status_code="200"}'}
    good = rules_of(groups_of(catalog, shop, target, events=events))[1]
    assert good.expr == f'{known} - (sum(rate(api_requests_total{{status_code="200"}}[5m])) or 0 * {total})'


def test_every_expression_parses(catalog: Catalog, shop: Watched, target: Target) -> None:
    for rule in rules_of(groups_of(catalog, shop, target)):
        promql.parse(rule.expr)
