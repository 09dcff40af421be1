"""The sampling rules as one table, which every target is compiled from, and the share that a trace gets.

What a process drops when a trace begins (the head), nobody can keep when it is complete (the tail). So where a tail
decides, services export every span, and the share is taken by the gateways, by a hash of the trace id.
"""

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from compiler.catalog.catalog import Watched
from compiler.conventions import TRACE_SALT
from compiler.model.traces import SamplingRule, When

ALL = 100
"""A share of everything, in percent."""

_FNV_OFFSET, _FNV_PRIME, _WORD = 0xCBF29CE484222325, 0x100000001B3, 0xFFFFFFFFFFFFFFFF


@dataclass(frozen=True)
class Facts:
    """The facts of a complete trace.

    Attributes:
        services: what sent its spans, by `service.name`.
        spans: their names.
        error: whether one of them failed.
        milliseconds: from the first beginning to the last end.
    """

    services: frozenset[str]
    spans: frozenset[str] = frozenset()
    error: bool = False
    milliseconds: float = 0


@dataclass(frozen=True)
class Decision:
    """A row of the table: a rule of a workload, and what becomes of it where it is decided.

    Attributes:
        workload: whose traces.
        rule: as the catalog has it.
        holds_for: the rule's condition in words.
        by: who decides: the gateways or X-Ray.
        held: whether the one who decides can distinguish these traces from others.
        lost: what is not kept although the rule asks for it, or what the rule costs.
    """

    workload: str
    rule: SamplingRule
    holds_for: str
    by: Literal["gateways", "X-Ray"]
    held: bool
    lost: str


def holds(when: When, facts: Facts) -> bool:
    """Return whether a condition is true of a trace; an empty condition is true of every trace.

    Durations are compared as the collector's tail sampling does (v0.155.0, internal/sampling/latency.go): whole
    milliseconds, and the limit itself is over it.
    """
    return (
        (when.error is None or facts.error)
        and (when.milliseconds is None or int(facts.milliseconds) >= when.milliseconds)
        and (not when.services or bool(facts.services & set(when.services)))
        and (not when.only_services or facts.services <= set(when.only_services))
        and (not when.spans or bool(facts.spans & set(when.spans)))
    )


def decide(rules: tuple[SamplingRule, ...], facts: Facts) -> float:
    """Return the percentage of such traces that is asked for; every target is tested against it.

    Of the rules whose conditions are true the largest share counts; the rule without a condition only where none is.
    """
    shares = [rule.keep for rule in rules if not rule.when.always and holds(rule.when, facts)]
    return max(shares or [rule.keep for rule in rules if rule.when.always], default=0)


def known_at_the_head(when: When) -> bool:
    """Return whether the process that begins a trace can evaluate the condition: by its own name, or an empty one."""
    return when.always or when == When(services=when.services)


def kept(trace_id: str, percent: float, salt: str = TRACE_SALT) -> bool:
    """Return whether a share keeps a trace, as the gateways decide it.

    Args:
        trace_id: 32 hexadecimal digits.
        percent: the share.
        salt: what is hashed before the id.

    The hash is FNV-1a of 64 bits over salt and id, and is compared with that part of the largest number of 64 bits
    (collector v0.155.0, tailsamplingprocessor, internal/sampling/probabilistic.go). So what 0.1 % keeps, 1 % keeps too.
    """
    value = _FNV_OFFSET
    for byte in salt.encode() + bytes.fromhex(trace_id):
        value = ((value ^ byte) * _FNV_PRIME) & _WORD
    return value <= int(Fraction(_WORD) * Fraction(percent / ALL))


def decisions(watched: Watched) -> tuple[Decision, ...]:
    """Return a workload's rows, in the order of its rules."""
    return tuple(_decision(watched, rule) for rule in watched.traces.sampling)


def _decision(watched: Watched, rule: SamplingRule) -> Decision:
    words, normal = in_words(rule.when), _normal(watched)
    if watched.traces.xray is None:
        return Decision(watched.name, rule, words, "gateways", held=True, lost=_lost_at_the_tail(rule))
    if known_at_the_head(rule.when):
        return Decision(watched.name, rule, words, "X-Ray", held=True, lost=_lost_at_the_head(rule))
    lost = f"those that the share of {normal:g} % does not hold by chance: {ALL - normal:g} of 100"
    return Decision(watched.name, rule, words, "X-Ray", held=False, lost=lost)


def _normal(watched: Watched) -> float:
    return next((rule.keep for rule in watched.traces.sampling if rule.when.always), 0)


def in_words(when: When) -> str:
    """Return a condition in words."""
    parts = [
        "a span failed" if when.error else "",
        f"it took {when.longer_than} or longer" if when.longer_than else "",
        f"a span is of {_listed(when.services)}" if when.services else "",
        f"all spans are of {_listed(when.only_services)}" if when.only_services else "",
        f"a span is named {_listed(when.spans)}" if when.spans else "",
    ]
    return ", and ".join(part for part in parts if part) or "no other rule holds"


def _listed(names: tuple[str, ...]) -> str:
    return " or ".join(names)


def _lost_at_the_tail(rule: SamplingRule) -> str:
    if rule.keep >= ALL:
        return "nothing in steady state"
    return f"{ALL - rule.keep:g} of 100 such traces, each as a whole"


def _lost_at_the_head(rule: SamplingRule) -> str:
    return "nothing" if rule.keep >= ALL else f"{ALL - rule.keep:g} of 100 such traces, failed and slow ones too"
