"""Lots over HTTP: what is noted, split, put together, transformed, lost, and where it came from."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from kit.testing.pieces import Piece
from kit.testing.spy import Spy
from kit.testing.tokens import Tokens
from tests.catalog.chain import TODAY, Maker
from tests.catalog.conftest import Headers, admit, create, product, variant

MILK = {"unit": "LTR", "kg_per_unit": "1.03"}


@pytest.fixture
def maker(piece: Piece, farmer: Headers, admitted: UUID) -> Maker:
    return Maker(piece, farmer, admitted)


@pytest.fixture
def coop(piece: Piece, coordinator: Headers) -> Maker:
    return Maker(piece, coordinator)


async def test_a_lot_has_a_number_that_is_spoken_and_is_found_by_it(maker: Maker) -> None:
    first = await maker.lot("Leche", "40", **MILK, place="Hato de abajo", code="C-1")
    second = await maker.lot("Leche", "38.5", **MILK)
    year = TODAY.year
    assert [first["number"], second["number"]] == [f"QRO-L-{year}-0001", f"QRO-L-{year}-0002"]
    assert (first["balance"], first["unit"], first["kg_per_unit"], first["place"]) == (
        "40",
        "LTR",
        "1.03",
        "Hato de abajo",
    )
    assert first["member_id"] == first["producer_id"] == str(maker.member_id)
    assert await maker.get(f"/v1/lots/{first['number'].lower()}") == first
    listed = await maker.get("/v1/lots", limit="1")
    assert [lot["id"] for lot in listed["items"]] == [second["id"]]
    rest = await maker.get("/v1/lots", after=listed["next"])
    assert ([lot["id"] for lot in rest["items"]], rest["next"]) == ([first["id"]], None)


async def test_milk_becomes_curd_becomes_cheese_and_whey_and_each_litre_is_somewhere(maker: Maker) -> None:
    """The dairy of Sigchos: two cans into the vat, curd and whey out of it, cheese pressed of the curd."""
    cans = [await maker.lot("Leche", quantity, **MILK, place="Sigchos") for quantity in ("60", "40")]
    merged = await maker.send("POST", "/v1/lots/merge", {"lots": [{"lot_id": can["id"]} for can in cans]})
    vat = merged["lots"][-1]
    assert (vat["balance"], [lot["balance"] for lot in merged["lots"][:2]]) == ("100", ["0", "0"])
    recipe = await maker.send(
        "POST",
        "/v1/recipes",
        {
            "name": "Cuajada",
            "input": "Leche",
            "input_unit": "LTR",
            "output": "Cuajada",
            "output_unit": "KGM",
            "least": "0.11",
            "most": "0.16",
        },
    )
    curdled = await maker.transform(
        [(vat, None)],
        [
            {"name": "Cuajada", "quantity": "14", "unit": "KGM"},
            {"name": "Suero", "quantity": "86", "unit": "LTR", "kg_per_unit": "1.02", "byproduct": True},
        ],
        losses=[{"name": "spilling", "kg": "0.5"}, {"name": "evaporation"}],
        recipe_id=recipe["id"],
    )
    assert curdled["mass"] == {"taken": "103", "made": "101.72", "lost": "1.28"}
    assert curdled["made"] == {"of_one": "0.14", "input_unit": "LTR", "output_unit": "KGM"}
    assert (curdled["warnings"], curdled["usual"]["times"]) == ([], 0)
    pressed = await maker.transform(
        [(curdled["made_lots"]["Cuajada"], None)],
        [{"name": "Queso fresco", "quantity": "12", "unit": "KGM"}],
        losses=[{"name": "filtering"}],
    )
    cheese = pressed["made_lots"]["Queso fresco"]
    back = await maker.get(f"/v1/lots/{cheese['id']}/trace", direction="back")
    assert [(lot["name"], lot["steps_away"], lot["first"]) for lot in back["lots"]] == [
        ("Leche", 3, True),
        ("Leche", 3, True),
        ("Leche", 2, False),
        ("Cuajada", 1, False),
        ("Queso fresco", 0, False),
    ]
    assert back["complete"]
    assert [step["kind"] for step in back["steps"]] == [
        "harvested",
        "harvested",
        "merged",
        "transformed",
        "transformed",
    ]
    assert back["steps"][3]["losses"] == [{"name": "evaporation", "kg": "0.78"}, {"name": "spilling", "kg": "0.5"}]
    forward = await maker.get(f"/v1/lots/{cans[0]['id']}/trace", direction="forward")
    assert {lot["name"] for lot in forward["lots"]} == {"Leche", "Cuajada", "Suero", "Queso fresco"}


async def test_cane_becomes_panela_and_bagasse_and_the_bagasse_becomes_compost_that_is_sold(maker: Maker) -> None:
    compost = await create(
        maker.piece, maker.headers, product("Composta", variant("10 kg", "0"), category="bio_inputs")
    )
    cane = await maker.lot("Caña", "1000", place="Lote de la loma")
    milled = await maker.transform(
        [(cane, None)],
        [
            {"name": "Jugo", "quantity": "500", "unit": "LTR", "kg_per_unit": "1.074"},
            {"name": "Bagazo", "quantity": "440", "unit": "KGM", "byproduct": True},
        ],
        losses=[{"name": "filtering"}],
    )
    boiled = await maker.transform(
        [(milled["made_lots"]["Jugo"], None)],
        [
            {"name": "Panela", "quantity": "100", "unit": "KGM"},
            {"name": "Cachaza", "quantity": "12", "byproduct": True, "unit": "KGM"},
        ],
        losses=[{"name": "evaporation"}],
    )
    assert boiled["mass"] == {"taken": "537", "made": "112", "lost": "425"}
    heap = await maker.do(
        milled["made_lots"]["Bagazo"],
        "compost",
        {"variant_id": compost["variants"][0]["id"], "name": "Composta", "made": "180"},
    )
    assert heap["mass"] == {"taken": "440", "made": "180", "lost": "260"}
    made = next(lot for lot in heap["lots"] if lot["name"] == "Composta")
    assert made["variant_id"] == compost["variants"][0]["id"]
    back = await maker.get(f"/v1/lots/{made['number']}/trace")
    assert [lot["name"] for lot in back["lots"]] == ["Caña", "Bagazo", "Composta"]
    balance = await maker.balance()
    chain = balance["chain"]
    assert (chain["opening"], chain["came_in"], chain["went_out"]) == ("0", {"harvested": "1000"}, {})
    assert chain["losses"] == {"evaporation": "425", "filtering": "23", "rotting": "260"}
    assert (chain["closing"], chain["difference"], chain["not_weighed"]) == ("292", "0", [])
    assert {line["name"]: line["difference"] for line in balance["items"]} == dict.fromkeys(
        ("Bagazo", "Cachaza", "Caña", "Composta", "Jugo", "Panela"), "0"
    )


async def test_what_weighs_less_afterwards_and_is_not_explained_is_refused(maker: Maker) -> None:
    milk = await maker.lot("Leche", "100", **MILK)

    def body(quantity: str, *losses: object, **more: object) -> dict[str, object]:
        made = {"name": "Queso", "quantity": quantity, "unit": "KGM", **more}
        return {"inputs": [{"lot_id": milk["id"]}], "outputs": [made], "losses": list(losses)}

    rest = {"name": "evaporation"}
    path = "/v1/transformations"
    assert await maker.refused(path, body("12")) == (422, "mass-unexplained", "/losses")
    assert await maker.refused(path, body("12", {"name": "filtering", "kg": "91"}, {"name": "filtering"})) == (
        422,
        "loss-twice",
        "/losses/1/name",
    )
    assert await maker.refused(path, body("12", rest, {"name": "other"})) == (422, "one-rest", "/losses/1/kg")
    assert await maker.refused(path, body("103.001", rest)) == (422, "more-than-was-taken", "/outputs")
    jars = body("40", rest, unit="H87")
    assert await maker.refused(path, jars) == (422, "rest-unknown", "/losses")
    assert (await maker.get(f"/v1/lots/{milk['id']}"))["balance"] == "100"


async def test_a_yield_out_of_range_is_warned_of_and_recorded_all_the_same(maker: Maker) -> None:
    recipe = {"name": "Queso", "input": "Leche", "input_unit": "LTR", "output": "Queso", "output_unit": "KGM"}
    recipe_id = (await maker.send("POST", "/v1/recipes", {**recipe, "least": "0.1", "most": "0.12"}))["id"]
    codes, done = [], dict[str, Any]()
    for made in ("9", "11", "13"):
        milk = await maker.lot("Leche", "100", **MILK)
        done = await maker.transform(
            [(milk, None)],
            [{"name": "Queso", "quantity": made, "unit": "KGM"}],
            losses=[{"name": "filtering"}],
            recipe_id=recipe_id,
        )
        codes.append([warning["code"] for warning in done["warnings"]])
    assert codes == [["yield_low"], [], ["yield_high"]]
    assert (done["usual"]["average"], done["usual"]["times"]) == ("0.1", 2)
    milk = await maker.lot("Leche", "100", **MILK)
    spanish = Maker(maker.piece, {**maker.headers, "accept-language": "es"}, maker.member_id)
    low = await spanish.transform(
        [(milk, None)],
        [{"name": "Queso", "quantity": "1", "unit": "KGM"}],
        losses=[{"name": "filtering"}],
        recipe_id=recipe_id,
    )
    assert low["warnings"][0]["message"] == "0.01 es menos de lo usual, de 0.1 a 0.12: ¿faltó anotar algo?"


async def test_a_harvest_on_the_shelf_raises_stock_and_its_losses_lower_it(maker: Maker) -> None:
    made = await create(maker.piece, maker.headers, product("Jitomate", variant(on_hand="10")))
    variant_id = made["variants"][0]["id"]
    lot = await maker.lot(None, "25", None, variant_id=variant_id, stock=True)
    assert (lot["name"], lot["unit"], lot["product_id"]) == ("Jitomate", "KGM", made["id"])

    async def on_hand() -> str:
        return str((await maker.get(f"/v1/variants/{variant_id}/stock"))["on_hand"])

    assert await on_hand() == "35"
    await maker.do(lot, "lose", {"quantity": "3", "cause": "spoiled"})
    assert await on_hand() == "32"
    await maker.do(lot, "correct", {"counted": "21"})
    assert await on_hand() == "31"
    parts = await maker.do(lot, "split", {"parts": [{"quantity": "5"}, {"quantity": "6", "place": "Bodega"}]})
    assert await on_hand() == "31"
    assert [part["balance"] for part in parts["lots"]] == ["10", "5", "6"]
    await maker.transform(
        [(parts["lots"][2], None)], [{"name": "Puré", "quantity": "4", "unit": "KGM"}], losses=[{"name": "evaporation"}]
    )
    assert await on_hand() == "25"
    movements = (await maker.get(f"/v1/variants/{variant_id}/movements"))["items"]
    assert [(one["reason"], one["quantity"]) for one in movements] == [
        ("loss", "-6"),
        ("correction", "-1"),
        ("loss", "-3"),
        ("harvest", "25"),
        ("harvest", "10"),
    ]
    assert movements[1]["note"] == lot["number"]


async def test_a_loss_of_what_is_promised_to_orders_is_refused_whole(maker: Maker, coop: Maker) -> None:
    made = await create(maker.piece, maker.headers, product("Jitomate", variant(on_hand="0")), publish=True)
    variant_id = made["variants"][0]["id"]
    lot = await maker.lot(None, "10", None, variant_id=variant_id, stock=True)
    await coop.send("POST", "/v1/reservations", {"lines": [{"variant_id": variant_id, "quantity": "8"}]})
    assert await maker.refused(f"/v1/lots/{lot['id']}/lose", {"quantity": "3", "cause": "pests"}) == (
        409,
        "not-enough-stock",
        None,
    )
    assert (await maker.get(f"/v1/lots/{lot['id']}"))["balance"] == "10"


async def test_the_same_id_again_is_the_same_lot_or_transformation(maker: Maker) -> None:
    body = {"id": str(uuid4()), "name": "Leche", "quantity": "10", **MILK}
    first = await maker.send("POST", "/v1/lots", body)
    assert (await maker.send("POST", "/v1/lots", {**body, "quantity": "99"}))["balance"] == first["balance"] == "10"
    making = {
        "id": str(uuid4()),
        "inputs": [{"lot_id": first["id"], "quantity": "4"}],
        "outputs": [{"name": "Queso", "quantity": "1", "unit": "KGM"}],
        "losses": [{"name": "filtering"}],
    }
    once = await maker.send("POST", "/v1/transformations", making)
    again = await maker.send("POST", "/v1/transformations", making)
    assert again["event_id"] == once["event_id"] == making["id"]
    assert [lot["balance"] for lot in again["lots"]] == ["6", "1"]


async def test_a_lot_is_its_makers_and_the_coordinators(maker: Maker, coop: Maker, spy: Spy, tokens: Tokens) -> None:
    lot = await maker.lot("Miel", "10")
    neighbour = uuid4()
    await admit(spy, maker.piece, neighbour, "Rancho La Loma")
    other = Maker(maker.piece, {**tokens.actor(roles=["producer"], members=[neighbour]), "accept-language": "en"})
    for path in ("", "/trace"):
        await other.get(f"/v1/lots/{lot['id']}{path}", 404)
    assert (await other.get("/v1/lots"))["items"] == []
    await other.do(lot, "lose", {"cause": "stolen"}, expect=404)
    taken = {"inputs": [{"lot_id": lot["id"]}], "outputs": [{"name": "Hidromiel", "quantity": "9", "unit": "KGM"}]}
    assert await other.refused("/v1/transformations", taken) == (404, "lot-not-found", "/inputs/0/lot_id")
    family = Maker(maker.piece, tokens.actor(roles=["member"], members=[uuid4()]))
    assert (await family.refused("/v1/lots", {"name": "Miel", "quantity": "1", "unit": "KGM"}))[0] == 403
    handed = await maker.do(lot, "deliver", {"quantity": "4", "member_id": str(neighbour)})
    there = handed["lots"][1]
    assert (there["member_id"], there["producer_id"]) == (str(neighbour), str(maker.member_id))
    await other.do(there, "lose", {"quantity": "1", "cause": "sampled"})
    # Who made it still sees what became of it, but no longer changes it.
    assert (await maker.get(f"/v1/lots/{there['id']}"))["balance"] == "3"
    await maker.do(there, "lose", {"cause": "stolen"}, expect=403)
    assert (await coop.do(there, "correct", {"counted": "2.5"}))["lots"][0]["balance"] == "2.5"


async def test_a_lot_that_cant_be_is_refused_with_the_field(maker: Maker) -> None:
    refusals: list[tuple[dict[str, object], str, str | None]] = [
        ({"quantity": "0"}, "invalid", "/quantity"),
        ({"quantity": "-1"}, "invalid", "/quantity"),
        ({"quantity": "1e3"}, "invalid", "/quantity"),
        ({"quantity": "1000000"}, "invalid", "/quantity"),
        ({"quantity": "1.0001"}, "invalid", "/quantity"),
        ({"unit": "HUR"}, "invalid", "/unit"),
        ({"unit": None}, "unit-missing", "/unit"),
        ({"name": None}, "name-missing", "/name"),
        ({"name": "Le\x00che"}, "value-not-storable", None),
        ({"unit": "H87", "quantity": "1.5"}, "pieces-are-whole", "/quantity"),
        ({"kg_per_unit": "1.03"}, "kilo-is-a-kilo", "/kg_per_unit"),
        ({"product_id": str(uuid4())}, "product-unknown", "/product_id"),
        ({"variant_id": str(uuid4())}, "variant-unknown", "/variant_id"),
        ({"stock": True}, "stock-without-variant", "/stock"),
        ({"on": (TODAY + timedelta(days=1)).isoformat()}, "still-to-come", "/on"),
        ({"best_before": "2020-01-01"}, "already-past", "/best_before"),
        ({"for_network": True}, "role-missing", None),
        ({"producer_id": str(uuid4())}, "not-your-making", "/producer_id"),
        ({"kind": "received", "producer_id": str(uuid4())}, "unknown-member", "/producer_id"),
        ({"kind": "stolen"}, "invalid", "/kind"),
        ({"colour": "red"}, "invalid", "/colour"),
    ]
    for changes, kind, pointer in refusals:
        found = await maker.refused("/v1/lots", {"name": "Miel", "quantity": "10", "unit": "KGM", **changes})
        assert found[1:] == (kind, pointer), changes
    assert (await maker.get("/v1/lots"))["items"] == []
