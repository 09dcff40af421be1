"""The recommendation service holds what its document names: metrics, panels, health pages and what they check."""

import re
from typing import Any

import pytest
import yaml

from compiler.catalog.catalog import Catalog, Watched
from compiler.metrics.probes import probes
from compiler.model.alerts import Alert
from compiler.model.dashboards import Panel
from compiler.model.metrics import Metric
from compiler.model.workload import ProbeTarget
from tests.catalog_copy import ROOT

SEED: dict[str, Any] = yaml.safe_load((ROOT / "tests/seeds/recommendation-service.yaml").read_text(encoding="utf-8"))
LABELS = {
    "recommendation_requests_total": {"user_segment", "category", "location_region"},
    "feature_freshness_seconds": {"feature_type"},
}
TYPES = {
    "recommendation_requests_total": "counter",
    "recommendation_latency_seconds": "histogram",
    "cache_hit_rate": "gauge",
    "model_inference_duration_seconds": "summary",
    "feature_freshness_seconds": "gauge",
}
# The document's expressions, less what its comments correct: sums over instances, a quotient for the Summary.
PANELS = {
    "Request Rate": ("timeseries", {"Requests/sec": "sum(rate(recommendation_requests_total[5m]))"}),
    "Response Time": (
        "timeseries",
        {
            f"{percent}th percentile": "histogram_quantile("
            f"0.{percent}, sum by (le) (rate(recommendation_latency_seconds_bucket[5m])))"
            for percent in (95, 50)
        },
    ),
    "Cache Performance": ("stat", {"Hit Rate %": "avg(cache_hit_rate)"}),
    "ML Model Performance": (
        "timeseries",
        {
            "Inference Time": "sum(rate(model_inference_duration_seconds_sum[5m]))"
            " / sum(rate(model_inference_duration_seconds_count[5m]))",
            "Click-Through Rate": "avg(recommendation_ctr)",
        },
    ),
}
# What readiness asks, and the latencies of the deep check.
READINESS = ("database", "redis", "ml_model", "feature_store")
LATENCIES = ("database_latency_ms", "redis_latency_ms", "ml_model_latency_ms")


@pytest.fixture(scope="module")
def service(catalog: Catalog) -> Watched:
    return next(watched for watched in catalog if watched.name == SEED["workload"])


def metric(service: Watched, name: str) -> Metric:
    found = service.metric(name)
    assert found, f"{name}: the document names it, the catalog does not declare it"
    return found


def panels(service: Watched, dashboard: str) -> dict[str, Panel]:
    (board,) = (board for board in service.dashboards.grafana if board.name == dashboard)
    return {panel.title: panel for row in board.rows for panel in row.panels}


def alert(service: Watched, name: str) -> Alert:
    return next(alert for alert in service.alerts if alert.name == name)


@pytest.mark.parametrize("name", SEED["metrics"])
def test_every_metric_is_declared(service: Watched, name: str) -> None:
    found = metric(service, name)
    assert set(found.labels) == LABELS.get(name, set())
    assert found.type == TYPES.get(name, "gauge")


def test_what_is_used_and_never_declared_says_so(service: Watched) -> None:
    assert "declares it nowhere" in str(metric(service, "recommendation_ctr").note)


@pytest.mark.parametrize("board", SEED["dashboards"], ids=lambda board: board["name"])
def test_the_dashboard_has_the_panels_in_their_order(service: Watched, board: dict[str, Any]) -> None:
    titles = [*panels(service, board["name"])]
    assert [title for title in titles if title in board["panels"]] == board["panels"]


def test_the_dashboard_has_the_documents_title(service: Watched) -> None:
    assert "Recommendation System Overview" in [board.title for board in service.dashboards.grafana]


@pytest.mark.parametrize("title", PANELS)
def test_a_panel_asks_what_the_document_asks(service: Watched, title: str) -> None:
    kind, expected = PANELS[title]
    panel = panels(service, "overview")[title]
    assert panel.type == kind
    assert {query.legend: query.expr for query in panel.queries} == expected


def test_each_health_page_is_probed(service: Watched) -> None:
    found = {probe.name: (re.sub(r"^http://[^/]+", "", probe.url), probe.module) for probe in probes(service)}
    assert found == {
        "live": ("/health/live", "says-alive"),
        "ready": ("/health/ready", "says-ready"),
        "deep": ("/health/deep", "page-answers"),
    }


def test_pages_are_judged_by_what_the_document_says_they_answer(catalog: Catalog) -> None:
    modules = catalog.probes.modules
    assert all(module.status_codes == (200,) for module in modules.values())
    bodies = {name: module.body for name, module in modules.items() if module.body}
    assert {name for name, body in bodies.items() if re.search(body, '{"status": "alive"}')} == {"says-alive"}
    assert {name for name, body in bodies.items() if re.search(body, '{"status":"ready","checks":{}}')} == {
        "says-ready"
    }
    assert not any(re.search(body, '{"status": "not_ready"}') for body in bodies.values())


def test_every_dependency_that_readiness_names_is_alerted_on(service: Watched) -> None:
    assert metric(service, "readiness_check").labels == {"dependency": READINESS}
    found = alert(service, "DependencyNotReady")
    assert found.absence
    assert (found.absence.metric, found.absence.each) == ("readiness_check", ("dependency",))


@pytest.mark.parametrize("latency", LATENCIES)
def test_every_latency_of_the_deep_check_is_alerted_on(service: Watched, latency: str) -> None:
    assert [found.name for found in service.alerts if latency in found.value]


def test_severities_have_the_platforms_priorities(service: Watched) -> None:
    found = {name: severity.priority for name, severity in service.workload.severities.items()}
    assert found == {"critical": "P0", "warning": "P2", "info": "P3"}


def test_a_probe_reaches_instances_that_are_not_ready(service: Watched) -> None:
    """Through the Service of requests, an instance that is not ready would look dead."""
    hosts = {each.address for each in service.workload.producers.values() if isinstance(each, ProbeTarget)}
    assert hosts == {"recommendation-service-health.recommendation-service.svc:8000"}
