"""Give a case's series the labels that Prometheus has added when it stores them, read from producers.

Read from what makes the labels, never from what a rule asks for: a rule that asks for a label which no monitor adds
finds nothing here, as it would on a cluster.
"""

import re
from collections.abc import Mapping, Sequence

from compiler.catalog.catalog import Watched
from compiler.catalog.scope import selectors
from compiler.conventions import ALERT_SERIES, SHARED_WORKLOAD, recorded_labels
from compiler.model.metrics import Metric
from compiler.model.workload import ScrapeTarget

_PARTS = re.compile("_(bucket|sum|count)$")
_TARGET = {"pod": "app-0", "instance": "10.0.0.1:8080"}
"""One pod, unless a case says more of its series."""


def scraped(watched: Sequence[Watched], series: Mapping[str, str]) -> dict[str, str]:
    """Return series as Prometheus stores them; a label that a case gives is left alone.

    What the real ones do, and this does too: a monitor of ours adds workload, service, job, namespace, pod and instance
    (`_monitor` of `components/metrics/workload_metrics.py`); a chart's monitor adds its own set (`adds` of the
    producer), without workload; statsd-exporter's mapping writes workload and service. What it does not do: rename a
    metric's own label to `exported_…` where a target has it too (tests/components/metrics has that).

    Args:
        watched: whose series they may be: the first that declares a name, then the others.
        series: values by name and labels, in promtool's notation.
    """
    return {_stored(watched, name): values for name, values in series.items()}


def _stored(watched: Sequence[Watched], series: str) -> str:
    ((name, given),) = selectors(series)
    labels = {**_added(watched, name), **given}
    inside = ", ".join(f'{label}="{value}"' for label, value in labels.items())
    return f"{name}{{{inside}}}" if inside else name


def declarer(watched: Sequence[Watched], name: str) -> tuple[Watched, Metric] | None:
    """Return the first workload that declares the metric of a series, with the metric; None where none does."""
    for each in watched:
        if metric := each.metric(name) or each.metric(_PARTS.sub("", name)):
            return each, metric
    return None


def _added(watched: Sequence[Watched], name: str) -> Mapping[str, str]:
    first = watched[0]
    if found := declarer(watched, name):
        return _of_producer(*found, first)
    for each in watched:
        if any(name == recording.name and "workload" not in recording.labels for recording in each.recordings):
            return {"workload": each.name}
    if name.startswith("aws_"):  # The exporter's metrics of CloudWatch are in no catalog: their producer is.
        return {"workload": SHARED_WORKLOAD}
    ours = "workload" in (recorded_labels(name) or ()) and name not in ALERT_SERIES
    return {"workload": first.name} if ours else {}


def _of_producer(declarer: Watched, metric: Metric, reader: Watched) -> Mapping[str, str]:
    producer = declarer.workload.producers.get(metric.producer)
    # Series that tell of a namespace are cases of the reader's own, in the first of those that it lists.
    namespace = next(iter(reader.workload.namespaces), "default")
    if isinstance(producer, ScrapeTarget) and producer.scraped_by:
        adds = {*producer.adds, *metric.labels}
        added = {label: value for label, value in (*_TARGET.items(), ("namespace", namespace)) if label in adds}
        return {**added, **producer.known_by}
    # A metric that has such a label itself keeps it (`naming_labels`): a case is of the reader's own part of it.
    workload = reader.name if "workload" in metric.labels else declarer.name
    whose = {"workload": workload} | ({} if "service" in metric.labels else {"service": metric.service})
    return {**_TARGET, "namespace": namespace, "job": metric.producer, **whose}
