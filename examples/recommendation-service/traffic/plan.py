"""The order of requests: a mix of kinds, shuffled by a seed."""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from .kinds import Kind


class PlanError(Exception):
    """The mix names a kind that there is not, or leaves nothing to send."""


@dataclass(frozen=True)
class Step:
    """One request: its kind, and the number that its content is made of."""

    kind: Kind
    number: int


def mix(text: str, kinds: Sequence[Kind]) -> dict[str, float]:
    """Read a mix such as `normal=90,slow=10`: parts of each kind.

    Raises:
        PlanError: a kind that there is not, or parts that are no number above 0.
    """
    known = {kind.name for kind in kinds}
    found: dict[str, float] = {}
    for part in text.split(","):
        name, _, amount = part.strip().partition("=")
        if name not in known:
            raise PlanError(f"mix: expected one of {', '.join(sorted(known))}, found {name!r}")
        try:
            found[name] = float(amount)
        except ValueError:
            found[name] = -1
        if not 0 < found[name] < float("inf"):
            raise PlanError(f"mix: {name}: expected a number above 0, found {amount!r}")
    return found


def plan(kinds: Sequence[Kind], parts: Mapping[str, float], count: int, seed: int = 0) -> list[Step]:
    """Return that many requests in the mix's proportions, in a shuffled order that the seed decides.

    Parts are rounded by the largest remainder, so that the counts add up.
    """
    whole = sum(parts.values())
    exact = {name: count * part / whole for name, part in parts.items()}
    counts = {name: int(share) for name, share in exact.items()}
    for name in sorted(exact, key=lambda name: counts[name] - exact[name])[: count - sum(counts.values())]:
        counts[name] += 1
    steps = [Step(kind, number) for kind in kinds for number in range(counts.get(kind.name, 0))]
    random.Random(seed).shuffle(steps)
    return steps


def warming(steps: Sequence[Step], kinds: Sequence[Kind]) -> Iterator[Step]:
    """Yield the requests that warm the cache: one for each content that must be in it."""
    by_name = {kind.name: kind for kind in kinds}
    seen: set[str] = set()
    for step in steps:
        content = repr(step.kind.content(step.number))
        if step.kind.warm and content not in seen:
            seen.add(content)
            sender = by_name[step.kind.warm]
            yield Step(Kind("warming", sender.path, step.kind.content, sender.spans, sender.headers), step.number)
