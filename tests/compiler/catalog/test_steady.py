"""A lost scrape is bridged, what is no number is left out of aggregations, and all else of an expression stays."""

import promql_parser as ast
import pytest
from hypothesis import given
from hypothesis import strategies as st

from compiler.artefacts import rule_groups
from compiler.catalog import promql
from compiler.catalog.catalog import Catalog
from compiler.catalog.scope import Scope, scope_of
from compiler.catalog.steady import FINITE, LEAST, odd, recorded, steady
from compiler.conventions import SHARED_WORKLOAD
from compiler.model.base import duration, seconds
from compiler.model.workload import SCRAPE_INTERVAL
from compiler.target import Target
from tests.frozen import frozen_catalog


def scope(name: str = "shop") -> Scope:
    return scope_of(next(watched for watched in frozen_catalog() if watched.name == name), frozen_catalog())


def metric(kind: str) -> str:
    """Return a metric without labels of its own, of that type, of a producer without an interval of its own."""
    shop = next(watched for watched in frozen_catalog() if watched.name == "shop")
    found = (each for each in shop.metrics.prometheus if each.type == kind and not each.labels)
    return next(each.name for each in found if shop.workload.interval(each.producer) == SCRAPE_INTERVAL)


G, C = metric("gauge"), metric("counter")
W = duration(LEAST * seconds(SCRAPE_INTERVAL))
BRIDGED = f"last_over_time({G}[{W}])"


@pytest.mark.parametrize(
    ("written", "rendered"),
    [
        ("{g}", "{b}"),
        ("avg({g})", "avg({b}{f})"),
        ("avg by (pod) ({g})", "avg by (pod) ({b}{f})"),
        ("max({g}) by (pod)", "max({b}{f}) by (pod)"),
        ("AVG( {g} )", "AVG( {b}{f} )"),
        ('topk(3, {g}{{a=")"}}) # {g}', 'topk(3, last_over_time({g}{{a=")"}}[{w}]){f}) # {g}'),
        ("quantile(0.9, {g} offset 1d)", "quantile(0.9, last_over_time({g}[{w}] offset 1d){f})"),
        ("{g} @ end()", "last_over_time({g}[{w}] @ end())"),
        ("avg({g} or {g})", "avg(({b} or {b}){f})"),
        ("avg(({g} or {g}))", "avg(({b} or {b}){f})"),
        ("avg({g} # {g}\n)", "avg({b} # {g}\n{f})"),
        ("max(avg by (pod) ({g}) + 1)", "max(avg by (pod) ({b}{f}) + 1)"),
        ("sum(rate({c}[5m]))", "sum(rate({c}[5m]))"),
        ("avg(rate({c}[5m]) / rate({c}[5m]))", "avg(rate({c}[5m]) / rate({c}[5m]){f})"),
        ("avg(rate({c}[5m]) / 60)", "avg(rate({c}[5m]) / 60)"),
        ("count({g})", "count({b})"),
        ("avg({g} == 0)", "avg({b} == 0)"),
        ("avg({g} > bool 0)", "avg({b} > bool 0)"),
        ("absent({g})", "absent({g})"),
        ("timestamp({g})", "timestamp({g})"),
        ("avg(up)", "avg(up)"),
        ("{g} * on (pod) group_left (a) {g}", "{g} * on (pod) group_left (a) {g}"),
        ("{g} unless on (pod) {g}", "{b} unless on (pod) {b}"),
        ("avg_over_time({g}[1h])", "avg_over_time(({g}{f})[1h:30s])"),
        ("avg_over_time({g}[2d] offset 1w)", "avg_over_time(({g}{f})[2d:10m] offset 1w)"),
        ("sum_over_time({g}[2d])", "sum_over_time(({g}{f})[2d:30s])"),
        ("avg_over_time({g}[1h:5m])", "avg_over_time(({g}{f})[1h:5m])"),
        ("avg_over_time(avg({g})[1h:5m])", "avg_over_time(avg({g}{f})[1h:5m])"),
        ("avg(max_over_time({g}[1h]))", "avg(max_over_time({g}[1h]){f})"),
        ("sum_over_time(rate({c}[5m])[1h:5m])", "sum_over_time(rate({c}[5m])[1h:5m])"),
        ("avg(service:requests:rate5m)", "avg(service:requests:rate5m)"),
        ("avg(service:errors:ratio_rate5m)", "avg(service:errors:ratio_rate5m{f})"),
        ("avg(histogram_quantile(0.9, rate({c}[5m])))", "avg(histogram_quantile(0.9, rate({c}[5m])){f})"),
    ],
)
def test_an_expression_is_made_steady(written: str, rendered: str) -> None:
    names = {"g": G, "c": C, "b": BRIDGED, "f": FINITE, "w": W}
    assert steady(written.format(**names), scope()) == rendered.format(**names)
    promql.parse(rendered.format(**names))


def test_a_panel_shows_a_lost_scrape_and_leaves_out_what_is_no_number() -> None:
    written = f"avg({G}) + sum(rate({C}[$__rate_interval]))"
    assert steady(written, scope(), bridged=False) == written.replace(G, f"{G}{FINITE}")


def test_a_recording_records_numbers_only() -> None:
    assert recorded(f"sum(rate({C}[5m])) / sum(rate({C}[1h]))", scope()).endswith(f"){FINITE}")
    assert recorded(f"sum(rate({C}[5m]))", scope()) == f"sum(rate({C}[5m]))"


def _expressions() -> st.SearchStrategy[str]:
    matchers = st.sampled_from(["", '{pod="a"}', '{pod!="[({"}', "{pod!='\"'}"])
    name = st.sampled_from([G, C, "up", "service:errors:ratio_rate5m"])
    moment = st.sampled_from(["", " offset 5m", " offset -1h", " @ end()"])
    selector = st.tuples(name, matchers, moment).map("".join)
    ranged = st.tuples(name, matchers, moment).map(lambda each: f"avg_over_time({each[0]}{each[1]}[10m]{each[2]})")

    def wrapped(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
        return st.one_of(
            inner.map("avg by (pod) ({})".format),
            inner.map("sum ({}) without (pod)".format),
            inner.map("topk(2, {})".format),
            inner.map("avg_over_time(({})[1h:5m] offset 5m)".format),
            inner.map("absent({})".format),
            inner.map("-({})".format),
            inner.map('label_replace({}, "a", "$1", "pod", "(.*)")'.format),
            st.tuples(inner, st.sampled_from(["and", "unless", "/ ignoring (a)", "> bool", "or", "+"]), inner).map(
                lambda each: f"({each[0]}) {each[1]} ({each[2]})"
            ),
        )

    return st.recursive(st.one_of(selector, ranged), wrapped, max_leaves=6)


@given(_expressions())
def test_every_selector_keeps_its_matchers_and_the_result_its_labels(expression: str) -> None:
    made = steady(expression, scope())
    before, after = ([*promql.selectors(promql.parse(text))] for text in (expression, made))
    assert [str(each.name) for each in before] == [str(each.name) for each in after]
    assert [[*map(str, each.matchers.matchers)] for each in before] == [
        [*map(str, each.matchers.matchers)] for each in after
    ]
    labels = frozenset({"pod", "service", "workload", "a"})
    shapes = [_shape(text, labels) for text in (expression, made)]
    assert shapes[0] == shapes[1]


def _shape(text: str, labels: frozenset[str]) -> object:
    try:
        return promql.shape_of(text, lambda _name, _service=None: labels)
    except promql.PromQLError as error:
        return str(error)


@given(_expressions())
def test_what_is_aggregated_is_a_number(expression: str) -> None:
    _numbers(promql.parse(steady(expression, scope())))


def _numbers(node: ast.Expr) -> None:
    if isinstance(node, ast.AggregateExpr) and str(node.op) in {"avg", "sum", "topk"}:
        inner = node.expr.expr if isinstance(node.expr, ast.ParenExpr) else node.expr
        filtered = isinstance(inner, ast.BinaryExpr) and str(inner).endswith("< inf")
        assert filtered or not odd(node.expr, scope()), node.prettify()
    for child in promql.children(node):
        _numbers(child)


def test_every_rule_that_is_rendered_reads_the_present_through_a_window(each_catalog: Catalog, target: Target) -> None:
    """Made steady once more it stays as it is: nothing was missed, and nothing is done twice."""
    platform = next(watched for watched in each_catalog if watched.name == SHARED_WORKLOAD)
    seen = 0
    for watched in each_catalog:
        for group in rule_groups(watched, each_catalog, target):
            for rule in group.rules:
                known = scope_of(watched if watched.series else platform, each_catalog)
                again = steady(rule.expr, known, rule.labels.get("service"))
                assert again.count("last_over_time(") == rule.expr.count("last_over_time("), rule.alert or rule.record
                seen += rule.expr.count("last_over_time(")
    assert seen
