"""The collectors' own metrics have the names and labels that the catalog declares, on a real collector.

An alert on a name that nobody exposes is silent for ever, and no test of its behaviour can see that.
"""

import re
from pathlib import Path

import pytest

from compiler.catalog.catalog import Catalog
from compiler.conventions import series
from compiler.model.metrics import Metric
from compiler.traces import parts
from compiler.traces.gateway import Gateway
from tests.e2e.servers import until
from tests.e2e.trace_collectors import Collector
from tests.e2e.trace_rig import BUSIEST, Rig, Sizes
from tests.e2e.trace_shapes import Shape, Step, shapes
from tests.e2e.trace_source import Sender, Source
from tests.tools.finder import require

pytestmark = pytest.mark.e2e

ROOM = 2_000
"""Spans that may wait for storage here."""
MANY = 4_000
WITHOUT_LOSS = {
    "otelcol_exporter_send_failed_spans": "storage would have to refuse for good what it has understood",
}
"""What does not exist until it has counted, and is not made to count here."""
UNNAMED = Shape("personalization", "broken", 1, 5, (Step("personalization-ranking", "Ranking.Score", None),))
LINE = re.compile(r"^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? \S+", re.MULTILINE)


def declared(catalog: Catalog, producer: str) -> list[Metric]:
    platform = next(watched for watched in catalog if watched.name == "platform")
    return [metric for metric in platform.metrics.prometheus if metric.producer == producer]


def exposed(collector: Collector, port: int) -> dict[str, set[str]]:
    """Return the labels of each series of a page."""
    found: dict[str, set[str]] = {}
    for name, labels in LINE.findall(collector.page(port)):
        found.setdefault(name, set()).update(re.findall(r'([a-zA-Z_]\w*)="', labels))
    return found


def lacking(metrics: list[Metric], there: dict[str, set[str]]) -> dict[str, str]:
    """Return what is declared and not there, with what is wrong; labels that scraping adds are nobody's here."""
    names = {name: labels for metric in metrics for name, labels in series(metric, frozenset()).items()}
    missing = {name: "not there" for name in names if name not in there}
    return missing | {
        name: f"no labels {sorted(labels - there[name])}"
        for name, labels in names.items()
        if name in there and labels - there[name]
    }


def test_collectors_tell_what_the_catalog_says(tmp_path: Path, catalog: Catalog) -> None:
    made = Gateway(queue_spans=ROOM, traces_per_second=BUSIEST)
    rig = Rig(require("otelcol"), catalog, tmp_path, Sizes(gateway=made, agents=1, gateways=1))
    try:
        (gateway,) = rig.gateways
        source, sender = Source(seed=3), Sender(rig.addresses)
        rig.storage.close()
        failed = next(shape for shape in shapes(catalog) if shape.rule == "errors")
        sender.send(source.requests([(failed, MANY), (UNNAMED, 5)]))
        spans, own = declared(catalog, "span-metrics"), declared(catalog, "otel-collector")
        until(lambda: not lacking(spans, exposed(gateway, parts.SPAN_METRICS_PORT)), 90, "span metrics")
        asked = [metric for metric in own if metric.name not in WITHOUT_LOSS]
        until(lambda: not lacking(asked, exposed(gateway, parts.METRICS_PORT)), 60, "the gateway's own metrics")
        assert set(lacking(own, exposed(gateway, parts.METRICS_PORT))) <= set(WITHOUT_LOSS)
        agents = {metric.name for metric in asked if "tail_sampling" not in metric.name and "failed" not in metric.name}
        assert agents <= set(exposed(rig.agents[0], parts.METRICS_PORT))
    finally:
        rig.close()
