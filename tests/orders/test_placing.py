"""Placing an order: the saga from the order's side."""

from uuid import UUID

from contracts.orders import OrderConfirmed, OrderPlaced, OrderRejected
from kit.ids import new_id
from tests.orders.shop import Shop, pesos, variant


async def test_an_order_is_confirmed_when_stock_and_funds_are_granted(shop: Shop) -> None:
    producer, kilo = new_id(), variant("25.00")
    await shop.product(producer, [kilo])
    family = await shop.family()
    cycle = await shop.cycle([producer], offers=1)
    placed = await shop.post("/v1/orders", cycle.wish((kilo.variant_id, "2", "0.5")), family.headers)
    assert placed["status"] == "placed"
    order_id = UUID(placed["id"])
    told = (await shop.spy.next(OrderPlaced, order_id)).data
    # 2 and a half more at 25.00 and 5 %: 65.625, half-even.
    assert (told.total, told.holds) == (pesos("52.50"), [pesos("65.62")])
    await shop.grant(order_id)
    order = await cycle.status_of(placed["id"], "confirmed")
    assert order["total"] == {"amount": "52.50", "currency": "MXN"}
    assert [(part["payee"], part["amount"]["amount"]) for part in order["breakdown"]] == [
        (str(producer), "50.00"),
        ("network", "2.50"),
    ]
    assert (await shop.spy.next(OrderConfirmed, order_id)).version == 2
    assert shop.spy.seen(OrderRejected) == []
