"""Metrics by their declared names, labels and buckets; exemplars only of traces that will be kept."""

import re

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from opentelemetry.trace import StatusCode

from instrumentation import ContractError
from instrumentation.metrics import Counter
from instrumentation.sampling import kept
from tests.instrumentation.conftest import Watched, Watching

OPEN_METRICS = "application/openmetrics-text; version=1.0.0"
SEGMENT = {"user_segment": "a", "category": "b", "location_region": "c"}


def page(watched: Watched, accept: str = OPEN_METRICS) -> str:
    return watched.watch.metrics.page(accept)[0].decode()


def test_metrics_are_as_the_catalog_declares_them(watching: Watching) -> None:
    watched = watching()
    watch = watched.watch
    watch.counter("recommendation_requests_total").labels(**SEGMENT).inc()
    watch.histogram("recommendation_latency_seconds").observe(0.2)
    watch.gauge("cache_hit_rate").set(82.5)
    watch.summary("model_inference_duration_seconds").observe(0.5)
    exposed = page(watched, "text/plain")
    assert 'recommendation_requests_total{category="b",location_region="c",user_segment="a"} 1.0' in exposed
    bounds = re.findall(r'recommendation_latency_seconds_bucket\{le="([^"]+)"\}', exposed)
    assert bounds == ["0.01", "0.05", "0.1", "0.25", "0.5", "1.0", "2.5", "5.0", "10.0", "+Inf"]
    assert "cache_hit_rate 82.5" in exposed
    assert "model_inference_duration_seconds_sum 0.5" in exposed
    assert "# HELP cache_hit_rate Share of lookups" in exposed
    assert "_created" not in exposed


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_what_is_no_number_is_left_out_and_reported(watching: Watching, value: float) -> None:
    """One NaN is in an average, or in a histogram's sum, for ever."""
    watched = watching()
    watch = watched.watch
    gauge, histogram = watch.gauge("cache_hit_rate"), watch.histogram("recommendation_latency_seconds")
    summary = watch.summary("model_inference_duration_seconds")
    for each in (82.5, value):
        gauge.set(each)
        histogram.observe(each)
        summary.observe(each)
        watch.counter("recommendation_requests_total").labels(**SEGMENT).inc(each)
    exposed = page(watched, "text/plain")
    assert "nan" not in exposed.lower()
    assert "cache_hit_rate 82.5" in exposed
    assert "recommendation_latency_seconds_sum 82.5" in exposed
    assert "model_inference_duration_seconds_count 1.0" in exposed
    assert 'user_segment="a"} 82.5' in exposed
    with pytest.raises(ContractError, match="metric: cache_hit_rate: expected a number, found"):
        watching(environment="development").watch.gauge("cache_hit_rate").set(value)


def test_the_pages_form_is_the_one_that_is_asked_for(watching: Watching) -> None:
    watch = watching().watch
    prometheus = "application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.2,*/*;q=0.1"
    assert watch.metrics.page(prometheus)[1].startswith("application/openmetrics-text; version=1.0.0")
    assert watch.metrics.page(prometheus)[0].endswith(b"# EOF\n")
    assert watch.metrics.page("*/*")[1].startswith("text/plain")


def test_a_metric_is_the_same_however_often_it_is_asked_for(watching: Watching) -> None:
    watched = watching()
    for _ in range(3):
        watched.watch.counter("recommendation_requests_total").labels(**SEGMENT).inc(2)
    assert 'user_segment="a"} 6.0' in page(watched)


@pytest.mark.parametrize("name", ["clicks_total", "cache_hit_rate"])
def test_a_metric_that_the_catalog_does_not_have(watching: Watching, name: str) -> None:
    with pytest.raises(ContractError, match=f"metric: {name}: expected a counter of the workload's metrics"):
        watching(environment="development").watch.counter(name)
    watched = watching()
    for _ in range(2):
        watched.watch.counter(name).inc()
        watched.watch.counter(name).labels(any="thing").inc(3)
    assert name not in page(watched)
    assert [line["event"] for line in watched.lines] == ["contract_broken"]


@pytest.mark.parametrize("labels", [{}, {"user_segment": "a"}, {**SEGMENT, "more": "x"}, {**SEGMENT, "category": None}])
def test_wrong_labels(watching: Watching, labels: dict[str, str]) -> None:
    wrong = set(labels) != set(SEGMENT)
    watched = watching()
    watched.watch.counter("recommendation_requests_total").labels(**labels).inc()
    assert bool(watched.lines) is wrong
    strict = watching(environment="development").watch.counter("recommendation_requests_total")
    if wrong:
        with pytest.raises(ContractError, match=r"expected labels \['category', 'location_region', 'user_segment'\]"):
            strict.labels(**labels).inc()


def test_a_metric_with_labels_is_not_used_without(watching: Watching) -> None:
    watched = watching()
    watched.watch.counter("recommendation_requests_total").inc()
    assert [line["event"] for line in watched.lines] == ["contract_broken"]
    with pytest.raises(ContractError, match="found none"):
        watching(environment="development").watch.counter("recommendation_requests_total").inc()


def test_a_value_that_the_catalog_does_not_have_counts_as_other(watching: Watching) -> None:
    watched = watching("personalization", "personalization-edge")
    watched.watch.counter("edge_requests_total").labels(pop="fra", cache="stale").inc()
    assert 'edge_requests_total{cache="other",pop="fra"} 1.0' in page(watched)
    strict = watching("personalization", "personalization-edge", "development").watch
    with pytest.raises(ContractError, match=r"cache: expected one of \['hit', 'miss'\], found 'stale'"):
        strict.counter("edge_requests_total").labels(pop="fra", cache="stale")


def test_a_label_made_of_data_does_not_fill_the_memory(watching: Watching, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("instrumentation.metrics._MOST_SERIES", 10)
    watched = watching()
    for n in range(50):
        watched.watch.counter("recommendation_requests_total").labels(**{**SEGMENT, "category": n}).inc()
    exposed = page(watched)
    assert exposed.count("recommendation_requests_total{") == 11
    assert (
        'recommendation_requests_total{category="other",location_region="other",user_segment="other"} 40.0' in exposed
    )


def test_a_block_is_timed_when_it_fails_too(watching: Watching) -> None:
    watched = watching()
    timing = watched.watch.histogram("recommendation_latency_seconds").time()
    with pytest.raises(ValueError, match="invalid literal"), timing:
        int("x")
    with watched.watch.summary("model_inference_duration_seconds").time():
        pass
    assert "recommendation_latency_seconds_count 1.0" in page(watched)
    assert "model_inference_duration_seconds_count 1.0" in page(watched)


class Ids(RandomIdGenerator):
    """Trace ids that the normal share keeps, or does not."""

    def __init__(self, *, kept_ones: bool) -> None:
        self._kept = kept_ones

    def generate_trace_id(self) -> int:
        while True:
            found = super().generate_trace_id()
            if kept(found, 1, "observability") is self._kept:
                return found


@pytest.mark.parametrize(
    ("kept_ones", "seconds", "failed", "expected"),
    [(True, 0.02, False, True), (False, 0.02, False, False), (False, 0.3, False, True), (False, 0.02, True, True)],
)
def test_exemplars_are_of_traces_that_will_be_kept(
    watching: Watching, *, kept_ones: bool, seconds: float, failed: bool, expected: bool
) -> None:
    watched = watching()
    tracer = TracerProvider(id_generator=Ids(kept_ones=kept_ones)).get_tracer("test")
    with tracer.start_as_current_span("x") as span:
        if failed:
            span.set_status(StatusCode.ERROR)
        watched.watch.histogram("recommendation_latency_seconds").observe(seconds)
        trace_id = f"{span.get_span_context().trace_id:032x}"
    assert (f'trace_id="{trace_id}"' in page(watched)) is expected
    assert "trace_id" not in page(watched, "text/plain")


def test_a_value_outside_of_a_trace_has_no_exemplar(watching: Watching) -> None:
    watched = watching()
    watched.watch.histogram("recommendation_latency_seconds").observe(9)
    assert "trace_id" not in page(watched)


def test_what_does_nothing_is_safe_to_use() -> None:
    nothing = Counter()
    nothing.labels(a="b").labels(c="d").inc()
