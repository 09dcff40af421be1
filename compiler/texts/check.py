"""The catalog's rules on texts: every placeholder is known, and no figure is copied from the entry."""

import re
from collections.abc import Iterator, Mapping

from compiler.catalog.catalog import Catalog, Watched
from compiler.catalog.places import Path, finding
from compiler.model.alerts import Alert
from compiler.model.base import seconds
from compiler.model.cloud import Alarm
from compiler.texts.amounts import canonical
from compiler.texts.placeholders import Facts, alarm_facts, alarm_unit, alert_facts, fill, window

_TEXTS = ("summary", "description")
_COUNTED = {"a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8}
_COUNTED |= {"nine": 9, "ten": 10, "twelve": 12, "fifteen": 15, "twenty": 20, "thirty": 30}
_PARTS = {"half": 0.5, "third": 1 / 3, "quarter": 0.25, "fifth": 0.2, "tenth": 0.1}
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


def text_findings(catalog: Catalog) -> Iterator[str]:
    """Yield a line for each text of an alert or alarm that cannot be filled in or that copies its entry's figures."""
    for watched in catalog:
        for n, alert in enumerate(watched.alerts):
            facts = [alert_facts(watched, alert, severity) for severity in alert.thresholds]
            yield from _entry(watched, "alerts", ("alerts", n), alert, facts, alert_figures(alert))
        for n, alarm in enumerate(watched.alarms.alarms):
            own = alarm_figures(watched, alarm)
            yield from _entry(watched, "alarms", ("alarms", n), alarm, [alarm_facts(watched, alarm)], own)


def _entry(
    watched: Watched,
    file: str,
    path: Path,
    entry: Alert | Alarm,
    facts: list[Facts],
    figures: Mapping[str, set[Amount]],
) -> Iterator[str]:
    for key in _TEXTS:
        text, place = getattr(entry, key), [*path, key]
        yield from _filled(watched, file, place, text, facts, templates=isinstance(entry, Alert))
        for figure, amounts in amounts_in(text):
            copied = " or ".join(f"{{{{{name}}}}}" for name, own in figures.items() if amounts & own)
            if copied:
                message = f"expected {copied}, found '{figure}', a copy of what the same entry says"
                yield finding(watched, file, place, message)


def _filled(
    watched: Watched, file: str, path: Path, text: str, facts: list[Facts], *, templates: bool
) -> Iterator[str]:
    for each in facts:
        try:
            fill(text, each, templates=templates)
        except ValueError as error:
            yield finding(watched, file, path, str(error))


def alert_figures(alert: Alert) -> Mapping[str, set[Amount]]:
    """Return the amounts that an alert's texts must not copy, by the placeholder for each."""
    limits = {canonical(limit, alert.unit) for each in alert.thresholds.values() for _, limit in each.limits() if limit}
    limits |= {("", limit) for each in alert.thresholds.values() for _, limit in each.limits() if limit}
    figures = {"limit": limits, "for": {("time", float(seconds(each.for_))) for each in alert.thresholds.values()}}
    figures["keep"] = {("time", float(seconds(each.keep))) for each in alert.thresholds.values() if each.keep}
    spans = window(alert)
    return {**figures, "window": {("time", float(seconds(spans)))}} if spans else figures


def alarm_figures(watched: Watched, alarm: Alarm) -> Mapping[str, set[Amount]]:
    """Return the amounts that an alarm's texts must not copy, by the placeholder for each."""
    limit = alarm.bound.value
    own = {canonical(limit, alarm_unit(watched, alarm)), ("", limit)} if limit else set()
    period = seconds(alarm.period)
    lasts = {("time", float(period * alarm.evaluation_periods))}
    return {"limit": own, "for": lasts, "period": {("time", float(period))} - lasts}


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
