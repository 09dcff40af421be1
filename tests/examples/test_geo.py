"""The index of places: cells as others compute them, and nothing found or missed by the grid."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from recommendation.geo import MOST_KM, PlaceIndex, cells_within, geohash
from recommendation.places import REGIONS, Place, distance_km, generate, region_of


@pytest.mark.parametrize(
    ("lat", "lng", "cell"),
    # Wikipedia's example, and the well-known cell of Jutland; then the corners of the globe.
    [(42.605, -5.603, "ezs42"), (57.64911, 10.40744, "u4pruydqqvj"), (-90, -180, "0000"), (90, 180, "zzzz")],
)
def test_cells_are_those_of_the_published_examples(lat: float, lng: float, cell: str) -> None:
    assert geohash(lat, lng, len(cell)) == cell


@pytest.mark.parametrize(("lat", "lng"), [(90.1, 0), (0, -180.1), (float("nan"), 0)])
def test_a_point_off_the_globe_is_refused(lat: float, lng: float) -> None:
    with pytest.raises(ValueError, match="expected latitude"):
        geohash(lat, lng, 6)


@pytest.mark.parametrize("radius", [0, -1, MOST_KM + 0.1, float("nan")])
def test_a_radius_without_sense_is_refused(radius: float) -> None:
    with pytest.raises(ValueError, match="radius_km: expected"):
        PlaceIndex([]).find_nearby(0, 0, radius)


def test_distance_is_that_of_a_known_pair() -> None:
    sf, ny, _ = REGIONS
    assert distance_km(sf.lat, sf.lng, ny.lat, ny.lng) == pytest.approx(4129, abs=5)


@given(
    lat=st.floats(-90, 90),
    lng=st.floats(-180, 180),
    radius=st.floats(0.1, MOST_KM),
    shifts=st.lists(st.tuples(st.floats(-0.6, 0.6), st.floats(-1.2, 1.2)), max_size=20),
)
def test_the_grid_finds_what_looking_at_every_place_finds(
    lat: float, lng: float, radius: float, shifts: list[tuple[float, float]]
) -> None:
    places = [_at(number, lat + north, lng + east) for number, (north, east) in enumerate(shifts)]
    expected = {p.id for p in places if distance_km(lat, lng, p.lat, p.lng) <= radius}
    found = PlaceIndex(places).find_nearby(lat, lng, radius)
    assert {near.place.id for near in found} == expected
    assert [near.km for near in found] == sorted(near.km for near in found)


@pytest.mark.parametrize("lng", [179.99, -179.99])
def test_a_circle_reaches_over_the_date_line(lng: float) -> None:
    places = [_at(number, 10.0, lng + shift / 100) for number, shift in enumerate((-3, 0, 3))]
    assert {near.place.id for near in PlaceIndex(places).find_nearby(10.0, lng, 5)} == {"0", "1", "2"}


@pytest.mark.parametrize("pole", [89.9, -89.9])
def test_a_circle_around_a_pole_reaches_all_around(pole: float) -> None:
    places = [_at(number, pole, lng) for number, lng in enumerate((-170.0, -80.0, 10.0, 100.0))]
    assert len(PlaceIndex(places).find_nearby(pole, 10.0, 40)) == 4


def test_only_the_category_asked_for() -> None:
    sf = REGIONS[0]
    found = PlaceIndex(generate(600)).find_nearby(sf.lat, sf.lng, 10, "museum")
    assert found
    assert {near.place.category for near in found} == {"museum"}


@pytest.mark.parametrize(("radius", "letters"), [(1.0, 6), (5.0, 5), (MOST_KM, 4)])
def test_a_circle_touches_few_cells(radius: float, letters: int) -> None:
    assert all(len([*cells_within(region.lat, region.lng, radius, letters)]) <= 40 for region in REGIONS)


def test_places_are_the_same_each_time_and_lie_in_their_regions() -> None:
    assert generate(300) == generate(300)
    assert generate(300) != generate(300, seed=4)
    assert {region_of(place.lat, place.lng) for place in generate(300)} == {region.name for region in REGIONS}


def test_far_from_every_region_is_other() -> None:
    assert region_of(0, 0) == "other"


def _at(number: int, lat: float, lng: float) -> Place:
    wrapped = (lng + 180) % 360 - 180
    return Place(str(number), "cafe", max(-90.0, min(90.0, lat)), wrapped, 3.0, 0.5, 2)
