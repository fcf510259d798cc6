"""What somebody looks for, and what it means for the index."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from directory.entities.rules import EARTH
from directory.wording.rules import slips, words
from kit.errors import Invalid

#: Terms that are looked for; what is typed beyond them is left out.
TERMS = 8
#: Shorter terms are found at the beginning of words only, longer ones inside of compounds too.
SHORTEST_PART = 4
#: From this length on, two slips of the finger are forgiven.
LONG = 8

#: Words that say nothing about what is looked for, folded: es, en, pt, ca, it, fr, de, el, bg.
_JOINING = """
a al con de del e el en la las lo los o para por que se sin su un una y and at by for from in of on or the to with
as da das do dos em na no os um uma amb els i les per che di gli il le nel au aux chez dans des du et l d ou sur une
am auf bei dem den der die ein eine fur im ist mit oder und von zu zum zur η και ο οι στη στην στο τα τη την της το
του των в во за и на от по с със
"""
FUNCTION_WORDS = frozenset(_JOINING.split())


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
class Known:
    """What the words of all profiles have to do with a term."""

    #: Whether some word begins with it.
    begins: bool
    #: Words that it is a part of.
    within: Sequence[str]
    #: Words that share a key with it: one slip of the finger away, or two.
    near: Sequence[str]


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


def terms(text: str) -> list[str]:
    """The words to look for: each once, without those that only join others (unless there are no others)."""
    found = list(dict.fromkeys(words(text)))
    telling = [word for word in found if word not in FUNCTION_WORDS]
    return (telling or found)[:TERMS]


def asked(text: str, known: Mapping[str, Known], *, loose: bool = False) -> Asked:
    """What to ask the index for, given what is known of each term.

    ``loose`` takes every term for mistyped, also one that is a word: for when nothing was found.
    """
    looked_for = terms(text)
    alternatives = [_alternatives(term, known[term], loose) for term in looked_for]
    return Asked(
        any=_all(alternatives, ""),
        in_head=_all(alternatives, "AB"),
        in_name=_all(alternatives, "A"),
        begins_name=_all([{f"'{term}':*"} for term in looked_for], "A"),
        whole_in_name=_all([{f"'{term}':"} for term in looked_for], "A"),
        name=" ".join(words(text)),
    )


def _all(groups: Sequence[set[str]], weights: str) -> str:
    """A tsquery: of each group some word, standing where these weights are."""
    return " & ".join(
        "(" + " | ".join(sorted(f"{word}{weights}".rstrip(":") for word in group)) + ")" for group in groups
    )


def _alternatives(term: str, known: Known, loose: bool) -> set[str]:
    found = {f"'{stem}':*" for stem in _stems(term)} | {f"'{word}':" for word in known.within}
    if loose or not known.begins:
        found |= {f"'{word}':" for word in known.near if _mistyped(term, word)}
    return found


def _stems(term: str) -> list[str]:
    """The term, and what is left of it without the plural of Spanish, English, French and Portuguese."""
    stems = [term]
    if len(term) >= 5 and term.endswith("s"):
        stems.append(term[:-1])
    if len(term) >= 7 and term.endswith("es"):
        stems.append(term[:-2])
    return stems


def _mistyped(term: str, word: str) -> bool:
    return slips(term, word) <= (2 if len(term) >= LONG else 1)
