"""An index of places by grids of geohash cells: a query looks at the cells that its circle touches, and at no others.

A geohash (G. Niemeyer, 2008) halves the ranges of longitude and latitude in turn, longitude first; five bits make a
letter. At the equator cells of six letters are 1.2 by 0.6 km, of five 4.9 by 4.9, of four 39 by 19.5.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from .places import KM_PER_DEGREE, Place, distance_km

_LETTERS = "0123456789bcdefghjkmnpqrstuvwxyz"
MOST_KM = 50.0
"""The widest circle that a query may ask for."""
_GRIDS = ((1.0, 6), (5.0, 5), (MOST_KM, 4))
"""Up to which radius in kilometres a grid of that many letters is used: a circle touches some twenty cells of it."""
_POLE, _HALF_TURN = 90.0, 180.0


@dataclass(frozen=True)
class Nearby:
    """A place, and how far it is, in kilometres."""

    place: Place
    km: float


def geohash(lat: float, lng: float, precision: int) -> str:
    """Return the cell of a point as its letters.

    Raises:
        ValueError: the point is not on the globe.
    """
    if not (abs(lat) <= _POLE and abs(lng) <= _HALF_TURN):
        raise ValueError(f"expected latitude within 90 and longitude within 180 degrees, found {lat}, {lng}")
    bits_lng, bits_lat = _bits(precision)
    return _letters(_step(lng, _HALF_TURN, bits_lng), _step(lat, _POLE, bits_lat), precision)


def _bits(precision: int) -> tuple[int, int]:
    """Return how many bits longitude and latitude have: longitude comes first, so it has the odd one."""
    return (5 * precision + 1) // 2, 5 * precision // 2


def _step(degrees: float, half: float, bits: int) -> int:
    """Return the number of a cell along one axis; the last cell includes its upper edge."""
    return min(int((degrees + half) / (2 * half) * (1 << bits)), (1 << bits) - 1)


def _letters(column: int, row: int, precision: int) -> str:
    bits_lng, bits_lat = _bits(precision)
    mixed = 0
    for turn in range(5 * precision):
        axis, left = (column, bits_lng) if turn % 2 == 0 else (row, bits_lat)
        mixed = mixed << 1 | axis >> (left - 1 - turn // 2) & 1
    return "".join(_LETTERS[mixed >> 5 * place & 31] for place in reversed(range(precision)))


class PlaceIndex:
    """Places by cell."""

    def __init__(self, places: Iterable[Place]) -> None:
        self._cells: dict[str, list[Place]] = defaultdict(list)
        for place in places:
            for _, letters in _GRIDS:
                self._cells[geohash(place.lat, place.lng, letters)].append(place)

    def find_nearby(self, lat: float, lng: float, radius_km: float, category: str | None = None) -> list[Nearby]:
        """Return the places within the radius, nearest first, of one category where one is given.

        Raises:
            ValueError: the point is not on the globe, or the radius is not between 0 and `MOST_KM`.
        """
        if not 0 < radius_km <= MOST_KM:
            raise ValueError(f"radius_km: expected more than 0 and at most {MOST_KM:g}, found {radius_km:g}")
        letters = next(letters for most, letters in _GRIDS if radius_km <= most)
        geohash(lat, lng, letters)
        found = (
            Nearby(place, distance_km(lat, lng, place.lat, place.lng))
            for cell in cells_within(lat, lng, radius_km, letters)
            for place in self._cells.get(cell, ())
            if category is None or place.category == category
        )
        return sorted((near for near in found if near.km <= radius_km), key=lambda near: (near.km, near.place.id))


def cells_within(lat: float, lng: float, radius_km: float, precision: int) -> Iterator[str]:
    """Yield the cells of the box around a circle, across the date line too."""
    bits_lng, bits_lat = _bits(precision)
    columns = 1 << bits_lng
    # A hundredth more: the formula's sphere and a degree's length differ by a thousandth.
    north = 1.01 * radius_km / KM_PER_DEGREE
    south_row, north_row = (_step(max(-_POLE, min(_POLE, lat + sign * north)), _POLE, bits_lat) for sign in (-1, 1))
    east = _half_width(lat, north)
    first = math.floor((lng - east + _HALF_TURN) / (2 * _HALF_TURN) * columns)
    last = math.floor((lng + east + _HALF_TURN) / (2 * _HALF_TURN) * columns)
    for column in range(first, min(last, first + columns - 1) + 1):
        for row in range(south_row, north_row + 1):
            yield _letters(column % columns, row, precision)


def _half_width(lat: float, north: float) -> float:
    """Return the degrees of longitude from a circle's centre to its widest point; 180 where it reaches a pole."""
    if abs(lat) + north >= _POLE:
        return _HALF_TURN
    return math.degrees(math.asin(min(1.0, math.sin(math.radians(north)) / math.cos(math.radians(lat)))))
