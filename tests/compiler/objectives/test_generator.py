"""The generator of objectives' rules, on random objectives: an alert fires when its objective's arithmetic says so.

What is generated needs no case of its own in `tests/rules`. The last tests break the generator's rules on purpose.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from datetime import timedelta

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from compiler.conventions import (
    RATIO_WINDOWS,
    SEEN_LIVE,
    SLO_AVERAGE,
    SLO_BAD,
    SLO_BUDGET,
    SLO_TOTAL,
    UP,
    slo_ratio,
)
from compiler.metrics.rules import Rule
from compiler.model.alerts import BurnWindow, Slo
from compiler.model.base import seconds
from compiler.objectives.events import slo_groups
from compiler.objectives.threshold import threshold_groups
from compiler.target import Target
from tests.compiler.objectives.evaluator import PROVEN, Labels, Vector, evaluate
from tests.frozen import frozen_catalog

CATALOG = frozen_catalog()
SHOP = next(each for each in CATALOG if each.name == "shop")
BILLING = next(each for each in CATALOG if each.name == "billing")
BURNS = (*CATALOG.burn_rates.page, *CATALOG.burn_rates.ticket)
VALUES = ("free", "paid", "other")
NEAR = (0.0, 0.47, 0.97, 1.03, 2.1)
"""Shares of bad events, as multiples of what one burn rate allows: none is what another burn rate allows."""


@dataclass(frozen=True)
class Traffic:
    """What happens to the events of one value of the objective's label: shares of bad ones by window, and all."""

    bad: Mapping[str, float]
    total: float


@st.composite
def objectives(draw: st.DrawFn) -> Slo:
    """Random objectives on events of Prometheus, one in two with an objective for each value of a label."""
    percent = st.integers(50_000, 99_999).map(lambda n: n / 1_000)
    each = {"label": "plan", "objectives": draw(st.dictionaries(st.sampled_from(VALUES[:2]), percent, min_size=1))}
    kind = draw(st.sampled_from(["bad", "good"]))
    status = {"bad": '{status=~"5.."}', "good": '{status!~"5.."}'}
    return Slo.model_validate(
        {
            **SHOP.slos[0].model_dump(),
            "name": draw(st.from_regex(r"[a-z]{2,8}(-[a-z]{2,8})?", fullmatch=True)),
            "objective": draw(percent),
            "window": draw(st.sampled_from(["7d", "14d", "28d", "30d", "4w", "90d"])),
            "each": draw(st.sampled_from([None, each])),
            "events": {"total": "requests_total", kind: f"requests_total{status[kind]}"},
            "at_least": draw(st.sampled_from([0.01, 0.1, 1, 25])),
            "or_bad": draw(st.sampled_from([None, 1, 10, 500])),
        }
    )


def allowed(slo: Slo, value: str) -> float:
    """The share of events that may be bad, of one value of the label."""
    percent = slo.each.objectives.get(value, slo.objective) if slo.each else slo.objective
    return (100 - percent) / 100


def rate(slo: Slo, burn: BurnWindow) -> float:
    """The burn rate at which so much of the budget goes within the long window (SRE Workbook, table 5-8)."""
    return burn.budget_percent / 100 * seconds(slo.window) / seconds(burn.long)


@st.composite
def situations(draw: st.DrawFn) -> tuple[Slo, dict[str, Traffic]]:
    """An objective, and for each value of its label shares near what burn rates allow, on little or much traffic."""
    slo = draw(objectives())
    found = {}
    for value in VALUES if slo.each else ("",):
        limits = st.sampled_from([rate(slo, burn) * allowed(slo, value) for burn in BURNS])
        share = st.tuples(limits, st.sampled_from(NEAR)).map(lambda pair: pair[0] * pair[1])
        traffic = slo.at_least * draw(st.sampled_from([0.2, 0.97, 1.03, 50]))
        # In one of three every window burns, so that the traffic alone decides; in one, all are as near to one limit.
        every = max(rate(slo, burn) for burn in BURNS) * allowed(slo, value) * 2
        alike = draw(st.sampled_from([None, every, draw(share)]))
        found[value] = Traffic({window: alike or draw(share) for window in RATIO_WINDOWS}, traffic)
    return slo, found


def world(slo: Slo, happens: Mapping[str, Traffic]) -> Callable[[str, timedelta | None, timedelta | None], Vector]:
    """The recorded series of an objective, with another one's beside it that burns all the time."""

    def at(value: str, name: str = slo.name) -> Labels:
        labels = {"workload": "shop", "service": slo.service, "slo": name} | ({"plan": value} if value else {})
        return frozenset(labels.items())

    def read(name: str, span: timedelta | None, step: timedelta | None) -> Vector:
        window = next((each for each in RATIO_WINDOWS if span and seconds(each) == span.total_seconds()), "5m")
        ratios = {slo_ratio(each): each for each in RATIO_WINDOWS}
        made = dict[Labels, float]()
        for value, traffic in happens.items():
            if name in ratios:
                made[at(value)] = traffic.bad[ratios[name]]
            elif name == SLO_TOTAL:
                made[at(value)] = traffic.total
            elif name == SLO_BAD:
                made[at(value)] = traffic.total * traffic.bad[window]
            if step and span:
                made[at(value)] *= span / step
        return {**made, **{at(value, "another"): 1e6 for value in happens}} if made else {}

    return read


def generated(slo: Slo, target: Target) -> dict[str, Rule]:
    groups = slo_groups(replace(SHOP, slos=(slo,)), CATALOG.burn_rates, target)
    return {str(rule.record or rule.alert): rule for group in groups for rule in group.rules}


def firing(rule: Rule, slo: Slo, happens: Mapping[str, Traffic]) -> set[str]:
    """The values of the label for which an alert fires."""
    found = evaluate(rule.expr, world(slo, happens))
    assert isinstance(found, dict)
    return {dict(labels).get("plan", "") for labels in found}


def expected(slo: Slo, happens: Mapping[str, Traffic], burns: tuple[BurnWindow, ...]) -> set[str]:
    """The values whose budget burns too fast in both windows of a burn rate, on traffic that means something."""
    return {
        value
        for value, traffic in happens.items()
        for burn in burns
        if min(traffic.bad[each] for each in looked_at(burn)) > rate(slo, burn) * allowed(slo, value)
        and (
            traffic.total >= slo.at_least
            or (slo.or_bad and traffic.total * traffic.bad[burn.long] * seconds(burn.long) >= slo.or_bad)
        )
    }


def looked_at(burn: BurnWindow) -> tuple[str, ...]:
    """The windows in which a budget must burn: a burn that pages does so now, or it would page after its end."""
    return (burn.long, burn.short, *(("5m",) if burn in CATALOG.burn_rates.page else ()))


def ends(rules: Mapping[str, Rule], end: str) -> Rule:
    assert end in PROVEN
    return next(rule for name, rule in rules.items() if name.endswith(end))


@given(situations())
def test_a_budget_that_burns_is_alerted_on_and_no_other(target: Target, found: tuple[Slo, dict[str, Traffic]]) -> None:
    slo, happens = found
    rules = generated(slo, target)
    assert firing(ends(rules, "BurnFast"), slo, happens) == expected(slo, happens, CATALOG.burn_rates.page)
    assert firing(ends(rules, "BurnSlow"), slo, happens) == expected(slo, happens, CATALOG.burn_rates.ticket)


@dataclass(frozen=True)
class Silence:
    """What is known of a service whose events may have stopped.

    `before` is the last rate there was, as a multiple of what counts.
    """

    before: float
    silent: bool
    answers: bool
    seen: bool
    live: bool


SILENCES = st.builds(Silence, st.sampled_from([0.0, 0.5, 1.0, 30.0]), *[st.booleans()] * 4)


@given(objectives(), SILENCES)
def test_silence_is_trouble_after_traffic_or_without_targets(target: Target, slo: Slo, told: Silence) -> None:
    """Nobody who asks a service that is well is no trouble, and neither is one that was never there."""
    before, silent, answers, seen, live = (getattr(told, each.name) for each in fields(told))
    declared = replace(target, live=("shop",) if live else ())
    own = frozenset({"workload": "shop", "service": slo.service, "slo": slo.name}.items())

    def read(name: str, span: timedelta | None, _: timedelta | None) -> Vector:
        if name == SLO_TOTAL:
            return {own: before * slo.at_least} if (before if span else not silent) else {}
        if name == UP:
            job = next(n for n, each in SHOP.workload.scraped.items() if each.service == slo.service)
            return {frozenset({"workload": "shop", "job": job}.items()): float(answers)}
        assert name == SEEN_LIVE
        return {frozenset({"workload": "shop", "service": slo.service}.items()): 1.0} if seen else {}

    found = evaluate(ends(generated(slo, declared), "NoData").expr, read)
    trouble = before >= 1 or (not answers and (live or seen))
    assert bool(found) == (silent and trouble)


@given(situations())
def test_shares_and_the_budget_are_those_of_the_events(target: Target, found: tuple[Slo, dict[str, Traffic]]) -> None:
    slo, happens = found
    rules = generated(slo, target)
    same = {value: Traffic(dict.fromkeys(RATIO_WINDOWS, each.bad["5m"]), each.total) for value, each in happens.items()}
    for window in RATIO_WINDOWS:
        assert _by_value(rules[slo_ratio(window)], slo, happens) == pytest.approx(
            {value: each.bad[window] for value, each in happens.items()}
        )
    left = {value: 1 - each.bad["5m"] / allowed(slo, value) for value, each in same.items()}
    assert _by_value(rules[SLO_BUDGET], slo, same) == pytest.approx(left)


def _by_value(rule: Rule, slo: Slo, happens: Mapping[str, Traffic]) -> dict[str, float]:
    found = evaluate(rule.expr, world(slo, happens))
    assert isinstance(found, dict)
    return {dict(at).get("plan", ""): value for at, value in found.items() if ("slo", slo.name) in at}


STATUSES = st.sampled_from(["200", "404", "500", "503"])
RATES = st.dictionaries(st.tuples(STATUSES, st.sampled_from(VALUES)), st.floats(0.1, 1e4))


@given(objectives(), RATES)
def test_events_are_counted_as_good_or_bad(target: Target, slo: Slo, rates: dict[tuple[str, str], float]) -> None:
    def read(name: str, span: timedelta | None, _: timedelta | None) -> Vector:
        assert name == "requests_total"
        assert span in (None, timedelta(minutes=5))
        return {frozenset({"status": status, "plan": plan}.items()): each for (status, plan), each in rates.items()}

    rules = generated(slo, target)
    total, bad = evaluate(rules[SLO_TOTAL].expr, read), evaluate(rules[SLO_BAD].expr, read)
    for value in {plan for _, plan in rates} if slo.each else {""} if rates else set():
        at = frozenset({("plan", value)} if slo.each else ())
        own = [(status, each) for (status, plan), each in rates.items() if not slo.each or plan == value]
        failed = [each for status, each in own if status.startswith("5")]
        assert isinstance(total, dict)
        assert isinstance(bad, dict)
        assert (total[at], bad[at]) == pytest.approx((sum(each for _, each in own), sum(failed)))


@given(
    st.sampled_from(["above", "below"]), st.floats(0.01, 1e4), st.lists(st.floats(0.01, 1e4), min_size=1, max_size=3)
)
def test_a_value_that_breaks_its_bound_is_missed(target: Target, side: str, limit: float, values: list[float]) -> None:
    slo = next(each for each in BILLING.thresholds if len(each.metrics) == 3)
    changed = slo.model_copy(update={"bound": slo.bound.model_validate({side: round(limit, 6)})})
    (group,) = threshold_groups(replace(BILLING, thresholds=(changed,)), target)
    rules = {str(rule.record or rule.alert): rule for rule in group.rules}
    worst = (max if side == "above" else min)(values)
    at = frozenset({"workload": "billing", "service": slo.service, "slo": slo.name}.items())

    def read(name: str, _: timedelta | None, __: timedelta | None) -> Vector:
        series = {frozenset(_dimensions(n)): value for n, value in enumerate(values)}
        return {at: worst} if name == SLO_AVERAGE or name.startswith("slo:") else series

    assert evaluate(rules["slo:threshold:value"].expr, read) == {frozenset(): worst}
    missed = evaluate(ends(rules, "Missed").expr, read)
    assert bool(missed) == (worst > round(limit, 6) if side == "above" else worst < round(limit, 6))
    assert evaluate(ends(rules, "NoData").expr, read) == {}
    assert evaluate(ends(rules, "NoData").expr, lambda *_: {}) == {}, "it was never there"

    def once(name: str, *_: timedelta | None) -> Vector:
        return {at - {("slo", slo.name)}: 1.0} if name == SEEN_LIVE else {}

    assert evaluate(ends(rules, "NoData").expr, once) == {at: 1.0}


def _dimensions(n: int) -> Iterator[tuple[str, str]]:
    group = ("gender", "age", "location")[n]
    yield "workload", "platform"  # the exporter's, as the monitor adds it
    yield from {"dimension_Attribute": group, "dimension_Environment": "prod", "dimension_Model": "billing"}.items()


# The generator broken on purpose: an example must notice.

SHORT = re.compile(r" and slo:events_bad:ratio_\w+\{[^}]*\} > [\d.e-]+ [*] [\d.e-]+")
LIMIT = re.compile(r"> ([\d.e-]+) \* ([\d.e-]+)")
MUTANTS: dict[str, Callable[[str], str]] = {
    "a higher burn rate": lambda expr: LIMIT.sub(lambda found: f"> {float(found[1]) * 1.1} * {found[2]}", expr),
    "a lower burn rate": lambda expr: LIMIT.sub(lambda found: f"> {float(found[1]) * 0.9} * {found[2]}", expr),
    "a larger budget": lambda expr: LIMIT.sub(lambda found: f"> {found[1]} * {float(found[2]) * 1.1}", expr),
    "the other side": lambda expr: LIMIT.sub(lambda found: f"< {found[1]} * {found[2]}", expr),
    "one window alone": lambda expr: SHORT.sub("", expr),
    "no minimum of traffic": lambda expr: re.sub(r">= [\d.e-]+", ">= 0", expr),
    "more traffic asked for": lambda expr: re.sub(r">= ([\d.e-]+)", lambda found: f">= {float(found[1]) * 1.1}", expr),
    "the first burn rate alone": lambda expr: expr.split("\nor\n")[0],
    "every objective's series": lambda expr: re.sub(r'slo="[^"]*"', 'slo=~".*"', expr),
}


@pytest.mark.parametrize("name", MUTANTS)
@pytest.mark.parametrize("end", ["BurnFast", "BurnSlow"])
def test_a_broken_rule_is_noticed(target: Target, name: str, end: str) -> None:
    burns = CATALOG.burn_rates.page if end == "BurnFast" else CATALOG.burn_rates.ticket

    @settings(max_examples=300, phases=[Phase.generate], report_multiple_bugs=False)
    @given(situations())
    def unchanged(found: tuple[Slo, dict[str, Traffic]]) -> None:
        slo, happens = found
        rule = ends(generated(slo, target), end)
        broken = replace(rule, expr=MUTANTS[name](rule.expr))
        assert firing(broken, slo, happens) == expected(slo, happens, burns)

    with pytest.raises(AssertionError):
        unchanged()
