"""From a feature to a profile: hostile input is refused or made harmless, never more than that."""

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from directory.entities import rules as entities
from directory.imports import rules
from directory.wording.rules import has_markup
from tests.directory.test_imports import collection, feature

type Feature = dict[str, Any]

HOSTILE = st.sampled_from(
    [
        "<script>alert(1)</script>",
        "&lt;script&gt;",
        "<img src=x onerror=a()>",
        "\0",
        "\ud800",
        "\u202e",
        "javascript:a()",
        "'",
    ]
)
TEXTS = st.one_of(HOSTILE, st.text(max_size=40), st.builds("".join, st.lists(st.one_of(HOSTILE, st.text(max_size=5)))))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=8,
)
KEYS = st.sampled_from(
    [
        "name",
        "description",
        "description:es",
        "addr:country",
        "addr:city",
        "addr:postcode",
        "website",
        "image",
        "organic",
        "contact:website",
        "type_of_initiative",
        "free_keywords",
        "provides",
        "opening_hours",
        "_id",
        "@id",
    ]
)
NUMBERS = st.one_of(st.floats(), st.integers(), st.floats(-200, 200), JSON)
GEOMETRIES = st.one_of(
    JSON,
    st.fixed_dictionaries(
        {
            "type": st.sampled_from(["Point", "Polygon", "point", ""]),
            "coordinates": st.lists(NUMBERS, max_size=4) | JSON,
        }
    ),
    st.builds(lambda lon, lat: {"type": "Point", "coordinates": [lon, lat]}, st.floats(-180, 180), st.floats(-90, 90)),
)
FEATURES = st.one_of(
    JSON,
    st.fixed_dictionaries(
        {
            "type": st.just("Feature"),
            "properties": JSON | st.dictionaries(KEYS, JSON | TEXTS),
            "geometry": GEOMETRIES,
        },
        optional={"id": JSON},
    ),
)


def sent(document: Any) -> bytes:
    return json.dumps(document).encode()


@given(st.lists(FEATURES, max_size=6))
def test_every_feature_is_taken_or_refused_whatever_it_is(features: list[Any]) -> None:
    reading = rules.read(sent(collection(*features)))
    told = [one.index for one in reading.taken] + [one.index for one in reading.refused]
    assert sorted(told) == list(range(len(features)))
    for remark in [*reading.refused, *reading.warnings]:
        assert remark.message.format(**remark.params)
    for one in reading.taken:
        check(one.profile)


def check(profile: entities.Profile) -> None:
    """All that is promised of a profile, whatever it was made from."""
    assert profile.lat is not None
    assert profile.lon is not None
    assert math.isfinite(profile.lat + profile.lon)
    assert abs(profile.lat) <= 90
    assert abs(profile.lon) <= 180
    assert 1 <= len(profile.name) <= entities.NAME
    assert len(profile.description) <= entities.DESCRIPTION
    texts = [profile.name, profile.description, *profile.translations.values(), *profile.keywords]
    texts += [one for one in (profile.city, profile.street, profile.postcode, profile.opening_hours) if one]
    for one in texts:
        one.encode()
        assert not any(letter < " " and letter != "\n" for letter in one)
        assert "<script" not in one
        assert "<img" not in one
    for address in profile.website, profile.image:
        assert address is None or address.lower().startswith(("http://", "https://"))
    assert max(len(profile.activities), len(profile.keywords), len(profile.offers)) <= entities.ENTRIES
    index = entities.index_of(profile)
    index.document.encode()
    assert len(index.name_key) <= entities.NAME


@given(st.floats(-90, 90), st.floats(-180, 180))
def test_a_point_in_the_world_is_taken_as_it_is(lat: float, lon: float) -> None:
    (one,) = rules.read(sent(collection(feature(at=(lon, lat))))).taken
    assert (one.profile.lat, one.profile.lon) == (lat, lon)


@given(st.floats(-90, 90), st.floats(90.001, 180))
def test_swapped_coordinates_that_can_be_seen_are_refused(lat: float, lon: float) -> None:
    (refused,) = rules.read(sent(collection(feature(at=(lat, lon))))).refused
    assert refused.message.startswith("Latitude and longitude are swapped")


def test_swapped_coordinates_are_seen_by_the_country_too() -> None:
    in_latvia = feature(at=(57.157465, 24.858526), **{"addr:country": "Latvija"})
    (refused,) = rules.read(sent(collection(in_latvia))).refused
    assert refused.message.startswith("Latitude and longitude are swapped")


def test_a_point_in_another_country_is_taken_with_a_warning() -> None:
    in_mexico = feature(at=(-100.39, 20.59), **{"addr:country": "Latvija"})
    reading = rules.read(sent(collection(in_mexico)))
    assert len(reading.taken) == 1
    assert [warning.field for warning in reading.warnings] == ["location"]


@pytest.mark.parametrize(
    ("geometry", "message"),
    [
        (None, "A place is needed: a geometry of type Point"),
        ({"type": "Polygon", "coordinates": [[[0, 0], [1, 1], [0, 1], [0, 0]]]}, "The geometry must be a Point"),
        ({"type": "Point", "coordinates": []}, "The coordinates must be two numbers: longitude, latitude"),
        ({"type": "Point", "coordinates": ["1", "2"]}, "The coordinates must be two numbers: longitude, latitude"),
        ({"type": "Point", "coordinates": [math.nan, 2]}, "The coordinates must be two numbers: longitude, latitude"),
        ({"type": "Point", "coordinates": [math.inf, 2]}, "The coordinates must be two numbers: longitude, latitude"),
        ({"type": "Point", "coordinates": [True, 2]}, "The coordinates must be two numbers: longitude, latitude"),
        ({"type": "Point", "coordinates": [10**400, 2]}, "The coordinates must be two numbers: longitude, latitude"),
        ({"type": "Point", "coordinates": [200, 2]}, "The point lies outside the world"),
        ({"type": "Point", "coordinates": [0, 1000]}, "The point lies outside the world"),
    ],
)
def test_a_place_that_is_none_is_refused_with_what_would_be_right(geometry: Any, message: str) -> None:
    (refused,) = rules.read(sent(collection({**feature(), "geometry": geometry}))).refused
    assert refused.message == message


@pytest.mark.parametrize("name", [None, "", "   ", "<b></b>", "\u200b", "-", 7, ["x"], {"a": 1}])
def test_a_name_that_is_none_is_refused(name: Any) -> None:
    (refused,) = rules.read(sent(collection({**feature(), "properties": {"name": name}}))).refused
    assert refused.message == "A name is needed"


def test_a_name_that_is_too_long_is_refused_and_a_long_description_is_cut() -> None:
    reading = rules.read(sent(collection(feature("x" * 201), feature(description="word " * 1_000_000))))
    assert [one.message for one in reading.refused] == ["The name is longer than {limit} characters"]
    assert len(reading.taken[0].profile.description) <= entities.DESCRIPTION
    assert [(one.field, one.message) for one in reading.warnings] == [("description", "Cut after {limit} characters")]


@pytest.mark.parametrize(
    ("given_address", "kept"),
    [
        ("update6", None),
        ("-", None),
        ("www.bancaetica.it", "http://www.bancaetica.it"),
        ("https://farmhopping.com", "https://farmhopping.com"),
        ("http://www.joambtu.org; http://www.estudioinclusivo.com", "http://www.joambtu.org"),
        ("https://www.facebook.com/setempv @setempv", "https://www.facebook.com/setempv"),
        ("https://www.theartofco eeuk.co.uk/book-online", None),
        ("Place2Be, 13/14 Angel Gate, 326 City Road, London EC1V 2PT", None),
        ("javascript:alert(1)", None),
        ("data:text/html;base64,PHNjcmlwdD4=", None),
        ("ftp://example.org", None),
        ("http://user:secret@example.org", None),
        ("http://127.0.0.1/", None),
        ("http://localhost/", None),
        ("http://[::1", None),
        ("http://example.org:8080/", None),
        ("http://example.org/" + "x" * 600, None),
        ("http://ελλάδα.gr/αθήνα", "http://ελλάδα.gr/αθήνα"),
    ],
)
def test_a_web_address_is_kept_if_a_browser_may_follow_it_and_else_left_out(
    given_address: str, kept: str | None
) -> None:
    reading = rules.read(sent(collection(feature(website=given_address))))
    assert reading.taken[0].profile.website == kept
    assert [one.field for one in reading.warnings] == (["website"] if kept is None and given_address != "-" else [])


def test_activities_come_with_and_without_blanks_and_commas() -> None:
    (one,) = rules.read(
        sent(collection(feature(type_of_initiative="foodbank; Other;other_education, other;;foodbank")))
    ).taken
    assert one.profile.activities == ("foodbank", "other", "other_education")


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("Österreich", "AT"),
        ("ÖSterreich", "AT"),
        ("uk", "GB"),
        ("SCOTLAND", "GB"),
        ("Ελλάδα", "GR"),
        ("ES", "ES"),
        ("Belgique", "BE"),
        ("Cypres", "CY"),
        ("România", "RO"),
        ("Slovenija", "SI"),
        ("ABERDEEN", None),
        ("XX", None),
    ],
)
def test_countries_are_understood_as_people_write_them(written: str, code: str | None) -> None:
    (one,) = rules.read(sent(collection(feature(at=(12.0, 46.0), **{"addr:country": written})))).taken
    assert one.profile.country == code


def test_a_code_with_two_meanings_is_told_apart_by_the_place() -> None:
    places = {"SK": (17.1, 48.1), "RS": (20.5, 44.8), "SR": (-55.2, 5.8)}
    for code, at in places.items():
        (one,) = rules.read(sent(collection(feature(at=at, **{"addr:country": "SR"})))).taken
        assert one.profile.country == code


def test_the_same_id_twice_in_a_file_is_taken_once_and_a_likely_double_is_pointed_out() -> None:
    reading = rules.read(sent(collection(feature(_id="a"), feature("Other", _id="a"), feature(_id="b"))))
    assert [one.index for one in reading.taken] == [0, 2]
    assert [(one.index, one.params) for one in reading.refused] == [(1, {"other": 0})]
    assert [(one.index, one.field) for one in reading.warnings] == [(2, "name")]


def test_the_real_list_has_no_markup_left_in_it(real_list: bytes) -> None:
    for one in rules.read(real_list).taken:
        check(one.profile)
        assert not has_markup(one.profile.description)
