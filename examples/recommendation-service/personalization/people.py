"""Generated visitors and items, the same from the same seed."""

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b

SEGMENTS = ("power", "active", "casual")
WIDTH = 16
"""Numbers of an embedding."""
Vector = tuple[float, ...]


@dataclass(frozen=True)
class Item:
    """Something to show; `embedding` has length 1, `quality` is 0 to 1."""

    id: str
    embedding: Vector
    quality: float


def items(count: int, seed: int = 0) -> list[Item]:
    """Return that many items."""
    chosen = random.Random(seed)
    return [Item(f"item-{number:05d}", _direction(chosen), chosen.random()) for number in range(count)]


def segment_of(user: str) -> str:
    """Return one of the document's segments of visitors."""
    return SEGMENTS[_number(user) % len(SEGMENTS)]


def embedding_of(user: str) -> Vector:
    """Return a visitor's embedding, of length 1."""
    return _direction(random.Random(_number(user)))


def dot(one: Sequence[float], other: Sequence[float]) -> float:
    """Return the dot product; of vectors of length 1 it is the cosine of their angle."""
    return sum(map(float.__mul__, one, other))


def _number(user: str) -> int:
    return int.from_bytes(blake2b(user.encode(), digest_size=8).digest())


def _direction(chosen: random.Random) -> Vector:
    drawn = [chosen.gauss(0, 1) for _ in range(WIDTH)]
    length = math.sqrt(dot(drawn, drawn)) or 1.0
    return tuple(value / length for value in drawn)
