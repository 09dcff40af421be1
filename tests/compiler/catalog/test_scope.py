"""Every selector says whose series it means, and nothing else of an expression changes."""

import promql_parser as ast
import pytest
from hypothesis import given
from hypothesis import strategies as st

from compiler.artefacts import rule_groups
from compiler.catalog import promql
from compiler.catalog.catalog import Catalog
from compiler.catalog.promql import PromQLError
from compiler.catalog.scope import Scope, scope_of, selectors
from compiler.conventions import SHARED_WORKLOAD
from compiler.target import Target
from tests.catalog.holds import Compiled, every_selector_says_whose_series_it_means
from tests.catalog_copy import CatalogCopy
from tests.frozen import frozen_catalog


def scope(name: str = "shop", catalog: Catalog | None = None) -> Scope:
    known = catalog or frozen_catalog()
    return scope_of(next(watched for watched in known if watched.name == name), known)


def counter(name: str = "shop") -> str:
    """Return the name of a counter that a workload declares."""
    watched = next(watched for watched in frozen_catalog() if watched.name == name)
    return next(metric.name for metric in watched.metrics.prometheus if metric.type == "counter")


NAME = counter()
OURS = f'{NAME}{{workload="shop"'


@pytest.mark.parametrize(
    ("written", "rendered"),
    [
        ("{x}", "{o}}}"),
        ('{x}{{a="b"}}', '{o}, a="b"}}'),
        ('{x} {{ a="b", }}', '{o}, a="b"}}'),
        ("{x}{{}}", "{o}}}"),
        ('{x}{{workload="other"}}', '{x}{{workload="other"}}'),
        ('{x}{{a="workload"}}', '{o}, a="workload"}}'),
        ('{x}{{a=~"}}{{ {x} "}}', '{o}, a=~"}}{{ {x} "}}'),
        ("rate({x}[5m])", "rate({o}}}[5m])"),
        ("sum by (x) (rate({x}[$__rate_interval]))", "sum by (x) (rate({o}}}[$__rate_interval]))"),
        ("sum by ({x}) (y)", "sum by ({x}) (y)"),
        ("a / on ({x}) group_left ({x}) {x}", "a / on ({x}) group_left ({x}) {o}}}"),
        ("max_over_time(sum({x})[7d:1h] offset 1d)", "max_over_time(sum({o}}})[7d:1h] offset 1d)"),
        ("absent({x}) unless {x} or {x}", "absent({o}}}) unless {o}}} or {o}}}"),
        ('label_replace({x}, "{x}", "$1", "s", "(.*)")', 'label_replace({o}}}, "{x}", "$1", "s", "(.*)")'),
        ("{x} @ end() > 1e3 # {x}", "{o}}} @ end() > 1e3 # {x}"),
        ("1 + 5 * {x}\n  >= bool 0x1f", "1 + 5 * {o}}}\n  >= bool 0x1f"),
        ("my:{x} + {x}_total", "my:{x} + {x}_total"),
        ("{x}(y)", "{x}(y)"),
        ("{x}s(y)", "{x}s(y)"),
    ],
)
def test_a_selector_says_whose_it_is(written: str, rendered: str) -> None:
    assert scope().apply(written.format(x=NAME)) == rendered.format(x=NAME, o=OURS)


def _expressions() -> st.SearchStrategy[str]:
    matchers = st.sampled_from(["", "{}", '{status="5"}', '{status=~"}{", other!="x"}', "{status='\"'}"])
    selector = st.tuples(st.sampled_from([NAME, "another"]), matchers).map("".join)

    def wrapped(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
        return st.one_of(
            inner.map("sum by (status) ({})".format),
            inner.map("max_over_time(({})[1h:5m] offset 5m)".format),
            inner.map("absent({})".format),
            inner.map("-({})".format),
            st.tuples(inner, st.sampled_from(["and", "unless", "/ ignoring (a)", "> bool", "or"]), inner).map(
                lambda each: f"({each[0]}) {each[1]} ({each[2]})"
            ),
        )

    ranged = selector.map("rate({}[5m])".format)
    return st.recursive(st.one_of(selector, ranged), wrapped, max_leaves=6)


@given(_expressions())
def test_the_syntax_tree_is_the_same_but_for_the_matchers(expression: str) -> None:
    before, after = ([*promql.selectors(promql.parse(text))] for text in (expression, scope().apply(expression)))
    assert [each.name for each in before] == [each.name for each in after]
    for old, new in zip(before, after, strict=True):
        added = ['workload="shop"'] if old.name == NAME else []
        assert [*map(str, new.matchers.matchers)] == [*added, *map(str, old.matchers.matchers)]
    stripped = scope().apply(expression).replace('workload="shop", ', "").replace('{workload="shop"}', "")
    assert ast.parse(stripped).prettify() == ast.parse(expression.replace("{}", "")).prettify()


def test_every_selector_that_leaves_the_compiler_says_whose_it_is(catalog: Catalog, target: Target) -> None:
    every_selector_says_whose_series_it_means(Compiled(catalog, target))


SECOND = """\
  - {name: api_requests_total, type: counter, unit: requests, service: ranking, producer: ranking,
     labels: {model: []}, help: Requests to a model.}
"""


def shared_name(copy: CatalogCopy) -> CatalogCopy:
    """Let a second service of the workload tell the counter that the first one's alert reads, with other labels."""
    copy.write("shop/metrics.yaml", copy.text("shop/metrics.yaml") + SECOND)
    copy.replace("criteria.yaml", "'api_requests_total{", '\'api_requests_total{service="api", ')
    return copy


def test_a_critical_path_must_say_which_of_two_services_it_takes(copy: CatalogCopy) -> None:
    copy.write("shop/metrics.yaml", copy.text("shop/metrics.yaml") + SECOND)
    (line,) = copy.mistakes()
    place = "catalog/criteria.yaml: origin.requests"
    assert line == f"{place}: 'api_requests_total' is of the services api, ranking: match one, as service=..."


def test_an_alert_reads_its_own_services_series_of_a_name_that_two_tell(copy: CatalogCopy, target: Target) -> None:
    catalog = shared_name(copy).load()
    shop = next(watched for watched in catalog if watched.name == "shop")
    rules = {rule.alert: rule.expr for group in rule_groups(shop, catalog, target) for rule in group.rules}
    read = [matched for name, matched in selectors(rules["HighErrorRate"]) if name == "api_requests_total"]
    assert len(read) == 3
    assert all((each["workload"], each["service"]) == ("shop", "api") for each in read)
    assert "status_code" in (scope("shop", catalog).labels("api_requests_total", "api") or ())
    assert "status_code" not in (scope("shop", catalog).labels("api_requests_total", "ranking") or ())


def test_a_panel_must_say_which_of_two_services_it_shows(copy: CatalogCopy) -> None:
    value = "\n    value: |\n      sum(rate(api_req"
    shared_name(copy).replace("shop/alerts.yaml", f"service: api{value}", f"service: data{value}")
    (line, *_) = copy.mistakes()
    assert "'api_requests_total' is of the services api, ranking: match one, as service=..." in line


def test_two_workloads_may_tell_one_name(copy: CatalogCopy, target: Target) -> None:
    """Each rule reads the series of its own workload only."""
    library = next(watched for watched in frozen_catalog() if watched.name == "library")
    producer, each = next(iter(library.workload.scraped.items()))
    declared = f"""\
  - {{name: api_requests_total, type: counter, unit: requests, service: {each.service}, producer: {producer},
     help: Requests.}}
"""
    copy.write("library/metrics.yaml", copy.text("library/metrics.yaml") + declared)
    every_selector_says_whose_series_it_means(Compiled(copy.load(), target))
    assert scope("library", copy.load()).apply("api_requests_total") == 'api_requests_total{workload="library"}'


CONTAINERS = {
    "name": "container_cpu_usage_seconds_total",
    "type": "counter",
    "unit": "seconds",
    "service": "cluster",
    "producer": "cadvisor",
    "labels": {"namespace": [], "pod": []},
    "help": "CPU time.",
}

MACHINES = {**CONTAINERS, "name": "node_filesystem_avail_bytes", "producer": "node-exporter", "labels": {}}


def test_what_is_told_of_every_namespace_is_narrowed_to_the_workloads_own(copy: CatalogCopy) -> None:
    read = "container_cpu_usage_seconds_total"
    copy.change("platform/metrics.yaml", lambda data: data["prometheus"].extend([CONTAINERS, MACHINES]))
    catalog = copy.load()
    assert "namespace" not in scope("shop", catalog).apply(read)
    with pytest.raises(PromQLError, match="is of every namespace: list the workload's own"):
        scope("shop", catalog).shape(read)
    copy.replace("shop/workload.yaml", "severities:", "namespaces: [shop, shop-jobs]\nseverities:")
    narrowed = scope("shop", copy.load())
    assert 'namespace=~"shop|shop-jobs"' in narrowed.apply(read)
    assert narrowed.apply(f'{read}{{namespace=~"$namespace"}}').count("namespace=~") == 2
    assert narrowed.shape(read)
    machine = "node_filesystem_avail_bytes"
    assert narrowed.apply(machine) == f'{machine}{{job="node-exporter"}}', "the exporter's own namespace"
    assert scope("shop", catalog).shape(machine), "a machine is in no namespace"
    assert scope(SHARED_WORKLOAD, catalog).apply(read) == f'{read}{{job="kubelet", metrics_path="/metrics/cadvisor"}}'
