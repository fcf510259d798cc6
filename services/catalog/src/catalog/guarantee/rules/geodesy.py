"""Areas and distances on the earth, WGS 84.

Areas are those of the Lambert cylindrical equal-area projection of the ellipsoid (J. P. Snyder, Map Projections: A
Working Manual, USGS Professional Paper 1395, 1987, equations 3-12, 10-14 and 10-15, with the equator as standard
parallel): there the area of a figure is the area of its picture, exactly for the ellipsoid. Only an edge's way from
corner to corner differs from the geodesic's, by far less than a survey by hand, for anything of a farm's size.
"""

import itertools
import math
from collections.abc import Sequence

type Position = tuple[float, float]

#: Semi-major axis in metres and first eccentricity (EPSG:7030).
_A = 6_378_137.0
_E2 = 0.00669437999014132
_E = math.sqrt(_E2)
_MEAN_RADIUS_KM = 6_371.0088


def _q(latitude: float) -> float:
    """Snyder's q (3-12) of a latitude in degrees; ``a² q / 2`` is the area per radian of longitude up from the
    equator."""
    sine = math.sin(math.radians(latitude))
    return (1 - _E2) * (sine / (1 - _E2 * sine * sine) + math.atanh(_E * sine) / _E)


def ring_area(ring: Sequence[Position]) -> float:
    """The area within a closed ring of (lon, lat), in square metres, whichever way it goes round."""
    west, south = ring[0]
    base = _q(south)
    # Counted from the first corner: differences of small numbers, not of large ones.
    points = [(math.radians(lon - west), _q(lat) - base) for lon, lat in ring]
    twice = sum(x1 * y2 - x2 * y1 for (x1, y1), (x2, y2) in itertools.pairwise(points))
    return abs(twice) / 2 * _A * _A / 2


def distance_km(one: Position, other: Position) -> float:
    """Along the great circle, by the haversine formula on a sphere of the mean radius (within 0.6 %)."""
    (lon1, lat1), (lon2, lat2) = one, other
    half = (
        math.sin(math.radians(lat2 - lat1) / 2) ** 2
        + math.cos(math.radians(lat1)) * math.cos(math.radians(lat2)) * math.sin(math.radians(lon2 - lon1) / 2) ** 2
    )
    return 2 * _MEAN_RADIUS_KM * math.asin(min(1.0, math.sqrt(half)))


def cross(one: tuple[Position, Position], other: tuple[Position, Position]) -> bool:
    """Whether two segments have a point in common."""
    (a, b), (c, d) = one, other
    o1, o2, o3, o4 = _turn(a, b, c), _turn(a, b, d), _turn(c, d, a), _turn(c, d, b)
    if o1 != o2 and o3 != o4:
        return True
    return (
        (o1 == 0 and _between(a, b, c))
        or (o2 == 0 and _between(a, b, d))
        or (o3 == 0 and _between(c, d, a))
        or (o4 == 0 and _between(c, d, b))
    )


def _turn(a: Position, b: Position, c: Position) -> int:
    """1 where the way from a over b to c turns left, -1 where right, 0 where it goes straight on."""
    value = (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
    return (value > 0) - (value < 0)


def _between(a: Position, b: Position, c: Position) -> bool:
    """Whether c, on the line through a and b, is between them."""
    return min(a[0], b[0]) <= c[0] <= max(a[0], b[0]) and min(a[1], b[1]) <= c[1] <= max(a[1], b[1])


def within(point: Position, ring: Sequence[Position]) -> bool:
    """Whether a point is inside a closed ring (by the ray that leaves it eastwards)."""
    inside = False
    lon, lat = point
    for (x1, y1), (x2, y2) in itertools.pairwise(ring):
        if (y1 > lat) != (y2 > lat) and lon < (x2 - x1) * (lat - y1) / (y2 - y1) + x1:
            inside = not inside
    return inside
