"""A whole cycle: ordered, closed, received, packed, collected, settled to zero."""

from decimal import Decimal
from typing import Any
from uuid import UUID

from contracts.members import SettlementPosted
from contracts.orders import (
    CycleClosed,
    CyclePublished,
    CycleSettled,
    OrderCollected,
    SettlementComputed,
)
from kit.ids import new_id
from kit.testing.pieces import eventually
from orders.ordering.schemas import Line, Order
from tests.orders.shop import OpenCycle, Shop, variant


def sales(computed: SettlementComputed) -> dict[str, Decimal]:
    """What the postings leave in network:sales, by currency."""
    left: dict[str, Decimal] = {}
    for posting in computed.postings:
        sign = (posting.credit == "network:sales") - (posting.debit == "network:sales")
        currency = posting.amount.currency
        left[currency] = left.get(currency, Decimal(0)) + sign * posting.amount.amount
    return left


async def purchase_orders(shop: Shop, cycle: OpenCycle) -> list[dict[str, Any]]:
    await shop.post(f"/v1/cycles/{cycle.id}/close")
    items: list[dict[str, Any]] = (await shop.get(f"/v1/cycles/{cycle.id}/purchase-orders"))["items"]
    return items


async def receive(shop: Shop, purchase_order: dict[str, Any], **accepted: str) -> dict[str, Any]:
    """Receives what was ordered, or of the variants given by id (underscores for dashes), that much."""
    lines = [
        {"variant_id": line["variant_id"], "accepted": accepted.get(line["variant_id"], line["ordered"])}
        for line in purchase_order["lines"]
    ]
    received: dict[str, Any] = await shop.post(f"/v1/purchase-orders/{purchase_order['id']}/receive", {"lines": lines})
    return received


async def settle(shop: Shop, cycle: OpenCycle) -> dict[str, Any]:
    """Settles, and answers as the ledger."""
    await shop.post(f"/v1/cycles/{cycle.id}/settle", headers=shop.treasurer)
    first = (await shop.spy.next(SettlementComputed)).data
    computed = [(await shop.spy.next(SettlementComputed, count=count + 1)).data for count in range(first.parts)]
    for part in computed:
        fact = SettlementPosted(part_id=part.part_id, cycle_id=part.cycle_id, part=part.part, parts=part.parts)
        await shop.spy.publish(fact, subject=part.part_id)
    settled: dict[str, Any] = await eventually(
        lambda: shop.get(f"/v1/cycles/{cycle.id}/settlement", shop.treasurer),
        lambda found: found["status"] == "settled",
    )
    return settled


async def test_a_cycle_ends_with_books_that_add_up_to_zero(shop: Shop) -> None:
    farm, dairy = new_id(), new_id()
    tomato = variant("25.00", variable_weight=True)
    cheese = variant("90.00", unit="H87", step=Decimal(1), case_size=Decimal(4), minimum=Decimal(1), credit_share=50)
    await shop.product(farm, [tomato])
    await shop.product(dairy, [cheese], name="Queso")
    ruiz, soto = await shop.family("Ruiz"), await shop.family("=Soto")
    cycle = await shop.cycle([farm, dairy], offers=2)
    assert (await shop.spy.next(CyclePublished, cycle.id)).data.supplier_ids == sorted([farm, dairy])
    first = await cycle.order(ruiz, (tomato.variant_id, "2"), (cheese.variant_id, "3", "2"))
    second = await cycle.order(soto, (cheese.variant_id, "2"), credit={"amount": "90.00", "currency": "TUMIN"})

    # 5 cheeses and 2 of tolerance: one case of four, for a rest of 1 and 2 do not fill another.
    by_supplier = {order["supplier_id"]: order for order in await purchase_orders(shop, cycle)}
    assert (await shop.spy.next(CycleClosed, cycle.id)).version > 1
    line = by_supplier[str(dairy)]["lines"][0]
    assert (line["requested"], line["tolerance"], line["cases"], line["ordered"]) == ("5", "2", 1, "4")
    assert by_supplier[str(farm)]["lines"][0]["ordered"] == "2"

    await receive(shop, by_supplier[str(farm)])
    await receive(shop, by_supplier[str(dairy)], **{str(cheese.variant_id): "4"})
    short = await shop.get(f"/v1/orders/{second['id']}")
    assert (short["status"], short["lines"][0]["allocated"]) == ("ready", "1")
    assert short["lines"][0]["allocation"]["rule"] == "first_come"
    assert "habían pedido 3 antes" in short["lines"][0]["allocation"]["reason"]

    tomatoes = first["lines"][0]["line_id"]
    collected = await shop.post(
        f"/v1/orders/{first['id']}/collect",
        {"lines": [{"line_id": tomatoes, "packed": "1.95"}], "payment": {"method": "cash"}},
    )
    # 1.95 × 26.25 = 51.1875 and 3 × 94.50 = 283.50
    assert collected["total"]["amount"] == "334.69"
    assert collected["paid"]["amount"] == "334.69"
    assert (await shop.spy.next(OrderCollected, UUID(first["id"]))).data.lines[0].packed == Decimal("1.95")
    await shop.post(f"/v1/orders/{second['id']}/collect", {"payment": {"method": "account"}})

    for order_id in (first["id"], second["id"]):
        answer = await shop.get(f"/v1/orders/{order_id}")
        Order.model_validate(answer)
        assert answer.keys() == Order.model_fields.keys()
        assert all(line.keys() == Line.model_fields.keys() for line in answer["lines"])

    books = await settle(shop, cycle)
    assert books["difference"] == {"amount": "0.00", "currency": "MXN"}
    assert [left["amount"] for left in books["differences"]] == ["0.00", "0.00"]
    computed = (await shop.spy.next(SettlementComputed)).data
    assert set(sales(computed).values()) == {Decimal(0)}
    assert set(computed.order_ids) == {UUID(first["id"]), UUID(second["id"])}
    payables = {(row["member_id"], row["amount"]["currency"]): row["amount"]["amount"] for row in books["payables"]}
    # One cheese for the second family: half of its 90.00 in credit.
    assert payables == {
        (str(farm), "MXN"): "50.00",
        (str(dairy), "MXN"): "315.00",
        (str(dairy), "TUMIN"): "45.00",
    }
    # Two kilos were accepted, 1.95 billed: the network bears 5 grams short of a tenth.
    assert books["adjustments"] == [{"amount": "-1.25", "currency": "MXN"}]
    assert (await shop.spy.next(CycleSettled, cycle.id)).data.cycle_id == cycle.id
    assert (await shop.get(f"/v1/orders/{first['id']}"))["status"] == "settled"
