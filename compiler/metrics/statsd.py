"""The configuration of statsd-exporter: one mapping file for every workload whose producers speak StatsD.

Field names: statsd_exporter's README, "Metric Mapping and Configuration", and its pkg/mapper, of release 0.29.
"""

from collections.abc import Iterator

from compiler.catalog.catalog import Catalog, Watched
from compiler.model.base import seconds
from compiler.model.metrics import Metric, StatsdMapping

STATSD_TYPES = {"counter": "counter", "gauge": "gauge", "histogram": "observer"}
"""What StatsD calls each type of metric; timers and histograms of StatsD are observers to the exporter."""

# An undeclared name would become an undeclared metric: the exporter counts and drops it. Regular expressions are
# matched after all other mappings, and `.` matches every name.
_DROP_THE_REST = {"match": ".", "match_type": "regex", "action": "drop", "name": "dropped"}


def declared(catalog: Catalog) -> Iterator[tuple[Watched, int, Metric, StatsdMapping]]:
    """Iterate over the metrics that come by StatsD, each with its workload, its place in the file and its mapping."""
    for watched in catalog:
        for n, metric in enumerate(watched.metrics.prometheus):
            if metric.statsd is not None:
                yield watched, n, metric, metric.statsd


def mapping(catalog: Catalog) -> dict[str, object] | None:
    """Return the exporter's mapping file as data, or None when no workload speaks StatsD."""
    rules = [_rule(watched, metric, statsd) for watched, _, metric, statsd in declared(catalog)]
    return {"mappings": [*rules, _DROP_THE_REST]} if rules else None


def _rule(watched: Watched, metric: Metric, statsd: StatsdMapping) -> dict[str, object]:
    """Return the mapping of one metric, with the labels that scraping would set: one exporter serves all."""
    rule: dict[str, object] = {
        "match": statsd.match,
        "match_metric_type": STATSD_TYPES[metric.type],
        "name": metric.name,
        "help": metric.help,
        "labels": {**statsd.labels, "workload": watched.name, "service": metric.service},
    }
    if metric.type == "histogram":
        rule |= {"observer_type": "histogram", "histogram_options": {"buckets": list(statsd.buckets)}}
    if statsd.ttl:
        rule["ttl"] = f"{seconds(statsd.ttl)}s"  # Go's durations know no days
    return rule
