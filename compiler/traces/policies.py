"""The gateways' tail-sampling policies, compiled from each workload's sampling rules.

The processor keeps a trace that any policy votes for, so each rule becomes one, tied to the workload's own traces. All
shares hash the trace id with one salt: a smaller share is a part of every larger one, and two rules that hold for a
trace give the larger share. Only a rule with less than the normal share has to be taken out of that one.
"""

from collections.abc import Iterator
from itertools import product

from compiler.catalog.catalog import Catalog, Watched
from compiler.conventions import TRACE_SALT
from compiler.model.traces import SamplingRule, When
from compiler.traces.conformance import sampled
from compiler.traces.parts import SERVICE, WORKLOAD, Config, text
from compiler.traces.sampling import ALL


def policies(catalog: Catalog) -> list[Config]:
    """Return all workloads' policies, in the order of the catalog."""
    return [
        policy
        for watched in sampled(catalog)
        for rule in watched.traces.sampling
        for policy in _policies(watched, rule)
    ]


def _policies(watched: Watched, rule: SamplingRule) -> Iterator[Config]:
    """Yield a rule's policy; the normal share gets one for each way in which no rule with less holds.

    All parts of a policy have to hold; the cheapest comes first, since the first that does not hold ends the matter.
    """
    less = [other.when for other in watched.traces.sampling if other.keep < rule.keep and not other.when.always]
    ways = list(product(*map(_otherwise, less))) if rule.when.always else [()]
    for way, outside in enumerate(ways, start=1):
        parts = [*_share(rule.keep), _own(watched), *_conditions(rule.when), *outside]
        named = [{"name": f"{part['type']}-{n}", **part} for n, part in enumerate(parts)]
        name = f"{watched.name}/{rule.name}" + (f"-{way}" if len(ways) > 1 else "")
        yield {"name": name, "type": "and", "and": {"and_sub_policy": named}}


def _share(percent: float) -> list[Config]:
    if percent >= ALL:
        return []
    share = {"sampling_percentage": percent, "hash_salt": TRACE_SALT}
    return [{"type": "probabilistic", "probabilistic": share}]


def _own(watched: Watched) -> Config:
    return _attribute(WORKLOAD, (watched.name,))


def _attribute(key: str, values: tuple[str, ...]) -> Config:
    """Return the condition that a span, or its resource, has one of the values."""
    return {"type": "string_attribute", "string_attribute": {"key": key, "values": list(values)}}


def _conditions(when: When) -> list[Config]:
    only = [_not(_another(when))] if when.only_services else []
    return [*_plain(when), *only]


def _otherwise(when: When) -> list[Config]:
    """Return the negation of a condition, as alternatives."""
    another = [_another(when)] if when.only_services else []
    return [*map(_not, _plain(when)), *another]


def _plain(when: When) -> list[Config]:
    found: list[Config] = []
    if when.error:
        found.append({"type": "status_code", "status_code": {"status_codes": ["ERROR"]}})
    if when.services:
        found.append(_attribute(SERVICE, when.services))
    if when.spans:
        found.append(_any_span(" or ".join(f"span.name == {text(name)}" for name in when.spans)))
    if when.milliseconds is not None:
        found.append({"type": "latency", "latency": {"threshold_ms": when.milliseconds}})
    return found


def _another(when: When) -> Config:
    """Return the condition that a span is of another service than those."""
    service = f"resource.attributes[{text(SERVICE)}]"
    return _any_span(" and ".join(f"{service} != {text(name)}" for name in when.only_services))


def _any_span(condition: str) -> Config:
    return {"type": "ottl_condition", "ottl_condition": {"error_mode": "ignore", "span": [condition]}}


def _not(part: Config) -> Config:
    return {"type": "not", "not": {"not_sub_policy": {"name": f"not-{part['type']}", **part}}}
