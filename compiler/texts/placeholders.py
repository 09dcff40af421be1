"""Fill in the placeholders of a text: {{limit}}, {{for}} and the like.

Prometheus fills in templates of its own when an alert fires. Its templates here begin with a dollar sign, as in
{{ $value | humanize }}; a placeholder never does. So each pair of braces is one or the other, or a mistake.
"""

import re
from collections.abc import Mapping

from compiler.catalog import promql
from compiler.catalog.catalog import Watched
from compiler.model.alerts import Alert, Slo, Threshold, ThresholdSlo
from compiler.model.base import Bound, is_duration, seconds
from compiler.model.cloud import Alarm
from compiler.model.criteria import Criterion
from compiler.model.metrics import Goal
from compiler.nearest import meant
from compiler.text import number
from compiler.texts.amounts import amount, canonical, converted, in_words, span

_BRACES = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)
_WINDOW = re.compile(r"\[(\w+)[\]:]")

Facts = Mapping[str, str]
"""What an entry's placeholders stand for, by name."""


def fill(text: str, facts: Facts, *, templates: bool = False) -> str:
    """Replace each placeholder of a text by its fact.

    Args:
        text: what the catalog says.
        facts: by the placeholder's name.
        templates: whether Prometheus fills in the text afterwards; its templates then stay.

    Raises:
        ValueError: for a placeholder that the entry does not have, a template that nobody fills in, a brace alone.
    """

    def filled(found: re.Match[str]) -> str:
        inner = found[1].strip()
        if inner in facts:
            return facts[inner]
        if templates and inner.startswith("$"):
            return found[0]
        known = f"{_known(facts, templates=templates)}{meant(inner, facts)}"
        raise ValueError(f"unknown placeholder '{found[0]}': expected {known}")

    rest = _BRACES.sub("", text)
    if "{{" in rest or "}}" in rest:
        raise ValueError("expected each {{ with its }}, found one alone")
    return _BRACES.sub(filled, text)


def _known(facts: Facts, *, templates: bool) -> str:
    names = dict.fromkeys(re.sub(":.*", ":NAME/SEVERITY", name) for name in sorted(facts))
    known = [f"{{{{{name}}}}}" for name in names] + (["a template such as {{ $value }}"] if templates else [])
    return f"one of {', '.join(known)}" if known else "none here"


def alert_facts(watched: Watched, alert: Alert, severity: str) -> Facts:
    """Return the values of the placeholders for one severity of an alert."""
    threshold = alert.thresholds[severity]
    facts = {"limit": limits(threshold, alert.unit), "for": in_words(threshold.for_)}
    if threshold.keep:
        facts["keep"] = in_words(threshold.keep)
    if alert.traffic:
        facts["traffic"] = number(alert.traffic.at_least)
    spans = window(alert.value)
    if spans:
        facts["window"] = in_words(spans)
    aims = goals(watched, alert)
    if aims:
        facts["target"] = " to ".join(amount(value, alert.unit) for value in sorted(aim.bound.value for aim in aims))
    return facts


def window(value: str) -> str | None:
    """Return the window of an alert's or a criterion's value, where all its parts have the same one."""
    spans = set(_WINDOW.findall(value))
    span = spans.pop() if len(spans) == 1 else None
    return span if span and is_duration(span) else None


def limits(bound: Bound | Threshold, unit: str) -> str:
    """Return a bound's limit with its unit; both limits of a range."""
    return " and ".join(amount(limit, unit) for _, limit in bound.limits())


def goals(watched: Watched, alert: Alert) -> list[Goal]:
    """Return the targets of the one metric that an alert reads, in the alert's unit; none where it reads several.

    A target of another kind of figure, such as a percentile in seconds where the alert is on a share, is none of it.
    """
    try:
        read = {str(selector.name) for selector in promql.selectors(promql.parse(alert.value))}
    except promql.PromQLError:  # reported by the check of expressions, beside which texts are checked
        return []
    read |= {name.removesuffix(suffix) for name in read for suffix in ("_sum", "_count", "_bucket")}
    metrics = [metric for metric in map(watched.metric, read) if metric]
    if len(metrics) != 1 or canonical(1, metrics[0].unit)[0] != canonical(1, alert.unit)[0]:
        return []
    found = metrics[0].targets
    # Several on one side are of several aggregates: nothing says which of them the alert means.
    if len({goal.bound.operator for goal in found}) < len(found):
        return []
    return [_in_unit(goal, metrics[0].unit, alert.unit) for goal in found]


def _in_unit(goal: Goal, unit: str, other: str) -> Goal:
    sides = {side: converted(value, unit, other) for side, value in goal.bound.sides().items()}
    return goal.model_copy(update={"bound": Bound.model_validate(sides)})


def alarm_facts(watched: Watched, alarm: Alarm) -> Facts:
    """Return the values of the placeholders for a CloudWatch alarm."""
    return {
        "limit": limits(alarm.bound, alarm_unit(watched, alarm)),
        "for": span(seconds(alarm.period) * alarm.evaluation_periods),
        "period": in_words(alarm.period),
        "periods": str(alarm.evaluation_periods),
    }


def alarm_unit(watched: Watched, alarm: Alarm) -> str:
    """Return the unit in which an alarm's limit is written: a score such as R² is a ratio, but not in percent."""
    return _text_unit(alarm.unit or _unit_of(watched, alarm.metric))


def value_unit(watched: Watched, slo: ThresholdSlo) -> str:
    """Return the unit in which the limit of a threshold objective is written."""
    return _text_unit(_unit_of(watched, slo.metrics[0]))


def objective_facts(watched: Watched, slo: Slo | ThresholdSlo) -> Facts:
    """Return the values of the placeholders for an objective: on events, or on a value."""
    if isinstance(slo, ThresholdSlo):
        limit = amount(slo.bound.value, value_unit(watched, slo))
        return {"limit": limit, "window": in_words(slo.window), "period": in_words(slo.period)}
    kept = {"objective": f"{number(slo.objective)} %", "allowed": amount(allowed(slo), "ratio")}
    within = bucket(watched, slo)
    return {**kept, "window": in_words(slo.window), **({"limit": amount(*within)} if within else {})}


def objective_title(watched: Watched, slo: Slo | ThresholdSlo) -> str:
    """Return an objective's title with its placeholders filled in."""
    return fill(slo.title, objective_facts(watched, slo))


def allowed(slo: Slo) -> float:
    """Return the share of events that may be bad; rounded, since 1 - 0.999 is not 0.001 in binary."""
    return round(1 - slo.objective / 100, 10)


def bucket(watched: Watched, slo: Slo) -> tuple[float, str] | None:
    """Return the limit of an objective on latency, which its good events have as a bucket, with the metric's unit."""
    try:
        read = list(promql.selectors(promql.parse(slo.events.good or ""))) if slo.events else []
        found = [(str(each.name), float(m.value)) for each in read for m in each.matchers.matchers if m.name == "le"]
    except ValueError:  # reported by the check of expressions, beside which texts are checked
        return None
    metric = watched.metric(found[0][0].removesuffix("_bucket")) if len(found) == 1 else None
    return (found[0][1], metric.unit) if metric else None


def entry_facts(watched: Watched) -> Facts:
    """Return the values of the placeholders that name an entry of the workload, as pages and panels use them.

    `limit:` and `for:` take the name of an alert or alarm, with its severity where it has several. `objective:`,
    `allowed:`, `window:`, `limit:` and `period:` take that of an objective, as far as it has them.
    """
    facts = dict[str, str]()
    objectives: list[Slo | ThresholdSlo] = [*watched.slos, *watched.thresholds]
    for slo in objectives:
        facts |= {f"{key}:{slo.name}": value for key, value in objective_facts(watched, slo).items()}
    for alert in watched.alerts:
        said = {f"{alert.name}/{severity}": threshold for severity, threshold in alert.thresholds.items()}
        said |= {alert.name: next(iter(said.values()))} if len(said) == 1 else {}
        for name, threshold in said.items():
            facts[f"limit:{name}"], facts[f"for:{name}"] = limits(threshold, alert.unit), in_words(threshold.for_)
    for alarm in watched.alarms.alarms:
        own = alarm_facts(watched, alarm)
        facts |= {f"{key}:{alarm.name}": own[key] for key in ("limit", "for")}
    return facts


def entry_text(watched: Watched, text: str) -> str:
    """Return a text of a page or a panel with its placeholders filled in; most have none, and need no facts."""
    return fill(text, entry_facts(watched)) if "{{" in text else text


def criterion_facts(criterion: Criterion) -> Facts:
    """Return the values of the placeholders for a success criterion."""
    facts = {"limit": limits(criterion.bound, criterion.unit)}
    spans = window(criterion.value or "")
    if spans:
        facts["window"] = in_words(spans)
    if criterion.cloudwatch:
        facts["period"] = in_words(criterion.cloudwatch.period)
    rest = remainder(criterion)
    return {**facts, "allowed": amount(rest, "ratio")} if rest else facts


def remainder(criterion: Criterion) -> float | None:
    """Return the share that a criterion on a share allows to be missing: what is left of one below its bound."""
    if canonical(1, criterion.unit)[0] != "share" or criterion.bound.below is None:
        return None
    return round(1 - canonical(criterion.bound.below, criterion.unit)[1], 10)


def criterion_text(criterion: Criterion, text: str) -> str:
    """Return one of a success criterion's texts with its placeholders filled in."""
    return fill(text, criterion_facts(criterion))


def _unit_of(watched: Watched, metric_id: str) -> str:
    """Return the unit of a metric; empty for an unknown one, which another check refuses."""
    return next((metric.unit for metric in watched.metrics.cloudwatch if metric.id == metric_id), "")


def _text_unit(unit: str) -> str:
    return "score" if unit == "ratio" else unit
