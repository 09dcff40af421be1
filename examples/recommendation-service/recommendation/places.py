"""Places to recommend: generated, the same from the same seed, around the centres of a few regions."""

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

Category = Literal["restaurant", "cafe", "museum", "park", "bar"]
CATEGORIES: tuple[Category, ...] = get_args(Category)
KM_PER_DEGREE = 111.32
"""Kilometres of one degree of latitude (of longitude at the equator): 40,075 km / 360."""
_SPREAD_KM = 4.0
"""Standard deviation of a place's distance from its region's centre."""


@dataclass(frozen=True)
class Region:
    """A city: its name is what metrics and logs say of a request's place, since the place itself is personal data."""

    name: str
    lat: float
    lng: float


REGIONS = (
    Region("san_francisco", 37.7749, -122.4194),
    Region("new_york", 40.7128, -74.0060),
    Region("frankfurt", 50.1109, 8.6821),
)


@dataclass(frozen=True)
class Place:
    """What can be recommended.

    Attributes:
        lat: degrees north, -90 to 90.
        lng: degrees east, -180 to 180.
        rating: 1 to 5.
        popularity: 0 to 1.
        price: 1 to 4.
    """

    id: str
    category: str
    lat: float
    lng: float
    rating: float
    popularity: float
    price: int


def generate(count: int, seed: int = 3, regions: Sequence[Region] = REGIONS) -> list[Place]:
    """Return that many places, the same for the same seed."""
    chosen = random.Random(seed)
    return [_place(number, regions[number % len(regions)], chosen) for number in range(count)]


def _place(number: int, region: Region, chosen: random.Random) -> Place:
    north, east = chosen.gauss(0, _SPREAD_KM), chosen.gauss(0, _SPREAD_KM)
    return Place(
        id=f"place-{number:05d}",
        category=CATEGORIES[number % len(CATEGORIES)],
        lat=region.lat + north / KM_PER_DEGREE,
        lng=region.lng + east / (KM_PER_DEGREE * math.cos(math.radians(region.lat))),
        rating=round(chosen.uniform(1, 5), 1),
        popularity=round(chosen.random() ** 2, 3),
        price=chosen.randint(1, 4),
    )


def region_of(lat: float, lng: float, regions: Sequence[Region] = REGIONS, within_km: float = 100.0) -> str:
    """Return the name of the nearest region, or `other` where none is within that many kilometres."""
    near = min(regions, key=lambda region: distance_km(lat, lng, region.lat, region.lng))
    return near.name if distance_km(lat, lng, near.lat, near.lng) <= within_km else "other"


def distance_km(lat: float, lng: float, other_lat: float, other_lng: float) -> float:
    """Return the distance on the sphere of 6,371 km, by the haversine formula; arguments are degrees."""
    north, east = math.radians(other_lat - lat), math.radians(other_lng - lng)
    half = math.sin(north / 2) ** 2
    half += math.cos(math.radians(lat)) * math.cos(math.radians(other_lat)) * math.sin(east / 2) ** 2
    return 2 * 6371.0 * math.asin(min(1.0, math.sqrt(half)))
