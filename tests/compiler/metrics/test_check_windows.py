"""A window that holds fewer than four samples of what it reads is refused, with its place."""

import pytest

from compiler.artefacts import rule_groups
from compiler.catalog.catalog import Catalog, Watched
from compiler.catalog.promql import parse
from compiler.catalog.scope import scope_of, selectors
from compiler.catalog.steady import LEAST
from compiler.conventions import recorded_interval
from compiler.metrics.check_windows import windows
from compiler.model.base import duration, seconds
from compiler.model.workload import SCRAPE_INTERVAL
from compiler.target import Target
from tests.catalog_copy import CatalogCopy

DEFAULT = seconds(SCRAPE_INTERVAL)
SHORT, ENOUGH = duration(LEAST * DEFAULT - 1), duration(LEAST * DEFAULT)


def reported(copy: CatalogCopy) -> list[str]:
    return [line for line in copy.mistakes() if "expected a window of" in line]


def refused(copy: CatalogCopy, file: str, path: str) -> None:
    """Assert that there is one finding on a window, at that path, and that four default intervals are asked for."""
    (line,) = reported(copy)
    assert line.startswith(f"catalog/{file}:"), line
    assert f": {path}: " in line
    assert f"of {ENOUGH} or more, which holds {LEAST} samples, found {SHORT}" in line
    assert f"interval (of its producer) to {(LEAST * DEFAULT - 1) // LEAST}s" in line


def read(catalog: Catalog, kind: str = "counter") -> str:
    """Return a metric of the workload `shop` that its slowest kind of producer exposes, and no other has."""
    shop = next(each for each in catalog if each.name == "shop")
    found = (each for each in shop.metrics.prometheus if each.type == kind and not each.labels)
    return next(each.name for each in found if shop.workload.interval(each.producer) == SCRAPE_INTERVAL)


@pytest.mark.parametrize(
    "expression",
    [
        "sum(rate({counter}[{window}]))",
        "sum(increase({counter}[{window}] offset 1h))",
        "max(max_over_time({gauge}[{window}]))",
        "max(avg_over_time({gauge}[{window}:10s]))",
        "max(max_over_time((sum(rate({counter}[5m])))[{window}:]))",
        "max(max_over_time((sum(rate({counter}[{window}])))[1h:1m]))",
        "max(max_over_time(up[{window}]))",
        "avg(avg_over_time(service:requests:rate5m[{window}]))",
    ],
)
def test_a_window_under_four_intervals_is_refused_in_an_alert(
    copy: CatalogCopy, catalog: Catalog, expression: str
) -> None:
    names = {"counter": read(catalog), "gauge": read(catalog, "gauge")}

    def alert(window: str) -> None:
        value = expression.format(window=window, **names)
        copy.change("shop/alerts.yaml", lambda data: data["alerts"][0].update(value=value))

    alert(SHORT)
    refused(copy, "shop/alerts.yaml", "HighErrorRate.value")
    alert(ENOUGH)
    assert copy.load()


def test_a_subquerys_window_holds_four_of_its_steps(copy: CatalogCopy, catalog: Catalog) -> None:
    value = f"max(max_over_time((sum(rate({read(catalog)}[5m])))[10m:3m]))"
    copy.change("shop/alerts.yaml", lambda data: data["alerts"][0].update(value=value))
    (line,) = reported(copy)
    assert "of 12m or more, which holds 4 samples, found 10m: the subquery has a sample each 3m" in line


def test_guards_recordings_panels_and_criteria_are_judged_as_well(copy: CatalogCopy, catalog: Catalog) -> None:
    wrong = f"sum(rate({read(catalog)}[{SHORT}]))"
    copy.change("shop/alerts.yaml", lambda data: data["alerts"][0]["traffic"].update(value=wrong))
    refused(copy, "shop/alerts.yaml", "HighErrorRate.traffic.value")


def test_a_panel_with_a_window_of_its_own_is_refused_and_grafanas_is_not(copy: CatalogCopy, catalog: Catalog) -> None:
    def query(window: str) -> None:
        expression = f"sum(rate({read(catalog)}[{window}]))"
        copy.change(
            "shop/dashboards.yaml",
            lambda data: data["grafana"][0]["rows"][0]["panels"][0].update(queries=[{"expr": expression}]),
        )

    query(SHORT)
    (line,) = reported(copy)
    assert ".queries.0.expr: " in line
    query("$__rate_interval")
    assert copy.load()


def test_a_recording_is_refused(copy: CatalogCopy, catalog: Catalog) -> None:
    recording = {
        "name": "shop:visits:rate1m",
        "value": f"sum(rate({read(catalog)}[{SHORT}]))",
        "unit": "visits",
        "help": "Visits a second.",
    }
    copy.write("shop/recordings.yaml", "recordings: []\n")
    copy.change("shop/recordings.yaml", lambda data: data["recordings"].append(recording))
    refused(copy, "shop/recordings.yaml", "shop:visits:rate1m.value")


def test_what_is_recorded_seldom_needs_a_longer_window(copy: CatalogCopy) -> None:
    recording = {
        "name": "shop:visits:slow",
        "value": "vector(1)",
        "unit": "visits",
        "interval": "4m",
        "help": "Visits a second.",
    }
    copy.write("shop/recordings.yaml", "recordings: []\n")
    copy.change("shop/recordings.yaml", lambda data: data["recordings"].append(recording))
    value = "max(avg_over_time(shop:visits:slow[15m]))"
    copy.change("shop/alerts.yaml", lambda data: data["alerts"][0].update(value=value))
    (line,) = reported(copy)
    assert "expected a window of 16m or more" in line


def test_a_criterion_is_refused_with_its_place(copy: CatalogCopy) -> None:
    name = copy.load().criteria.criteria[0].name
    copy.change("criteria.yaml", lambda data: data["criteria"][0].update(value=f"max(avg_over_time(up[{SHORT}]))"))
    (line,) = reported(copy)
    assert line.startswith(f"catalog/criteria.yaml: {name}.value: expected a window of ")


def test_the_windows_that_the_compiler_chooses_are_judged_where_they_are_asked_for(
    copy: CatalogCopy, shop: Watched
) -> None:
    """A service's rates, an objective's and a critical path's are over five minutes, whatever the producer."""
    producer = next(each.producer for each in shop.metrics.prometheus if each.name == "api_requests_total")
    copy.change("shop/workload.yaml", lambda data: data["producers"][producer].update(interval="2m"))
    places = {line.split(": expected a window")[0].partition(".yaml")[2] for line in reported(copy)}
    found = {place.partition(": ")[2].partition(": ")[0] for place in places}
    assert {"services.api.red.requests", "services.api.red.latency", "api-availability.events.total"} <= found
    assert any("criteria.yaml" in line for line in reported(copy))


@pytest.mark.parametrize(("matched", "interval"), [('{probe="live"}', 30), ('{probe="deep"}', 60), ("", 60)])
def test_a_probe_has_its_own_interval_and_many_have_the_longest(catalog: Catalog, matched: str, interval: int) -> None:
    library = next(each for each in catalog if each.name == "library")
    ((name, labels),) = selectors(f"probe_success{matched}")
    assert scope_of(library, catalog).interval(name, labels) == interval


def test_of_two_services_that_declare_a_name_each_has_its_own_interval(copy: CatalogCopy) -> None:
    second = """\
  - {name: api_requests_total, type: counter, unit: requests, service: ranking, producer: ranking,
     labels: {model: []}, help: Requests to a model.}
"""
    copy.write("shop/metrics.yaml", copy.text("shop/metrics.yaml") + second)
    copy.replace("criteria.yaml", "'api_requests_total{", '\'api_requests_total{service="api", ')
    catalog = copy.load()
    shop = next(each for each in catalog if each.name == "shop")
    scope, producers = scope_of(shop, catalog), shop.workload.producers
    for service in ("api", "ranking"):
        expected = seconds(producers[service].interval)
        assert scope.interval("api_requests_total", {}, service) == expected
        assert scope.interval("api_requests_total", {"service": service}, "data") == expected
    assert scope.interval("api_requests_total", {}) == max(
        seconds(producers[each].interval) for each in ("api", "ranking")
    )


def test_every_recorded_series_is_as_often_recorded_as_windows_on_it_assume(
    each_catalog: Catalog, target: Target
) -> None:
    for watched in each_catalog:
        scope = scope_of(watched, each_catalog)
        for group in rule_groups(watched, each_catalog, target):
            for rule in group.rules:
                if rule.record:
                    assert scope.interval(rule.record, {}) == seconds(group.interval), rule.record
                    own = {each.name for each in watched.recordings}
                    assert rule.record in own or recorded_interval(rule.record) == group.interval


def test_every_rule_that_is_rendered_has_windows_of_four_samples(each_catalog: Catalog, target: Target) -> None:
    """What the compiler adds to people's expressions included."""
    for watched in each_catalog:
        scope = scope_of(watched, each_catalog)
        for group in rule_groups(watched, each_catalog, target):
            for rule in group.rules:
                for window, step, selector in windows(parse(rule.expr)):
                    matched = {each.name: each.value for each in selector.matchers.matchers} if selector else {}
                    interval = scope.interval(str(selector.name), matched) if selector else step
                    assert window >= LEAST * interval, (watched.name, rule.record or rule.alert)
