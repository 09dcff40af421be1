"""Tell which alerts Alertmanager would hold back: its rules of inhibition, in a few lines.

It stands for Alertmanager 0.28, `inhibit/inhibit.go`: a rule mutes an alert that fits `target_matchers` while a firing
one fits `source_matchers` and has the same values of `equal`, where a label that is missing has the empty value; what
fits both sides is not held back by another that does. `tests/e2e/test_inhibitions.py` holds both against each other.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

Labels = Mapping[str, str]
_MATCHER = re.compile(r'(\w+)(=~|=)"(.*)"')


def fits(labels: Labels, matchers: Sequence[str]) -> bool:
    """Return whether labels fit all matchers."""
    for matcher in matchers:
        found = _MATCHER.fullmatch(matcher)
        assert found, matcher
        name, operator, value = found.groups()
        pattern = value if operator == "=~" else re.escape(value)
        if not re.fullmatch(pattern, labels.get(name, "")):
            return False
    return True


def held_back(rules: Sequence[Any], alert: Labels, firing: Sequence[Labels]) -> bool:
    """Return whether an alert is held back while others fire."""
    return any(_mutes(rule, source, alert) for rule in rules for source in firing)


def _mutes(rule: Any, source: Labels, alert: Labels) -> bool:
    if not fits(alert, rule["target_matchers"]) or not fits(source, rule["source_matchers"]):
        return False
    if fits(alert, rule["source_matchers"]) and fits(source, rule["target_matchers"]):
        return False
    return all(source.get(label, "") == alert.get(label, "") for label in rule["equal"])


def told_apart(higher: Labels, lower: Labels, kept: Iterable[str], rules: Sequence[Any]) -> list[str]:
    """Return what is wrong with two severities of one alert: the same thing is to be held back, no other.

    Args:
        higher: the labels that route the higher severity.
        lower: those of the lower one.
        kept: labels that the alert's value keeps: each names another thing when it differs.
        rules: the inhibitions.
    """
    thing = dict.fromkeys(kept, "one")
    wrong = [] if held_back(rules, {**lower, **thing}, [{**higher, **thing}]) else ["the same thing is not held back"]
    for label in thing:
        if held_back(rules, {**lower, **thing, label: "another"}, [{**higher, **thing}]):
            wrong.append(f"another {label} is held back")
    return wrong
