"""From a GeoJSON feature (RFC 7946) to a profile, or to the reason why not.

Properties are named as OpenStreetMap and TransforMap name them.
"""

import hashlib
import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from directory.entities import rules as entities
from directory.entities.rules import Degree, Profile
from directory.wording import countries
from directory.wording.countries import Country
from directory.wording.rules import clean_line, clean_text, code
from kit.errors import DomainError, Invalid

#: More than any list of a region; a file of ten megabytes holds about twelve thousand.
FEATURES = 20_000
#: Raw text longer than this is not even looked at.
_RAW = 100_000
_DEGREES: Mapping[str, Degree] = {"yes": "yes", "no": "no", "limited": "limited", "only": "only"}
_NOTHING = frozenset({"-", "--", "none", "n/a", "null", "?"})
_DEFAULT_SOURCE = "geojson"


@dataclass(frozen=True)
class Remark:
    """Something to tell about a feature: an English text whose {placeholders} are filled from ``params``."""

    index: int
    message: str
    params: Mapping[str, object]
    #: The part of the profile that was left out or looks wrong; None where the feature was refused.
    field: str | None = None


@dataclass(frozen=True)
class Taken:
    """A feature that can be an entry."""

    index: int
    external_id: str
    profile: Profile
    #: The same for the same profile.
    fingerprint: str


@dataclass(frozen=True)
class Reading:
    """All that a file holds."""

    source: str
    taken: Sequence[Taken]
    refused: Sequence[Remark]
    warnings: Sequence[Remark]


class _Notes:
    """What is told of one feature while it is read."""

    def __init__(self, index: int) -> None:
        self.index = index
        self.remarks: list[Remark] = []

    def add(self, field: str, message: str, **params: object) -> None:
        self.remarks.append(Remark(self.index, message, params, field))


def parse(body: bytes) -> Mapping[str, Any]:
    """The FeatureCollection in a file. Raises Invalid for anything else."""
    try:
        document = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Invalid("import_not_json", "The file is not valid JSON") from error
    if not isinstance(document, dict) or document.get("type") != "FeatureCollection":
        raise Invalid("import_not_geojson", "The file must be a GeoJSON FeatureCollection")
    features = document.get("features")
    if not isinstance(features, list):
        raise Invalid("import_not_geojson", "The file must be a GeoJSON FeatureCollection", field="/features")
    if len(features) > FEATURES:
        raise Invalid("import_too_long", "At most {limit} features at once", limit=FEATURES, field="/features")
    return document


def read(body: bytes) -> Reading:
    """Every feature of a file, taken or refused. Raises Invalid where the file as a whole can't be read."""
    document = parse(body)
    taken: list[Taken] = []
    refused: list[Remark] = []
    warnings: list[Remark] = []
    seen: dict[str, int] = {}
    places: dict[tuple[str, float | None, float | None], int] = {}
    for index, feature in enumerate(document["features"]):
        notes = _Notes(index)
        try:
            one = read_feature(index, feature, notes)
            if one.external_id in seen:
                raise Invalid("twice", "The same id as feature {other} of this file", other=seen[one.external_id])
        except DomainError as error:
            refused.append(Remark(index, error.message, error.params))
            continue
        seen[one.external_id] = index
        place = (one.profile.name.casefold(), one.profile.lat, one.profile.lon)
        if place in places:
            notes.add("name", "The same name and place as feature {other}: perhaps the same twice", other=places[place])
        places.setdefault(place, index)
        taken.append(one)
        warnings.extend(notes.remarks)
    source = _line(document.get("source"), entities.LINE) or _DEFAULT_SOURCE
    return Reading(source, taken, refused, warnings)


def read_feature(index: int, feature: object, notes: _Notes) -> Taken:
    """One feature as a profile. Raises Invalid with the reason why it can't be one."""
    if not isinstance(feature, dict) or feature.get("type") != "Feature":
        raise Invalid("not_a_feature", "Not a GeoJSON Feature")
    properties = feature.get("properties")
    if not isinstance(properties, dict):
        raise Invalid("no_properties", "A feature needs properties")
    name = _name(properties.get("name"))
    lat, lon = _point(feature.get("geometry"))
    country = _country(properties, lat, lon, notes)
    profile = Profile(
        name=name,
        description=_text(properties, "description", notes),
        translations=_translations(properties, notes),
        country=country.code if country else None,
        city=_part(properties, "addr:city", "city", notes),
        postcode=_part(properties, "addr:postcode", "postcode", notes),
        street=_part(properties, "addr:street", "street", notes),
        house_number=_part(properties, "addr:housenumber", "house_number", notes),
        website=_address(properties, ("website", "contact:website", "url"), "website", entities.WEBSITE, notes),
        image=_address(properties, ("image",), "image", entities.IMAGE, notes),
        opening_hours=_part(properties, "opening_hours", "opening_hours", notes, entities.HOURS),
        activities=_codes(properties, "type_of_initiative", "activities", notes),
        keywords=_keywords(properties, notes),
        offers=_codes(properties, "provides", "offers", notes),
        qualifiers=dict(_qualifiers(properties, notes)),
        lat=lat,
        lon=lon,
    )
    if not profile.description and profile.translations:
        profile = replace(profile, description=next(iter(profile.translations.values())))
    return Taken(index, _external_id(feature, properties, profile), profile, fingerprint(profile))


def fingerprint(profile: Profile) -> str:
    """The same for the same profile."""
    return hashlib.sha256(json.dumps(asdict(profile), sort_keys=True).encode()).hexdigest()


def _external_id(feature: Mapping[str, Any], properties: Mapping[str, Any], profile: Profile) -> str:
    for given in (properties.get("_id"), properties.get("@id"), feature.get("id")):
        if isinstance(given, str | int) and not isinstance(given, bool):
            found = _line(str(given), entities.LINE)
            if found:
                return found
    # Without an id of its own, a thing is known by its name and where it is.
    return fingerprint(Profile(name=profile.name, lat=profile.lat, lon=profile.lon))


def _name(value: object) -> str:
    if not isinstance(value, str):
        raise Invalid("name_missing", "A name is needed")
    name = clean_line(value[:_RAW])
    if not any(letter.isalnum() for letter in name):
        raise Invalid("name_missing", "A name is needed")
    if len(name) > entities.NAME:
        raise Invalid("name_too_long", "The name is longer than {limit} characters", limit=entities.NAME)
    return name


def _point(geometry: object) -> tuple[float, float]:
    if not isinstance(geometry, dict):
        raise Invalid("place_missing", "A place is needed: a geometry of type Point")
    kind = geometry.get("type")
    if kind != "Point":
        raise Invalid("not_a_point", "The geometry must be a Point")
    coordinates = geometry.get("coordinates")
    if not isinstance(coordinates, list) or len(coordinates) not in (2, 3) or not all(map(_is_number, coordinates)):
        raise Invalid("coordinates_invalid", "The coordinates must be two numbers: longitude, latitude")
    lon, lat = float(coordinates[0]), float(coordinates[1])
    if abs(lat) > 90 and abs(lat) <= 180 and abs(lon) <= 90:
        raise Invalid("coordinates_swapped", "Latitude and longitude are swapped: longitude comes first")
    if abs(lat) > 90 or abs(lon) > 180:
        raise Invalid("outside_the_world", "The point lies outside the world")
    return lat, lon


def _is_number(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return abs(value) < 1e9 and math.isfinite(value)


def _country(properties: Mapping[str, Any], lat: float, lon: float, notes: _Notes) -> Country | None:
    text = _line(properties.get("addr:country"), entities.LINE)
    if not text:
        return None
    candidates = countries.named(text)
    if not candidates:
        notes.add("country", "No country is known by this name; left out")
        return None
    for country in candidates:
        if country.holds(lat, lon):
            return country
    if any(country.holds(lon, lat) for country in candidates):
        raise Invalid("coordinates_swapped", "Latitude and longitude are swapped: longitude comes first")
    notes.add("location", "The point lies outside of the country that is named")
    return candidates[0]


def _line(value: object, limit: int) -> str:
    """A value on one line; empty if it is no text, or stands for nothing, or is too long to be what it says it is."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    line = clean_line(str(value)[:_RAW]) if isinstance(value, str) or abs(value) < 1e15 else ""
    return "" if line.lower() in _NOTHING or len(line) > limit else line


def _part(properties: Mapping[str, Any], key: str, field: str, notes: _Notes, limit: int = entities.LINE) -> str | None:
    value = properties.get(key)
    if value is None:
        return None
    line = _line(value, limit)
    if not line and not _stands_for_nothing(value):
        notes.add(field, "This is no text of at most {limit} characters; left out", limit=limit)
    return line or None


def _stands_for_nothing(value: object) -> bool:
    return isinstance(value, str) and (clean_line(value[:_RAW]).lower() in {"", *_NOTHING})


def _text(properties: Mapping[str, Any], key: str, notes: _Notes) -> str:
    value = properties.get(key)
    if value is None:
        return ""
    if not isinstance(value, str):
        notes.add("description", "This is no text; left out")
        return ""
    text = clean_text(value[:_RAW])
    if len(text) > entities.DESCRIPTION:
        notes.add("description", "Cut after {limit} characters", limit=entities.DESCRIPTION)
        text = text[: entities.DESCRIPTION].rstrip()
    return text


def _translations(properties: Mapping[str, Any], notes: _Notes) -> dict[str, str]:
    keys = sorted(key for key in properties if re.fullmatch(r"description:[a-z]{2,3}", key))[:20]
    found = {key.removeprefix("description:"): _text(properties, key, notes) for key in keys}
    return {language: text for language, text in found.items() if text}


def _address(properties: Mapping[str, Any], keys: Sequence[str], field: str, limit: int, notes: _Notes) -> str | None:
    given = False
    for key in keys:
        value = properties.get(key)
        if value is None or _stands_for_nothing(value):
            continue
        given = True
        address = _first_address(value) if isinstance(value, str) and len(value) <= limit else None
        if address is not None:
            return address
    if given:
        notes.add(field, "This is no web address; left out")
    return None


def _first_address(text: str) -> str | None:
    """The first of several addresses; None if anything after it is neither an address of its own nor a @name."""
    parts = [part for part in re.split(r"[\s;,]+", clean_line(text)) if part]
    if not all(part.startswith(("http://", "https://", "www.", "@")) for part in parts[1:]):
        return None
    return entities.website(parts[0]) if parts else None


def _entries(value: object) -> Iterator[str]:
    values = value if isinstance(value, list) else [value]
    for one in values[:1_000]:
        if isinstance(one, str):
            yield from re.split(r"[;,]", one[:_RAW])


def _codes(properties: Mapping[str, Any], key: str, field: str, notes: _Notes) -> tuple[str, ...]:
    found = dict.fromkeys(filter(None, (code(clean_line(entry)) for entry in _entries(properties.get(key)))))
    return _first(list(found), field, notes)


def _keywords(properties: Mapping[str, Any], notes: _Notes) -> tuple[str, ...]:
    entries = (clean_line(entry) for entry in _entries(properties.get("free_keywords")))
    found = dict.fromkeys(entry for entry in entries if entry and len(entry) <= entities.KEYWORD)
    return _first(list(found), "keywords", notes)


def _first(found: list[str], field: str, notes: _Notes) -> tuple[str, ...]:
    if len(found) > entities.ENTRIES:
        notes.add(field, "Only the first {limit} are kept", limit=entities.ENTRIES)
    return tuple(found[: entities.ENTRIES])


def _qualifiers(properties: Mapping[str, Any], notes: _Notes) -> Iterator[tuple[str, Degree]]:
    for key in ("organic", "fair-trade", "regional"):
        value = properties.get(key)
        degree = _DEGREES.get(value.strip().lower()) if isinstance(value, str) else None
        name = key.replace("-", "_")
        if degree is not None:
            yield name, degree
        elif value is not None and not _stands_for_nothing(value):
            notes.add(name, "This is neither yes nor no, limited nor only; left out")
