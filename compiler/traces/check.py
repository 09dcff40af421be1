"""The catalog's rules on traces: known services, no forbidden attribute, one share for each trace."""

from collections.abc import Iterator
from typing import get_args

from compiler.catalog.catalog import Catalog, Watched
from compiler.catalog.places import Path, finding, unless_known
from compiler.conventions import XRAY_NAME_LENGTH
from compiler.logs.check import forbids
from compiler.model.base import EnvironmentName
from compiler.model.logs import LogField
from compiler.model.traces import SamplingRule, Span
from compiler.traces.sampling import known_at_the_head


def trace_findings(catalog: Catalog) -> Iterator[str]:
    """Yield a line for every rule that a workload's `traces.yaml` breaks."""
    owners = dict[str, str]()
    for watched in catalog:
        if "traces" in watched.sources:
            for rule in (_services, _names, _parents, _convention, _normal, _xray):
                yield from rule(watched)
            for n, sampled in enumerate(watched.traces.sampling):
                yield from _sampling(watched, ("sampling", n), sampled)
            yield from _attributes(watched, catalog)
            yield from _one_owner(watched, owners)


def _services(watched: Watched) -> Iterator[str]:
    """Yield unknown services, and those that have another name in logs: nobody could get from one to the other."""
    logged = {name: service for stream in watched.logs.streams for name, service in stream.services.items()}
    for name, service in watched.traces.services.items():
        at: Path = ("services", name)
        yield from unless_known(watched, "traces", at, service, watched.workload.services, "service")
        if logged.get(name, service) != service:
            yield finding(watched, "traces", at, f"expected {logged[name]}, as in logs.yaml, found {service}")
    for n, span in enumerate(watched.traces.spans):
        known = watched.traces.services
        yield from unless_known(watched, "traces", ("spans", n, "service"), span.service, known, "name of services")


def _one_owner(watched: Watched, owners: dict[str, str]) -> Iterator[str]:
    """Yield services that two workloads own: Jaeger lists all workloads' services by name."""
    for name in watched.traces.services:
        owner = owners.setdefault(name, watched.name)
        if owner != watched.name:
            message = f"'{name}' is declared by {owner} too: such names are unique in the catalog"
            yield finding(watched, "traces", ("services", name), message)


def _names(watched: Watched) -> Iterator[str]:
    for key, names in (
        ("spans", [span.name for span in watched.traces.spans]),
        ("sampling", [rule.name for rule in watched.traces.sampling]),
    ):
        for n, name in enumerate(names):
            if name in names[:n]:
                yield finding(watched, "traces", (key, n, "name"), f"'{name}' is declared twice: names are unique")


def _parents(watched: Watched) -> Iterator[str]:
    parents = {span.name: span.parent for span in watched.traces.spans}
    for n, span in enumerate(watched.traces.spans):
        at: Path = ("spans", n, "parent")
        if span.parent is None:
            continue
        yield from unless_known(watched, "traces", at, span.parent, parents, "span")
        above, seen = span.parent, [span.name]
        while above and above not in seen:
            seen.append(above)
            above = parents.get(above) or ""
        if above == span.name:
            circle = " -> ".join([*seen, above])
            yield finding(watched, "traces", at, f"expected a span above, found a circle: {circle}")


def _convention(watched: Watched) -> Iterator[str]:
    naming = watched.traces.naming
    if naming and naming.binding:
        for n, span in enumerate(watched.traces.spans):
            if not naming.right(span.name):
                message = f"expected a name of the form {naming.pattern}, found '{span.name}'"
                yield finding(watched, "traces", ("spans", n, "name"), message)


def _normal(watched: Watched) -> Iterator[str]:
    """Yield workloads without a normal share: each target would sample the other traces in its own way."""
    always = [rule.name for rule in watched.traces.sampling if rule.when.always]
    if len(always) != 1:
        message = f"expected one rule without `when`, for all other traces, found {always or 'none'}"
        yield finding(watched, "traces", ("sampling",), message)


def _sampling(watched: Watched, at: Path, rule: SamplingRule) -> Iterator[str]:
    traces = watched.traces
    names = {span.name for span in traces.spans}
    for field, values, known, kind in (
        ("services", rule.when.services, set(traces.services), "name of services"),
        ("only_services", rule.when.only_services, set(traces.services), "name of services"),
        ("spans", rule.when.spans, names, "span"),
    ):
        for n, value in enumerate(values):
            yield from unless_known(watched, "traces", (*at, "when", field, n), value, known, kind)
    if rule.decided != traces.kept_by:
        decider = "X-Ray, which decides at the head" if traces.xray else "the gateways, which decide at the tail"
        message = f"expected {traces.kept_by}, since the workload's traces go to {decider}; found {rule.decided}"
        yield finding(watched, "traces", (*at, "decided"), message)
    yield from _limit(watched, at, rule)


def _xray(watched: Watched) -> Iterator[str]:
    xray = watched.traces.xray
    if xray is None:
        return
    for name in watched.traces.services:
        if not name.startswith(f"{xray.prefix}-"):
            message = f"expected a name that begins with '{xray.prefix}-', as X-Ray's rule for all others does"
            yield finding(watched, "traces", ("services", name), message)
    room = XRAY_NAME_LENGTH - len(f"{xray.prefix}-{max(get_args(EnvironmentName), key=len)}-")
    for n, rule in enumerate(watched.traces.sampling):
        if len(rule.name) > room:
            message = (
                f"expected {room} characters at most, since X-Ray takes {XRAY_NAME_LENGTH} with prefix and environment"
            )
            yield finding(watched, "traces", ("sampling", n, "name"), message)
        if len(rule.when.services) > 1 and known_at_the_head(rule.when):
            message = "expected one service, since X-Ray's rules have one name: write a rule for each"
            yield finding(watched, "traces", ("sampling", n, "when", "services"), message)


def _limit(watched: Watched, at: Path, rule: SamplingRule) -> Iterator[str]:
    if rule.limit_of is None or rule.when.milliseconds is None:
        return
    metric = watched.metric(rule.limit_of.metric)
    bounds = {target.of: target.bound for target in metric.targets} if metric else {}
    bound = bounds.get(rule.limit_of.of)
    found = f"{rule.limit_of.metric}, {rule.limit_of.of}"
    if bound is None:
        yield finding(watched, "traces", (*at, "limit_of"), f"expected a target of metrics.yaml, found {found}")
    elif round(1_000 * bound.value) != rule.when.milliseconds:
        message = f"expected {1_000 * bound.value:g}ms, the target of {found}, found {rule.when.longer_than}"
        yield finding(watched, "traces", (*at, "when", "longer_than"), message)


def _attributes(watched: Watched, catalog: Catalog) -> Iterator[str]:
    """Yield declared attributes that the log rules forbid."""
    fields, keys = forbidden_of(watched, catalog)
    for n, span in enumerate(watched.traces.spans):
        for name, at in _named(span, n):
            treat = fields[name].treat if name in fields else "keep"
            key = next((key for key in keys for part in name.split(".") if forbids(key, part)), None)
            why = f"logs.yaml or log-schema.yaml treats it: {treat}" if treat != "keep" else f"'{key}' forbids it"
            stored = treat == "keep" and key is None
            if at[2] == "attributes" and not stored:
                yield finding(watched, "traces", at, f"'{name}' must not be stored ({why}): move it to `withheld`")
            if at[2] == "withheld" and stored:
                message = f"nothing withholds '{name}': expected a field with a treatment, or a forbidden key"
                yield finding(watched, "traces", at, message)


def _named(span: Span, n: int) -> Iterator[tuple[str, tuple[str | int, ...]]]:
    yield from ((name, ("spans", n, "attributes", i)) for i, name in enumerate(span.attributes))
    yield from ((name, ("spans", n, "withheld", name)) for name in span.withheld)


def forbidden_of(watched: Watched, catalog: Catalog) -> tuple[dict[str, LogField], list[str]]:
    """Return what must not be stored of a workload's spans: its fields with their treatments, and forbidden keys.

    Keys that a single stream forbids are left out: `count` may be a person's in one and a number in another.
    """
    fields = {**catalog.log_schema.record, **watched.logs.fields}
    keys = [*catalog.log_schema.forbidden, *(key for row in watched.logs.do_not_log for key in row.keys)]
    return fields, keys
