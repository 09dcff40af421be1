"""What Prometheus, Alertmanager, AWS or nobody at all would refuse later is refused by loading, with its place."""

from collections.abc import Callable
from pathlib import Path
from subprocess import run
from typing import Any

import pytest

from compiler.catalog.catalog import Catalog
from compiler.catalog.judged import EXPERIMENTAL_AGGREGATES, STABLE, alternatives
from compiler.model.base import LONGEST, seconds
from compiler.objectives.events import burn_rate
from compiler.routing.alertmanager import retention
from compiler.texts.check_templates import template_mistakes
from tests.catalog_copy import ROOT, CatalogCopy

ALERTS, SLOS, METRICS, ROUTING = "shop/alerts.yaml", "shop/slos.yaml", "shop/metrics.yaml", "routing.yaml"
COUNTER, GAUGE = "api_requests_total", "streaming_lag_seconds"

Change = Callable[[Any], object]


def refused(copy: CatalogCopy, file: str, change: Change, *said: str) -> None:
    copy.change(file, change)
    wrong = copy.mistakes()
    assert any(all(each in line for each in said) for line in wrong), wrong


def alert(**fields: object) -> Change:
    return lambda data: data["alerts"][0].update(fields)


@pytest.mark.parametrize(
    ("template", "said"),
    [
        ("{{ $value.x }}", "$value has no field 'x'"),
        ("{{ $value | humanise }}", "unknown function 'humanise': did you mean 'humanize'?"),
        ("{{ $valu }}", "unknown variable '$valu'"),
        ("{{ $value | }}", "expected a function behind |"),
        ("{{ $value } }}", "found '}'"),
        ("{{ $value humanize }}", "expected | behind $value"),
        ("{{ $value | toUpper }}", "toUpper takes a text, found a number"),
        ("{{ $value | humanize 2 }}", "humanize takes 1 arguments"),
        ('{{ $value | printf "%.2f }}', "expected a variable, a function or a text"),
        ("{{ $labels }}", "expected one label"),
        ("{{ $labels.pod.x }}", "expected one label"),
        ("{{ $value | humanize", "expected each {{ with its }}"),
        ("{{ if $value }}", "unknown placeholder"),
        ("{{ $labels.nobody }}", "uses the label 'nobody'"),
    ],
)
@pytest.mark.parametrize("field", ["summary", "description"])
def test_a_template_that_cannot_be_filled_in_is_refused(
    copy: CatalogCopy, field: str, template: str, said: str
) -> None:
    refused(copy, ALERTS, alert(**{field: f"It is {template} now"}), f"HighErrorRate.{field}: ", said)


@pytest.mark.parametrize(
    "template",
    [
        "{{ $value }}",
        '{{ $value | printf "%.2f" }}',
        "{{ $value | humanize | title }}",
        '{{ $labels.pod | reReplaceAll "-.*" "" | toUpper }}',
        "{{$labels.pod|stripPort}}",
        "{{ $externalLabels.cluster }}",
        "{{limit}}",
    ],
)
def test_what_prometheus_fills_in_is_taken(template: str) -> None:
    assert [*template_mistakes(template)] == []


@pytest.mark.parametrize("duration", [f"{LONGEST + 1}s", "106752d", "15251w", "99999999999999h"])
def test_a_duration_beyond_what_prometheus_counts_is_refused(copy: CatalogCopy, duration: str) -> None:
    assert seconds(f"{LONGEST}s") == LONGEST
    thresholds = {"critical": {"above": 0.01, "for": duration}}
    refused(copy, ALERTS, alert(thresholds=thresholds), "HighErrorRate.thresholds.critical.for: ", "out of range")


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (f"sum(rate({COUNTER}[300y]))", "out of range"),
        (f"sum(rate({COUNTER}[5m] offset 300y))", "out of range"),
        (f"max(max_over_time({GAUGE}[300y:1m]))", "out of range"),
        (f"sum(rate({GAUGE}[5m]))", f"rate() of the gauge '{GAUGE}'"),
        (f"sum(increase(({GAUGE}[5m])))", f"increase() of the gauge '{GAUGE}'"),
        (f"max(irate({GAUGE}[5m:30s]))", "irate() of the gauge"),
        (f"max(rate(sum({COUNTER})[1h:5m]))", "rate() of an aggregate of counters"),
        (f"max(deriv({COUNTER}[5m]))", f"deriv() of the counter '{COUNTER}'"),
        (f"max(delta({COUNTER}[5m]))", "delta() of the counter"),
        ("max(delta(api_latency_seconds_count[5m]))", "delta() of the counter"),
        ("max(rate(service:requests:rate5m[5m]))", "rate() of the gauge"),
        (f"max(mad_over_time({GAUGE}[5m]))", "mad_over_time(), which is experimental"),
        (f"limitk(1, {GAUGE})", "limitk, which is experimental"),
        (f'max(sort_by_label({GAUGE}, "pod"))', "sort_by_label(), which is experimental"),
        ('sum(rate(shop_requests_total{status="errror"}[5m]))', "'errror': expected one of error, success: did you"),
        ('sum(rate(shop_requests_total{status!="sucess"}[5m]))', "did you mean 'success'?"),
        ('sum(rate(shop_requests_total{tier=~"edge|orgin"}[5m]))', "unknown value of tier 'orgin'"),
        ('sum(rate(shop_requests_total{tier!~"(edge|orgin)"}[5m]))', "unknown value of tier 'orgin'"),
        ('sum(rate(shop_requests_total{tier=~"z.*"}[5m]))', "unknown value of tier 'z.*'"),
        ('max(slo:error_budget:remaining_ratio{slo="api-avail"})', "did you mean 'api-availability'?"),
        ('max(service:requests:rate5m{service="apii"})', "did you mean 'api'?"),
    ],
)
def test_an_expression_that_says_nothing_true_is_refused(copy: CatalogCopy, value: str, said: str) -> None:
    refused(copy, ALERTS, alert(value=value, summary="It is", description="It is"), "HighErrorRate.value: ", said)


@pytest.mark.parametrize(
    "value",
    [
        'sum(rate(shop_requests_total{tier=~"edge|ori.*"}[5m]))',
        'sum(rate(shop_requests_total{tier!="",status=~"err.+"}[5m]))',
        'sum(rate(api_requests_total{status_code=~"5..|429"}[5m]))',
        f"max(deriv({GAUGE}[5m]))",
        f"max(max_over_time(rate({COUNTER}[5m])[1h:5m]))",
        f"max(deriv(rate({COUNTER}[5m])[1h:5m]))",
        f"max(resets({COUNTER}[5m]))",
    ],
)
def test_an_expression_that_means_something_is_taken(copy: CatalogCopy, value: str) -> None:
    copy.change(ALERTS, alert(value=value, summary="It is", description="It is"))
    assert copy.load()


def test_a_regular_expression_has_alternatives_where_nothing_encloses_them() -> None:
    assert alternatives("a|b(c|d)|[x|y]") == ["a", "b(c|d)", "[x|y]"]
    assert alternatives("(?:a|b)") == alternatives("(a|b)") == ["a", "b"]
    assert alternatives(r"a\|b") == [r"a\|b"]


@pytest.mark.slow
def test_prometheus_takes_the_functions_that_loading_takes(tmp_path: Path) -> None:
    """Promtool names a function that it does not take; one with wrong arguments it knows."""
    exprs = [f"{name}()" for name in sorted(STABLE)] + [f"{name}(1, up)" for name in sorted(EXPERIMENTAL_AGGREGATES)]
    tool = ROOT / ".tools" / "bin" / "promtool"
    if not tool.exists():
        pytest.skip("needs the promtool that is deployed: make tools")
    for expr in exprs:
        rules = tmp_path / "rules.yaml"
        rules.write_text(f"groups: [{{name: a, rules: [{{record: 'a:b', expr: '{expr}'}}]}}]", encoding="utf-8")
        said = run([tool, "check", "rules", rules], capture_output=True, text=True, check=False).stderr
        unknown = "unknown function" in said or "not enabled" in said or "experimental" in said
        assert unknown == any(expr.startswith(name) for name in EXPERIMENTAL_AGGREGATES), (expr, said)


def test_events_are_of_a_counter(copy: CatalogCopy) -> None:
    events = {"total": GAUGE, "bad": GAUGE}
    refused(copy, SLOS, lambda data: data["slos"][0].update(events=events), "api-availability.events.total", GAUGE)


@pytest.mark.parametrize(
    ("thresholds", "place", "said"),
    [
        ({"critical": {"above": 5, "for": "5m"}}, "critical", "expected 0 or more and less than 1 in ratio"),
        ({"critical": {"above": 1, "for": "5m"}}, "critical", "less than 1"),
        ({"critical": {"below": -0.1, "for": "5m"}}, "critical", "expected more than 0 and 1 at most"),
        ({"critical": {"outside": [0.1, 1.5], "for": "5m"}}, "critical", "above: 1.5"),
        (
            {"critical": {"above": 0.1, "for": "5m"}, "warning": {"above": 0.2, "for": "5m"}},
            "critical",
            "expected at least warning's above: 0.2, found 0.1",
        ),
        (
            {"warning": {"below": 0.1, "for": "5m"}, "critical": {"below": 0.2, "for": "5m"}},
            "critical",
            "expected at most warning's below: 0.1, found 0.2",
        ),
        (
            {"critical": {"outside": [0.2, 0.8], "for": "5m"}, "warning": {"outside": [0.1, 0.9], "for": "5m"}},
            "critical",
            "found 0.2",
        ),
        (
            {"critical": {"above": 0.1, "for": "5m"}, "warning": {"above": 0.1, "for": "10m"}},
            "critical",
            "a longer for than its 10m",
        ),
    ],
)
def test_a_limit_that_means_nothing_is_refused(
    copy: CatalogCopy, thresholds: dict[str, Any], place: str, said: str
) -> None:
    texts = {"summary": "It is", "description": "It is"}
    refused(copy, ALERTS, alert(thresholds=thresholds, **texts), f"HighErrorRate.thresholds.{place}: ", said)


def test_an_objective_whose_burn_nothing_reaches_is_refused(copy: CatalogCopy, catalog: Catalog) -> None:
    slo = next(each for watched in catalog if watched.name == "shop" for each in watched.slos)
    fastest = max(burn_rate(slo, window) for window in catalog.burn_rates.page)
    least = 100 * (1 - 1 / fastest)
    copy.change(SLOS, lambda data: data["slos"][0].update(objective=round(least + 0.1, 2)))
    assert copy.load()
    refused(copy, SLOS, lambda data: data["slos"][0].update(objective=round(least - 0.1, 2)), ".objective: expected ")
    each = {"label": "endpoint", "objectives": {"/order": 50}}
    refused(copy, SLOS, lambda data: data["slos"][0].update(objective=99, each=each), ".each.objectives./order: ")


@pytest.mark.parametrize("zone", ["Europe/Berlinn", "Local", "CEST", ""])
def test_an_unknown_time_zone_is_refused(copy: CatalogCopy, zone: str) -> None:
    def moved(data: Any) -> None:
        data["maintenance"]["platform-upgrades"]["zone"] = zone
        data["channels"]["weekly-digest"]["zone"] = zone

    copy.change(ROUTING, moved)
    wrong = copy.mistakes()
    for place in ("maintenance.platform-upgrades.zone", "channels.weekly-digest.digest.zone"):
        assert any("unknown time zone" in line and place.split(".")[1] in line for line in wrong), wrong


def test_a_repeat_before_the_group_may_send_again_is_refused(copy: CatalogCopy) -> None:
    change = {"group_interval": "5h", "repeat_interval": "4h"}
    refused(copy, ROUTING, lambda data: data["priorities"]["P1"].update(change), "priorities.P1.repeat_interval", "5h")


@pytest.mark.parametrize("path", [("priorities", "P0"), ("workloads", "shop", "P0")])
def test_the_most_urgent_priority_calls_a_phone(copy: CatalogCopy, path: tuple[str, ...]) -> None:
    def unheard(data: Any) -> None:
        for step in path:
            data = data[step]
        data["channels"] = ["slack-incidents", "email"]

    refused(copy, ROUTING, unheard, f"{'.'.join(path)}.channels: expected one that calls a phone", "pagerduty-call")


def test_alertmanager_remembers_longer_than_it_waits_to_repeat(each_catalog: Catalog) -> None:
    remembered = seconds(retention(each_catalog.routing))
    for _, route in each_catalog.routing.routes():
        assert remembered >= seconds(route.repeat_interval) + seconds(route.group_interval)


@pytest.mark.parametrize(
    ("file", "change", "place"),
    [
        ("billing/alarms.yaml", lambda d: d["alarms"][0].update(description="x" * 1000), ".description: expected 1024"),
        ("billing/metrics.yaml", lambda d: d["cloudwatch"][0].update(name="x" * 256), ".name: expected 255"),
        ("billing/workload.yaml", lambda d: d["tags"].update(Project="x" * 257), "tags.Project: expected 256"),
        ("billing/logs.yaml", lambda d: d["queries"][0].update(query="x" * 10_001), ".query: expected 10000"),
    ],
)
def test_what_aws_takes_no_longer_is_refused(copy: CatalogCopy, file: str, change: Change, place: str) -> None:
    refused(copy, file, change, place, "as AWS takes")
