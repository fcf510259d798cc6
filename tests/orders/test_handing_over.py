"""Receiving, sharing, packing, collecting and settling: what each call promises and refuses."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from contracts.orders import DeliveryReceived, OrderCollected, SettlementComputed
from contracts.values import plain
from kit.ids import new_id
from kit.testing.pieces import Runner
from kit.testing.spy import Spy
from kit.testing.tokens import Tokens
from tests.orders.shop import OpenCycle, Shop, variant


@dataclass
class Closed:
    """A closed cycle: five jars ordered by two families, three and two."""

    shop: Shop
    cycle: OpenCycle
    jar: UUID
    orders: list[dict[str, Any]]
    purchase_order: dict[str, Any]

    async def receive(self, accepted: str, **more: Any) -> Any:
        line = {"variant_id": str(self.jar), "accepted": accepted, **more}
        path = f"/v1/purchase-orders/{self.purchase_order['id']}/receive"
        return await self.shop.client.post(path, json={"lines": [line]}, headers=self.shop.coordinator)

    async def allocated(self) -> list[str | None]:
        found = [await self.shop.get(f"/v1/orders/{order['id']}") for order in self.orders]
        return [order["lines"][0]["allocated"] for order in found]

    async def collect(self, index: int, body: Any = None) -> Any:
        path = f"/v1/orders/{self.orders[index]['id']}/collect"
        return await self.shop.client.post(path, json=body or {}, headers=self.shop.coordinator)

    async def settle(self, body: Any = None) -> Any:
        path = f"/v1/cycles/{self.cycle.id}/settle"
        return await self.shop.client.post(path, json=body, headers=self.shop.treasurer)


async def closed_cycle(shop: Shop, names: tuple[str, str] = ("Ruiz", "Soto"), **changes: Any) -> Closed:
    producer = new_id()
    jar = variant("40.00", unit="H87", step=Decimal(1), minimum=Decimal(1), case_size=Decimal(1))
    await shop.product(producer, [jar], name="Miel de Hñähñu")
    families = [await shop.family(name) for name in names]
    cycle = await shop.cycle([producer], offers=1, **changes)
    orders = [
        await cycle.order(families[0], (jar.variant_id, "3", "1")),
        await cycle.order(families[1], (jar.variant_id, "2")),
    ]
    await shop.post(f"/v1/cycles/{cycle.id}/close")
    found = (await shop.get(f"/v1/cycles/{cycle.id}/purchase-orders"))["items"]
    return Closed(shop, cycle, jar.variant_id, orders, found[0])


@pytest.fixture
async def closed(shop: Shop) -> Closed:
    return await closed_cycle(shop)


def problem(answer: Any) -> tuple[int, str, str | None]:
    body = answer.json()
    pointer = body.get("errors", [{}])[0].get("pointer")
    return answer.status_code, body["type"].removeprefix("urn:trama:problem:"), pointer


@pytest.mark.parametrize(
    ("sharing", "shares"), [("first_come", ["3", "1"]), ("proportional", ["2", "2"]), ("equal", ["2", "2"])]
)
async def test_a_shortage_is_shared_by_the_cycles_policy(shop: Shop, sharing: str, shares: list[str]) -> None:
    closed = await closed_cycle(shop, sharing=sharing)
    received = await closed.receive("4", rejected="1", reason="rota", lot="M-7")
    assert received.json()["status"] == "received"
    assert received.json()["lines"][0]["reason"] == "rota"
    assert await closed.allocated() == shares
    order = await shop.get(f"/v1/orders/{closed.orders[1]['id']}", shop.coordinator | {"accept-language": "en"})
    explained = order["lines"][0]["allocation"]
    assert explained["rule"] == sharing
    assert explained["inputs"]["available"] == "4"
    assert "4 came for 5 ordered" in explained["reason"] or order["lines"][0]["allocated"] == "2"


async def test_receiving_again_corrects_until_it_is_collected(closed: Closed) -> None:
    await closed.receive("4")
    assert await closed.allocated() == ["3", "1"]
    await closed.receive("6")
    assert await closed.allocated() == ["4", "2"]
    assert (await closed.collect(0)).json()["status"] == "collected"
    assert problem(await closed.receive("5")) == (409, "already-collected", None)
    order = await closed.shop.get(f"/v1/purchase-orders/{closed.purchase_order['id']}")
    assert order["lines"][0]["accepted"] == "6"


async def test_a_delivery_is_told_whole_with_its_lots_and_told_anew_when_it_is_corrected(closed: Closed) -> None:
    await closed.receive("4", rejected="1", reason="rota", lot="M-7")
    await closed.receive("5", lot="M-7")
    order_id = UUID(closed.purchase_order["id"])
    first = await closed.shop.spy.next(DeliveryReceived, order_id)
    second = await closed.shop.spy.next(DeliveryReceived, order_id, count=2)
    assert [(plain(line.accepted), plain(line.rejected), line.reason, line.lot) for line in first.data.lines] == [
        ("4", "1", "rota", "M-7")
    ]
    assert [plain(line.accepted) for line in second.data.lines] == ["5"]
    assert second.version > first.version
    assert (second.data.cycle_id, second.data.place) == (closed.cycle.id, "Centro")
    assert (str(second.data.supplier_id), second.data.number) == (
        closed.purchase_order["supplier_id"],
        closed.purchase_order["number"],
    )


async def test_what_was_not_ordered_is_not_received(closed: Closed) -> None:
    assert problem(await closed.receive("4", variant_id=str(new_id()))) == (
        422,
        "variant-not-ordered",
        "/lines/0/variant_id",
    )
    assert problem(await closed.receive("-1")) == (422, "invalid", "/lines/0/accepted")
    assert await closed.allocated() == [None, None]


async def test_what_was_not_received_is_not_collected(closed: Closed) -> None:
    assert problem(await closed.collect(0)) == (409, "not-received", None)


async def test_collecting_twice_is_once_and_other_figures_are_refused(closed: Closed) -> None:
    await closed.receive("5")
    line_id = closed.orders[0]["lines"][0]["line_id"]
    body = {"lines": [{"line_id": line_id, "packed": "2"}], "payment": {"method": "cash"}}
    first, second = await closed.collect(0, body), await closed.collect(0, body)
    assert first.json() == second.json()
    assert first.json()["total"] == first.json()["paid"] == {"amount": "84.00", "currency": "MXN"}
    assert problem(await closed.collect(0))[:2] == (409, "already-collected-otherwise")
    assert len(closed.shop.spy.seen(OrderCollected)) == 1


async def test_no_more_is_packed_than_was_agreed_to(closed: Closed) -> None:
    await closed.receive("5")
    line_id = closed.orders[0]["lines"][0]["line_id"]
    packed = {"lines": [{"line_id": line_id, "packed": "5"}]}
    assert problem(await closed.collect(0, packed)) == (422, "packed-too-much", "/lines/0/packed")
    other = {"lines": [{"line_id": str(new_id()), "packed": "1"}]}
    assert problem(await closed.collect(0, other)) == (422, "line-not-in-order", "/lines/0/line_id")
    future = {"collected_at": (datetime.now(UTC) + timedelta(days=1)).isoformat()}
    assert problem(await closed.collect(0, future)) == (422, "in-the-future", "/collected_at")
    amount = {"payment": {"method": "account", "amount": {"amount": "1.00", "currency": "MXN"}}}
    assert problem(await closed.collect(0, amount)) == (422, "amount-of-account", "/payment/amount")


async def test_a_cycle_is_settled_when_all_was_received_and_collected(closed: Closed) -> None:
    assert problem(await closed.settle())[:2] == (409, "not-all-received")
    await closed.receive("5")
    await closed.collect(0)
    refused = await closed.settle()
    assert problem(refused)[:2] == (409, "not-all-collected")
    assert closed.orders[1]["number"] in refused.json()["detail"]
    settled = await closed.settle({"uncollected": "release"})
    assert settled.json()["difference"]["amount"] == "0.00"
    assert [row["amount"]["amount"] for row in settled.json()["charges"]] == ["126.00"]
    assert settled.json()["adjustments"] == [{"amount": "-80.00", "currency": "MXN"}]
    computed = (await closed.shop.spy.next(SettlementComputed)).data
    assert set(computed.order_ids) == {UUID(order["id"]) for order in closed.orders}
    again = await closed.settle()
    assert again.json() == settled.json()
    assert len(closed.shop.spy.seen(SettlementComputed)) == 1
    assert problem(await closed.collect(1))[:2] == (409, "cycle-settled")
    assert problem(await closed.receive("4"))[:2] == (409, "cycle-settled")


async def test_what_nobody_collected_can_be_charged(closed: Closed) -> None:
    await closed.receive("5")
    settled = await closed.settle({"uncollected": "charge"})
    assert sorted(row["amount"]["amount"] for row in settled.json()["charges"]) == ["126.00", "84.00"]
    assert settled.json()["adjustments"] == []


async def test_an_open_cycle_is_not_settled(shop: Shop) -> None:
    cycle = await shop.cycle([new_id()], offers=0)
    answer = await shop.client.post(f"/v1/cycles/{cycle.id}/settle", headers=shop.treasurer)
    assert problem(answer)[:2] == (409, "cycle-not-closed")
    unsettled = await shop.client.get(f"/v1/cycles/{cycle.id}/settlement", headers=shop.treasurer)
    assert problem(unsettled)[:2] == (404, "not-settled")


async def test_without_a_ledger_a_cycle_is_settled_at_once(spy: Spy, running: Runner, tokens: Tokens) -> None:
    async with running("orders", pieces="catalog,orders") as piece:
        shop = Shop(piece, spy, tokens, tokens.actor(roles=["coordinator"]), tokens.actor(roles=["treasurer"]))
        producer, kilo = new_id(), variant()
        await shop.product(producer, [kilo])
        family = await shop.family()
        cycle = await shop.cycle([producer], offers=1)
        placed = await shop.post("/v1/orders", cycle.wish((kilo.variant_id, "2")), family.headers)
        await shop.reserve(UUID(placed["id"]))
        await cycle.status_of(placed["id"], "confirmed")
        await shop.post(f"/v1/cycles/{cycle.id}/close")
        order = (await shop.get(f"/v1/cycles/{cycle.id}/purchase-orders"))["items"][0]
        lines = [{"variant_id": str(kilo.variant_id), "accepted": "2"}]
        await shop.post(f"/v1/purchase-orders/{order['id']}/receive", {"lines": lines})
        await shop.post(f"/v1/orders/{placed['id']}/collect", {})
        settled = await shop.post(f"/v1/cycles/{cycle.id}/settle", headers=shop.treasurer)
        assert (settled["status"], settled["difference"]["amount"]) == ("settled", "0.00")
        assert shop.spy.seen(SettlementComputed) == []
        assert (await shop.get(f"/v1/orders/{placed['id']}"))["status"] == "settled"


async def packing(closed: Closed, accept: str, by: str = "member") -> Any:
    headers = closed.shop.coordinator | {"accept": accept}
    return await closed.shop.client.get(f"/v1/cycles/{closed.cycle.id}/packing", params={"by": by}, headers=headers)


async def test_lists_are_by_member_and_by_product(closed: Closed) -> None:
    await closed.receive("4")
    by_member = (await packing(closed, "application/json")).json()
    assert [group["lines"][0]["allocated"] for group in by_member["groups"]] == ["3", "1"]
    assert "Ruiz" in by_member["groups"][0]["title"]
    by_product = (await packing(closed, "application/json", "product")).json()
    assert [(group["title"], group["total"], len(group["lines"])) for group in by_product["groups"]] == [
        ("Miel de Hñähñu, 1 kg", "4", 2)
    ]
    assert (await packing(closed, "image/png")).status_code == 406


async def test_a_name_that_looks_like_a_formula_stays_text_in_a_spreadsheet(shop: Shop) -> None:
    closed = await closed_cycle(shop, names=("=HYPERLINK(A1)", "+52 442, Soto"))
    answer = await packing(closed, "text/csv")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    text = answer.content.decode("utf-8-sig")
    assert text.startswith("Punto de entrega,Pedido,")
    assert ",'=HYPERLINK(A1)," in text
    assert ',"\'+52 442, Soto",' in text


@pytest.mark.parametrize("by", ["member", "product"])
async def test_a_list_can_be_printed_with_the_letters_of_its_names(shop: Shop, by: str) -> None:
    closed = await closed_cycle(shop, names=("Ñu̱hu̱ Ortíz", "Soto"))
    answer = await packing(closed, "application/pdf", by)
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF-")
    assert b"SourceSansPro" in answer.content
