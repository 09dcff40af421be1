"""Small checks that rules are composed of: each yields findings, and what is unknown."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from pulumi_policy import ReportViolation

from policies.support.values import UNKNOWN, at, cannot_judge


@dataclass(frozen=True)
class Unjudged:
    """A place whose value decides, and is not known yet."""

    where: str


Verdict = str | Unjudged
Judge = Callable[[object], Iterator[Verdict]]


def report_all(verdicts: Iterable[Verdict], report: ReportViolation, urn: str) -> None:
    """Report every finding, and then that the rule could not run where something was not known.

    Raises:
        UnknownValueError: something was not known.
    """
    found = [*verdicts]
    for verdict in found:
        if isinstance(verdict, str):
            report(verdict, urn)
    for verdict in found:
        if isinstance(verdict, Unjudged):
            cannot_judge(verdict.where)


def must_be(path: str, allowed: Sequence[object], why: str = "") -> Judge:
    """Require that every value at the path is one of these; with None among them it may be absent."""

    def judge(properties: object) -> Iterator[Verdict]:
        for where, value in at(properties, path):
            if value is UNKNOWN:
                yield Unjudged(where)
            elif value not in allowed:
                wanted = " or ".join(_shown(each) for each in allowed if each is not None) or "nothing"
                yield f"{where}: expected {wanted}, found {_shown(value)}{why and f': {why}'}"

    return judge


def at_least(path: str, least: int) -> Judge:
    """Require a number at the path, and none smaller than this."""

    def judge(properties: object) -> Iterator[Verdict]:
        where, value = at(properties, path)[0]
        if value is UNKNOWN:
            yield Unjudged(where)
        elif not isinstance(value, int | float) or value < least:
            yield f"{where}: expected {least} at least, found {_shown(value)}"

    return judge


def both(*judges: Judge) -> Judge:
    """Combine judges: yield the findings of all."""

    def judge(properties: object) -> Iterator[Verdict]:
        for each in judges:
            yield from each(properties)

    return judge


def _shown(value: object) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, float):
        return f"{value:g}"
    return str(value).lower() if isinstance(value, bool) else str(value)
