"""An unknown word is offered the nearest known one; a finding names its entry, by whatever people call that."""

import pytest

from compiler.catalog.yaml_source import parse
from compiler.nearest import meant
from tests.catalog_copy import CatalogCopy

ALERTS = "shop/alerts.yaml"


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        (ALERTS, "service: api", "service: apii", "did you mean 'api'?"),
        (ALERTS, "unit: ratio", "unti: ratio", "unknown key: did you mean 'unit'?"),
        (ALERTS, "{critical: {", "{critcal: {", "did you mean 'critical'?"),
        (ALERTS, "above: 0.01, for", "abov: 0.01, for", "unknown key: did you mean 'above'?"),
        (ALERTS, "runbook: high-latency", "runbook: high-latencies", "did you mean 'shop/high-latency'?"),
        (ALERTS, "api_requests_total", "api_request_total", "did you mean 'api_requests_total'?"),
        (ALERTS, "{status_code=~", "{statuscode=~", "did you mean 'status_code'?"),
        ("shop/metrics.yaml", "type: counter", "type: countr", "did you mean 'counter'?"),
        ("shop/dashboards.yaml", "type: stat", "tpye: stat", "unknown key: did you mean 'type'?"),
        ("shop/workload.yaml", "requests: edge_requests_total", "requests: edge_request", "'edge_requests_total'?"),
        ("routing.yaml", "P1: {channels: [pagerduty-sms", "P1: {channels: [pagerduty-sm", "mean 'pagerduty-sms'?"),
        ("routing.yaml", "kind: slack", "kind: slak", "slak"),
        ("billing/alarms.yaml", "metric: api-4xx", "metric: api-4x", "did you mean 'api-4xx'?"),
    ],
)
def test_the_nearest_known_word_is_offered(copy: CatalogCopy, file: str, old: str, new: str, said: str) -> None:
    copy.replace(file, old, new)
    assert any(said in line for line in copy.mistakes()), copy.mistakes()


def test_what_looks_like_nothing_known_is_offered_nothing() -> None:
    assert meant("zebra", ["api", "edge"]) == ""
    assert meant("API", ["api", "edge"]) == ": did you mean 'api'?"


@pytest.mark.parametrize(
    ("path", "place"),
    [
        (("alerts", 0, "runbook"), "a.yaml:2: Lag.runbook"),
        (("alerts", 0, "rows", 0, "panels", 0, "expr"), "a.yaml:3: Lag.rows.'A row'.panels.p.expr"),
        (("alerts", 0, "topics", 1), "a.yaml:4: Lag.topics.1"),
        (("alerts", 1, "unit"), "a.yaml:5: alerts.1.unit"),
        (("alerts", 2), "a.yaml:6: 'two words'"),
        (("alerts", 9), "a.yaml:1: alerts.9"),
        (("services", "api", "red"), "a.yaml:7: services.api.red"),
    ],
)
def test_an_entry_of_a_list_goes_by_its_name(path: tuple[str | int, ...], place: str) -> None:
    text = (
        "alerts:\n  - name: Lag\n    rows: [{title: A row, panels: [{id: p, name: long, expr: x}]}]\n"
        "    topics: [a, b]\n  - unit: s\n  - {name: two words}\nservices: {api: {}}\n"
    )
    assert parse(text, "a.yaml").place(path) == place
