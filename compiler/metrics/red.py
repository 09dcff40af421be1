"""The recorded rate, errors and duration of each service that declares them."""

from collections.abc import Iterator

from compiler import conventions as names
from compiler.catalog.catalog import Watched
from compiler.metrics.labels import unlabelled
from compiler.metrics.rules import Group, Rule
from compiler.model.workload import Red


def red_group(watched: Watched) -> Group:
    """Return the group that records rate, errors and duration of each service that declares them."""
    rules = [
        rule
        for service, declared in watched.workload.services.items()
        if declared.red
        for rule in _red_rules(watched, service, declared.red)
    ]
    return Group(f"{watched.name}-red", names.EVERY, tuple(rules))


def _red_rules(watched: Watched, service: str, red: Red) -> Iterator[Rule]:
    labels, window = {"workload": watched.name, "service": service}, names.RED_WINDOW
    # An error counter that was never incremented has no series: that counts as zero. It is unknown only where no series
    # has the label that tells errors.
    unknown = unlabelled(watched, red.errors, service)
    zero = f"vector(0) unless on () {unknown}" if unknown else "vector(0)"
    errors = f"(sum(rate({red.errors}[{window}])) or {zero})"
    yield Rule(f"sum(rate({red.requests}[{window}]))", names.REQUEST_RATE, labels=labels)
    yield Rule(errors, names.ERROR_RATE, labels=labels)
    yield Rule(f"{errors} / sum(rate({red.requests}[{window}]))", names.ERROR_RATIO, labels=labels)
    for quantile in names.RED_QUANTILES:
        expr = f"histogram_quantile({quantile}, sum by (le) (rate({red.latency}_bucket[{window}])))"
        yield Rule(expr, names.LATENCY, labels={**labels, "quantile": quantile})
