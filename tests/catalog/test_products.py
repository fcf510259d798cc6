"""What producers do with their products over HTTP, and what the others hear of it."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from catalog.products.jobs import PRICES
from contracts.catalog import ProductPublished, ProductWithdrawn, StockChanged
from contracts.members import MemberAdmitted, MemberChanged, MemberLeft, MemberState, MemberStatus
from kit.jobs import run_once
from kit.testing.pieces import Piece, Runner, eventually
from kit.testing.spy import Spy
from kit.testing.tokens import Tokens
from tests.catalog.conftest import Headers, Json, admit, create, product, rows, variant


async def test_a_producer_lists_a_product_and_gets_the_ids_of_product_and_variants(
    piece: Piece, farmer: Headers, farm: UUID
) -> None:
    made = await create(piece, farmer)

    assert made["member_id"] == str(farm)
    assert made["status"] == "draft"
    [one] = made["variants"]
    assert one["id"] != made["id"]
    assert one["price"] == {"amount": "25.00", "currency": "MXN"}
    assert (one["case_size"], one["step"], one["minimum"]) == ("0.1", "0.1", "0.1")
    assert one["stock"] == {"policy": "tracked", "available": "40", "on_hand": "40", "reserved": "0"}


async def test_a_draft_is_nobody_elses_to_see(
    piece: Piece, farmer: Headers, admitted: UUID, coordinator: Headers, tokens: Tokens
) -> None:
    made = await create(piece, farmer)
    address = f"/v1/products/{made['id']}"
    neighbour = tokens.actor(roles=["producer"], members=[uuid4()])

    assert (await piece.client.get(address)).status_code == 404
    assert (await piece.client.get(address, headers=neighbour)).status_code == 404
    assert (await piece.client.get(address, headers=farmer)).json()["id"] == made["id"]
    assert (await piece.client.get(address, headers=coordinator)).json()["id"] == made["id"]
    assert (await piece.client.get("/v1/products")).json()["items"] == []
    own = (await piece.client.get("/v1/products/own?status=draft", headers=farmer)).json()["items"]
    assert [one["id"] for one in own] == [made["id"]]
    assert (await piece.client.get("/v1/products/own", headers=neighbour)).json()["items"] == []


async def test_publishing_shows_the_product_and_says_so_with_its_whole_state(
    piece: Piece, spy: Spy, farmer: Headers, admitted: UUID
) -> None:
    made = await create(piece, farmer, publish=True)
    product_id, variant_id = UUID(made["id"]), UUID(made["variants"][0]["id"])

    event = await spy.next(ProductPublished, product_id)
    assert event.version == made["version"]
    assert event.data.producer_name == "Rancho El Mezquite"
    assert [one.variant_id for one in event.data.variants] == [variant_id]
    left = await spy.next(StockChanged, variant_id)
    assert str(left.data.available) == "40"

    public = (await piece.client.get(f"/v1/products/{made['id']}")).json()
    assert public["producer"] == {"id": str(admitted), "name": "Rancho El Mezquite"}
    assert public["variants"][0]["stock"] == {"policy": "tracked", "available": "40"}
    listed = (await piece.client.get("/v1/products")).json()["items"]
    assert listed == [public]


async def test_every_change_of_what_is_offered_is_published_again_with_a_higher_version(
    piece: Piece, spy: Spy, farmer: Headers, admitted: UUID
) -> None:
    made = await create(piece, farmer, publish=True)
    address, variant_id = f"/v1/products/{made['id']}", made["variants"][0]["id"]

    answer = await piece.client.patch(
        address,
        json={"variants": [{"id": variant_id, "price": {"amount": "27.50", "currency": "MXN"}}]},
        headers={**farmer, "if-match": f'"{made["version"]}"'},
    )
    assert answer.status_code == 200, answer.text
    assert answer.headers["etag"] == f'"{made["version"] + 1}"'
    again = await spy.next(ProductPublished, UUID(made["id"]), count=2)
    assert again.version == made["version"] + 1
    assert str(again.data.variants[0].price.amount) == "27.50"

    history = (await piece.client.get(f"/v1/variants/{variant_id}/prices", headers=farmer)).json()["items"]
    assert [entry["price"]["amount"] for entry in history] == ["27.50", "25.00"]


async def test_editing_needs_the_version_that_was_read(piece: Piece, farmer: Headers) -> None:
    made = await create(piece, farmer)
    address = f"/v1/products/{made['id']}"

    assert (await piece.client.patch(address, json={"name": "Otro"}, headers=farmer)).status_code == 428
    stale = {**farmer, "if-match": '"7"'}
    assert (await piece.client.patch(address, json={"name": "Otro"}, headers=stale)).status_code == 412
    right = {**farmer, "if-match": '"1"'}
    assert (await piece.client.patch(address, json={"name": "Otro"}, headers=right)).json()["name"] == "Otro"


async def test_a_change_that_changes_nothing_is_no_new_version(
    piece: Piece, spy: Spy, farmer: Headers, admitted: UUID
) -> None:
    made = await create(piece, farmer, publish=True)
    same = {"name": made["name"], "variants": [{"id": made["variants"][0]["id"], "step": "0.100"}]}
    answer = await piece.client.patch(f"/v1/products/{made['id']}", json=same, headers={**farmer, "if-match": "*"})

    assert answer.json()["version"] == made["version"]


async def test_a_variant_left_out_of_the_list_is_not_offered_any_more(
    piece: Piece, spy: Spy, farmer: Headers, admitted: UUID
) -> None:
    made = await create(piece, farmer, product("Queso", variant("250 g"), variant("500 g")), publish=True)
    kept, gone = made["variants"]
    body = {"variants": [{"id": kept["id"]}, variant("1 kg")]}
    answer = await piece.client.patch(f"/v1/products/{made['id']}", json=body, headers={**farmer, "if-match": "*"})

    assert [one["name"] for one in answer.json()["variants"]] == ["250 g", "1 kg"]
    event = await spy.next(ProductPublished, UUID(made["id"]), count=2)
    assert UUID(gone["id"]) not in {one.variant_id for one in event.data.variants}
    [row] = await rows(piece, "SELECT offered FROM stock WHERE variant_id = :id", id=UUID(gone["id"]))
    assert row.offered is False


async def test_a_variant_keeps_the_unit_that_it_was_counted_in(piece: Piece, farmer: Headers, farm: UUID) -> None:
    made = await create(piece, farmer)
    body = {"variants": [{"id": made["variants"][0]["id"], "unit": "H87"}]}
    answer = await piece.client.patch(f"/v1/products/{made['id']}", json=body, headers={**farmer, "if-match": "*"})

    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/variants/0/unit")


async def test_withdrawing_takes_it_off_the_list_and_says_so(
    piece: Piece, spy: Spy, farmer: Headers, admitted: UUID
) -> None:
    made = await create(piece, farmer, publish=True)
    answer = await piece.client.post(f"/v1/products/{made['id']}/withdraw", headers=farmer)

    assert answer.json()["status"] == "withdrawn"
    event = await spy.next(ProductWithdrawn, UUID(made["id"]))
    assert event.version > made["version"]
    assert (await piece.client.get("/v1/products")).json()["items"] == []
    assert (await piece.client.get(f"/v1/products/{made['id']}")).status_code == 404


@pytest.mark.parametrize(("kind", "ending"), [(MemberChanged, "left"), (MemberLeft, "left"), (MemberLeft, "excluded")])
async def test_a_members_leaving_withdraws_all_its_products(
    *, piece: Piece, spy: Spy, farmer: Headers, admitted: UUID, kind: type[MemberState], ending: MemberStatus
) -> None:
    made = [await create(piece, farmer, product(name), publish=True) for name in ("Jitomate", "Calabaza")]
    fact = kind(member_id=admitted, kind="producer", name="Rancho El Mezquite", status=ending)
    await spy.publish(fact, subject=admitted, version=2)

    for one in made:
        await spy.next(ProductWithdrawn, UUID(one["id"]))
    assert (await piece.client.get("/v1/products")).json()["items"] == []
    again = await piece.client.post(f"/v1/products/{made[0]['id']}/publish", headers=farmer)
    assert again.status_code == 409


async def test_what_a_suspended_member_offers_rests_and_comes_back_with_its_reinstatement(
    piece: Piece, spy: Spy, farmer: Headers, admitted: UUID
) -> None:
    kept = await create(piece, farmer, product("Jitomate"), publish=True)
    dropped = await create(piece, farmer, product("Calabaza"), publish=True)
    draft = await create(piece, farmer, product("Ejote"))

    async def now(status: MemberStatus, version: int) -> None:
        fact = MemberChanged(member_id=admitted, kind="producer", name="Rancho El Mezquite", status=status)
        await spy.publish(fact, subject=admitted, version=version)

    async def own() -> dict[str, str]:
        answer = await piece.client.get("/v1/products/own", headers=farmer)
        return {item["name"]: item["status"] for item in answer.json()["items"]}

    async def listed() -> list[str]:
        return [item["name"] for item in (await piece.client.get("/v1/products")).json()["items"]]

    await now("suspended", 2)
    await spy.next(ProductWithdrawn, UUID(kept["id"]))
    await spy.next(ProductWithdrawn, UUID(dropped["id"]))
    assert await listed() == []
    assert await own() == {"Jitomate": "paused", "Calabaza": "paused", "Ejote": "draft"}
    assert {row.offered for row in await rows(piece, "SELECT offered FROM stock")} == {False}
    assert (await piece.client.post(f"/v1/products/{kept['id']}/publish", headers=farmer)).status_code == 409
    # What is withdrawn meanwhile stays so.
    await piece.client.post(f"/v1/products/{dropped['id']}/withdraw", headers=farmer)
    await now("active", 3)
    back = await spy.next(ProductPublished, UUID(kept["id"]), count=2)
    assert back.version > kept["version"]
    assert await listed() == ["Jitomate"]
    assert await own() == {"Jitomate": "published", "Calabaza": "withdrawn", "Ejote": "draft"}
    # Suspended once more, and gone for good.
    await now("suspended", 4)
    await spy.next(ProductWithdrawn, UUID(kept["id"]), count=2)
    await now("excluded", 5)

    async def state() -> str:
        return (await own())["Jitomate"]

    await eventually(state, lambda seen: seen == "withdrawn")
    assert draft["status"] == "draft"


async def test_a_members_new_name_is_told_with_its_products(
    piece: Piece, spy: Spy, farmer: Headers, admitted: UUID
) -> None:
    made = await create(piece, farmer, publish=True)
    fact = MemberChanged(member_id=admitted, kind="producer", name="El Mezquite, S.C.", status="active")
    await spy.publish(fact, subject=admitted, version=2)

    event = await spy.next(ProductPublished, UUID(made["id"]), count=2)
    assert event.data.producer_name == "El Mezquite, S.C."
    assert (await piece.client.get("/v1/products")).json()["items"][0]["producer"]["name"] == "El Mezquite, S.C."


async def test_what_was_published_before_the_catalog_heard_of_its_member_is_told_when_it_does(
    piece: Piece, spy: Spy, farmer: Headers, farm: UUID
) -> None:
    made = await create(piece, farmer, publish=True)
    assert made["status"] == "published"
    assert spy.seen(ProductPublished) == []

    await admit(spy, piece, farm, "Rancho El Mezquite")
    event = await spy.next(ProductPublished, UUID(made["id"]))
    assert event.data.producer_name == "Rancho El Mezquite"


async def test_a_price_from_a_later_date_holds_when_the_date_has_come(
    piece: Piece, spy: Spy, farmer: Headers, admitted: UUID
) -> None:
    made = await create(piece, farmer, publish=True)
    variant_id = made["variants"][0]["id"]
    later = datetime.now(UTC) + timedelta(days=7)
    for amount, date in (("30.00", later), ("28.00", later - timedelta(days=1))):
        body = {"price": {"amount": amount, "currency": "MXN"}, "valid_from": date.isoformat()}
        await piece.client.post(f"/v1/variants/{variant_id}/prices", json=body, headers=farmer)
    history = (await piece.client.get(f"/v1/variants/{variant_id}/prices", headers=farmer)).json()["items"]
    assert [entry["pending"] for entry in history] == [True, True, False]

    await run_once(piece.database, PRICES)
    assert (await piece.client.get("/v1/products")).json()["items"][0]["variants"][0]["price"]["amount"] == "25.00"
    piece.database.clock = lambda: later + timedelta(minutes=1)
    await run_once(piece.database, PRICES)
    await run_once(piece.database, PRICES)

    event = await spy.next(ProductPublished, UUID(made["id"]), count=2)
    assert str(event.data.variants[0].price.amount) == "30.00"
    assert event.version == made["version"] + 1
    [listed] = (await piece.client.get("/v1/products")).json()["items"]
    [entry] = listed["variants"]
    assert (listed["version"], entry["price"]["amount"]) == (event.version, "30.00")
    assert datetime.fromisoformat(entry["price_from"]) == later


#: What is wrong, and where the answer has to point.
REFUSED: list[tuple[str, Json]] = [
    ("/colour", {**product(), "colour": "red"}),
    ("/category", product(category="gemstones")),
    ("/practices/0", product(practices=["magic"])),
    ("/practices/1", product(practices=["organic", "organic"])),
    ("/variants", {**product(), "variants": []}),
    ("/variants/0/price", product("x", {**variant(), "price": {"amount": "1.005", "currency": "MXN"}})),
    ("/variants/0/price/amount", product("x", variant(price="0"))),
    ("/variants/0/price/amount", product("x", variant(price="-1"))),
    ("/variants/0/price/currency", product("x", {**variant(), "price": {"amount": "1", "currency": "EUR"}})),
    ("/variants/0/unit", product("x", variant(unit="DZN"))),
    ("/variants/0/credit_share", product("x", variant(credit_share=101))),
    ("/variants/0/stock/on_hand", product("x", variant(on_hand="-1"))),
    ("/variants/0/stock/on_hand", product("x", variant(on_hand="1000000000"))),
    ("/variants/0/step", product("x", variant(step="0"))),
    ("/variants/0/minimum", product("x", variant(step="0.5", minimum="0.7"))),
    ("/variants/0/case_size", product("x", variant(step="0.5", case_size="0.7"))),
    ("/variants/1/name", product("x", variant("Caja"), variant("CAJA"))),
    ("/name", product("  ")),
]


async def test_a_product_that_cant_be_is_refused_with_the_pointer_of_the_field(piece: Piece, farmer: Headers) -> None:
    for pointer, body in REFUSED:
        answer = await piece.client.post("/v1/products", json=body, headers=farmer)
        assert answer.status_code == 422, (pointer, answer.text)
        assert pointer in [error["pointer"] for error in answer.json()["errors"]]
    assert await rows(piece, "SELECT 1 FROM products") == []


async def test_credit_is_refused_where_the_network_has_none(running: Runner, spy: Spy, farmer: Headers) -> None:
    async with running("catalog") as piece:
        body = product("x", variant(credit_share=20))
        answer = await piece.client.post("/v1/products", json=body, headers=farmer)
        assert answer.json()["errors"][0]["pointer"] == "/variants/0/credit_share"


async def test_whom_a_product_belongs_to(
    *, piece: Piece, spy: Spy, farmer: Headers, admitted: UUID, coordinator: Headers, tokens: Tokens
) -> None:
    family = uuid4()
    await admit(spy, piece, family, "Familia Luna", "household")
    both = tokens.actor(roles=["member", "producer"], members=[family, admitted])
    assert (await create(piece, both))["member_id"] == str(admitted)
    for_family = {**product(), "member_id": str(family)}
    assert (await create(piece, both, for_family))["member_id"] == str(family)
    assert (await create(piece, coordinator, {**product(), "member_id": str(admitted)}))["member_id"] == str(admitted)

    async def status(headers: Headers, body: Json) -> int:
        return (await piece.client.post("/v1/products", json=body, headers=headers)).status_code

    assert await status(farmer, for_family) == 403
    assert await status(tokens.actor(roles=["member"], members=[family]), product()) == 403
    assert await status(coordinator, product()) == 422
    assert await status(coordinator, {**product(), "member_id": str(uuid4())}) == 422
    assert await status({}, product()) == 401


async def test_anothers_product_is_not_to_be_changed(
    piece: Piece, farmer: Headers, admitted: UUID, tokens: Tokens
) -> None:
    made = await create(piece, farmer, publish=True)
    neighbour = {**tokens.actor(roles=["producer"], members=[uuid4()]), "if-match": "*"}
    address = f"/v1/products/{made['id']}"

    assert (await piece.client.patch(address, json={"name": "Mío"}, headers=neighbour)).status_code == 403
    assert (await piece.client.post(f"{address}/withdraw", headers=neighbour)).status_code == 403


async def test_the_same_id_sent_twice_is_the_same_product(piece: Piece, farmer: Headers, tokens: Tokens) -> None:
    body = {**product(), "id": str(uuid4())}
    first, second = await create(piece, farmer, body), await create(piece, farmer, body)

    assert first == second
    thief = tokens.actor(roles=["producer"], members=[uuid4()])
    assert (await piece.client.post("/v1/products", json=body, headers=thief)).status_code == 409


async def test_two_variants_of_a_member_cant_share_a_number(piece: Piece, farmer: Headers) -> None:
    await create(piece, farmer, product("Jitomate", variant(sku="T-1")))
    answer = await piece.client.post("/v1/products", json=product("Otro", variant(sku="T-1")), headers=farmer)

    assert answer.status_code == 409


async def test_categories_and_practices_have_stable_codes_and_names_in_both_languages(piece: Piece) -> None:
    listed = (await piece.client.get("/v1/categories", headers={"accept-language": "es"})).json()
    vegetables = next(term for term in listed if term["code"] == "vegetables")

    assert vegetables == {
        "code": "vegetables",
        "parent": "food",
        "name": "Verduras",
        "names": {"es": "Verduras", "en": "Vegetables"},
        "dfc": "https://github.com/datafoodconsortium/taxonomies/releases/latest/download/productTypes.rdf#vegetable",
    }
    listed_so_far = set()
    for term in listed:
        assert term["parent"] is None or term["parent"] in listed_so_far
        listed_so_far.add(term["code"])
    allergens = (await piece.client.get("/v1/allergens", headers={"accept-language": "es"})).json()
    assert (len(allergens), allergens[0]["name"]) == (14, "Cereales con gluten")
    practices = (await piece.client.get("/v1/practices", headers={"accept-language": "en"})).json()
    assert "Agroecological" in [term["name"] for term in practices]


async def test_an_admission_that_comes_late_does_not_undo_a_leaving(
    piece: Piece, spy: Spy, farmer: Headers, farm: UUID
) -> None:
    gone = MemberChanged(member_id=farm, kind="producer", name="Rancho", status="left")
    await spy.publish(gone, subject=farm, version=3)
    await spy.publish(MemberAdmitted(member_id=farm, kind="producer", name="Rancho", status="active"), subject=farm)

    async def known() -> list[str]:
        return [row.status for row in await rows(piece, "SELECT status FROM producers")]

    await eventually(known, lambda seen: seen == ["left"])
    made = await create(piece, farmer)
    answer = await piece.client.post(f"/v1/products/{made['id']}/publish", headers=farmer)
    assert answer.status_code == 409
