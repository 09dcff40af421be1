"""The catalog's rules on StatsD: each metric is mapped to its own labels, and no two mappings match the same name."""

import re
from collections.abc import Iterator

from compiler.catalog.catalog import Catalog, Watched
from compiler.catalog.places import finding
from compiler.metrics.statsd import declared
from compiler.model.metrics import Metric, StatsdMapping

_REFERENCE = re.compile(r"\$\{?(\d+)\}?")


def statsd_findings(catalog: Catalog) -> Iterator[str]:
    """Yield a line for every metric that StatsD could not deliver as declared."""
    for watched in catalog:
        yield from _kinds(watched)
    seen: list[tuple[Metric, StatsdMapping]] = []
    for watched, n, metric, statsd in declared(catalog):
        for message in (*_labels(metric, statsd), *_buckets(metric, statsd)):
            yield finding(watched, "metrics", ("prometheus", n, "statsd"), f"{metric.name}: {message}")
        for other, earlier in seen:
            if other.type == metric.type and overlap(earlier.match, statsd.match):
                message = f"{metric.name}: takes names that '{earlier.match}' of {other.name} takes too"
                yield finding(watched, "metrics", ("prometheus", n, "statsd", "match"), message)
        seen.append((metric, statsd))


def overlap(one: str, other: str) -> bool:
    """Return whether a name exists that both patterns match."""
    left, right = one.split("."), other.split(".")
    pairs = zip(left, right, strict=False)
    return len(left) == len(right) and all(a == b or "*" in (a, b) for a, b in pairs)


def _kinds(watched: Watched) -> Iterator[str]:
    producers = watched.workload.producers
    for n, metric in enumerate(watched.metrics.prometheus):
        producer = producers.get(metric.producer)
        if producer is None:
            continue  # reported where names are checked
        if (producer.kind == "statsd") != (metric.statsd is not None):
            expected, found = ("statsd", "none") if producer.kind == "statsd" else ("no statsd", "one")
            message = f"{metric.name}: its producer '{metric.producer}' is of kind {producer.kind}: expected {expected}"
            yield finding(watched, "metrics", ("prometheus", n, "statsd"), f"{message}, found {found}")


def _labels(metric: Metric, statsd: StatsdMapping) -> Iterator[str]:
    if set(statsd.labels) != set(metric.labels):
        yield f"expected labels {sorted(metric.labels)}, the metric's, found {sorted(statsd.labels)}"
    wildcards = statsd.match.split(".").count("*")
    used = {int(found) for value in statsd.labels.values() for found in _REFERENCE.findall(value)}
    for number in sorted(used - set(range(1, wildcards + 1))):
        yield f"'${number}' stands for nothing: '{statsd.match}' has {wildcards} *"
    for number in sorted(set(range(1, wildcards + 1)) - used):
        yield f"nothing uses the * that '${number}' stands for: series would be mixed; give it a label"


def _buckets(metric: Metric, statsd: StatsdMapping) -> Iterator[str]:
    if bool(statsd.buckets) != (metric.type == "histogram"):
        expected = "buckets" if metric.type == "histogram" else "no buckets"
        yield f"expected {expected} for a {metric.type}, found {list(statsd.buckets) or 'none'}"
    if list(statsd.buckets) != sorted(set(statsd.buckets)):
        yield f"expected rising buckets, found {list(statsd.buckets)}"
