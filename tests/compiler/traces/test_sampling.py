"""The share that the rules give a trace, and the table of the rules."""

import pytest

from compiler.catalog.catalog import Catalog, Watched
from compiler.model.traces import SamplingRule, When
from compiler.traces.sampling import Facts, decide, decisions, in_words, kept, known_at_the_head


def _workload(catalog: Catalog, name: str) -> Watched:
    return next(watched for watched in catalog if watched.name == name)


EDGE, API, Assistant = "shop-edge", "shop-api", "shop-assistant"


@pytest.mark.parametrize(
    ("workload", "facts", "percent"),
    [
        ("shop", Facts(frozenset({EDGE, API})), 1),
        ("shop", Facts(frozenset({EDGE})), 0.1),
        ("shop", Facts(frozenset({EDGE}), error=True), 100),
        ("shop", Facts(frozenset({EDGE}), milliseconds=200), 100),
        ("shop", Facts(frozenset({EDGE, API}), milliseconds=199.9), 1),
        ("shop", Facts(frozenset({EDGE, API, Assistant})), 100),
        ("warehouse", Facts(frozenset({"picking", "parcel-api"}), milliseconds=29), 1),
        ("warehouse", Facts(frozenset({"picking", "parcel-api"}), milliseconds=30), 100),
        ("warehouse", Facts(frozenset({"parcel-api"}), milliseconds=10), 100),
        ("warehouse", Facts(frozenset({"parcel-api"}), milliseconds=9), 1),
        ("warehouse", Facts(frozenset({"conveyor-batch", "parcel-api"}), milliseconds=1), 100),
        ("library", Facts(frozenset({"backend-api"}), milliseconds=100), 100),
        ("library", Facts(frozenset({"backend-api"}), milliseconds=99), 1),
        ("billing", Facts(frozenset({"billing-training"})), 100),
        ("billing", Facts(frozenset({"billing-predictor"})), 5),
    ],
)
def test_a_trace_is_kept_by_the_largest_share_that_holds(
    catalog: Catalog, workload: str, facts: Facts, percent: float
) -> None:
    assert decide(_workload(catalog, workload).traces.sampling, facts) == percent


def _rule(name: str, keep: float, when: When) -> SamplingRule:
    return SamplingRule(name=name, keep=keep, when=when, decided="tail", why="why", source="source")


def test_all_conditions_of_a_rule_must_hold() -> None:
    rules = (
        _rule("both", 50, When(services=("a",), longer_than="1s", spans=("s",))),
        _rule("normal", 0, When()),
    )
    full = Facts(frozenset({"a", "b"}), frozenset({"s", "t"}), milliseconds=1_000)
    assert decide(rules, full) == 50
    assert decide(rules, Facts(frozenset({"b"}), full.spans, milliseconds=1_000)) == 0
    assert decide(rules, Facts(full.services, frozenset({"t"}), milliseconds=1_000)) == 0
    assert decide(rules, Facts(full.services, full.spans, milliseconds=999)) == 0


def test_the_share_is_taken_by_the_hash_that_collectors_use() -> None:
    # FNV-1a of 64 bits of nothing but the letter a, from the function's own page of test vectors
    assert kept("61", 100 * (0xAF63DC4C8601EC8C + 10_000) / 2**64, salt="") is True
    assert kept("61", 100 * (0xAF63DC4C8601EC8C - 10_000) / 2**64, salt="") is False


def test_a_smaller_share_is_a_part_of_a_larger_one() -> None:
    ids = [f"{n * 0x9E3779B97F4A7C15F39CC0605CEDC835 % 2**128:032x}" for n in range(1, 30_001)]
    one, tenth = ({each for each in ids if kept(each, percent)} for percent in (1, 0.1))
    assert tenth < one
    assert 300 - 3 * 17.3 < len(one) < 300 + 3 * 17.3  # three sigma of a binomial share
    assert 30 - 3 * 5.5 < len(tenth) < 30 + 3 * 5.5
    assert all(kept(each, 100) for each in ids)


def test_the_head_knows_its_own_name_only() -> None:
    assert known_at_the_head(When())
    assert known_at_the_head(When(services=("a",)))
    for when in (When(error=True), When(only_services=("a",)), When(services=("a",), longer_than="1s")):
        assert not known_at_the_head(when)


def test_the_table_says_who_decides_and_what_is_lost(catalog: Catalog) -> None:
    rows = {(row.workload, row.rule.name): row for watched in catalog for row in decisions(watched)}
    assert len(rows) == sum(len(watched.traces.sampling) for watched in catalog)
    assert all((row.by == "X-Ray") == (row.rule.decided == "head") for row in rows.values())
    assert rows["shop", "normal"].lost == "99 of 100 such traces, each as a whole"
    assert rows["shop", "errors"].lost == "nothing in steady state"
    errors = rows["billing", "errors"]
    assert (errors.by, errors.held) == ("X-Ray", False)
    assert errors.lost == "those that the share of 5 % does not hold by chance: 95 of 100"
    assert rows["billing", "training"].lost == "nothing"
    assert "failed and slow ones too" in rows["billing", "normal"].lost


def test_a_condition_is_told_in_words() -> None:
    when = When(error=True, longer_than="2s", only_services=("a", "b"), spans=("s",), services=("c",))
    conditions = "it took 2s or longer, and a span is of c, and all spans are of a or b, and a span is named s"
    assert in_words(when) == f"a span failed, and {conditions}"
    assert in_words(When()) == "no other rule holds"
