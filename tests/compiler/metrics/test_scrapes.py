"""Scrapes: one for each producer that the platform's monitors scrape, with the labels that its metrics keep."""

from compiler.catalog.catalog import Catalog, Watched
from compiler.metrics.scrapes import ScrapeSpec, scrapes


def of(catalog: Catalog, workload: str) -> dict[str, ScrapeSpec]:
    return {each.producer: each for watched in catalog if watched.name == workload for each in scrapes(watched)}


def test_a_producer_is_scraped_at_its_port_under_its_service(catalog: Catalog, shop: Watched) -> None:
    assert ScrapeSpec("vectordb", "data", "metrics", "/metrics") in [*scrapes(shop)]
    assert of(catalog, "platform")["grafana"].port == "grafana"


def test_a_metric_keeps_its_own_labels(catalog: Catalog) -> None:
    found = of(catalog, "warehouse")
    assert found["parcel-api"].own_labels == ("namespace",)
    assert found["kv-store"].own_labels == ()
    naming = {name for name, each in of(catalog, "platform").items() if each.naming_labels == ("workload",)}
    assert naming == {"span-metrics"}


def test_what_a_chart_scrapes_or_a_client_sends_has_no_scrape(catalog: Catalog, billing: Watched) -> None:
    assert "kubelet" not in of(catalog, "platform")
    assert "courier" not in of(catalog, "warehouse")
    assert [*scrapes(billing)] == []
