"""Which series an expression reads, and which labels its result has."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compiler.catalog import promql
from compiler.catalog.promql import PromQLError, Shape

SERIES = {
    "requests_total": frozenset({"pop", "code", "pod"}),
    "errors_total": frozenset({"pop", "pod"}),
    "latency_bucket": frozenset({"pop", "le"}),
    "size": frozenset({"pop", "tier"}),
}
REQUESTS, ERRORS = "rate(requests_total[5m])", "rate(errors_total[5m])"


def series(name: str, _service: str | None = None) -> frozenset[str] | None:
    return SERIES.get(name)


def shape(expression: str) -> Shape | None:
    return promql.shape_of(expression, series)


def labels(expression: str) -> set[str]:
    found = shape(expression)
    assert found is not None
    return set(found.labels)


@pytest.mark.parametrize(
    ("expression", "kept"),
    [
        ("requests_total", "pop code pod"),
        ("requests_total offset 5m", "pop code pod"),
        ('-(requests_total{pop="a"})', "pop code pod"),
        (REQUESTS, "pop code pod"),
        ("max_over_time(sum by (pop) (rate(requests_total[5m]))[1h:5m])", "pop"),
        (f"sum({REQUESTS})", ""),
        (f"sum by (pop, code) ({REQUESTS})", "pop code"),
        (f"sum without (pod) ({REQUESTS})", "pop code"),
        (f"topk(3, sum by (pop) ({REQUESTS}))", "pop"),
        ("quantile by (pop) (0.9, size)", "pop"),
        ('count_values("value", size)', "value"),
        ('count_values by (pop) (("value"), size)', "pop value"),
        ("histogram_quantile(0.9, sum by (le, pop) (rate(latency_bucket[5m])))", "pop"),
        ('label_replace(size, "zone", "$1", "pop", "(.*)")', "pop tier zone"),
        ('label_replace(size, ("zone"), "$1", "pop", "(.*)")', "pop tier zone"),
        ('label_join(size, "both", "-", "pop", "tier")', "pop tier both"),
        ('absent(requests_total{pop="a", code=~"5.."})', "pop"),
        ("absent(sum(requests_total))", ""),
        ("vector(1)", ""),
        ("day_of_week()", ""),
        ("size * 2", "pop tier"),
        ("2 * size > 1", "pop tier"),
        ("clamp_max(size, scalar(sum(size)))", "pop tier"),
        (f"sum({ERRORS}) or vector(0)", ""),
        (f"sum by (pop) ({ERRORS}) or sum by (code) ({REQUESTS})", "pop code"),
        (f"sum by (pop) ({ERRORS}) / sum by (pop) ({REQUESTS})", "pop"),
        (f"sum by (pop, code) ({REQUESTS}) / ignoring (code) group_left sum by (pop) ({REQUESTS})", "pop code"),
        (f"sum by (pop) ({REQUESTS}) / on (pop) group_right sum by (pop, code) ({REQUESTS})", "pop code"),
        (f"sum by (pop) ({REQUESTS}) * on (pop) group_left (tier) size", "pop tier"),
        (f"sum by (pop, code) ({REQUESTS}) - on (pop) sum by (pop) ({ERRORS})", "pop"),
        (f"sum by (pop, code) ({REQUESTS}) - ignoring (code) sum by (pop) ({ERRORS})", "pop"),
        (f"sum by (pop, code) ({REQUESTS}) and on (pop) sum by (pop) ({ERRORS})", "pop code"),
        ('size{tier="a"} and size{tier="b"}', "pop tier"),
        ('sum by (pop) (size{tier="a"}) / sum by (pop) (size)', "pop"),
    ],
)
def test_the_labels_of_a_result(expression: str, kept: str) -> None:
    assert labels(expression) == set(kept.split())


@pytest.mark.parametrize("expression", ["1", "1 + 2", "time()", "scalar(sum(size))", "pi() * 2", '"text"'])
def test_a_number_has_no_shape(expression: str) -> None:
    assert shape(expression) is None


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("sum(", "does not parse"),
        ('size{tier=~"("}', "does not parse"),
        ("sum(sizes)", "uses the metric 'sizes', which the catalog does not declare"),
        ("scalar(sizes)", "uses the metric 'sizes'"),
        ('{__name__="size"}', "a selector without a metric's name reads every series"),
        ('size{region="a"}', r"uses the label 'region', which 'size' does not have: it has \{pop, tier\}"),
        ('size{pop="a" or pop="b"}', "joins matchers of 'size' by or, which Prometheus does not know"),
        ("sum by (region) (size)", r"aggregates by \{region\}, which its series do not have"),
        ("sum without (region) (size)", r"aggregates by \{region\}"),
        ("histogram_quantile(0.9, sum by (pop) (latency_bucket))", "histogram_quantile needs the label le"),
        (f"{ERRORS} / {REQUESTS}", r"'/' joins \{pod, pop\} with \{code, pod, pop\}: aggregate both sides"),
        (f"sum({ERRORS}) / sum by (pop) ({REQUESTS})", r"'/' joins \{\} with \{pop\}"),
        (f"sum by (pop) ({ERRORS}) and sum({REQUESTS})", r"'and' joins \{pop\} with \{\}"),
        ('size{tier="a"} / size', r"narrowed differently by \{tier\}: each element would meet only itself"),
        ('size{tier="a"} > size{tier="b"}', r"narrowed differently by \{tier\}"),
        ("size / on (code) errors_total", r"matches on \{code\}, which one side does not have"),
        (f"sum by (pop) ({REQUESTS}) * on (pop) group_left (code) size", r"takes \{code\} from a side that does not"),
        (" + ".join(["size"] * 700), "nests too deeply: split it into recorded series"),
    ],
)
def test_what_could_not_be_meant_is_refused(expression: str, message: str) -> None:
    with pytest.raises(PromQLError, match=message):
        shape(expression)


@pytest.mark.parametrize("expression", ["size", 'size{pop="a"}', " size "])
def test_a_selector_is_a_name_with_matchers(expression: str) -> None:
    assert promql.is_selector(expression)


@pytest.mark.parametrize(
    "expression", ["size[5m]", "size offset 1m", "size @ 1", "-size", "(size)", 'size{pop="a"} + size{pop="b"}', "sum("]
)
def test_anything_else_is_no_selector(expression: str) -> None:
    assert not promql.is_selector(expression)


def test_every_selector_is_found_however_deep() -> None:
    expression = promql.parse(f"topk(3, -sum({ERRORS}) / max_over_time(size[1h:5m])) or absent(latency_bucket)")
    assert [found.name for found in promql.selectors(expression)] == ["errors_total", "size", "latency_bucket"]


label_lists = st.lists(st.sampled_from(["pop", "code", "pod", "le", "tier", "zone"]), max_size=3, unique=True)
selectors = st.builds(
    lambda name, found: name + "{" + ", ".join(f'{label}="a"' for label in found) + "}",
    st.sampled_from([*SERIES, "unknown"]),
    label_lists,
)


def _wider(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    by = st.builds(lambda word, found: f"{word} ({', '.join(found)})", st.sampled_from(["by", "without"]), label_lists)
    match = st.builds(
        lambda word, found: f"{word} ({', '.join(found)})", st.sampled_from(["on", "ignoring"]), label_lists
    )
    side = st.sampled_from(["", "group_left", "group_right", "group_left (tier)"])
    operator = st.sampled_from(["+", "/", ">", "== bool", "and", "or", "unless", "atan2"])
    return st.one_of(
        st.builds("{} {} ({})".format, st.sampled_from(["sum", "max", "count"]), by, inner),
        st.builds("topk {} (2, {})".format, by, inner),
        st.builds('count_values {} ("v", {})'.format, by, inner),
        st.builds("({}) {} ({})".format, inner, operator, inner),
        st.builds("({}) {} {} ({})".format, inner, operator, match, inner),
        st.builds("({}) * {} {} ({})".format, inner, match, side, inner),
        st.builds("({}) > 2".format, inner),
        st.builds("absent({})".format, inner),
        st.builds("scalar({})".format, inner),
        st.builds("histogram_quantile(0.9, {})".format, inner),
        st.builds('label_replace({}, "zone", "$1", "pop", "(.*)")'.format, inner),
        st.builds("avg_over_time(({})[1h:5m])".format, inner),
        st.builds("-({})".format, inner),
    )


@given(st.recursive(selectors, _wider, max_leaves=6))
def test_any_expression_has_a_shape_or_is_refused(expression: str) -> None:
    try:
        found = shape(expression)
    except PromQLError:
        return
    assert found is None or found.labels <= {"pop", "code", "pod", "le", "tier", "zone", "v"}


@given(st.text(max_size=40))
def test_any_text_parses_or_is_refused(text: str) -> None:
    try:
        shape(text)
    except PromQLError as error:
        refusal = str(error)
    else:
        return
    assert refusal
