"""What somebody looks for, and what it means for the index."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from directory.entities.rules import EARTH
from kit.errors import Invalid
from kit.seeking import Known, all_of, alternatives, terms
from kit.spelling import words


@dataclass(frozen=True)
class Box:
    """A rectangle of the map, degrees. West greater than east crosses the 180th meridian."""

    west: float
    south: float
    east: float
    north: float

    def parts(self) -> list["Box"]:
        """The same without crossing the meridian: one or two boxes."""
        if self.west <= self.east:
            return [self]
        return [Box(self.west, self.south, 180, self.north), Box(-180, self.south, self.east, self.north)]


@dataclass(frozen=True)
class Point:
    lat: float
    lon: float

    def in_space(self) -> tuple[float, float, float]:
        """Metres from the middle of the earth."""
        lat, lon = math.radians(self.lat), math.radians(self.lon)
        return EARTH * math.cos(lat) * math.cos(lon), EARTH * math.cos(lat) * math.sin(lon), EARTH * math.sin(lat)


@dataclass(frozen=True)
class Asked:
    """tsqueries, from the widest to the narrowest; every row found matches ``any``."""

    any: str
    in_head: str
    in_name: str
    begins_name: str
    whole_in_name: str
    #: The folded name that has been typed in full.
    name: str


def parse_box(text: str) -> Box:
    """A box from ``west,south,east,north``. Raises Invalid."""
    west, south, east, north = _degrees(text, 4, "bbox_invalid", "Write bbox as west,south,east,north in degrees")
    if not (-180 <= west <= 180 and -180 <= east <= 180 and -90 <= south <= north <= 90):
        raise Invalid("bbox_invalid", "The box must lie in the world: longitude -180 to 180, latitude -90 to 90")
    return Box(west, south, east, north)


def parse_point(text: str) -> Point:
    """A point from ``lat,lon``. Raises Invalid."""
    lat, lon = _degrees(text, 2, "near_invalid", "Write near as lat,lon in degrees")
    if not (-90 <= lat <= 90 and -180 <= lon <= 180):
        raise Invalid("near_invalid", "The point must lie in the world: latitude -90 to 90, longitude -180 to 180")
    return Point(lat, lon)


def _degrees(text: str, count: int, code: str, message: str) -> list[float]:
    try:
        numbers = [float(part) for part in text.split(",")]
    except ValueError:
        numbers = []
    if len(numbers) != count or not all(math.isfinite(number) for number in numbers):
        raise Invalid(code, message)
    return numbers


def asked(text: str, known: Mapping[str, Known], *, loose: bool = False) -> Asked:
    """What to ask the index for, given what is known of each term.

    ``loose`` takes every term for mistyped, also one that is a word: for when nothing was found.
    """
    looked_for = terms(text)
    groups = [alternatives(term, known[term], loose) for term in looked_for]
    return Asked(
        any=all_of(groups, ""),
        in_head=all_of(groups, "AB"),
        in_name=all_of(groups, "A"),
        begins_name=all_of([{f"'{term}':*"} for term in looked_for], "A"),
        whole_in_name=all_of([{f"'{term}':"} for term in looked_for], "A"),
        name=" ".join(words(text)),
    )
