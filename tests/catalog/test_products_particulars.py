"""What is said of a product beside its name and price: kept, shown, told, taken away, refused."""

from uuid import UUID

from contracts.catalog import ProductPublished
from kit.testing.databases import Databases
from kit.testing.pieces import Piece, Runner
from kit.testing.spy import Spy
from tests.catalog.conftest import Headers, Json, create, product, rows, variant

MONEY = {"amount": "8.00", "currency": "MXN"}


def jar(**more: object) -> Json:
    """A jar of cheese, by the piece, with all that can be said of it."""
    said: Json = {
        "net_content": {"quantity": "500", "unit": "GRM"},
        "tax_rate": "16",
        "deposit": {"name": "Frasco", "price": MONEY},
        "season": [{"start": "11-01", "end": "02-15"}, {"start": "06-15", "end": "09-30"}],
    }
    return {**variant("Frasco"), "unit": "H87", **said, **more}


def cheese(*variants: Json, **more: object) -> Json:
    """Cheese with all that can be said of a product."""
    said: Json = {
        "translations": {"en": {"name": "Fresh cheese", "description": "From raw milk"}, "otq": {"name": "Keso"}},
        "allergens": {"contains": ["milk"], "may_contain": ["nuts"]},
        "conservation": {"storage": "chilled", "shelf_life_days": 21, "note": "En suero"},
        "place": {"name": "Tianguis de la Cruz", "location": {"lat": 20.59, "lon": -100.38}},
    }
    return product("Queso", *(variants or (jar(),)), category="fresh_cheese", **{**said, **more})


async def test_all_that_is_said_is_shown_to_everyone_and_told(
    piece: Piece, spy: Spy, farmer: Headers, admitted: UUID
) -> None:
    whole = variant("Pieza", variable_weight=True, piece_weight={"min": "1.2", "max": "1.65"})
    said = cheese(jar(), whole)
    made = await create(piece, farmer, said, publish=True)

    [shown] = (await piece.client.get("/v1/products")).json()["items"]
    empty = {"name": "Keso", "description": ""}
    assert shown["translations"] == {**said["translations"], "otq": empty}
    for name in ("allergens", "conservation", "place"):
        assert shown[name] == made[name] == said[name]
    by_piece, by_weight = shown["variants"]
    for name in ("net_content", "tax_rate", "deposit", "season"):
        assert by_piece[name] == said["variants"][0][name]
    assert by_piece["tax_included"] is True
    assert (by_weight["piece_weight"], by_weight["deposit"]) == ({"min": "1.2", "max": "1.65"}, None)

    event = await spy.next(ProductPublished, UUID(made["id"]))
    told = event.data.model_dump(mode="json")
    assert told["translations"]["en"] == said["translations"]["en"]
    for name in ("allergens", "conservation", "place"):
        assert told[name] == said[name]
    assert told["variants"][-1]["piece_weight"] == {"min": "1.2", "max": "1.65"}


async def test_null_takes_away_and_what_is_not_said_stays(piece: Piece, farmer: Headers, admitted: UUID) -> None:
    made = await create(piece, farmer, cheese(), publish=True)
    address, change = f"/v1/products/{made['id']}", {**farmer, "if-match": "*"}
    same = {"variants": [{"id": made["variants"][0]["id"], "price": made["variants"][0]["price"]}]}
    kept = (await piece.client.patch(address, json=same, headers=change)).json()
    assert kept["variants"] == made["variants"]
    assert (kept["version"], kept["allergens"]) == (made["version"], made["allergens"])

    nothing = dict.fromkeys(("net_content", "tax_rate", "deposit", "season"))
    body: Json = {
        "variants": [{"id": made["variants"][0]["id"], **nothing}],
        "translations": {},
        **dict.fromkeys(("allergens", "conservation", "place")),
    }
    bare = (await piece.client.patch(address, json=body, headers=change)).json()
    assert [bare[name] for name in ("allergens", "conservation", "place", "translations")] == [None, None, None, {}]
    [one] = bare["variants"]
    assert [one[name] for name in nothing] == [None, None, None, []]
    assert one["in_season"] is True


async def test_a_price_has_its_tax_in_it_or_not_as_the_network_had_it_when_it_was_set(
    databases: Databases, running: Runner, spy: Spy, farmer: Headers
) -> None:
    async with databases.fresh("catalog") as url:
        async with running("catalog", database_url=url, prices_include_tax=False) as piece:
            made = await create(piece, farmer, product("Silla", variant(tax_rate="21"), variant("Doble")))
        assert {(one["tax_rate"], one["tax_included"]) for one in made["variants"]} == {("21", False), (None, False)}

        async with running("catalog", database_url=url) as piece:
            one, other = made["variants"]
            new = {"amount": "30.00", "currency": "MXN"}
            body = {"variants": [{"id": one["id"], "price": one["price"]}, {"id": other["id"], "price": new}]}
            headers = {**farmer, "if-match": "*"}
            changed = (await piece.client.patch(f"/v1/products/{made['id']}", json=body, headers=headers)).json()
        assert [one["tax_included"] for one in changed["variants"]] == [False, True]


#: Where the answer has to point, and what is wrong.
REFUSED: list[tuple[str, Json]] = [
    ("/translations/EN", cheese(translations={"EN": {"name": "Cheese"}})),
    ("/translations/es", cheese(translations={"es": {"name": "Queso"}})),
    ("/translations/en/name", cheese(translations={"en": {"name": " "}})),
    ("/translations", cheese(translations={f"a{letter}": {"name": "x"} for letter in "abcdefghijk"})),
    ("/allergens/contains/0", cheese(allergens={"contains": ["lactose"]})),
    ("/allergens/may_contain/0", cheese(allergens={"contains": ["milk"], "may_contain": ["milk"]})),
    ("/conservation/storage", cheese(conservation={"storage": "warm"})),
    ("/conservation/shelf_life_days", cheese(conservation={"shelf_life_days": 0})),
    ("/conservation/shelf_life_days", cheese(conservation={"shelf_life_days": 10**12})),
    ("/place/name", cheese(place={"name": ""})),
    ("/place/location/lat", cheese(place={"name": "x", "location": {"lat": 91, "lon": 0}})),
    ("/variants/0/net_content/quantity", cheese(jar(net_content={"quantity": "0", "unit": "GRM"}))),
    ("/variants/0/net_content/unit", cheese(jar(net_content={"quantity": "1", "unit": "OZA"}))),
    ("/variants/0/tax_rate", cheese(jar(tax_rate="100.5"))),
    ("/variants/0/tax_rate", cheese(jar(tax_rate="-1"))),
    ("/variants/0/deposit/price/amount", cheese(jar(deposit={"name": "x", "price": {**MONEY, "amount": "0"}}))),
    (
        "/variants/0/deposit/price/currency",
        cheese(jar(deposit={"name": "x", "price": {**MONEY, "currency": "EUR"}})),
    ),
    ("/variants/0/deposit", cheese(variant(deposit={"name": "x", "price": MONEY}))),
    ("/variants/0/piece_weight", cheese(variant(piece_weight={"min": "1", "max": "2"}))),
    ("/variants/0/piece_weight", cheese(jar(variable_weight=True, piece_weight={"min": "1", "max": "2"}))),
    (
        "/variants/0/piece_weight/max",
        cheese(variant(variable_weight=True, piece_weight={"min": "2", "max": "1"})),
    ),
    ("/variants/0/season/0/start", cheese(jar(season=[{"start": "02-30", "end": "03-01"}]))),
    ("/variants/0/season/0/end", cheese(jar(season=[{"start": "02-01", "end": "13-01"}]))),
    ("/variants/0/season/0/end", cheese(jar(season=[{"start": "02-01", "end": "2026-03-01"}]))),
    ("/variants/0/season/0/end", cheese(jar(season=[{"start": "2026-03-02", "end": "2026-03-01"}]))),
    ("/variants/0/season/0/start", cheese(jar(season=[{"start": "20260301", "end": "2026-03-02"}]))),
    ("/variants/0/season", cheese(jar(season=[{"start": "01-01", "end": "01-02"}] * 13))),
]


async def test_what_cant_be_is_refused_with_the_pointer_of_the_field(piece: Piece, farmer: Headers) -> None:
    for pointer, body in REFUSED:
        answer = await piece.client.post("/v1/products", json=body, headers=farmer)
        assert answer.status_code == 422, (pointer, answer.text)
        assert pointer in [error["pointer"] for error in answer.json()["errors"]], answer.text
    assert await rows(piece, "SELECT 1 FROM products") == []
