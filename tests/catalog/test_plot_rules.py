"""A field drawn as GeoJSON: its size on the ellipsoid, and what is none."""

import math
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.guarantee.rules.geodesy import distance_km, ring_area
from catalog.guarantee.rules.plots import MOST_VERTICES, Without, blurred, clean_since, shape
from kit.errors import Invalid
from tests.catalog.peers import FIELD

NEAR = (-100.39, 20.59)
type Ring = list[list[float]]


def square(lon: float, lat: float, side: float = 0.01) -> Ring:
    return [[lon, lat], [lon + side, lat], [lon + side, lat + side], [lon, lat + side], [lon, lat]]


def polygon(*rings: Any) -> dict[str, Any]:
    return {"type": "Polygon", "coordinates": list(rings)}


def hectares(geometry: dict[str, Any]) -> Decimal:
    size = shape(geometry, near=NEAR, said=None).hectares
    assert size is not None
    return size


@pytest.mark.parametrize(
    ("ring", "metres"),
    [
        # By GeographicLib's polygon of geodesics (pyproj 3.7, Geod(ellps="WGS84").polygon_area_perimeter).
        (square(-100, 0), 1230907.204993883),
        (square(-100, 20.6), 1154077.5280189514),
        (square(-100, 42.6), 911578.7941951752),
        (square(-100, -0.3), 1230891.3312005773),
        (FIELD, 168910.43789808452),
    ],
)
def test_areas_are_those_on_the_ellipsoid_within_a_hundred_thousandth(ring: Ring, metres: float) -> None:
    points = [(lon, lat) for lon, lat in ring]
    assert math.isclose(ring_area(points), metres, rel_tol=1e-5)
    assert math.isclose(ring_area(points[::-1]), metres, rel_tol=1e-5)


@given(st.floats(-179, 178), st.floats(-85, 85), st.floats(0.0005, 0.05))
def test_a_field_is_as_large_as_its_halves_and_no_larger_where_it_is_moved_east(
    lon: float, lat: float, side: float
) -> None:
    whole = ring_area([(x, y) for x, y in square(lon, lat, side)])
    lower = ring_area([(lon, lat), (lon + side, lat), (lon + side, lat + side), (lon, lat)])
    upper = ring_area([(lon, lat), (lon + side, lat + side), (lon, lat + side), (lon, lat)])
    assert math.isclose(lower + upper, whole, rel_tol=1e-6)
    assert math.isclose(ring_area([(x / 2, y) for x, y in square(lon, lat, side)]), whole / 2, rel_tol=1e-6)


def test_what_is_cut_out_of_a_field_is_not_part_of_it_and_several_fields_add_up() -> None:
    hole = square(-100.388, 20.593, 0.001)[::-1]
    field, cut = hectares(polygon(square(-100.39, 20.59))), hectares(polygon(square(-100.39, 20.59), hole))
    assert cut == pytest.approx(field - hectares(polygon(hole)))
    both = {"type": "MultiPolygon", "coordinates": [[square(-100.39, 20.59)], [square(-100.37, 20.59)]]}
    assert hectares(both) == pytest.approx(2 * field)


def test_heights_are_left_out_and_a_point_has_the_size_that_was_said() -> None:
    with_height = [[*position, 1820.5] for position in FIELD]
    assert shape(polygon(with_height), near=NEAR, said=None).geometry == polygon(FIELD)
    spot = shape({"type": "Point", "coordinates": [-100.39, 20.59]}, near=NEAR, said=Decimal("0.5"))
    assert (spot.hectares, spot.centre) == (Decimal("0.5"), (-100.39, 20.59))


BOW = [[-100.39, 20.59], [-100.38, 20.60], [-100.38, 20.59], [-100.39, 20.60], [-100.39, 20.59]]
CIRCLE = [
    [-100.39 + 0.01 * math.cos(2 * math.pi * step / 600), 20.59 + 0.01 * math.sin(2 * math.pi * step / 600)]
    for step in range(600)
]
SPIKE = [[-100.39, 20.59], [-100.38, 20.59], [-100.37, 20.59], [-100.38, 20.59], [-100.38, 20.60], [-100.39, 20.59]]
COMB = [[-100.4 + (step % 2) * 0.02, 20.59 + step * 0.0001] for step in range(400)]
C = "/geometry/coordinates"


@pytest.mark.parametrize(
    ("geometry", "code", "field"),
    [
        ({"type": "LineString", "coordinates": FIELD}, "geometry_type", "/geometry/type"),
        ({"coordinates": FIELD}, "geometry_type", "/geometry/type"),
        ({**polygon(FIELD), "crs": "EPSG:4326"}, "extra_forbidden", "/geometry/crs"),
        ({"type": "Polygon"}, "not_a_list", C),
        (polygon(), "geometry_empty", C),
        ({"type": "MultiPolygon", "coordinates": []}, "geometry_empty", C),
        (polygon("here"), "not_a_list", f"{C}/0"),
        (polygon([*FIELD[:2], "x", *FIELD[3:]]), "not_a_list", f"{C}/0/2"),
        (polygon([*FIELD[:2], [1], *FIELD[3:]]), "position", f"{C}/0/2"),
        (polygon([*FIELD[:2], [True, 20.6], *FIELD[3:]]), "position", f"{C}/0/2/0"),
        (polygon([*FIELD[:2], [-100.3, float("nan")], *FIELD[3:]]), "position", f"{C}/0/2/1"),
        (polygon([*FIELD[:2], [-100.3, 10**400], *FIELD[3:]]), "position", f"{C}/0/2/1"),
        (polygon([*FIELD[:2], [-100.3, "20.59"], *FIELD[3:]]), "position", f"{C}/0/2/1"),
        (polygon([*FIELD[:2], [-190.0, 20.6], *FIELD[3:]]), "outside_the_world", f"{C}/0/2/0"),
        (polygon([*FIELD[:2], [-100.3, 1e9], *FIELD[3:]]), "outside_the_world", f"{C}/0/2/1"),
        (polygon([[lat, lon] for lon, lat in FIELD]), "coordinates_swapped", f"{C}/0/0"),
        ({"type": "Point", "coordinates": [20.59, -100.39]}, "coordinates_swapped", C),
        (polygon(FIELD[:-1]), "ring_open", f"{C}/0"),
        (polygon([FIELD[0], FIELD[1], FIELD[0]]), "ring_short", f"{C}/0"),
        (polygon(BOW), "crosses_itself", f"{C}/0/2"),
        (polygon(SPIKE), "crosses_itself", f"{C}/0/2"),
        (polygon([FIELD[0], FIELD[0], *FIELD[1:]]), "corner_twice", f"{C}/0/0"),
        (polygon(FIELD, square(-100.3, 20.59, 0.001)), "hole_outside", f"{C}/1"),
        (polygon([*COMB, COMB[0]]), "crosses_itself", None),
        (polygon([*CIRCLE, CIRCLE[0]]), "too_many_vertices", f"{C}/0"),
        (
            {"type": "MultiPolygon", "coordinates": [[[*CIRCLE[::2], CIRCLE[0]]]] * 2},
            "too_many_vertices",
            C,
        ),
        (
            {"type": "MultiPolygon", "coordinates": [[square(-100.39, 20.59)], [square(-100.385, 20.595)]]},
            "crosses_itself",
            f"{C}/1/0/3",
        ),
        (polygon(square(-100.9, 20.1, 0.2)), "plot_size", "/geometry"),
        (polygon([[-100, 20], [-100.0000001, 20], [-100, 20.0000001], [-100, 20]]), "plot_size", "/geometry"),
        ([[]], "geometry_type", "/geometry/type"),
    ],
)
def test_what_is_no_field_is_refused_with_the_place_in_the_drawing(geometry: Any, code: str, field: str | None) -> None:
    given = geometry if isinstance(geometry, dict) else {"coordinates": geometry}
    with pytest.raises(Invalid) as refused:
        shape(given, near=NEAR, said=None)
    assert refused.value.code == code
    if field is not None:
        assert refused.value.field == field


def test_swapped_coordinates_are_noticed_by_the_networks_place_where_the_world_allows_them() -> None:
    quito = (-78.5, -0.2)
    swapped = polygon([[lat, lon] for lon, lat in square(-78.6, -0.9)])
    with pytest.raises(Invalid) as refused:
        shape(swapped, near=quito, said=None)
    assert refused.value.code == "coordinates_swapped"
    assert shape(swapped, near=None, said=None).hectares is not None
    assert shape(polygon(square(-78.6, -0.9)), near=quito, said=None).hectares is not None


@given(st.integers(3, MOST_VERTICES), st.floats(0.0005, 0.02))
def test_every_round_field_is_taken_however_many_corners_it_has(corners: int, radius: float) -> None:
    ring = [
        [
            -100.39 + radius * math.cos(2 * math.pi * step / corners),
            20.59 + radius * math.sin(2 * math.pi * step / corners),
        ]
        for step in range(corners)
    ]
    assert hectares(polygon([*ring, ring[0]])) > 0


@given(st.floats(-100.5, -100.3), st.floats(20.5, 20.7))
def test_the_public_place_is_within_a_kilometre_and_says_no_more_than_that(lon: float, lat: float) -> None:
    place = blurred((lon, lat))
    assert distance_km(place, (lon, lat)) < 0.8
    assert blurred(place) == place


def test_land_is_clean_since_the_last_of_what_was_given_up() -> None:
    assert clean_since(()) is None
    assert clean_since([Without("Herbicidas", date(2021, 3, 1)), Without("Urea", date(2023, 6, 1))]) == date(2023, 6, 1)
