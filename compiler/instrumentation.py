"""What a service may emit, `instrumentation/<workload>.json`: the contract that the package `instrumentation` reads."""

import re
from collections.abc import Iterable, Iterator

from compiler.catalog.catalog import Catalog, Watched
from compiler.conventions import TRACE_SALT
from compiler.logs.job import job_rules, stream_rules
from compiler.logs.streams import streams_of
from compiler.model.metrics import Metric
from compiler.model.traces import SamplingRule, Span, TracesFile

_VERSION = 1
_READINESS = "readiness_check"
_DEPENDENCY = "dependency"
_LADDERS = {
    # The default buckets of Prometheus's clients (client_python, metrics.py): from a cache's answer to a slow page.
    "seconds": (0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0),
    "score": (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0),
    "tokens": (16.0, 32.0, 64.0, 128.0, 256.0, 512.0, 1024.0, 2048.0, 4096.0),
    "standard-deviations": (-3.0, -2.0, -1.0, -0.5, 0.0, 0.5, 1.0, 2.0, 3.0),
}
"""Upper bounds by unit, for a histogram whose document gives none."""
_QUANTILE = re.compile(r"p\d+")
_COUNTED = re.compile(r'(\w+)_bucket\{[^}]*\ble="([0-9.]+)"')


def contract(watched: Watched, catalog: Catalog) -> dict[str, object]:
    """Return what a workload's services may emit: metrics, log lines, spans, and the sampling of traces.

    It holds no address and no secret, and is the same in every environment.
    """
    return {
        "version": _VERSION,
        "workload": watched.name,
        "services": _services(watched),
        "metrics": {metric.name: _metric(metric, watched) for metric in watched.metrics.prometheus},
        "logs": {
            **job_rules(catalog.log_schema),
            "streams": [stream_rules(one) for one in streams_of(watched, catalog)],
        },
        "red": {name: one.red.model_dump() for name, one in watched.workload.services.items() if one.red},
        "traces": _traces(watched.traces),
        "health": {"dependencies": _dependencies(watched.metrics.prometheus)},
    }


def _services(watched: Watched) -> dict[str, str]:
    """Return the workload's service for each name that lines and spans carry."""
    named = {name: service for stream in watched.logs.streams for name, service in stream.services.items()}
    return dict(sorted((named | watched.traces.services).items()))


def _traces(traces: TracesFile) -> dict[str, object]:
    return {
        "naming": traces.naming.pattern if traces.naming else None,
        "spans": [_span(span) for span in traces.spans],
        "withheld": sorted({name for span in traces.spans for name in span.withheld}),
        "salt": TRACE_SALT,
        "sampling": [_rule(rule) for rule in traces.sampling],
    }


def _span(span: Span) -> dict[str, object]:
    entry = {"name": span.name, "service": span.service, "kind": span.kind, "attributes": list(span.attributes)}
    return entry | span.model_dump(include={"parent", "route"}, exclude_none=True)


def _rule(rule: SamplingRule) -> dict[str, object]:
    """Return a sampling rule with its limit in seconds, the unit in which services measure."""
    when = rule.when.model_dump(mode="json", exclude_defaults=True)
    if rule.when.milliseconds is not None:
        when["longer_than"] = rule.when.milliseconds / 1_000
    return {"name": rule.name, "keep": rule.keep, "decided": rule.decided, "when": when}


def _metric(metric: Metric, watched: Watched) -> dict[str, object]:
    entry: dict[str, object] = {
        "type": metric.type,
        "unit": metric.unit,
        "help": metric.help,
        "labels": {name: list(values) for name, values in metric.labels.items()},
    }
    if metric.type == "histogram":
        entry["buckets"] = _buckets(metric, watched)
    return entry


def _buckets(metric: Metric, watched: Watched) -> list[float]:
    """Return the catalog's buckets; else the unit's default and each limit in use, for exact quantiles at these."""
    if metric.buckets:
        return list(metric.buckets)
    written = metric.statsd.buckets if metric.statsd else _LADDERS.get(metric.unit, _LADDERS["seconds"])
    return sorted({*written, *_limits(metric, watched)})


def _limits(metric: Metric, watched: Watched) -> Iterator[float]:
    """Yield the limits on a metric: targets for quantiles, thresholds of alerts, and bounds of objectives."""
    for goal in metric.targets:
        if _QUANTILE.fullmatch(goal.of):
            yield from goal.bound.sides().values()
    for alert in watched.alerts:
        if alert.unit == metric.unit and re.search(rf"histogram_quantile\(.*\b{metric.name}_bucket\b", alert.value):
            for threshold in alert.thresholds.values():
                yield from threshold.sides().values()
    for slo in watched.slos:
        yield from (float(le) for name, le in _COUNTED.findall(str(slo.events)) if name == metric.name)


def _dependencies(metrics: Iterable[Metric]) -> list[str]:
    """Return the names of the checks behind readiness, where the workload declares them."""
    found = next((metric for metric in metrics if metric.name == _READINESS), None)
    return sorted(found.labels.get(_DEPENDENCY, ())) if found else []
