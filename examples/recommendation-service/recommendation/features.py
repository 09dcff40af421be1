"""The feature store: features of places and people, behind an interface, with an implementation in process."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from typing import Protocol

from .geo import Nearby

NAMES = ("rating", "popularity", "price", "nearness", "taste")
"""What a vector holds, in this order; the model's file names them too."""
FEATURE_TYPES = ("place", "user")
Vector = tuple[float, ...]


class FeatureStore(Protocol):
    """The interface that the pipeline needs of a feature store."""

    async def features(self, user: str, places: Sequence[Nearby], radius_km: float) -> list[Vector]:
        """Return a vector for each place, in `NAMES`' order."""

    def ages(self) -> Mapping[str, float]:
        """Return the seconds since each type of features was updated."""

    async def ping(self) -> None:
        """Raise an exception where the store does not answer."""


class MemoryFeatureStore:
    """Features in process, after a pause as long as a network's.

    `latency` is in seconds: 2 ms is a store in the same zone.
    """

    def __init__(self, latency: float = 0.002) -> None:
        self._latency = latency
        self._loaded = dict.fromkeys(FEATURE_TYPES, time.monotonic())

    async def features(self, user: str, places: Sequence[Nearby], radius_km: float) -> list[Vector]:
        """Return a vector for each place; all values are between 0 and 1."""
        await asyncio.sleep(self._latency)
        self._loaded["user"] = time.monotonic()
        return [vector(near, radius_km, taste(user, near.place.category)) for near in places]

    def ages(self) -> Mapping[str, float]:
        """Return the seconds since each type was loaded: places once, people with each request."""
        now = time.monotonic()
        return {name: now - loaded for name, loaded in self._loaded.items()}

    async def ping(self) -> None:
        """Answer as late as a lookup does."""
        await asyncio.sleep(self._latency)


def vector(near: Nearby, radius_km: float, liked: float) -> Vector:
    """Return a place's features in `NAMES`' order, each between 0 and 1."""
    place = near.place
    return ((place.rating - 1) / 4, place.popularity, (place.price - 1) / 3, 1 - near.km / radius_km, liked)


def taste(user: str, category: str) -> float:
    """Return how much a person likes a category, 0 to 1: hashed from the two names, since there is no history."""
    return sum(f"{user}/{category}".encode()) % 101 / 100
