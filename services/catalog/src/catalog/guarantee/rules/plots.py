"""What a plot may be: a GeoJSON geometry (RFC 7946) of a field that a family works."""

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from catalog.guarantee.rules.geodesy import Position, cross, distance_km, ring_area, within
from kit.errors import DomainError, Invalid

MOST_VERTICES = 500
MOST_HECTARES = Decimal(10_000)
LEAST_HECTARES = Decimal("0.0001")
#: Kilometres from the network within which its producers are. Further away, and near with the coordinates swapped:
#: they were swapped.
REACH_KM = 500.0
#: Where a published plot is, the public knows to the hundredth of a degree, about a kilometre.
BLUR_DIGITS = 2


@dataclass(frozen=True)
class Shape:
    """A geometry that was checked, with two coordinates a position."""

    geometry: dict[str, Any]
    #: None for a point, whose size somebody has to say.
    hectares: Decimal | None
    centre: Position


@dataclass(frozen=True)
class Without:
    """Something that is not used on a plot, and since when."""

    what: str
    since: date


@dataclass(frozen=True)
class Plot:
    id: UUID
    member_id: UUID
    name: str
    geometry: dict[str, Any]
    hectares: Decimal | None
    centre: Position
    crops: tuple[str, ...]
    without: tuple[Without, ...]
    published: bool
    retired: bool

    @property
    def clean_since(self) -> date | None:
        return clean_since(self.without)


def clean_since(without: Sequence[Without]) -> date | None:
    """Since when nothing of what was named has been used: conversion is counted from then."""
    return max((one.since for one in without), default=None)


def blurred(centre: Position) -> Position:
    """Where a plot is, on purpose not exactly: the corner of the network's grid next to it, always the same, so that
    asking again teaches nothing."""
    return round(centre[0], BLUR_DIGITS), round(centre[1], BLUR_DIGITS)


def shape(geometry: Mapping[str, Any], *, near: Position | None, said: Decimal | None, at: str = "/geometry") -> Shape:
    """The geometry's size and place. ``near`` is the network's own (lon, lat); ``said`` the hectares of a point.

    Raises Invalid with the JSON pointer of what is wrong: not a Polygon, MultiPolygon or Point; a ring that is open,
    has too few corners, or crosses itself or another; a hole outside; coordinates outside of the world or swapped; too
    many corners; too large, or of no size.
    """
    kind = geometry.get("type")
    extra = set(geometry) - {"type", "coordinates", "bbox"}
    if extra:
        raise Invalid("extra_forbidden", "There is no such field", field=f"{at}/{min(extra)[:40]}")
    coordinates, place = geometry.get("coordinates"), f"{at}/coordinates"
    if kind == "Point":
        centre = _position(coordinates, place)
        _check_swapped(centre, near, place)
        return Shape({"type": kind, "coordinates": list(centre)}, said, centre)
    if kind not in {"Polygon", "MultiPolygon"}:
        raise Invalid("geometry_type", "One of Point, Polygon or MultiPolygon", field=f"{at}/type")
    if kind == "Polygon":
        polygons = [_polygon(coordinates, place)]
    else:
        polygons = [_polygon(one, f"{place}/{number}") for number, one in enumerate(_list(coordinates, place))]
    if not polygons:
        raise Invalid("geometry_empty", "A MultiPolygon has at least one polygon", field=place)
    if sum(len(ring) - 1 for polygon in polygons for ring in polygon) > MOST_VERTICES:
        raise Invalid("too_many_vertices", "At most {most} corners", field=place, most=MOST_VERTICES)
    centre = _centre(polygons[0][0])
    _check_swapped(centre, near, place)
    _check_simple(polygons, place, single=kind == "Polygon")
    hectares = sum((_hectares(polygon) for polygon in polygons), Decimal(0))
    if not LEAST_HECTARES <= hectares <= MOST_HECTARES:
        raise Invalid(
            "plot_size",
            "A plot has more than nothing and at most {most} hectares; this one has {hectares}",
            field=at,
            most=MOST_HECTARES,
            hectares=hectares,
        )
    if said is not None:
        raise Invalid("hectares_follow", "The size follows from the outline; leave this out", field="/hectares")
    listed: list[Any] = [[[list(position) for position in ring] for ring in polygon] for polygon in polygons]
    return Shape({"type": kind, "coordinates": listed[0] if kind == "Polygon" else listed}, hectares, centre)


def _list(value: Any, at: str) -> list[Any]:
    if not isinstance(value, list):
        raise Invalid("not_a_list", "Must be a list of coordinates, as GeoJSON writes them (RFC 7946)", field=at)
    if len(value) > MOST_VERTICES + 1:
        raise Invalid("too_many_vertices", "At most {most} corners", field=at, most=MOST_VERTICES)
    return value


def _position(value: Any, at: str) -> Position:
    numbers = _list(value, at)
    if not 2 <= len(numbers) <= 3:
        raise Invalid("position", "A position is longitude, latitude, both in degrees", field=at)
    for place, number in enumerate(numbers):
        if isinstance(number, bool) or not isinstance(number, int | float) or not _finite(number):
            raise Invalid("position", "A position is longitude, latitude, both in degrees", field=f"{at}/{place}")
    lon, lat = float(numbers[0]), float(numbers[1])
    if abs(lat) > 90 and abs(lat) <= 180 and abs(lon) <= 90:
        raise swapped(at)
    if abs(lon) > 180:
        raise Invalid("outside_the_world", "Longitude is from -180 to 180", field=f"{at}/0")
    if abs(lat) > 90:
        raise Invalid("outside_the_world", "Latitude is from -90 to 90", field=f"{at}/1")
    return lon, lat


def _finite(number: float) -> bool:
    try:
        return math.isfinite(number)
    except OverflowError:
        return False


def swapped(at: str) -> DomainError:
    return Invalid("coordinates_swapped", "Longitude comes first in GeoJSON; these look swapped", field=at)


def _check_swapped(centre: Position, near: Position | None, at: str) -> None:
    """Fields near the place that one gets by swapping were noted down the wrong way round."""
    lon, lat = centre
    if near is None or abs(lon) > 90 or distance_km(centre, near) <= REACH_KM:
        return
    if distance_km((lat, lon), near) <= REACH_KM:
        raise swapped(at)


def _polygon(value: Any, at: str) -> list[list[Position]]:
    rings = []
    for number, ring in enumerate(_list(value, at)):
        place = f"{at}/{number}"
        positions = [_position(one, f"{place}/{index}") for index, one in enumerate(_list(ring, place))]
        if len(positions) < 4:
            raise Invalid("ring_short", "A ring has at least four positions, the last being the first", field=place)
        if positions[0] != positions[-1]:
            raise Invalid("ring_open", "A ring ends where it begins: repeat its first position", field=place)
        rings.append(positions)
    if not rings:
        raise Invalid("geometry_empty", "A polygon has at least one ring", field=at)
    return rings


def _centre(ring: Sequence[Position]) -> Position:
    """The middle of a ring's box: near enough to say where a field is."""
    lons, lats = [lon for lon, _ in ring], [lat for _, lat in ring]
    return (min(lons) + max(lons)) / 2, (min(lats) + max(lats)) / 2


def _hectares(polygon: Sequence[Sequence[Position]]) -> Decimal:
    metres = ring_area(polygon[0]) - sum(ring_area(hole) for hole in polygon[1:])
    return Decimal(metres / 10_000).quantize(Decimal("0.0001"))


@dataclass(frozen=True)
class _Edge:
    ends: tuple[Position, Position]
    ring: tuple[int, int]
    place: int
    of: int

    @property
    def west(self) -> float:
        return min(self.ends[0][0], self.ends[1][0])

    @property
    def east(self) -> float:
        return max(self.ends[0][0], self.ends[1][0])

    def follows(self, other: "_Edge") -> bool:
        """Whether they are neighbours in one ring, which share a corner."""
        return self.ring == other.ring and (self.place - other.place) % self.of in {1, self.of - 1}


def _check_simple(polygons: Sequence[Sequence[Sequence[Position]]], at: str, *, single: bool) -> None:
    """No edge meets another but its neighbours at their corner, and holes are within what they are cut from."""
    edges = sorted(_edges(polygons), key=lambda edge: edge.west)
    for number, edge in enumerate(edges):
        if edge.ends[0] == edge.ends[1]:
            raise Invalid("corner_twice", "The same position twice in a row", field=_at(at, edge, single=single))
        for other in edges[number + 1 :]:
            if other.west > edge.east:
                break
            if _collide(edge, other):
                raise Invalid(
                    "crosses_itself", "The outline crosses or touches itself here", field=_at(at, other, single=single)
                )
    for number, polygon in enumerate(polygons):
        for hole in range(1, len(polygon)):
            if not within(polygon[hole][0], polygon[0]):
                place = f"{at}/{hole}" if single else f"{at}/{number}/{hole}"
                raise Invalid("hole_outside", "A hole lies within its polygon's first ring", field=place)


def _edges(polygons: Sequence[Sequence[Sequence[Position]]]) -> Iterator[_Edge]:
    for number, polygon in enumerate(polygons):
        for index, ring in enumerate(polygon):
            for place, ends in enumerate(itertools.pairwise(ring)):
                yield _Edge(ends, (number, index), place, len(ring) - 1)


def _collide(one: _Edge, other: _Edge) -> bool:
    if not one.follows(other):
        return cross(one.ends, other.ends)
    # Neighbours share their corner; if one goes back over the other, they share more.
    shared = set(one.ends) & set(other.ends)
    loose = [end for edge in (one, other) for end in edge.ends if end not in shared]
    return len(loose) != 2 or any(
        cross((end, end), edge.ends) for edge in (one, other) for end in loose if end not in edge.ends
    )


def _at(at: str, edge: _Edge, *, single: bool) -> str:
    number, index = edge.ring
    return f"{at}/{index}/{edge.place}" if single else f"{at}/{number}/{index}/{edge.place}"
