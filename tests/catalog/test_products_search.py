"""What families type finds what producers wrote, the best first; what they filter by is counted."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import pytest

from catalog.products import rules, service
from catalog.products.rules import Terms
from catalog.products.schemas import NewProduct
from catalog.products.service import Change
from contracts.members import MemberChanged
from kit.ids import new_id
from kit.testing.pieces import Piece, eventually
from kit.testing.spy import Spy
from tests.catalog.conftest import Headers, Json, admit, create, product, variant


async def listed(piece: Piece, **query: Any) -> list[str]:
    answer = await piece.client.get("/v1/products", params=query)
    assert answer.status_code == 200, answer.text
    return [one["name"] for one in answer.json()["items"]]


def said(name: str, category: str, description: str = "", practices: Sequence[str] = (), **more: Any) -> Json:
    return product(name, category=category, description=description, practices=list(practices), **more)


GOODS: list[Json] = [
    said("Jitomate bola", "tomatoes", "Madurado en la mata", ["organic"]),
    said("Salsa de jitomate", "sauces", allergens={"contains": [], "may_contain": ["celery"]}),
    said("Chile poblano", "chillies", "Para rellenar con queso", translations={"en": {"name": "Poblano pepper"}}),
    said("Queso Oaxaca", "fresh_cheese", "De leche cruda", allergens={"contains": ["milk"]}),
    said("Frijol negro", "beans", allergens={"contains": []}),
    said("Frijol bayo", "beans", "No es negro"),
    said("Nuez de Castilla", "nuts_seeds"),
    said("Pan de pulque", "bread", "", ["artisanal"]),
    said("Panela", "panela"),
    said("Taller de poda", "workshops", kind="knowledge", translations={"otq": {"name": "Ar 'befi"}}),
]


async def stock_up(piece: Piece, member_id: UUID, bodies: Sequence[Json]) -> None:
    """Puts products on offer, all at once."""
    terms = Terms("MXN", None)
    async with piece.database.transaction() as work:
        drafts = [NewProduct.model_validate(body).draft(terms) for body in bodies]
        made = [rules.made(draft, new_id(), member_id, work.now, new_id) for draft in drafts]
        await service.store(work, [Change(None, replace(one, status="published")) for one in made], None)


@pytest.fixture
async def market(piece: Piece, admitted: UUID) -> Piece:
    """A small market of Rancho El Mezquite."""
    await stock_up(piece, admitted, GOODS)
    return piece


#: What is typed, and what is found.
TYPED: list[tuple[str, list[str]]] = [
    # The name before what is said of it, and the whole name first.
    ("jitomate", ["Jitomate bola", "Salsa de jitomate"]),
    ("queso oaxaca", ["Queso Oaxaca"]),
    ("queso", ["Queso Oaxaca", "Chile poblano"]),
    ("panela", ["Panela"]),
    # Slips, sounds, accents, number.
    ("jitomte", ["Jitomate bola", "Salsa de jitomate"]),
    ("JITÓMATES", ["Jitomate bola", "Salsa de jitomate"]),
    ("quezo", ["Queso Oaxaca", "Chile poblano"]),
    ("keso", ["Queso Oaxaca", "Chile poblano"]),
    ("chyle", ["Chile poblano"]),
    ("nueces", ["Nuez de Castilla"]),
    ("frijoles", ["Frijol bayo", "Frijol negro"]),
    ("panes", ["Pan de pulque"]),
    # All words, wherever they stand.
    ("frijol negro", ["Frijol negro", "Frijol bayo"]),
    ("negro frijl", ["Frijol negro", "Frijol bayo"]),
    ("queso jitomate", []),
    # In other languages, by category and practice, by who makes it.
    ("pepper", ["Chile poblano"]),
    ("befi", ["Taller de poda"]),
    ("artisanal", ["Pan de pulque"]),
    ("artesanales", ["Pan de pulque"]),
    ("cheese", ["Queso Oaxaca"]),
    ("orgánico", ["Jitomate bola"]),
    # Nothing that is there.
    ("zzzzzz", []),
    ("!!", []),
    ("'); --", []),
    ("a" * 100, []),
    # No operators: two words, of which one begins the other.
    ("pan:* & !panela", ["Panela"]),
]


async def test_what_is_typed_finds_what_is_meant(market: Piece) -> None:
    for q, found in TYPED:
        assert await listed(market, q=q) == found, q


async def test_a_producers_name_finds_what_they_make_even_mistyped_and_after_a_new_name(
    market: Piece, spy: Spy, coordinator: Headers, admitted: UUID
) -> None:
    other = uuid4()
    await admit(spy, market, other, "Quesería Ñuu Savi")
    await create(market, coordinator, said("Yogur", "yogurt", member_id=str(other)), publish=True)
    assert await listed(market, q="nuu sabi") == ["Yogur"]
    # Words of the producer rank before words of the description.
    assert await listed(market, q="queseria") == ["Yogur"]
    assert len(await listed(market, q="mesquite")) == 10

    fact = MemberChanged(member_id=other, kind="producer", name="Lácteos La Loma", status="active")
    await spy.publish(fact, subject=other, version=2)
    await eventually(lambda: listed(market, q="la loma"), lambda seen: seen == ["Yogur"])
    assert await listed(market, q="savi") == []


async def test_pages_of_a_search_follow_each_other_in_the_order_of_the_best(
    piece: Piece, admitted: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    honey = [said(f"Miel {number:02d}", "honey", "De monte") for number in range(12) if number % 3]
    candles = [said(f"Vela {number:02d}", "crafts", "De cera y miel") for number in range(12) if not number % 3]
    await stock_up(piece, admitted, [*candles, *honey])
    first = ["Miel 01", "Miel 02", "Miel 04", "Miel 05", "Miel 07", "Miel 08", "Miel 10", "Miel 11"]
    rest = ["Vela 00", "Vela 03", "Vela 06", "Vela 09"]

    async def whole(q: str) -> list[str]:
        seen: list[str] = []
        after: str | None = ""
        while after is not None:
            answer = await piece.client.get("/v1/products", params={"q": q, "limit": 5, "after": after})
            seen += [one["name"] for one in answer.json()["items"]]
            after = answer.json()["next"]
        return seen

    assert await whole("miel") == first + rest
    assert await whole("mial") == first + rest
    # Where very many answer, nobody looks for the best: they come by name.
    monkeypatch.setattr("catalog.products.views.search.MOST_RANKED", 5)
    assert await whole("miel") == sorted(first + rest)


FILTERED: list[tuple[Json, list[str]]] = [
    ({"category": "food", "practice": "organic"}, ["Jitomate bola"]),
    ({"category": "dairy"}, ["Queso Oaxaca"]),
    ({"q": "jitomate", "category": "sauces"}, ["Salsa de jitomate"]),
    ({"kind": "knowledge"}, ["Taller de poda"]),
    ({"unit": "HUR"}, []),
    ({"allergen_free": "milk"}, ["Frijol negro", "Salsa de jitomate"]),
    ({"allergen_free": ["milk", "celery"]}, ["Frijol negro"]),
    ({"max_price": "24.99"}, []),
    ({"category": "gemstones"}, []),
]


async def test_filters_go_together(market: Piece) -> None:
    for query, found in FILTERED:
        assert await listed(market, **query) == found, query


async def test_a_price_is_that_of_the_cheapest_variant(piece: Piece, farmer: Headers, admitted: UUID) -> None:
    await create(
        piece, farmer, product("Miel", variant("Cubeta", price="900"), variant("Frasco", price="90")), publish=True
    )
    await create(piece, farmer, product("Cera", variant(price="120")), publish=True)
    assert await listed(piece, max_price="100") == ["Miel"]


async def test_a_language_is_answered_where_the_product_has_it(market: Piece) -> None:
    async def named(language: str) -> list[str]:
        items = (await market.client.get("/v1/products", params={"q": "poblano", "language": language})).json()["items"]
        return [one["name"] for one in items]

    assert await named("en") == await named("en-GB") == ["Poblano pepper"]
    assert await named("fr") == ["Chile poblano"]
    [one] = (await market.client.get("/v1/products", params={"q": "poblano"})).json()["items"]
    single = (await market.client.get(f"/v1/products/{one['id']}?language=en")).json()
    # What is not said in a language is said in the network's own.
    assert (single["name"], single["description"]) == ("Poblano pepper", "Para rellenar con queso")


REFUSED = [
    "q=" + "a" * 101,
    "season=winter",
    "in_season=perhaps",
    "allergen_free=lactose",
    "max_price=cheap",
    "max_price=-1",
    "max_price=NaN",
    "max_price=1e40",
    "language=english",
    "language=EN",
    "unit=DZN",
    "q=miel&after=WyJhIiwiYiJd",
    "q=miel&after=WyJiZXN0Iiw5LCJhIiwiMSJd",
]


async def test_what_cant_be_asked_for_is_refused(piece: Piece) -> None:
    for query in REFUSED:
        for address in ("/v1/products", "/v1/products/facets"):
            if "after" in query and "facets" in address:
                continue
            answer = await piece.client.get(f"{address}?{query}")
            assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json"), query


async def facets(piece: Piece, **query: Any) -> dict[str, dict[str, int]]:
    answer = await piece.client.get("/v1/products/facets", params=query)
    assert answer.status_code == 200, answer.text
    return {name: {one["value"]: one["count"] for one in values} for name, values in answer.json()["by"].items()}


async def test_counts_respect_every_filter_but_their_own(market: Piece, admitted: UUID) -> None:
    everything = await facets(market)
    assert everything["kind"] == {"good": 9, "knowledge": 1}
    assert everything["producer"] == {str(admitted): 10}
    assert everything["practice"] == {"artisanal": 1, "organic": 1}
    assert everything["unit"] == {"KGM": 10}
    # A category counts what stands under it, as the filter finds it.
    counts = everything["category"]
    assert (counts["food"], counts["vegetables"], counts["dairy"], counts["beans"]) == (9, 2, 1, 2)
    assert "crafts" not in counts

    knowledge = await facets(market, kind="knowledge")
    assert knowledge["kind"] == {"good": 9, "knowledge": 1}
    assert knowledge["category"] == {"learning": 1, "workshops": 1}
    both = await facets(market, practice="organic", category="bread")
    assert both["practice"] == {"artisanal": 1}
    assert both["category"] == {"food": 1, "vegetables": 1, "tomatoes": 1}
    assert both["kind"] == {}
    assert (await facets(market, q="quezo", allergen_free="milk"))["kind"] == {}
    assert (await facets(market, q="frijl"))["category"] == {"food": 2, "pulses": 2, "beans": 2}
    assert (await facets(market, q="!!"))["kind"] == {}


async def test_each_value_finds_as_many_as_were_counted(market: Piece) -> None:
    asked = {"q": "de"}
    counted = await facets(market, **asked)
    for name, values in counted.items():
        parameter = "producer_id" if name == "producer" else name
        for value, count in values.items():
            assert len(await listed(market, **asked, **{parameter: value})) == count, (name, value)


async def test_counting_takes_the_same_statements_however_many_there_are(piece: Piece, admitted: UUID) -> None:
    costs = []
    for size in (1, 30):
        await stock_up(piece, admitted, [said(f"Miel {size} {number}", "honey") for number in range(size)])
        for address in ("/v1/products/facets", "/v1/products/facets?q=miel&practice=organic"):
            with piece.counted_queries() as statements:
                await piece.client.get(address)
            costs.append(len(statements))
    assert costs == [2, 4] * 2


async def test_counts_that_have_not_changed_are_not_sent_again(market: Piece) -> None:
    first = await market.client.get("/v1/products/facets")
    again = await market.client.get("/v1/products/facets", headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, first.headers["cache-control"]) == (304, "public, max-age=60")
    assert first.json()["complete"] is True
    assert first.json()["count"] == 10
