"""Rules of a service level objective: events, shares of bad ones in each window, budget, burn-rate alerts.

Bad and total events are recorded as rates over five minutes and every longer window is the quotient of their
averages, so that an hour with much traffic weighs more than one with little (The Site Reliability Workbook,
chapter 5). The objective's own window reads one point in five minutes: those tile it without overlap.
"""

from collections.abc import Iterator
from re import escape

from compiler import conventions as names
from compiler.catalog import promql
from compiler.catalog.catalog import Watched
from compiler.metrics import yace
from compiler.metrics.labels import unlabelled
from compiler.metrics.rules import Group, Rule, alert_labels, link_annotations, present
from compiler.model.alerts import BurnRates, BurnWindow, Events, Slo, ThresholdSlo
from compiler.model.base import seconds
from compiler.target import Target
from compiler.text import number
from compiler.texts.amounts import in_words
from compiler.texts.placeholders import allowed, objective_title

_BASE = names.EVENTS_WINDOW
_BUDGET = "5m"
SILENT = "10m"
"""How long no events are counted before an objective's absence alert fires."""
BURN_FAST, BURN_SLOW = "2m", "15m"
"""How long a burn must hold before its alert fires."""


def slo_groups(watched: Watched, burn_rates: BurnRates, target: Target) -> list[Group]:
    """Return the groups of a workload's objectives; long windows are evaluated less often."""
    groups = []
    for slo in watched.slos:
        prefix = f"{watched.name}-slo-{slo.name}"
        base, fast = _base_rules(watched, slo, target), _ratio_rules(watched, slo, names.FAST_WINDOWS)
        slow, budget = _ratio_rules(watched, slo, names.SLOW_WINDOWS), _budget_rule(watched, slo)
        alerts = _alert_rules(watched, slo, burn_rates, target)
        groups.append(Group(prefix, names.EVERY, (*base, *fast)))
        groups.append(Group(f"{prefix}-long", names.EVERY_LONG, (*slow,)))
        groups.append(Group(f"{prefix}-budget", names.EVERY_BUDGET, (budget,)))
        groups.append(Group(f"{prefix}-alerts", names.EVERY, (*alerts,)))
    return groups


def series_labels(watched: Watched, slo: Slo | ThresholdSlo) -> dict[str, str]:
    """Return the labels of every series that is recorded for an objective."""
    return {"workload": watched.name, "service": slo.service, "slo": slo.name}


def series_selector(watched: Watched, slo: Slo | ThresholdSlo, *matchers: str) -> str:
    """Return the selector of an objective's series, narrowed by further matchers."""
    return (
        "{"
        + ", ".join([*(f'{label}="{value}"' for label, value in series_labels(watched, slo).items()), *matchers])
        + "}"
    )


def parts(slo: Slo) -> list[tuple[Slo, tuple[str, ...]]]:
    """Return the objective of each value of its label, with the matcher of its events; else itself, with none."""
    if slo.each is None:
        return [(slo, ())]
    label, objectives = slo.each.label, slo.each.objectives
    named = [
        (slo.model_copy(update={"objective": percent}), (f'{label}="{value}"',))
        for value, percent in objectives.items()
    ]
    # Twice escaped: once for the regular expression, once for the string that it stands in.
    others = escape("\n".join(objectives)).replace("\\\n", "|").replace("\\", "\\\\")
    return [*named, (slo, (f'{label}!~"{others}"',))]


def _base_rules(watched: Watched, slo: Slo, target: Target) -> Iterator[Rule]:
    labels, events = series_labels(watched, slo), slo.events
    if events is None:
        yield from _cloudwatch_rules(watched, slo, labels, target)
        return
    summed = f"sum by ({slo.each.label}) " if slo.each else "sum"
    total = f"{summed}(rate({events.total}[{_BASE}]))"
    good = f"{summed}(rate({events.good}[{_BASE}]))"
    if of_bucket(events):
        total = _with_bucket(events, summed)
    yield Rule(total, names.SLO_TOTAL, labels=labels)
    # Without a series that has the labels, nobody knows which events are good: the budget is unknown then.
    unknown = unlabelled(watched, events.bad or events.good or "", slo.service)
    known = f"{total} unless on () {unknown}" if unknown else total
    if events.bad:
        # No bad event yet means no series yet: zero, as long as there are events at all.
        bad = f"{summed}(rate({events.bad}[{_BASE}])) or 0 * ({known})"
    elif of_bucket(events):
        bad = f"({known}) - {good}"
    else:
        # No good event yet means no series yet: then all are bad.
        bad = f"({known}) - ({good} or 0 * {total})"
    yield Rule(bad, names.SLO_BAD, labels=labels)


def of_bucket(events: Events) -> bool:
    """Return whether the good events are a bucket of a histogram, which has all of its buckets from the first on."""
    name = promql.name_of(events.good) if events.good else None
    return name is not None and name.endswith("_bucket")


def _with_bucket(events: Events, summed: str) -> str:
    """Return the rate of all events that are known to be good or not: an exporter without the bucket tells nothing.

    Where nobody has the bucket there is no result, and the objective's absence alert says so: it is no outage.
    """
    total, good = f"rate({events.total}[{_BASE}])", f"rate({events.good}[{_BASE}])"
    if promql.name_of(events.total) == f"{str(promql.name_of(events.good or '')).removesuffix('_bucket')}_count":
        return f"{summed}({total} and ignoring (le) {good})"
    return f"{summed}({total}) and {summed}({good})"


def _cloudwatch_rules(watched: Watched, slo: Slo, labels: dict[str, str], target: Target) -> Iterator[Rule]:
    """Yield the rules that turn CloudWatch's count of events in the last whole period into a rate."""
    counted = slo.cloudwatch
    for metric, name in ((counted.total, names.SLO_TOTAL), (counted.bad, names.SLO_BAD)) if counted else ():
        series = yace.selector(watched.cloudwatch_metric(metric), yace.EVENTS_STATISTIC, target)
        yield Rule(f"sum({series}) / {yace.EVENTS_PERIOD}", name, labels=labels)


def _average(name: str, selector: str, window: str) -> str:
    return f"{name}{selector}" if window == _BASE else f"avg_over_time({name}{selector}[{window}])"


def _ratio_rules(watched: Watched, slo: Slo, windows: tuple[str, ...]) -> Iterator[Rule]:
    selector = series_selector(watched, slo)
    for window in windows:
        bad, total = (_average(name, selector, window) for name in (names.SLO_BAD, names.SLO_TOTAL))
        # Redundant on the series, but they keep the rules of two objectives apart.
        yield Rule(f"{bad} / {total}", names.slo_ratio(window), labels=series_labels(watched, slo))


def _budget_rule(watched: Watched, slo: Slo) -> Rule:
    """Return the share of the budget that is left: 1 when nothing failed, 0 when it is spent, below when overspent.

    It is unknown, and has no series, while there are events of which nobody knows whether they are bad.
    """
    left = "\nor\n".join(_budget(watched, part, matchers) for part, matchers in parts(slo))
    selector = series_selector(watched, slo)
    left = f"({left})\nunless on () ({names.SLO_TOTAL}{selector} unless {names.SLO_BAD}{selector})"
    return Rule(left, names.SLO_BUDGET, labels=series_labels(watched, slo))


def _budget(watched: Watched, slo: Slo, matchers: tuple[str, ...]) -> str:
    selector, window = series_selector(watched, slo, *matchers), f"{slo.window}:{_BUDGET}"
    spent = f"sum_over_time({names.SLO_BAD}{selector}[{window}]) / sum_over_time({names.SLO_TOTAL}{selector}[{window}])"
    return f"1 - ({spent}) / {number(allowed(slo))}"


def burn_rate(slo: Slo, window: BurnWindow) -> float:
    """Return how many times faster than evenly the budget burns when `budget_percent` of it goes within `long`.

    For a window of 30 days: 14.4 (2 % in 1 h), 6 (5 % in 6 h), 3 (10 % in 1 d), 1 (10 % in 3 d).
    """
    return round(window.budget_percent / 100 * seconds(slo.window) / seconds(window.long), 10)


def _alert_rules(watched: Watched, slo: Slo, burn_rates: BurnRates, target: Target) -> Iterator[Rule]:
    name = names.alert_prefix(slo.name)
    links = link_annotations(watched, target, slo.runbook, slo.dashboard)
    kinds = (
        ("BurnFast", burn_rates.page, slo.severities.page, BURN_FAST, "fast"),
        ("BurnSlow", burn_rates.ticket, slo.severities.ticket, BURN_SLOW, "slowly but steadily"),
    )
    for suffix, windows, severity, duration, speed in kinds[1:] if slo.cloudwatch else kinds:
        text = {
            "summary": f"The error budget of '{objective_title(watched, slo)}' burns {speed}{_of_each(slo)}",
            "description": f"{{{{ $value | humanizePercentage }}}} of events are bad; {_promise(slo)}.",
        }
        labels = {**alert_labels(watched, slo.service, severity), "slo": slo.name}
        conditions = (
            _burn_condition(watched, part, at, window, ends=suffix == "BurnFast")
            for window in windows
            for part, at in parts(slo)
        )
        expr = "\nor\n".join(conditions)
        yield Rule(expr, alert=f"{name}{suffix}", for_=duration, labels=labels, annotations={**text, **links})
    if watched.expected_in(target.environment):
        yield _absence_rule(watched, slo, f"{name}NoData", links, target)


def _of_each(slo: Slo) -> str:
    return f" for {slo.each.label} {{{{ $labels.{slo.each.label} }}}}" if slo.each else ""


def _promise(slo: Slo) -> str:
    """Return the objective in words: its target and budget, or that of each value."""
    if slo.each is None:
        return f"the objective of {number(slo.objective)} % in {slo.window} allows {number(allowed(slo) * 100)} %"
    named = "".join(f"{value} {number(percent)} %, " for value, percent in slo.each.objectives.items())
    return f"the objectives in {slo.window} are {named}any other {number(slo.objective)} %"


def _burn_condition(watched: Watched, slo: Slo, matchers: tuple[str, ...], window: BurnWindow, *, ends: bool) -> str:
    """Return the condition of one pair of windows; with `ends`, it ends soon after the burn does."""
    selector = series_selector(watched, slo, *matchers)
    limit = f"{number(burn_rate(slo, window))} * {number(allowed(slo))}"
    spans = dict.fromkeys((window.long, window.short, *((names.BURN_NOW,) if ends else ())))
    burns = " and ".join(f"{names.slo_ratio(span)}{selector} > {limit}" for span in spans)
    traffic = f"{_average(names.SLO_TOTAL, selector, window.long)} >= {number(slo.at_least)}"
    if slo.or_bad:
        # At low traffic one failure is a large share: this number of failures is an outage all the same.
        # A sum, since the average over a window whose beginning has no data would count too many.
        step = "1m" if window.long in names.FAST_WINDOWS else "5m"
        counted = f"sum_over_time({names.SLO_BAD}{selector}[{window.long}:{step}]) * {seconds(step)}"
        traffic = f"({traffic} or {counted} >= {number(slo.or_bad)})"
    return f"({burns} and {traffic})"


def _silence(watched: Watched, slo: Slo, target: Target) -> str:
    """Return the condition of no events where there is trouble: not where nobody asks a service that is well.

    A new pod has no counter before its first request. So what counts is that the last rate before was one that counts,
    or that the targets are gone, or that a service which is declared live never had any.
    """
    total = f"{names.SLO_TOTAL}{series_selector(watched, slo)}"
    once = names.once_live(watched.name, slo.service, target)
    if slo.cloudwatch:
        return f"absent({total}){once}"
    busy = f"sum(last_over_time({total}[{names.KEPT}])) >= {number(slo.at_least)}"
    jobs = (present(watched, names.UP, slo.service) or {})["job"]
    if jobs:
        answering = f'{names.UP}{{workload="{watched.name}", job=~"{"|".join(jobs)}"}} == 1'
        trouble = f"{busy} or absent({answering}){once}"
    elif once:
        trouble = busy
    else:
        trouble = f"{busy} or absent({names.SEEN_LIVE}{names.of_service(watched.name, slo.service)})"
    return f"absent({total}) and on () ({trouble})"


def _absence_rule(watched: Watched, slo: Slo, name: str, links: dict[str, str], target: Target) -> Rule:
    text = {
        "summary": f"Nothing is known of '{objective_title(watched, slo)}'",
        "description": f"No events have been counted for {in_words(SILENT)}: neither good nor bad ones.",
    }
    labels = {**alert_labels(watched, slo.service, slo.severities.absence), "slo": slo.name}
    return Rule(_silence(watched, slo, target), alert=name, for_=SILENT, labels=labels, annotations={**text, **links})
