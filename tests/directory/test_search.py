"""Finding the real neighbours: what is typed, and what must come first."""

import json
import math
from collections.abc import Mapping
from math import asin, cos, radians, sin, sqrt
from typing import Any
from uuid import uuid4

import pytest

from directory.search.rules import Point
from kit.paging import encode_cursor
from kit.testing.pieces import Piece
from tests.directory.test_imports import feature

# What is typed, and the name that must come first: in seven languages, as it is written, without accents, mistyped.
SEARCHES = [
    # Greek
    ("Αλληλεγγύη για όλους", "Αλληλεγγύη για όλους"),
    ("αλληλεγγυη ολους", "Αλληλεγγύη για όλους"),
    ("ΠΟΡΤΟΚΑΛΙ ΡΑΔΙΟΦΩΝΟ", "Πορτοκαλί ραδιόφωνο"),
    ("πορτοκλαι ραδιοφωνο", "Πορτοκαλί ραδιόφωνο"),
    ("Συνεταιριστική Τράπεζα", "Συνεταιριστική Τράπεζα Καρδίτσας"),
    ("τραπεζα καρδιτσας", "Συνεταιριστική Τράπεζα Καρδίτσας"),
    ("synetairistiki trapeza", "Συνεταιριστική Τράπεζα Καρδίτσας"),
    # Bulgarian: the names in the list are Latin, towns and streets are not
    ("Farmhopping София", "Farmhopping"),
    ("farmhoping софия", "Farmhopping"),
    ("филиповско шосе", "Magniti Ltd"),
    ("филиповскo", "Magniti Ltd"),
    ("food bank sofia", "Bulgarian Food Bank"),
    ("foood bank bulgaria", "Bulgarian Food Bank"),
    # Spanish
    ("economía alternativa", "RED DE ECONOMÍA ALTERNATIVA Y SOLIDARIA (REAS Aragón)"),
    ("economia alternativa y solidaria", "RED DE ECONOMÍA ALTERNATIVA Y SOLIDARIA (REAS Aragón)"),
    ("muestra agroecologica zaragoza", "Muestra Agroecológica de Zaragoza"),
    ("muestra agroecolojica", "Muestra Agroecológica de Zaragoza"),
    ("diseno grafico", "2+DOS. DISEÑO GRÁFICO"),
    ("DISEÑO GRAFICO", "2+DOS. DISEÑO GRÁFICO"),
    ("autonomia sur", "AUTONOMÍA SUR S. COOP. AND"),
    # German
    ("Gemeinwohlökonomie Tirol", "Gemeinwohlökonomie Tirol"),
    ("gemeinwohlokonomie tirol", "Gemeinwohlökonomie Tirol"),
    ("Gemeinwohloekonomie Tirol", "Gemeinwohlökonomie Tirol"),
    ("südwind steiermark", "Südwind Steiermark"),
    ("sudwind steirmark", "Südwind Steiermark"),
    ("regionalstelle oberosterreich", "Klimabündnis Regionalstelle Oberösterreich"),
    # French
    ("Crédit Coopératif", "Crédit Coopératif"),
    ("credit cooperatif", "Crédit Coopératif"),
    ("credito cooperatif", "Crédit Coopératif"),
    ("la premiere brique", "Première Brique"),
    ("marche paysan antigone", "Le marché paysan d'Antigone"),
    # Portuguese, Slovak
    ("horta comunitaria barreiro", "Horta Comunitária do Barreiro"),
    ("bratislavsky okraslovaci spolok", "Bratislavský okrášľovací spolok"),
    ("bratislavský okrášlovací spolk", "Bratislavský okrášľovací spolok"),
]


async def found(piece: Piece, **query: Any) -> list[dict[str, Any]]:
    answer = await piece.client.get("/v1/entities", params=query)
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def test_what_must_come_first_comes_first_in_seven_languages(neighbours: Piece) -> None:
    wrong = []
    for typed, name in SEARCHES:
        items = await found(neighbours, q=typed, limit=5)
        first = items[0]["name"] if items else None
        if first != name:
            wrong.append((typed, name, first))
    assert wrong == []


async def test_a_part_of_a_compound_is_found_after_the_word_itself(neighbours: Piece) -> None:
    names = [item["name"] for item in await found(neighbours, q="garten", limit=200)]
    assert "Gemeinschaftsgarten Augasse" in names
    assert names.index("Garten unser") < names.index("Gemeinschaftsgarten Augasse")


async def test_the_name_itself_comes_before_words_of_it_and_those_before_what_it_does_and_says(
    piece: Piece, steward: dict[str, str]
) -> None:
    # In the order in which they must be found, entered the other way round.
    entries: list[dict[str, Any]] = [
        {"name": "Huerta de Abril"},
        {"name": "Huerta de Abril Norte"},
        {"name": "Huerta de Abril Norte y Poniente"},
        {"name": "Huertano de Abriles"},
        {"name": "Agrohuerta de Abril"},
        {"name": "Uno", "free_keywords": "huerta;abril"},
        {"name": "Dos", "description": "Huerta de abril."},
    ]
    await take_in(piece, steward, entries[::-1])
    for typed in "Huerta de Abril", "huerta abril", "HUERTA, ABRIL":
        assert [item["name"] for item in await found(piece, q=typed)] == [entry["name"] for entry in entries]
    await take_in(piece, steward, [{"name": "Abril de Huerta"}])
    for typed in "Huerta de Abril", "Abril de Huerta":
        assert (await found(piece, q=typed))[0]["name"] == typed


async def take_in(piece: Piece, steward: dict[str, str], entries: list[dict[str, Any]]) -> None:
    body = {"type": "FeatureCollection", "features": [feature(**entry) for entry in entries]}
    assert (await piece.client.post("/v1/imports", json=body, headers=steward)).json()["created"] == len(entries)


async def test_the_plural_finds_the_singular(neighbours: Piece) -> None:
    assert "Cooperativa LA SAZÓN" in [item["name"] for item in await found(neighbours, q="cooperativas", limit=200)]


async def test_words_that_only_join_are_not_looked_for(neighbours: Piece) -> None:
    with_them = await found(neighbours, q="die muestra und the agroecologica aux Zaragoza")
    assert with_them[0]["name"] == "Muestra Agroecológica de Zaragoza"


async def test_nothing_is_found_for_signs_alone_and_everything_for_nothing(neighbours: Piece) -> None:
    assert await found(neighbours, q="?!") == []
    assert len(await found(neighbours, q=" ", limit=200)) == 200


def metres(one: Mapping[str, float], other: Mapping[str, float]) -> float:
    """Great-circle distance, by a formula of its own (haversine)."""
    north = sin(radians(one["lat"] - other["lat"]) / 2) ** 2
    east = sin(radians(one["lon"] - other["lon"]) / 2) ** 2
    both = north + cos(radians(one["lat"])) * cos(radians(other["lat"])) * east
    return 2 * 6_371_008.8 * asin(sqrt(both))


async def test_near_lists_the_nearest_first_with_the_distance_in_metres(neighbours: Piece) -> None:
    here = {"lat": 59.437, "lon": 24.7536}  # Tallinn: a degree of longitude is half as wide as one of latitude
    items = await found(neighbours, near="59.437,24.7536", limit=200)
    away = [metres(here, item["location"]) for item in items]
    assert away == sorted(away)
    assert [item["distance"] for item in items] == [pytest.approx(way, abs=1) for way in away]
    assert items[0]["city"] == "Tallinn"


async def test_near_and_words_go_together(neighbours: Piece) -> None:
    items = await found(neighbours, near="48.2,16.37", q="garten", limit=10)
    assert items
    assert all(item["country"] in ("AT", None) for item in items)


async def test_a_box_holds_all_that_lie_in_it_and_nothing_else(
    neighbours: Piece, real_features: list[dict[str, Any]]
) -> None:
    west, south, east, north = 16.2, 48.1, 16.6, 48.35
    inside = {
        feature["properties"]["name"]
        for feature in real_features
        if west <= feature["geometry"]["coordinates"][0] <= east
        and south <= feature["geometry"]["coordinates"][1] <= north
    }
    items = await found(neighbours, bbox=f"{west},{south},{east},{north}", limit=200)
    assert {item["name"] for item in items} == inside
    assert len(inside) > 10


async def test_a_box_may_cross_the_180th_meridian(neighbours: Piece) -> None:
    # From 40 east around the back of the world to 20 west: only the row that lies in America, and the Azores.
    items = await found(neighbours, bbox="40,-90,-20,90", limit=200)
    assert {item["name"] for item in items} == {
        "SHAKTI WOMEN'S AID",
        "ACEESA (Associação Centro de Estudos de Economia Solidária do Atlântico)",
    }


async def test_an_activity_filters_by_its_code(neighbours: Piece, real_features: list[dict[str, Any]]) -> None:
    items = await found(neighbours, activity="timebanking", limit=200)
    wanted = [one for one in real_features if "timebanking" in one["properties"].get("type_of_initiative", "")]
    assert len(items) == len(wanted) == 9
    assert all("timebanking" in item["activities"] for item in items)


@pytest.mark.parametrize("query", [{}, {"q": "social"}, {"near": "47.07,15.44"}, {"q": "graz", "near": "47.07,15.44"}])
async def test_paging_visits_every_row_exactly_once(neighbours: Piece, query: dict[str, Any]) -> None:
    whole = [item["id"] for item in await found(neighbours, **query, limit=200)]
    seen: list[str] = []
    after: str | None = None
    while True:
        params = {**query, "limit": 37, **({"after": after} if after else {})}
        page = (await neighbours.client.get("/v1/entities", params=params)).json()
        seen += [item["id"] for item in page["items"]]
        after = page["next"]
        if after is None:
            break
    assert len(seen) == len(set(seen))
    assert seen[:200] == whole
    if not query:
        assert len(seen) == 1162


async def test_the_next_page_is_named_in_a_link_too(neighbours: Piece) -> None:
    answer = await neighbours.client.get("/v1/entities", params={"q": "garten", "limit": 2})
    again = await neighbours.client.get("/v1/entities" + answer.headers["link"].partition(">")[0].removeprefix("<"))
    assert again.status_code == 200
    assert again.json()["items"][0]["id"] not in {item["id"] for item in answer.json()["items"]}


async def test_the_map_says_the_same_as_the_list(neighbours: Piece) -> None:
    query: dict[str, str | int] = {"q": "repair", "near": "48.2,16.37", "limit": 10}
    items = await found(neighbours, **query)
    answer = await neighbours.client.get("/v1/entities.geojson", params=query)
    assert answer.headers["content-type"] == "application/geo+json"
    document = answer.json()
    assert document["type"] == "FeatureCollection"
    assert [feature["id"] for feature in document["features"]] == [item["id"] for item in items]
    point = document["features"][0]["geometry"]
    assert point == {"type": "Point", "coordinates": [items[0]["location"]["lon"], items[0]["location"]["lat"]]}
    assert document["features"][0]["properties"]["distance"] == items[0]["distance"]


async def test_a_list_costs_a_fixed_number_of_queries(neighbours: Piece) -> None:
    for query, most in ({}, 1), ({"near": "48,16"}, 1), ({"q": "garten"}, 2), ({"q": "grten xqzzy"}, 3):
        for limit in 1, 200:
            await neighbours.client.get("/v1/entities", params={**query, "limit": limit})
            with neighbours.counted_queries() as statements:
                await neighbours.client.get("/v1/entities", params={**query, "limit": limit})
            # The relay looks into the outbox meanwhile.
            own = [one for one in statements if "entities" in one or "words" in one]
            assert 1 <= len(own) <= most, own


async def test_an_unchanged_list_is_not_sent_again(neighbours: Piece) -> None:
    answer = await neighbours.client.get("/v1/entities", params={"q": "garten"})
    assert "public" in answer.headers["cache-control"]
    tag = {"if-none-match": answer.headers["etag"]}
    again = await neighbours.client.get("/v1/entities", params={"q": "garten"}, headers=tag)
    assert (again.status_code, again.content) == (304, b"")
    other = await neighbours.client.get("/v1/entities", params={"q": "wien"}, headers=tag)
    assert other.status_code == 200


async def test_a_cursor_of_another_list_and_one_that_nobody_gave_are_refused(neighbours: Piece) -> None:
    cursor = (await neighbours.client.get("/v1/entities", params={"limit": 1})).json()["next"]
    forged = [encode_cursor(["name", key, uuid4()]) for key in ("a\0", "\ud800", 7, None, True)]
    forged += [encode_cursor(["near", key, uuid4()]) for key in (1e300, math.nan, True, "1")]
    for query in [{"near": "48,16", "after": one} for one in (cursor, *forged)] + [{"after": one} for one in forged]:
        answer = await neighbours.client.get("/v1/entities", params=query)
        assert (answer.status_code, answer.json()["type"]) == (422, "urn:trama:problem:cursor-invalid"), query


BAD_QUERIES: list[tuple[dict[str, str | int], str]] = [
    ({"bbox": "1,2,3"}, "bbox"),
    ({"bbox": "a,b,c,d"}, "bbox"),
    ({"bbox": "nan,0,1,1"}, "bbox"),
    ({"bbox": "0,10,1,-10"}, "bbox"),
    ({"bbox": "0,0,181,1"}, "bbox"),
    ({"near": "91,0"}, "near"),
    ({"near": "1"}, "near"),
    ({"near": "inf,0"}, "near"),
    ({"limit": 0}, "limit"),
    ({"limit": 201}, "limit"),
    ({"q": "x" * 10_000}, "q"),
]


async def test_a_query_that_makes_no_sense_is_refused_by_the_name_of_its_parameter(neighbours: Piece) -> None:
    for query, parameter in BAD_QUERIES:
        for address in "/v1/entities", "/v1/entities.geojson":
            answer = await neighbours.client.get(address, params=query)
            assert answer.status_code == 422, (query, answer.text)
            assert answer.headers["content-type"] == "application/problem+json"
            assert answer.json()["errors"][0]["parameter"] == parameter


async def test_the_refusal_is_in_the_callers_language(neighbours: Piece) -> None:
    answer = await neighbours.client.get("/v1/entities", params={"near": "1"}, headers={"accept-language": "es"})
    assert answer.json()["errors"][0]["detail"] == "Escriba near como lat,lon en grados"


def test_a_point_on_the_globe_is_one_radius_away_from_its_middle() -> None:
    x, y, z = Point(42.7, 23.3).in_space()
    assert (x * x + y * y + z * z) ** 0.5 == pytest.approx(6_371_008.8)
    assert json.dumps([x, y, z])
