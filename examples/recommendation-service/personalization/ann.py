"""A small index of nearest neighbours: random hyperplanes hash vectors into buckets, and a search probes near ones.

Source: M. Charikar, Similarity Estimation Techniques from Rounding Algorithms, STOC 2002: two vectors are on the same
side of a random plane with the probability 1 - angle / pi.
"""

import random
from collections import defaultdict
from collections.abc import Iterable

from .people import WIDTH, Item, Vector, dot

PLANES = 5
NAME = f"hyperplanes-{PLANES}"


class Index:
    """Items by the sides of the planes that they are on."""

    def __init__(self, items: Iterable[Item], seed: int = 1) -> None:
        chosen = random.Random(seed)
        self._planes = [tuple(chosen.gauss(0, 1) for _ in range(WIDTH)) for _ in range(PLANES)]
        self._buckets: dict[int, list[Item]] = defaultdict(list)
        for item in items:
            self._buckets[self._bucket(item.embedding)].append(item)

    def search(self, wanted: Vector, top: int) -> list[tuple[Item, float]]:
        """Return the items nearest by cosine, nearest first, out of the buckets on at most one other side."""
        own = self._bucket(wanted)
        near = [own, *(own ^ 1 << plane for plane in range(PLANES))]
        found = [(item, dot(item.embedding, wanted)) for bucket in near for item in self._buckets.get(bucket, ())]
        return sorted(found, key=lambda pair: (-pair[1], pair[0].id))[:top]

    def _bucket(self, vector: Vector) -> int:
        return sum((dot(plane, vector) > 0) << place for place, plane in enumerate(self._planes))
