"""The simulated workload: it exposes what the catalog declares, and each fault shows in its metrics."""

import re
from collections.abc import Iterator

import pytest

from compiler.catalog.catalog import Watched
from tests.e2e.loopback import ask
from tests.e2e.series import BUCKETS, HEALTH, Faults, Series, metrics_of, series_of
from tests.e2e.simulator import Simulator
from tests.targets import target_for
from tests.workloads import project_catalog


@pytest.fixture(scope="module")
def watched() -> Watched:
    return next(entry for entry in project_catalog() if entry.name == "personalization")


@pytest.fixture
def simulator(watched: Watched) -> Iterator[Simulator]:
    served = Simulator(watched)
    yield served
    served.close()


def rates(watched: Watched, metric: str, **faults: object) -> dict[str, float]:
    """Return how much each series of a metric counts in ten seconds, a second."""
    declared = watched.metric(metric)
    assert declared is not None
    all_series: list[Series] = series_of(declared)
    for series in all_series:
        series.advance(Faults.model_validate(faults), 10.0)
    return {",".join(value for _, value in series.labels): series.count / 10.0 for series in all_series}


def test_every_declared_metric_is_exposed_by_its_producer(watched: Watched, simulator: Simulator) -> None:
    for metric in watched.metrics.prometheus:
        page = ask(simulator.address, f"/metrics/{metric.producer}")[1]
        assert re.search(rf"^{metric.name}(_bucket)?\{{", page, re.MULTILINE), metric.name


def test_errors_are_the_share_of_requests_that_is_asked_for(watched: Watched) -> None:
    by_status = rates(watched, "api_requests_total", error_ratio=0.25, rate=60)
    assert sum(by_status.values()) == pytest.approx(60)
    assert sum(rate for name, rate in by_status.items() if name.endswith("500")) == pytest.approx(15)
    assert sum(rates(watched, "api_errors_total", error_ratio=0.25, rate=60).values()) == pytest.approx(15)


def test_stopped_processor_stands_still(watched: Watched) -> None:
    by_processor = rates(watched, "streaming_events_processed_total", stopped=["embed"], rate=30)
    assert by_processor == pytest.approx({"embed": 0, "context": 10, "bandit": 10})


def test_vanished_series_are_gone_and_come_back(simulator: Simulator) -> None:
    simulator.behave(Faults(vanished=("embed",)))
    assert 'processor="embed"' not in simulator.page("streaming")
    assert 'processor="bandit"' in simulator.page("streaming")
    simulator.behave(Faults())
    assert 'processor="embed"' in simulator.page("streaming")


def test_latency_moves_the_quantile(watched: Watched) -> None:
    declared = watched.metric("api_latency_seconds")
    assert declared is not None
    series = series_of(declared)[0]
    series.advance(Faults(latency_seconds=0.2), 10.0)
    under = dict(zip(BUCKETS, series.buckets, strict=True))
    assert under[0.1] == 0
    assert under[0.15] == pytest.approx(series.count * 0.25)
    assert under[0.5] == pytest.approx(series.count)


def test_scores_keep_to_their_targets_whatever_the_latency(watched: Watched) -> None:
    declared = watched.metric("model_confidence_score")
    assert declared is not None
    series = series_of(declared)[0]
    series.advance(Faults(latency_seconds=0.2), 10.0)
    assert series.total / series.count >= 0.7


def test_a_healthy_language_model_keeps_to_its_budget(watched: Watched) -> None:
    assert sum(rates(watched, "llm_cost_dollars_total").values()) * 86_400 < 1


def test_faults_stay_with_the_services_that_have_them(watched: Watched) -> None:
    assert sum(rates(watched, "llm_errors_total", services=["api"], error_ratio=1).values()) == 0
    assert sum(rates(watched, "api_errors_total", services=["api"], error_ratio=1, rate=60).values()) == pytest.approx(
        60
    )


def test_a_gauge_is_what_a_fault_says_of_it_or_of_one_of_its_labels(simulator: Simulator) -> None:
    simulator.behave(Faults(values={"model_recall_score/10": 0.1, "embedding_drift_score": 0.5}))
    assert re.search(r'model_recall_score\{.*k="10"\} 0\.1', simulator.page("models"))
    assert not re.search(r'model_recall_score\{.*k="100"\} 0\.1', simulator.page("models"))
    assert "embedding_drift_score{} 0.5" in simulator.page("embeddings")


def test_a_producer_that_is_down_does_not_answer(simulator: Simulator) -> None:
    simulator.behave(Faults(down=("edge",)))
    assert ask(simulator.address, "/metrics/edge")[0] == 503
    assert ask(simulator.address, "/metrics/api")[0] == 200


def test_probes_and_what_cloudwatch_counts_are_exposed_too() -> None:
    catalog = {entry.name: entry for entry in project_catalog()}
    names = {metric.name for metric in metrics_of(catalog["recommendation-service"])}
    assert {"probe_success", "probe_duration_seconds", "probe_http_status_code"} <= names
    assert list(metrics_of(catalog["engagement-prediction"])) == []
    (total, bad) = (
        metric
        for metric in metrics_of(catalog["engagement-prediction"], target_for("local"))
        if metric.unit == "events-of-cloudwatch"
    )
    assert (total.name, bad.name) == ("aws_apigateway_count_sum", "aws_apigateway_5_xxerror_sum")
    lines = [line for each in (total, bad) for s in series_of(each) for line in s.expose(Faults(error_ratio=0.1))]
    assert [float(line.rsplit(" ", 1)[1]) for line in lines] == pytest.approx([30_000, 3_000])


def test_every_healthy_value_is_of_a_metric_that_there_is() -> None:
    target = target_for("local")
    known = {m.name for entry in project_catalog() for m in metrics_of(entry, target)}
    assert {key.split("/")[0] for key in HEALTH} <= known


def test_control_changes_and_heals(simulator: Simulator) -> None:
    assert ask(simulator.address, "/control", {"cache_hit_ratio": 0.5})[0] == 200
    assert 'edge_cache_hit_ratio{pop="sfo"} 0.5' in ask(simulator.address, "/metrics/edge")[1]
    assert ask(simulator.address, "/control", {})[0] == 200
    assert simulator.faults == Faults()


@pytest.mark.parametrize("content", [{"surprise": 1}, {"error_ratio": 2}, [1]])
def test_control_refuses_what_it_does_not_know(simulator: Simulator, content: object) -> None:
    assert ask(simulator.address, "/control", content)[0] == 400
    assert simulator.faults == Faults()
