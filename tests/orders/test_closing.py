"""Closing a cycle: by hand or by the clock, once, and without missing an order that is under way."""

import asyncio
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from contracts.orders import CycleClosed, OrderPlaced
from kit.ids import new_id
from kit.testing.pieces import Runner, eventually
from kit.testing.spy import Spy
from kit.testing.tokens import Tokens
from orders.purchasing.service import stop
from tests.orders.shop import Shop, variant


async def test_closing_awaits_the_answer_of_an_order_under_way(shop: Shop) -> None:
    producer, kilo = new_id(), variant()
    await shop.product(producer, [kilo])
    family = await shop.family()
    cycle = await shop.cycle([producer], offers=1)
    placed = await shop.post("/v1/orders", cycle.wish((kilo.variant_id, "2")), family.headers)
    pending = await shop.client.post(f"/v1/cycles/{cycle.id}/close", headers=shop.coordinator | {"prefer": "wait=0"})
    assert (pending.status_code, pending.json()["status"], pending.json()["closed_at"]) == (202, "closed", None)
    late = await shop.client.post("/v1/orders", json=cycle.wish((kilo.variant_id, "1")), headers=family.headers)
    assert (late.status_code, late.json()["type"]) == (409, "urn:trama:problem:cycle-closed")
    closing = asyncio.create_task(shop.client.post(f"/v1/cycles/{cycle.id}/close", headers=shop.coordinator))
    await asyncio.sleep(0.1)
    await shop.grant(UUID(placed["id"]))
    closed = await closing
    assert (closed.status_code, closed.json()["closed_at"] is not None) == (200, True)
    orders = (await shop.get(f"/v1/cycles/{cycle.id}/purchase-orders"))["items"]
    assert [line["ordered"] for order in orders for line in order["lines"]] == ["2"]


async def test_closing_again_changes_nothing(shop: Shop) -> None:
    producer, kilo = new_id(), variant()
    await shop.product(producer, [kilo])
    family = await shop.family()
    cycle = await shop.cycle([producer], offers=1)
    await cycle.order(family, (kilo.variant_id, "2"))
    first = await shop.post(f"/v1/cycles/{cycle.id}/close")
    orders = await shop.get(f"/v1/cycles/{cycle.id}/purchase-orders")
    answers = await asyncio.gather(*(shop.post(f"/v1/cycles/{cycle.id}/close") for _ in range(3)))
    assert all(answer == first for answer in answers)
    assert await shop.get(f"/v1/cycles/{cycle.id}/purchase-orders") == orders
    assert len(shop.spy.seen(CycleClosed)) == 1


async def test_a_cycle_closes_by_itself_at_its_time_once(spy: Spy, running: Runner, tokens: Tokens) -> None:
    async with running("orders", close_every=0.1) as piece:
        shop = Shop(piece, spy, tokens, tokens.actor(roles=["coordinator"]))
        producer, kilo = new_id(), variant()
        await shop.product(producer, [kilo])
        family = await shop.family()
        closes_at = datetime.now(UTC) + timedelta(seconds=2)
        cycle = await shop.cycle([producer], offers=1, closes_at=closes_at.isoformat())
        placed = await shop.post("/v1/orders", cycle.wish((kilo.variant_id, "2")), family.headers)
        await shop.grant(UUID(placed["id"]))
        closed = await shop.spy.next(CycleClosed, cycle.id, seconds=8)
        assert closed.time >= closes_at
        orders = (await shop.get(f"/v1/cycles/{cycle.id}/purchase-orders"))["items"]
        assert [line["ordered"] for order in orders for line in order["lines"]] == ["2"]
        await asyncio.sleep(0.4)
        assert len(shop.spy.seen(CycleClosed)) == 1


async def test_what_fills_no_case_is_not_ordered_and_its_members_are_told_why(shop: Shop) -> None:
    producer = new_id()
    jar = variant("40.00", unit="H87", step=Decimal(1), minimum=Decimal(1), case_size=Decimal(6))
    await shop.product(producer, [jar])
    family = await shop.family()
    cycle = await shop.cycle([producer], offers=1)
    order = await cycle.order(family, (jar.variant_id, "2", "1"))
    await shop.post(f"/v1/cycles/{cycle.id}/close")
    assert (await shop.get(f"/v1/cycles/{cycle.id}/purchase-orders"))["items"] == []
    line = (await shop.get(f"/v1/orders/{order['id']}"))["lines"][0]
    assert (line["allocated"], line["allocation"]["code"]) == ("0", "no_whole_case")
    assert "se pidieron 2" in line["allocation"]["reason"]


async def test_an_order_that_meets_a_closing_half_done_waits_for_it_and_is_refused(shop: Shop) -> None:
    producer, kilo = new_id(), variant()
    await shop.product(producer, [kilo])
    family = await shop.family()
    cycle = await shop.cycle([producer], offers=1)
    body = cycle.wish((kilo.variant_id, "1"))
    async with shop.piece.database.transaction() as work:
        await stop(work, cycle.id)
        placing = asyncio.create_task(shop.client.post("/v1/orders", json=body, headers=family.headers))
        done, _ = await asyncio.wait({placing}, timeout=0.5)
        assert not done
    answer = await placing
    assert (answer.status_code, answer.json()["type"]) == (409, "urn:trama:problem:cycle-closed")
    assert (await shop.get("/v1/orders"))["items"] == []


async def test_orders_and_closing_at_the_same_moment_miss_none(shop: Shop) -> None:
    """Whoever was told that the order is placed is in the purchase order, or was refused by the catalog."""
    producer, kilo = new_id(), variant()
    await shop.product(producer, [kilo])
    family = await shop.family()
    cycle = await shop.cycle([producer], offers=1)
    body = cycle.wish((kilo.variant_id, "1"))
    orders = [asyncio.create_task(shop.client.post("/v1/orders", json=body, headers=family.headers)) for _ in range(20)]
    await asyncio.sleep(0.03)
    await shop.client.post(f"/v1/cycles/{cycle.id}/close", headers=shop.coordinator | {"prefer": "wait=0"})
    answers = await asyncio.gather(*orders)
    placed = [answer.json()["id"] for answer in answers if answer.status_code == 202]
    assert {answer.status_code for answer in answers} <= {202, 409}
    for order_id in placed:
        await shop.grant(UUID(order_id))
    await shop.post(f"/v1/cycles/{cycle.id}/close")
    ordered = (await shop.get(f"/v1/cycles/{cycle.id}/purchase-orders"))["items"]
    total = sum(Decimal(line["requested"]) for order in ordered for line in order["lines"])
    assert total == len(placed) == len(shop.spy.seen(OrderPlaced))


async def test_a_supplier_sees_its_own_purchase_orders_only(shop: Shop) -> None:
    farm, dairy = new_id(), new_id()
    tomato, cheese = variant(), variant()
    await shop.product(farm, [tomato])
    await shop.product(dairy, [cheese], name="Queso")
    family = await shop.family()
    cycle = await shop.cycle([farm, dairy], offers=2)
    await cycle.order(family, (tomato.variant_id, "1"), (cheese.variant_id, "1"))
    await shop.post(f"/v1/cycles/{cycle.id}/close")
    farmer = shop.tokens.actor(roles=["member", "producer"], members=[farm])
    seen = (await shop.get(f"/v1/cycles/{cycle.id}/purchase-orders", farmer))["items"]
    assert [order["supplier_id"] for order in seen] == [str(farm)]
    every = (await shop.get(f"/v1/cycles/{cycle.id}/purchase-orders"))["items"]
    other = next(order["id"] for order in every if order["supplier_id"] == str(dairy))
    assert (await shop.client.get(f"/v1/purchase-orders/{other}", headers=farmer)).status_code == 404
    await eventually(lambda: shop.get(f"/v1/purchase-orders/{other}"), bool)
