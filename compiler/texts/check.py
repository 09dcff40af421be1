"""The catalog's rules on texts: every placeholder is known, and no figure is copied from the entry."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial

from compiler.catalog.catalog import Catalog, Watched
from compiler.catalog.places import finding
from compiler.model.alerts import Alert, Slo, ThresholdSlo
from compiler.model.base import seconds
from compiler.model.cloud import Alarm
from compiler.model.criteria import Criterion
from compiler.texts import placeholders
from compiler.texts.amounts import canonical
from compiler.texts.check_templates import template_mistakes
from compiler.texts.placeholders import (
    Facts,
    alarm_facts,
    alarm_unit,
    alert_facts,
    criterion_facts,
    fill,
    objective_facts,
    window,
)

_NO_TEMPLATE = "expected a text without {{, which Prometheus would take for a template"
_CRITERIA = ("title", "why_bound", "measures", "limits")
_TEXTS = ("summary", "description")
_COUNTED = {"a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8}
_COUNTED |= {"nine": 9, "ten": 10, "twelve": 12, "fifteen": 15, "twenty": 20, "thirty": 30}
_PARTS = {"half": 0.5, "third": 1 / 3, "quarter": 0.25, "fifth": 0.2, "tenth": 0.1}
_PARTS |= {"hundredth": 0.01, "thousandth": 0.001}
_UNITS = {"%": "percent", "percent": "percent", "ms": "milliseconds", "s": "seconds", "h": "hours"}
_UNITS |= {"min": "minutes"}
_UNITS |= {
    f"{unit}{end}": f"{unit}s" for unit in ("millisecond", "second", "minute", "hour", "day") for end in ("", "s")
}
_NUMBER = r"\d[\d,]*(?:\.\d+)?"
_AMOUNT = re.compile(
    rf"(?<![\w.@,])({_NUMBER}|{'|'.join(_COUNTED)})[\s-]*({'|'.join(sorted(_UNITS, key=len, reverse=True))})(?![\w-])",
    re.I,
)
_PART = re.compile(rf"\b(?:an? )?({'|'.join(_PARTS)})\b(?: (?:an?|of an?) (second|minute|hour|day)\b)?", re.I)
_AHEAD = rf"(?![\w,.]*\d)(?! ?(?:%|{'|'.join(_UNITS)})(?!\w))"
_BOUND = re.compile(
    rf"(?:limits?|above|below|over|under|than|budget|until|[<>])\s*(?:of |is )?({_NUMBER}){_AHEAD}", re.IGNORECASE
)
_BRACES = re.compile(r"\{\{.*?\}\}", re.DOTALL)

Amount = tuple[str, float]
"""What is measured (`share`, `time`, or a unit) and how much of it, in the base unit."""


Told = Callable[[str, str], str]
"""Returns a finding's line from the name of a text's field and what is wrong with it."""
Figures = Mapping[str, set[Amount]]
"""The amounts of an entry that its texts must not copy, by the placeholder for each."""


def text_findings(catalog: Catalog) -> Iterator[str]:
    """Yield a line for each text that cannot be filled in or that copies its entry's figures.

    These are the texts of alerts, alarms, objectives and success criteria.
    """
    for watched in catalog:
        for n, alert in enumerate(watched.alerts):
            facts = [alert_facts(watched, alert, severity) for severity in alert.thresholds]
            at = partial(_told, watched, "alerts", "alerts", n)
            yield from _entry(at, _texts(alert, _TEXTS), facts, alert_figures(alert), templates=True)
            for field, text in _texts(alert, _TEXTS).items():
                yield from (at(field, mistake) for mistake in template_mistakes(text))
            yield from (at("aliases", _NO_TEMPLATE) for alias in alert.aliases if "{{" in alias)
        for n, alarm in enumerate(watched.alarms.alarms):
            at = partial(_told, watched, "alarms", "alarms", n)
            facts = [alarm_facts(watched, alarm)]
            yield from _entry(at, _texts(alarm, _TEXTS), facts, alarm_figures(watched, alarm))
        kinds: list[tuple[str, Sequence[Slo | ThresholdSlo]]] = [
            ("slos", watched.slos),
            ("thresholds", watched.thresholds),
        ]
        for key, entries in kinds:
            for n, slo in enumerate(entries):
                at = partial(_told, watched, "slos", key, n)
                facts = [objective_facts(watched, slo)]
                yield from _entry(at, {"title": slo.title}, facts, objective_figures(watched, slo))
                each = slo.each.objectives if isinstance(slo, Slo) and slo.each else {}
                yield from (at("each", _NO_TEMPLATE) for value in each if "{{" in value)
    for criterion in catalog.criteria.criteria:
        at = partial(_told_of_criterion, criterion.name)
        facts = [criterion_facts(criterion)]
        yield from _entry(at, _texts(criterion, _CRITERIA), facts, criterion_figures(criterion))


def _told(watched: Watched, file: str, key: str, n: int, field: str, message: str) -> str:
    return finding(watched, file, (key, n, field), message)


def _told_of_criterion(name: str, field: str, message: str) -> str:
    return f"catalog/criteria.yaml: {name}.{field}: {message}"


def _texts(entry: Alert | Alarm | Criterion, fields: Sequence[str]) -> Mapping[str, str]:
    return {field: getattr(entry, field) for field in fields if getattr(entry, field)}


def _entry(
    told: Told, texts: Mapping[str, str], facts: list[Facts], figures: Figures, *, templates: bool = False
) -> Iterator[str]:
    for field, text in texts.items():
        for each in facts:
            try:
                fill(text, each, templates=templates)
            except ValueError as error:
                yield told(field, str(error))
        for figure, amounts in amounts_in(text):
            copied = " or ".join(f"{{{{{name}}}}}" for name, own in figures.items() if amounts & own)
            if copied:
                yield told(field, f"expected {copied}, found '{figure}', a copy of what the same entry says")


def alert_figures(alert: Alert) -> Figures:
    """Return the amounts that an alert's texts must not copy, by the placeholder for each."""
    bounds = alert.thresholds.values()
    limits = {each for bound in bounds for _, limit in bound.limits() for each in _limit(limit, alert.unit)}
    figures = {"limit": limits, "for": {_time(each.for_) for each in bounds}}
    figures["keep"] = {_time(each.keep) for each in bounds if each.keep}
    spans = window(alert.value)
    return {**figures, "window": {_time(spans)}} if spans else figures


def alarm_figures(watched: Watched, alarm: Alarm) -> Figures:
    """Return the amounts that an alarm's texts must not copy, by the placeholder for each."""
    limit = alarm.bound.value
    own = _limit(limit, alarm_unit(watched, alarm))
    period = seconds(alarm.period)
    lasts = {("time", float(period * alarm.evaluation_periods))}
    return {"limit": own, "for": lasts, "period": {("time", float(period))} - lasts}


def objective_figures(watched: Watched, slo: Slo | ThresholdSlo) -> Figures:
    """Return the amounts that an objective's title must not copy, by the placeholder for each."""
    if isinstance(slo, ThresholdSlo):
        own = _limit(slo.bound.value, placeholders.value_unit(watched, slo))
        return {"limit": own, "window": {_time(slo.window)}, "period": {_time(slo.period)}}
    within = placeholders.bucket(watched, slo)
    share = placeholders.allowed(slo)
    return {
        "objective": _limit(slo.objective, "percent"),
        "allowed": {canonical(share, "ratio")},
        "window": {_time(slo.window)},
        "limit": _limit(*within) if within else set(),
    }


def criterion_figures(criterion: Criterion) -> Figures:
    """Return the amounts that a success criterion's texts must not copy, by the placeholder for each."""
    spans, rest = window(criterion.value or ""), placeholders.remainder(criterion)
    period = {_time(criterion.cloudwatch.period)} if criterion.cloudwatch else set()
    return {
        "limit": _limit(criterion.bound.value, criterion.unit),
        "window": {_time(spans)} if spans else set(),
        "period": period,
        "allowed": {canonical(rest, "ratio")} if rest else set(),
    }


def _limit(value: float, unit: str) -> set[Amount]:
    """Return a limit with its unit, and without one as behind a word such as above; zero is no copy."""
    return {canonical(value, unit), ("", value)} if value else set()


def _time(duration: str) -> Amount:
    return "time", float(seconds(duration))


def amounts_in(text: str) -> Iterator[tuple[str, set[Amount]]]:
    """Yield each amount that a text gives in figures or words, with its possible meanings; placeholders give none."""
    text = _BRACES.sub(" … ", text)
    for found in _AMOUNT.finditer(text):
        yield found[0], {canonical(_value(found[1]), _UNITS[found[2].lower()])}
    for found in _PART.finditer(text):
        part = _PARTS[found[1].lower()]
        yield found[0], {canonical(part, f"{found[2].lower()}s") if found[2] else ("share", round(part, 12))}
    for found in _BOUND.finditer(text):
        yield found[0], {("", _value(found[1]))}


def _value(figure: str) -> float:
    word = figure.lower()
    return float(_COUNTED[word]) if word in _COUNTED else float(word.replace(",", ""))
