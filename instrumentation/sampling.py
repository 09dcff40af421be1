"""Predict from a trace's id whether it will be kept, as the gateways' tail sampling decides."""

from fractions import Fraction

from opentelemetry.trace import SpanContext

from instrumentation.contract import Contract, SamplingRule

_BASIS = 0xCBF29CE484222325
_PRIME = 0x100000001B3
"""FNV-1a of 64 bits (draft-eastlake-fnv, section 5)."""
_BITS = 64
_MOST = 0xFFFFFFFFFFFFFFFF
_BYTES = 16
_HUNDRED = 100.0


def threshold(percent: float) -> int:
    """Return the highest hash of a trace that a share keeps.

    Source: the tail_sampling processor, internal/sampling/probabilistic.go: the share as a 64-bit float, times the
    highest hash, rounded to 64 bits of mantissa and cut.
    """
    if percent >= _HUNDRED:
        return _MOST
    exact = Fraction(percent / _HUNDRED) * _MOST
    # Go's big.Float rounds half to even, and its conversion to an integer cuts.
    below = 1 << (_BITS - int(exact).bit_length())
    return round(exact * below) // below


def salted(salt: str) -> int:
    """Return the hash's state after the salt, where the hash of each trace id continues."""
    return _fnv(_BASIS, salt.encode())


def _fnv(state: int, data: bytes) -> int:
    for byte in data:
        state = ((state ^ byte) * _PRIME) & _MOST
    return state


def kept(trace_id: int, percent: float, salt: str) -> bool:
    """Return whether a share keeps a trace, as the tail_sampling processor's probabilistic policy does.

    Args:
        trace_id: 128 bits.
        percent: the share, 0 to 100.
        salt: the policy's `hash_salt`.
    """
    return _fnv(salted(salt), trace_id.to_bytes(_BYTES)) <= threshold(percent)


class Share:
    """One share with its salt, with its answers cached."""

    def __init__(self, percent: float, salt: str) -> None:
        self.percent = percent
        self._state = salted(salt)
        self._threshold = threshold(percent)
        # A request asks for the same trace again and again.
        self._last = (-1, False)

    def keeps(self, trace_id: int) -> bool:
        """Return whether the share keeps a trace of that id (128 bits)."""
        if self.percent >= _HUNDRED:
            return True
        last, found = self._last
        if last != trace_id:
            found = _fnv(self._state, trace_id.to_bytes(_BYTES)) <= self._threshold
            self._last = (trace_id, found)
        return found


class Keeping:
    """Predicts whether a trace will be kept: the gateways decide, by the same rules and the same hash.

    A trace counts as kept where this process already knows: by the share of its id, by a failed span, by a value
    that shows that it lasted longer than a rule's limit, or since a rule keeps all traces with this service or span.
    """

    def __init__(self, contract: Contract, service: str) -> None:
        always = [rule for rule in contract.sampling if rule.keep >= _HUNDRED]
        self._errors = any(rule.when.get("error") for rule in always)
        limits = [float(rule.when["longer_than"]) for rule in always if _only(rule, "longer_than")]
        self._limit = min(limits, default=float("inf"))
        self._always = any(service in rule.when.get("services", ()) for rule in always)
        self._spans = frozenset(name for rule in always for name in rule.when.get("spans", ()))
        self._share = Share(_share(contract, service), contract.salt)

    def keeps(self, context: SpanContext, *, name: str, failed: bool, seconds: float) -> bool:
        """Return whether a trace will be kept.

        Args:
            context: of the span at hand.
            name: of the span at hand.
            failed: whether that span failed.
            seconds: how long something in the trace took at least.
        """
        if not context.is_valid or not context.trace_flags.sampled:
            return False
        sure = self._always or (failed and self._errors) or seconds > self._limit or name in self._spans
        return sure or self._share.keeps(context.trace_id)


def _only(rule: SamplingRule, condition: str) -> bool:
    return set(rule.when) == {condition}


def _share(contract: Contract, service: str) -> float:
    """Return the smallest share that applies to every trace: of the service alone, or the normal one.

    Rules with less keep a part of it. Where the head decides, all that is recorded is kept.
    """
    if not by_tail(contract):
        return _HUNDRED
    rules = [rule for rule in contract.sampling if not rule.when or _only(rule, "only_services")]
    shares = [rule.keep for rule in rules if not rule.when or service in rule.when["only_services"]]
    return min(shares, default=0.0)


def by_tail(contract: Contract) -> bool:
    """Return whether gateways decide; else X-Ray does, when a trace begins."""
    return any(rule.decided == "tail" for rule in contract.sampling)


def head_percent(contract: Contract, service: str) -> float:
    """Return the percentage of the traces begun here that is recorded at all.

    All of them, where a rule of the tail may keep one: what is dropped at the head is lost to errors and slow requests
    too, since nobody knows of them when a trace begins. Only where the head decides (X-Ray), its rules' share.
    """
    if by_tail(contract):
        return _HUNDRED
    known = [rule for rule in contract.sampling if not {"error", "longer_than", "spans"} & set(rule.when)]
    named = [rule.keep for rule in known if service in rule.when.get("services", ())]
    return max(named, default=max((rule.keep for rule in known if not rule.when), default=_HUNDRED))
