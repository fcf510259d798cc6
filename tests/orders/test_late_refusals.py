"""What was confirmed and is refused after all: its hold or reservation had run out when the confirmation came."""

from uuid import UUID

import pytest
from prometheus_client import REGISTRY

from contracts.orders import OrderConfirmed, OrderRejected
from kit.testing.pieces import eventually
from tests.orders.shop import Shop, variant
from tests.orders.test_handing_over import Closed, closed_cycle


def alarms(of: str) -> float:
    return REGISTRY.get_sample_value("trama_alarms_total", {"alarm": f"order_without_{of}"}) or 0


async def refuse(shop: Shop, of: str, order_id: UUID) -> None:
    """As members or catalog answer to the confirmation, the order's second version."""
    await shop.spy.next(OrderConfirmed, order_id)
    if of == "funds":
        await shop.refuse_funds(order_id, "80.00", "12.00", version=2)
    else:
        await shop.refuse_stock(order_id, [], version=2)


@pytest.fixture
async def closed(shop: Shop) -> Closed:
    return await closed_cycle(shop)


@pytest.mark.parametrize("of", ["funds", "stock"])
async def test_no_order_stays_confirmed_without_its_money_or_goods(shop: Shop, of: str) -> None:
    kilo, family = variant("25.00"), await shop.family()
    product = await shop.product(family.id, [kilo])
    cycle = await shop.cycle([product.producer_id], offers=1)
    order = await cycle.order(family, (kilo.variant_id, "2"))
    await refuse(shop, of, UUID(order["id"]))
    rejected = await cycle.status_of(order["id"], "rejected")
    assert rejected["reasons"][0]["detail"].startswith("La cuenta puede dar" if of == "funds" else "Ya no queda")
    # The other piece lets go by it, and hears it after the confirmation.
    event = await shop.spy.next(OrderRejected, UUID(order["id"]))
    assert event.version == shop.spy.seen(OrderConfirmed, UUID(order["id"]))[0].version + 1


async def test_after_closing_too_and_what_was_bought_for_it_is_shared_among_the_rest(closed: Closed) -> None:
    second = closed.orders[1]
    await refuse(closed.shop, "funds", UUID(second["id"]))
    await closed.cycle.status_of(second["id"], "rejected")
    assert (await closed.receive("5")).status_code == 200
    assert await closed.allocated() == ["4", None]
    assert (await closed.collect(1)).status_code == 409


@pytest.mark.parametrize("of", ["funds", "stock"])
async def test_when_goods_have_been_shared_out_it_stays_and_somebody_is_called(closed: Closed, of: str) -> None:
    await closed.receive("5")
    order, before = closed.orders[1], alarms(of)
    await refuse(closed.shop, of, UUID(order["id"]))

    async def lacking() -> list[str]:
        page = await closed.shop.get("/v1/orders", lacking=True)
        return [item["id"] for item in page["items"]]

    assert await eventually(lacking) == [order["id"]]
    found = await closed.shop.get(f"/v1/orders/{order['id']}")
    assert (found["status"], len(found["reasons"])) == ("ready", 1)
    assert alarms(of) == before + 1
    assert closed.shop.spy.seen(OrderRejected) == []
    assert (await closed.collect(1)).status_code == 200


async def test_what_was_cancelled_is_left_alone(shop: Shop) -> None:
    kilo, family = variant("25.00"), await shop.family()
    product = await shop.product(family.id, [kilo])
    cycle = await shop.cycle([product.producer_id], offers=1)
    cancelled, other = [await cycle.order(family, (kilo.variant_id, "1")) for _ in range(2)]
    await shop.post(f"/v1/orders/{cancelled['id']}/cancel", headers=family.headers)
    for order in (cancelled, other):
        await refuse(shop, "funds", UUID(order["id"]))
    await cycle.status_of(other["id"], "rejected")
    assert (await shop.get(f"/v1/orders/{cancelled['id']}"))["status"] == "cancelled"
    assert [event.subject for event in shop.spy.seen(OrderRejected)] == [UUID(other["id"])]
