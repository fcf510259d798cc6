"""From a family's line back to the cans of milk: lots and orders by the events of both pieces."""

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4
from xml.etree import ElementTree

import pytest

from contracts.orders import (
    DeliveredLine,
    DeliveryReceived,
    OrderCancelled,
    OrderCollected,
    OrderConfirmed,
    OrderedLine,
    OrderState,
)
from contracts.values import Money
from kit.testing.pieces import Piece, Runner, eventually
from kit.testing.spy import Spy
from kit.testing.tokens import Tokens
from tests.catalog.chain import Maker
from tests.catalog.conftest import Headers, Json, admit, create, product, rows, variant
from tests.orders.shop import Shop

MILK = {"unit": "LTR", "kg_per_unit": "1.03"}


@dataclass
class Market:
    """A cycle of which the catalog hears: one dairy's cheese, ordered by families."""

    piece: Piece
    spy: Spy
    dairy: Maker
    coop: Maker
    tokens: Tokens
    variant_id: UUID
    cycle_id: UUID
    purchase_order_id: UUID
    versions: dict[UUID, int]

    async def deliver(self, accepted: str, lot: str | None) -> None:
        """Orders says what came, and the catalog has heard."""
        version = self.versions[self.purchase_order_id] = self.versions.get(self.purchase_order_id, 0) + 1
        fact = DeliveryReceived(
            purchase_order_id=self.purchase_order_id,
            number="QRO-OC-2026-0001",
            cycle_id=self.cycle_id,
            supplier_id=self.dairy.member_id or uuid4(),
            received_at=datetime.now(UTC),
            place="Quitumbe",
            lines=[
                DeliveredLine(variant_id=self.variant_id, accepted=Decimal(accepted), rejected=Decimal(0), lot=lot),
                # A peer's goods: not in this catalogue.
                DeliveredLine(variant_id=uuid4(), accepted=Decimal(1), rejected=Decimal(0)),
            ],
        )
        await self.spy.publish(fact, subject=self.purchase_order_id, version=version)

        async def heard() -> Any:
            sql = "SELECT accepted, stated FROM lot_deliveries WHERE purchase_order_id = :id"
            return await rows(self.piece, sql, id=self.purchase_order_id)

        await eventually(heard, lambda seen: bool(seen) and tuple(seen[0]) == (Decimal(accepted), lot))

    def order(self, quantity: str, member_id: UUID | None = None) -> dict[str, Any]:
        """What of an order stays the same from event to event."""
        return {
            "order_id": uuid4(),
            "member_id": member_id or uuid4(),
            "line": OrderedLine(
                line_id=uuid4(),
                variant_id=self.variant_id,
                producer_id=self.dairy.member_id or uuid4(),
                name="Queso fresco",
                quantity=Decimal(quantity),
                tolerance=Decimal(0),
            ),
        }

    async def say[F: OrderState](self, kind: type[F], order: dict[str, Any], packed: str | None = None) -> None:
        """Orders says what became of an order, and the catalog has heard."""
        version = self.versions[order["order_id"]] = self.versions.get(order["order_id"], 0) + 1
        line = order["line"].model_copy(update={"packed": None if packed is None else Decimal(packed)})
        fact = kind(
            order_id=order["order_id"],
            number="QRO-2026-0001",
            status=kind.topic.happened,
            cycle_id=self.cycle_id,
            member_id=order["member_id"],
            lines=[line],
            total=Money(amount=Decimal(10), currency="MXN"),
            holds=[],
            deadline=datetime.now(UTC),
        )
        event_id = await self.spy.publish(fact, subject=order["order_id"], version=version)

        async def heard() -> Any:
            return await rows(self.piece, "SELECT 1 FROM inbox WHERE event_id = :id", id=event_id)

        await eventually(heard)

    async def delivered(self) -> list[Json]:
        """The network's lots for this cycle, the oldest first."""
        found = await self.coop.get("/v1/lots", cycle_id=str(self.cycle_id))
        return list(reversed(found["items"]))

    async def origin(self, order: dict[str, Any], expect: int = 200) -> Json:
        """The line's trace, as the family sees it."""
        family = self.tokens.actor(roles=["member"], members=[order["member_id"]])
        return await Maker(self.piece, family).get(f"/v1/order-lines/{order['line'].line_id}/trace", expect)


@pytest.fixture
async def market(
    *, piece: Piece, spy: Spy, farmer: Headers, coordinator: Headers, admitted: UUID, tokens: Tokens
) -> Market:
    made = await create(piece, farmer, product("Queso fresco", variant(on_hand="100"), category="dairy"), publish=True)
    variant_id = UUID(made["variants"][0]["id"])
    dairy, coop = Maker(piece, farmer, admitted), Maker(piece, coordinator)
    return Market(piece, spy, dairy, coop, tokens, variant_id, uuid4(), uuid4(), {})


async def cheese(market: Market, quantity: str = "12", **more: Any) -> Json:
    """Cheese of two farms' milk."""
    cans = []
    for name in ("Hato Guamán", "Hato Toaquiza"):
        farm = uuid4()
        await admit(market.spy, market.piece, farm, name)
        received = {"kind": "received", "producer_id": str(farm), "place": name, **MILK}
        cans.append(await market.dairy.lot("Leche", "60", **received))
    done = await market.dairy.transform(
        [(can, None) for can in cans],
        [
            {"variant_id": str(market.variant_id), "quantity": quantity, **more},
            {"name": "Suero", "quantity": "100", "unit": "LTR", "kg_per_unit": "1.02", "byproduct": True},
        ],
        losses=[{"name": "filtering"}],
    )
    made: Json = done["made_lots"]["Queso fresco"]
    return made


async def test_a_familys_cheese_leads_back_to_the_cans_of_each_farm(market: Market) -> None:
    made = await cheese(market)
    order = market.order("2")
    await market.say(OrderConfirmed, order)
    assert (await market.origin(order))["unknown"] == "0"
    await market.deliver("10", made["number"])
    [there] = await market.delivered()
    assert (there["balance"], there["place"], there["member_id"]) == ("10", "Quitumbe", None)
    assert (await market.dairy.get(f"/v1/lots/{made['id']}"))["balance"] == "2"
    await market.say(OrderCollected, order, "1.95")

    origin = await eventually(lambda: market.origin(order), lambda seen: seen["known"] == "1.95")
    assert (origin["packed"], origin["unknown"]) == ("1.95", "0")
    told = [(lot["name"], lot["producer"], lot["steps_away"], lot["share"]) for lot in origin["lots"]]
    assert told[0][:3] == ("Queso fresco", "Rancho El Mezquite", 0)
    assert told[1][:3] == ("Queso fresco", "Rancho El Mezquite", 1)
    assert sorted(told[2:]) == [("Leche", "Hato Guamán", 2, "50"), ("Leche", "Hato Toaquiza", 2, "50")]
    assert [lot["first"] for lot in origin["lots"]] == [False, False, True, True]

    # Anybody who has the code sees the same, without the order; nobody else sees the family's line.
    public = await market.piece.client.get(f"/v1/lots/{there['number']}/origin")
    assert [lot["name"] for lot in public.json()["lots"]] == [lot["name"] for lot in origin["lots"]]
    assert str(order["member_id"]) not in public.text
    assert public.headers["cache-control"] == "public, no-cache"
    again = {"if-none-match": public.headers["etag"]}
    assert (await market.piece.client.get(f"/v1/lots/{there['number']}/origin", headers=again)).status_code == 304
    await market.origin({**order, "member_id": uuid4()}, expect=404)
    await market.dairy.get(f"/v1/order-lines/{order['line'].line_id}/trace", 404)

    # Forward from a can: the coordinators see who got some of it, the dairy that somebody did.
    can = (await market.dairy.get("/v1/lots", name="Leche"))["items"][0]
    forward = await market.coop.get(f"/v1/lots/{can['id']}/trace", direction="forward")
    assert [(line["member_id"], line["quantity"], line["unit"]) for line in forward["lines"]] == [
        (str(order["member_id"]), "1.95", "KGM")
    ]
    seen = await market.dairy.get(f"/v1/lots/{can['id']}/trace", direction="forward")
    assert [lot["balance"] for lot in forward["lots"]] == ["0", "2", "100", "8.05"]
    assert [(line["member_id"], line["order_id"], line["quantity"]) for line in seen["lines"]] == [(None, None, "1.95")]


async def test_a_familys_name_is_in_no_trace_not_even_of_the_eggs_it_brought(market: Market) -> None:
    family = uuid4()
    await admit(market.spy, market.piece, family, "Familia Ruiz", "household")
    received = {"kind": "received", "producer_id": str(family), "for_network": True}
    eggs = await market.coop.lot("Huevo", "30", "H87", **received)
    done = await market.coop.transform(
        [(eggs, None)], [{"variant_id": str(market.variant_id), "quantity": "2"}], member_id=str(market.dairy.member_id)
    )
    made = done["made_lots"]["Queso fresco"]
    public = await market.piece.client.get(f"/v1/lots/{made['number']}/origin")
    assert [lot["producer"] for lot in public.json()["lots"]] == ["Rancho El Mezquite", None]
    assert (done["mass"], done["not_weighed"]) == (None, ["Huevo"])


async def test_what_keeps_the_shortest_is_packed_first_and_no_origin_is_invented(market: Market) -> None:
    await market.deliver("3", "viejo")
    market.purchase_order_id = uuid4()
    late = await cheese(market, best_before="2099-01-31")
    await market.deliver("2", late["number"])
    order, other = market.order("4"), market.order("4")
    await market.say(OrderCollected, order, "4")
    first = await market.origin(order)
    assert (first["known"], first["unknown"]) == ("4", "0")
    assert [lot["balance"] for lot in await market.delivered()] == ["1", "0"]
    await market.say(OrderCollected, other, "4")
    second = await market.origin(other)
    assert (second["packed"], second["known"], second["unknown"]) == ("4", "1", "3")
    assert [(lot["name"], lot["kind"], lot["first"]) for lot in second["lots"]] == [("Queso fresco", "received", True)]


async def test_a_delivery_that_is_heard_after_its_collection_is_packed_all_the_same(market: Market) -> None:
    order = market.order("4")
    await market.say(OrderCollected, order, "4")
    origin = await market.origin(order)
    assert (origin["known"], origin["unknown"], origin["lots"]) == ("0", "4", [])
    await market.deliver("3", "Q-1")
    origin = await market.origin(order)
    assert (origin["known"], origin["unknown"]) == ("3", "1")
    await market.deliver("10", "Q-1")
    assert (await market.origin(order))["known"] == "4"
    assert [lot["balance"] for lot in await market.delivered()] == ["6"]


async def test_a_corrected_delivery_changes_its_lots_by_the_difference(market: Market) -> None:
    made = await cheese(market)
    await market.deliver("10", made["number"])
    await market.deliver("8", made["number"])

    async def left() -> list[str]:
        lots = [*(await market.delivered()), await market.dairy.get(f"/v1/lots/{made['id']}")]
        return [lot["balance"] for lot in lots]

    assert await left() == ["8", "4"]
    # More than the dairy's books had: it was weighed, so the books were wrong.
    await market.deliver("15", made["number"])
    assert await left() == ["15", "0"]
    # Another lot after all: what was taken of the first is its dairy's again.
    await market.deliver("5", "Q-9")
    assert await left() == ["0", "5", "15"]
    back = await market.coop.get(f"/v1/lots/{made['id']}/trace", direction="forward")
    assert [step["kind"] for step in back["steps"]].count("corrected") == 3
    await market.deliver("5", "Q-9")
    assert await left() == ["0", "5", "15"]


async def test_more_delivered_than_the_books_had_is_corrected_first(market: Market) -> None:
    made = await cheese(market)
    await market.deliver("14", made["code"] or made["number"])
    assert [lot["balance"] for lot in await market.delivered()] == ["14"]
    assert (await market.dairy.get(f"/v1/lots/{made['id']}"))["balance"] == "0"
    balance = await market.coop.balance()
    assert {line["name"]: line["difference"] for line in balance["items"]} == {
        "Queso fresco": "0",
        "Leche": "0",
        "Suero": "0",
    }
    assert (balance["chain"]["came_in"]["corrected"], balance["chain"]["difference"]) == ("2", "0")


async def test_what_is_packed_by_hand_is_not_packed_again_at_collection(market: Market) -> None:
    await market.deliver("10", None)
    [there] = await market.delivered()
    order, stranger = market.order("3"), market.order("1")
    line = {"line_id": str(order["line"].line_id), "quantity": "2"}
    path = f"/v1/lots/{there['id']}/pack"
    assert await market.coop.refused(path, {"lines": [line]}) == (422, "line-unknown", "/lines/0/line_id")
    await market.say(OrderConfirmed, order)
    await market.coop.do(there, "pack", {"lines": [line]})
    assert await market.coop.refused(path, {"lines": [line, line]}) == (422, "line-twice", "/lines/1/line_id")
    assert await market.coop.refused(path, {"lines": [{**line, "quantity": "9"}]}) == (
        409,
        "not-enough-in-lot",
        "/lines",
    )
    await market.say(OrderCollected, order, "3")
    assert (await market.delivered())[0]["balance"] == "7"
    assert await market.coop.refused(path, {"lines": [line]}) == (409, "packed-already", "/lines/0/quantity")
    await market.say(OrderConfirmed, stranger)
    await market.say(OrderCancelled, stranger)
    gone = {"line_id": str(stranger["line"].line_id), "quantity": "1"}
    assert await market.coop.refused(path, {"lines": [gone]}) == (422, "line-unknown", "/lines/0/line_id")


async def test_a_line_of_something_else_is_not_packed_but_a_jar_goes_with_anything(market: Market) -> None:
    order = market.order("2")
    await market.say(OrderConfirmed, order)
    line = {"line_id": str(order["line"].line_id), "quantity": "2"}
    honey = await market.dairy.lot("Miel", "5")
    jars = await market.coop.lot("Frasco 500 ml", "40", "H87", container=True, for_network=True, kg_per_unit="0.3")
    assert await market.dairy.refused(f"/v1/lots/{honey['id']}/pack", {"lines": [line]}) == (
        422,
        "line-of-another",
        "/lines/0/line_id",
    )
    await market.coop.do(jars, "pack", {"lines": [line]})
    # The jar says nothing of where its content is from.
    await market.say(OrderCollected, order, "2")
    assert ((await market.origin(order))["known"], (await market.origin(order))["unknown"]) == ("0", "2")

    # One comes back, to be washed; one is broken; a third can't come back.
    back = await market.coop.do(jars, "return", {"quantity": "1", "member_id": str(order["member_id"])})
    returned = back["lots"][-1]
    assert (returned["balance"], returned["container"]) == ("1", True)
    await market.coop.do(jars, "return", {"quantity": "1", "line_id": line["line_id"]})
    assert await market.coop.refused(f"/v1/lots/{jars['id']}/return", {"quantity": "1"}) == (
        409,
        "not-so-much-out",
        "/quantity",
    )
    await market.coop.do(returned, "lose", {"cause": "broken"})
    traced = await market.coop.get(f"/v1/lots/{jars['id']}/trace", direction="forward")
    assert [lot["name"] for lot in traced["lots"]] == ["Frasco 500 ml"] * 3
    assert [step["kind"] for step in traced["steps"]] == ["harvested", "packed", "returned", "returned", "lost"]


async def test_containers_are_told_by_who_has_them(market: Market) -> None:
    jars = await market.coop.lot("Frasco", "40", "H87", container=True, for_network=True, kind="received")
    orders = [market.order("2"), market.order("3")]
    for order in orders:
        await market.say(OrderConfirmed, order)
        line = {"line_id": str(order["line"].line_id), "quantity": str(order["line"].quantity)}
        await market.coop.do(jars, "pack", {"lines": [line]})
    member_id = str(orders[0]["member_id"])
    await market.coop.do(jars, "return", {"quantity": "2", "member_id": member_id})
    family = Maker(market.piece, market.tokens.actor(roles=["member"], members=[orders[0]["member_id"]]))
    mine = {"name": "Frasco", "member_id": member_id, "went_out": "2", "came_back": "2", "out": "0"}
    assert (await family.get("/v1/containers"))["items"] == [mine]
    assert (await family.get("/v1/containers", out="true"))["items"] == []
    await family.get("/v1/containers", 404, member_id=str(orders[1]["member_id"]))
    first = await market.coop.get("/v1/containers", limit="1")
    rest = await market.coop.get("/v1/containers", after=first["next"])
    assert {row["out"] for row in [*first["items"], *rest["items"]]} == {"0", "3"}
    [out] = (await market.coop.get("/v1/containers", out="true"))["items"]
    assert (out["member_id"], out["out"]) == (str(orders[1]["member_id"]), "3")


async def test_a_trace_is_a_picture_too(market: Market) -> None:
    made = await cheese(market, best_before="2099-01-31")
    await market.deliver("10", made["number"])
    await market.say(OrderCollected, market.order("4"), "4")
    can = (await market.dairy.get("/v1/lots", name="Leche"))["items"][0]
    headers = {**market.coop.headers, "accept": "image/svg+xml", "accept-language": "es"}
    path = f"/v1/lots/{can['id']}/trace?direction=forward"
    drawn = await market.piece.client.get(path, headers=headers)
    assert drawn.headers["content-type"] == "image/svg+xml"
    words = [element.text for element in ElementTree.fromstring(drawn.text).iter() if element.tag.endswith("}text")]
    assert words[0] == "A dónde fue"
    assert {"Leche 60 l", "Suero 100 l", "Queso fresco 12 kg", "Queso fresco 10 kg", "Líneas de pedidos: 1"} <= set(
        words
    )
    assert (await market.piece.client.get(path, headers={**headers, "accept": "image/png"})).status_code == 406


async def test_an_empty_jar_is_not_taken_for_what_was_in_it(market: Market) -> None:
    """Honey is filled into jars, jars go out, come back, are washed and filled with other honey: a recall of the first
    honey does not reach those who got the second; a search through the jars does."""
    await market.deliver("10", None)
    [first] = await market.delivered()
    order = market.order("1")
    await market.say(OrderCollected, order, "1")
    jar = {"name": "Frasco", "unit": "H87", "quantity": "1", "kg_per_unit": "0.3"}
    back = await market.coop.do(first, "return", {"quantity": "1", "container": jar})
    dirty = back["lots"][-1]
    assert (dirty["name"], dirty["container"], dirty["unit"]) == ("Frasco", True, "H87")
    honey = await market.coop.lot("Miel", "2", for_network=True, kind="received")
    filled = await market.coop.transform(
        [(dirty, None), (honey, None)],
        [{"name": "Miel en frasco", "quantity": "4", "unit": "H87", "kg_per_unit": "0.5"}],
        losses=[{"name": "cleaning"}],
    )
    jars = filled["made_lots"]["Miel en frasco"]
    plain = await market.coop.get(f"/v1/lots/{first['id']}/trace", direction="forward")
    assert [lot["id"] for lot in plain["lots"]] == [first["id"]]
    through = await market.coop.get(f"/v1/lots/{first['id']}/trace", direction="forward", containers="true")
    assert [lot["id"] for lot in through["lots"]] == [first["id"], dirty["id"], jars["id"]]
    back_plain = await market.coop.get(f"/v1/lots/{jars['id']}/trace")
    assert {lot["id"] for lot in back_plain["lots"]} == {dirty["id"], honey["id"], jars["id"]}


async def test_both_pieces_together_from_the_milk_to_the_familys_line(
    market: Market, running: Runner, tokens: Tokens
) -> None:
    """The orders piece itself says what is ordered, delivered and collected."""
    async with running("orders", pieces="catalog,orders") as orders:
        shop = Shop(orders, market.spy, tokens, tokens.actor(roles=["coordinator"]), tokens.actor(roles=["treasurer"]))
        made = await cheese(market)
        family = await shop.family()
        dairy = market.dairy.member_id or uuid4()
        cycle = await shop.cycle([dairy], offers=1)
        placed = await shop.post("/v1/orders", cycle.wish((market.variant_id, "2")), family.headers)
        await cycle.status_of(placed["id"], "confirmed")
        await shop.post(f"/v1/cycles/{cycle.id}/close")
        bought = (await shop.get(f"/v1/cycles/{cycle.id}/purchase-orders"))["items"][0]
        line = {"variant_id": str(market.variant_id), "accepted": "2", "lot": made["number"]}
        await shop.post(f"/v1/purchase-orders/{bought['id']}/receive", {"lines": [line]})
        await shop.post(f"/v1/orders/{placed['id']}/collect", {})
        reader = Maker(market.piece, family.headers)
        path = f"/v1/order-lines/{placed['lines'][0]['line_id']}/trace"
        origin = await eventually(lambda: reader.get(path), lambda seen: seen["known"] == "2")
        assert [lot["name"] for lot in origin["lots"]] == ["Queso fresco", "Queso fresco", "Leche", "Leche"]
        assert (origin["packed"], origin["unknown"], origin["lots"][0]["place"]) == ("2", "0", "Centro")
