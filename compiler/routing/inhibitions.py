"""Inhibitions: what an alert holds back, always of the same thing.

Alertmanager compares the labels of `equal`, and takes one that is missing on both sides for equal (its `inhibit.go`,
`fingerprintEquals`: a label that is not there has the empty value). So a list may name the labels of many alerts.
"""

from collections.abc import Iterable, Iterator, Sequence
from re import escape

from compiler.catalog.catalog import Catalog, Watched
from compiler.model.platform import Inhibition
from compiler.routing.held import ROUTED, Told, matching, told

Rule = dict[str, list[str]]
Pair = tuple[Told, Told]


def inhibit_rules(catalog: Catalog) -> list[Rule]:
    """Return the inhibitions of a valid catalog: of severities, of charts' alerts, and those that are written."""
    alerts = told(catalog)
    ours = [rule for watched in catalog for rule in _severities(watched, alerts)]
    written = [rule for each in catalog.routing.inhibitions for rule in _written(each, alerts)]
    return [*ours, *_charts(catalog, alerts), *written]


def _severities(watched: Watched, alerts: Iterable[Told]) -> Iterator[Rule]:
    """Yield for each severity of a workload what it holds back: the same alert of the same thing, less urgent."""
    several = [each for each in alerts if each.workload == watched.name and len(each.severities) > 1]
    labels = sorted(frozenset().union(*(each.labels | each.gone for each in several)))
    for severity in watched.workload.severities:
        lower = {name for each in several if severity in each.severities for name in _below(severity, each.severities)}
        if lower:
            yield _rule(
                [_is("workload", watched.name), _is("severity", severity)],
                [_is("workload", watched.name), _among("severity", lower)],
                ["alertname", "service", *labels],
            )


def _charts(catalog: Catalog, alerts: Iterable[Told]) -> Iterator[Rule]:
    """Yield the same for the alerts of charts, which have no priority."""
    ordered = sorted(catalog.routing.foreign_severities.items(), key=lambda each: each[1])
    labels = sorted(frozenset().union(*(each.labels for each in alerts if each.workload is None)))
    for severity, priority in ordered:
        lower = {name for name, other in ordered if other > priority}
        if lower:
            source, target = _is("severity", severity), _among("severity", lower)
            yield _rule([_is("priority", ""), source], [_is("priority", ""), target], ["alertname", *labels])


def _below(severity: str, ordered: Sequence[str]) -> Sequence[str]:
    return ordered[ordered.index(severity) + 1 :]


def pairs(inhibition: Inhibition, alerts: list[Told]) -> list[Pair]:
    """Return the alerts that a written inhibition is about: the source and what it holds back, of one workload."""
    same = "alertname" in inhibition.equal
    held = matching(alerts, inhibition.target)
    return [
        (source, target)
        for source, severity in matching(alerts, inhibition.source)
        for target, other in held
        if source.workload == target.workload or None in (source.workload, target.workload)
        if (source, severity) != (target, other)
        if not same or source.name == target.name
    ]


def equal(inhibition: Inhibition, source: Told, target: Told) -> tuple[str, ...]:
    """Return the labels that must be equal: those that are written and those that follow."""
    ours = None not in (source.workload, target.workload)
    routed = ["workload"] if ours else []
    routed += ["service"] if ours and source.service == target.service else []
    return tuple(dict.fromkeys([*inhibition.equal, *routed, *sorted(source.common(target))]))


def never_equal(label: str, source: Told, target: Told) -> bool:
    """Return whether a label differs, whatever the two alerts speak of: only one has it, or each has one of its own."""
    if label in ROUTED:
        return label == "service" and None not in (source.service, target.service) and source.service != target.service
    sides = [label in each.labels | each.gone for each in (source, target)]
    return sides[0] != sides[1] and None not in (source.workload, target.workload)


def _written(inhibition: Inhibition, alerts: list[Told]) -> Iterator[Rule]:
    """Yield a written inhibition: as one rule where the same labels follow for all that it is about."""
    source = [_is(label, value) for label, value in inhibition.source.items()]
    target = [_is(label, value) for label, value in inhibition.target.items()]
    found: dict[tuple[str, ...], list[Pair]] = {}
    about = pairs(inhibition, alerts)
    if about and "alertname" in inhibition.equal:
        # Both are one alert, which has the same labels at each severity: those of others are missing on both sides.
        kept = frozenset().union(*(one.labels | one.gone for one, _ in about))
        yield _rule(source, target, [*dict.fromkeys([*inhibition.equal, *sorted(kept)])])
        return
    for pair in about:
        found.setdefault(equal(inhibition, *pair), []).append(pair)
    if len(found) == 1:
        yield _rule(source, target, next(iter(found)))
        return
    for labels, alike in found.items():
        for one in dict.fromkeys(pair[0] for pair in alike):
            held = [pair[1] for pair in alike if pair[0] == one]
            whose = [_is("workload", one.workload)] if one.workload else []
            names = _among("alertname", {each.name for each in held})
            yield _rule([*source, *whose, _is("alertname", one.name)], [*target, *whose, names], labels)


def _rule(source: Sequence[str], target: Sequence[str], labels: Sequence[str]) -> Rule:
    return {
        "source_matchers": [*dict.fromkeys(source)],
        "target_matchers": [*dict.fromkeys(target)],
        "equal": [*labels],
    }


def _is(label: str, value: str) -> str:
    return f'{label}="{value}"'


def _among(label: str, values: Iterable[str]) -> str:
    several = sorted(values)
    if len(several) == 1:
        return _is(label, several[0])
    return f'{label}=~"{"|".join(escape(each) for each in several)}"'
